"""What the personnel department knows: who works here since when, and in which team. Teams change once."""

from dataclasses import dataclass

from connectors.kit import records
from connectors.kit.organisation.hours import HOUR
from connectors.kit.organisation.model import Account, Ms, Organisation, Team, instant

_WEEK = 7 * 24 * HOUR
_REORGANISED = 6 * _WEEK
"""How long before today."""


@dataclass(frozen=True, slots=True)
class Reorganisation:
    """The people of `team` were part of the team `former` until then."""

    at: Ms
    team: Team
    former: Team


def reorganisation(organisation: Organisation) -> Reorganisation:
    """The one that there was: a team was made of a part of another one."""
    teams = organisation.teams
    number = max((len(teams) - 1) // 2, 1)
    return Reorganisation(organisation.end - _REORGANISED, teams[number], teams[number - 1])


def departments(organisation: Organisation) -> dict[str, list[Team]]:
    """The teams by the department that they belong to: those that build the product, and the others."""
    building = {team for project in organisation.projects.values() for team in project.teams}
    found: dict[str, list[Team]] = {}
    for team in organisation.teams:
        found.setdefault("Produit" if team.id in building else "Opérations", []).append(team)
    return found


def team_of(organisation: Organisation, account: Account, at: Ms) -> Team | None:
    """The team that somebody was in at an instant; None for whoever was not here then."""
    if account.team is None or not account.active(at):
        return None
    moved = reorganisation(organisation)
    if account.team == moved.team.id and at < moved.at:
        return moved.former
    return next(team for team in organisation.teams if team.id == account.team)


def people(organisation: Organisation, now: Ms) -> list[records.Person]:
    """Everybody who was ever here until now, once for each team that they were in; the latest one comes last."""
    moved = reorganisation(organisation)
    found: list[records.Person] = []
    for account in _known(organisation, now):
        left = account.left if account.left is not None and account.left <= now else None
        begin = account.joined
        if account.team == moved.team.id and begin < moved.at and (left is None or moved.at < left):
            found.append(_stay(account, f"{account.id}/before", moved.former, begin, moved.at))
            begin = moved.at
        team = team_of(organisation, account, begin)
        if team is not None:
            found.append(_stay(account, account.id, team, begin, left))
    return found


def accounts(organisation: Organisation, now: Ms) -> list[records.Account]:
    """Everybody's entry in the directory: surveys and calendars name people by it."""
    return [
        records.Account(
            external_id=account.id,
            display_name=account.name,
            email=account.email,
            kind="human",
            active=account.active(now),
            created_at=instant(account.joined),
        )
        for account in _known(organisation, now)
    ]


def _known(organisation: Organisation, now: Ms) -> list[Account]:
    return [one for one in organisation.accounts.values() if one.kind == "human" and one.joined <= now]


def _stay(account: Account, key: str, team: Team, begin: Ms, end: Ms | None) -> records.Person:
    return records.Person(
        external_id=key,
        name=account.name,
        email=account.email,
        team=team.name,
        valid_from=instant(begin),
        valid_to=None if end is None else instant(end),
    )
