"""Teams, the tree that they are in, and who was in which of them when."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, RowMapping, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.models.people import person, team, team_member
from app.store import version
from app.store.listing import By, Keyset
from app.store.people import here
from app.store.upsert import upsert

_ORDER = Keyset(By(team.c.name))
_STAYS = Keyset(By(team_member.c.person_id), By(team_member.c.valid_from))
_AT_ONCE = 500
Row = tuple[UUID, datetime, datetime | None, UUID]
"""(person, from, to, team)"""


class TeamNameTakenError(Exception):
    """Another team has the name."""


def page(
    connection: Connection, *, limit: int, after: Sequence[Any] | None, now: datetime
) -> tuple[list[RowMapping], list[Any] | None]:
    """Teams by name, with the number of their own members of `now`; and where the next page begins."""
    return _ORDER.page(connection, _counted(now), limit=limit, after=after)


def get(connection: Connection, team_id: UUID, now: datetime) -> RowMapping | None:
    """A team."""
    return connection.execute(_counted(now).where(team.c.id == team_id)).mappings().one_or_none()


def parents(connection: Connection) -> dict[UUID, UUID | None]:
    """The team above each team."""
    return {row.id: row.parent_id for row in connection.execute(select(team.c.id, team.c.parent_id))}


def names(connection: Connection) -> dict[UUID, str]:
    """What each team is called."""
    return {row.id: row.name for row in connection.execute(select(team.c.id, team.c.name))}


def named(connection: Connection, texts: Collection[str]) -> set[UUID]:
    """The teams of these ids or names, with all teams below them."""
    wanted = set(texts)
    above = parents(connection)
    called = names(connection)
    chosen = {team_id for team_id in above if str(team_id) in wanted or called[team_id] in wanted}
    return {team_id for team_id in above if chosen & set(line(above, team_id))}


def line(above: Mapping[UUID, UUID | None], team_id: UUID) -> list[UUID]:
    """A team, the team above it, and so on to the top."""
    found = [team_id]
    while (parent := above.get(found[-1])) is not None and parent not in found:
        found.append(parent)
    return found


def add(connection: Connection, *, name: str, parent_id: UUID | None, now: datetime) -> UUID:
    """A new team. Raises TeamNameTakenError."""
    team_id = uuid4()
    values = {"id": team_id, "name": name, "parent_id": parent_id, "created_at": now}
    _unique(connection, insert(team).values(values))
    return team_id


def change(connection: Connection, team_id: UUID, values: Mapping[str, Any]) -> None:
    """Change columns of a team. Raises TeamNameTakenError."""
    _unique(connection, update(team).where(team.c.id == team_id).values(dict(values)))


def remove(connection: Connection, team_id: UUID) -> None:
    """Delete a team that has no team below it; its stays go with it, and the tokens that are bound to it."""
    connection.execute(delete(team).where(team.c.id == team_id))
    version.bump_access(connection)


def raise_children(connection: Connection, team_id: UUID, parent_id: UUID | None) -> None:
    """Put the teams below a team under another one, or at the top."""
    connection.execute(update(team).where(team.c.parent_id == team_id).values(parent_id=parent_id))


def stays_page(
    connection: Connection, *, limit: int, after: Sequence[Any] | None, team_id: UUID | None = None
) -> tuple[list[RowMapping], list[Any] | None]:
    """Stays, of one team or of all, with the names of person and team; and where the next page begins."""
    query = _named_stays()
    if team_id is not None:
        query = query.where(team_member.c.team_id == team_id)
    return _STAYS.page(connection, query, limit=limit, after=after)


def stays_of(connection: Connection, person_id: UUID) -> list[RowMapping]:
    """The stays of one person in time, with the names of the teams."""
    query = _named_stays().where(team_member.c.person_id == person_id).order_by(team_member.c.valid_from)
    return list(connection.execute(query).mappings())


def stays(connection: Connection, people: Iterable[UUID]) -> list[Row]:
    """All stays of these people, by person and in time."""
    wanted = sorted(set(people))
    stay = team_member.c
    found: list[Row] = []
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(stay.person_id, stay.valid_from, stay.valid_to, stay.team_id).where(
            stay.person_id.in_(wanted[start : start + _AT_ONCE])
        )
        found += [tuple(row) for row in connection.execute(query.order_by(stay.person_id, stay.valid_from))]
    return found


def people_of(connection: Connection, team_id: UUID) -> set[UUID]:
    """Everybody who is, was or will be in a team."""
    query = select(team_member.c.person_id).where(team_member.c.team_id == team_id)
    return set(connection.execute(query).scalars())


def with_stays(connection: Connection) -> set[UUID]:
    """Everybody who is, was or will be in some team."""
    return set(connection.execute(select(team_member.c.person_id).distinct()).scalars())


def replace_stays(connection: Connection, people: Iterable[UUID], rows: Iterable[Row]) -> None:
    """Give these people exactly these stays."""
    wanted = sorted(set(people))
    for start in range(0, len(wanted), _AT_ONCE):
        connection.execute(delete(team_member).where(team_member.c.person_id.in_(wanted[start : start + _AT_ONCE])))
    upsert(connection, team_member, ("person_id", "valid_from", "valid_to", "team_id"), rows)


def _counted(now: datetime) -> Any:
    members = (
        select(team_member.c.team_id, func.count().label("members")).where(here(now)).group_by(team_member.c.team_id)
    ).subquery()  # fmt: skip
    return select(team, func.coalesce(members.c.members, 0).label("members")).select_from(
        team.outerjoin(members, and_(members.c.team_id == team.c.id))
    )


def _named_stays() -> Any:
    stay = team_member.c
    return select(
        stay.person_id,
        stay.valid_from,
        stay.valid_to,
        stay.team_id,
        team.c.name.label("team_name"),
        person.c.name.label("person_name"),
        person.c.email,
    ).select_from(team_member.join(person, person.c.id == stay.person_id).join(team, team.c.id == stay.team_id))


def _unique(connection: Connection, statement: Any) -> None:
    try:
        with connection.begin_nested():
            connection.execute(statement)
    except IntegrityError as error:
        raise TeamNameTakenError("Another team has this name: choose another.") from error
