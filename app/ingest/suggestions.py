"""Teams that the tools' own groups suggest. Nothing is made of them: an admin who likes one makes the team."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from uuid import UUID

from sqlalchemy import Connection

from app.ingest.membership import of_people
from app.ingest.stays import team_at
from app.store import people, suggestions, teams
from app.store.suggestions import Group

FEWEST, MOST = 2, 50
"""People of a group that may be a team: fewer are none, and more are a department or everybody."""
LATELY = timedelta(days=180)
"""How far back a project's items tell who works on it."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A group, the team that already has its name, and how its people are spread over teams now (None: in none)."""

    group: Group
    same_name: UUID | None
    now_in: dict[UUID | None, int]


def suggest(connection: Connection, now: datetime) -> list[Suggestion]:
    """The groups that are no team yet: those that no team's people of now equal, by kind and name."""
    living = {row["id"] for row in people.every(connection) if row["erased_at"] is None}
    present = {person_id: team_at(mine, now) for person_id, mine in of_people(connection, living).items()}
    whole = {frozenset(mine) for mine in _by_team(present).values()}
    called = {name.casefold(): team_id for team_id, name in teams.names(connection).items()}
    found: list[Suggestion] = []
    groups: Iterable[Group] = chain(
        suggestions.directory_teams(connection),
        suggestions.channel_members(connection),
        suggestions.project_assignees(connection, now - LATELY),
    )
    for group in groups:
        members = group.people & living
        if not FEWEST <= len(members) <= MOST or members in whole:
            continue
        spread: dict[UUID | None, int] = {}
        for person_id in members:
            spread[present[person_id]] = spread.get(present[person_id], 0) + 1
        kept = Group(group.kind, group.source_id, group.source_name, group.external_id, group.name, members)
        found.append(Suggestion(kept, called.get(group.name.casefold()), spread))
    kinds = ("directory", "channel", "project")
    return sorted(
        found, key=lambda one: (kinds.index(one.group.kind), one.group.name.casefold(), one.group.external_id)
    )


def _by_team(present: dict[UUID, UUID | None]) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = {}
    for person_id, team_id in present.items():
        if team_id is not None:
            found.setdefault(team_id, set()).add(person_id)
    return found
