"""What a token that is bound to a team reads: numbers and work items of that team and of those below it.

Routes that know how to keep to a team say so (`of_team` in `app/api/routing.py`); all others refuse such a token.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.api.metric_params import several
from app.api.principal import Principal
from app.api.service import Service
from app.core.errors import ForbiddenError
from app.metrics.catalogue import BY_NAME
from app.store import items, teams


def narrowed(service: Service, principal: Principal, asked: str) -> str:
    """The filter on teams that the token leaves of the one that was asked for.

    Raises ForbiddenError where that names a team that is not the token's and lies in none that is.
    """
    if principal.team_id is None:
        return asked
    own_id = str(principal.team_id)
    with service.database.read() as connection:
        own = teams.named(connection, [own_id])
        wanted = [teams.named(connection, [text]) for text in several(asked)]
    if not all(some and some <= own for some in wanted):
        raise ForbiddenError("The token reads its own team and those below it: name one of these, or none.")
    # By id: what bears the name may be another team a moment later.
    return ",".join(sorted(str(team_id) for some in wanted for team_id in some)) or own_id


def narrowed_teams(service: Service, principal: Principal, asked: Sequence[str]) -> tuple[str, ...]:
    """`narrowed` for teams that are told apart already. Raises ForbiddenError."""
    return several(narrowed(service, principal, ",".join(asked)))


def narrowed_metric(service: Service, principal: Principal, metric: str, texts: Mapping[str, str]) -> Mapping[str, str]:
    """The parameters of a metric with the filter that the token leaves.

    Raises ForbiddenError for other teams, and for a metric that cannot be told by team.
    """
    if principal.team_id is None:
        return texts
    declared = BY_NAME.get(metric)
    if declared is not None and "team" not in declared.dimensions:
        raise ForbiddenError(f"The token reads numbers of its own team, and '{metric}' is not told by team.")
    return {**texts, "team": narrowed(service, principal, texts.get("team", ""))}


def may_read_item(service: Service, principal: Principal, item_id: UUID) -> bool:
    """Whether the token may read a work item: whoever it is assigned to is in the token's team now."""
    if principal.team_id is None:
        return True
    with service.database.read() as connection:
        return items.is_in_team(connection, item_id, principal.team_id, service.clock.now())
