"""Working calendars, and whose they are."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from app.models.calendar import calendar, team_calendar
from app.models.people import team
from app.store.listing import By, Keyset

_ORDER = Keyset(By(calendar.c.name), By(calendar.c.id))
Calendar = dict[str, Any]
"""The columns of the row, and `team_ids`."""


def create(connection: Connection, *, name: str, definition: Mapping[str, Any], now: datetime) -> UUID:
    """A new one's id; it is nobody's yet."""
    calendar_id = uuid4()
    values = {"id": calendar_id, "name": name, "definition": dict(definition), "is_default": False}
    connection.execute(insert(calendar).values(**values, created_at=now, updated_at=now))
    return calendar_id


def change(connection: Connection, calendar_id: UUID, values: Mapping[str, Any], now: datetime) -> None:
    """Replace its name or its definition."""
    connection.execute(update(calendar).where(calendar.c.id == calendar_id).values(**values, updated_at=now))


def set_default(connection: Connection, calendar_id: UUID, *, is_default: bool) -> None:
    """Make it the deployment's in place of the present one, or no longer."""
    if is_default:
        connection.execute(update(calendar).where(calendar.c.is_default).values(is_default=False))
    connection.execute(update(calendar).where(calendar.c.id == calendar_id).values(is_default=is_default))


def give_to_teams(connection: Connection, calendar_id: UUID, team_ids: Iterable[UUID]) -> None:
    """Make it these teams' and no others'; a team that had another calendar leaves it."""
    wanted = set(team_ids)
    mine = team_calendar.c
    connection.execute(
        delete(team_calendar).where((mine.calendar_id == calendar_id) | mine.team_id.in_(wanted)),
    )
    if wanted:
        rows = [{"team_id": team_id, "calendar_id": calendar_id} for team_id in sorted(wanted)]
        connection.execute(insert(team_calendar), rows)


def unknown_teams(connection: Connection, team_ids: Iterable[UUID]) -> list[UUID]:
    """Those of the ids that are no team's."""
    wanted = set(team_ids)
    return sorted(wanted - set(connection.execute(select(team.c.id).where(team.c.id.in_(wanted))).scalars()))


def is_name_taken(connection: Connection, name: str, but: UUID | None = None) -> bool:
    """Whether another calendar has the name."""
    found = connection.execute(select(calendar.c.id).where(calendar.c.name == name)).scalar_one_or_none()
    return found is not None and found != but


def remove(connection: Connection, calendar_id: UUID) -> bool:
    """Delete one; whose it was has none of its own any more. False where there is none."""
    return bool(connection.execute(delete(calendar).where(calendar.c.id == calendar_id)).rowcount)


def get(connection: Connection, calendar_id: UUID) -> Calendar | None:
    """The one with this id."""
    row = connection.execute(select(calendar).where(calendar.c.id == calendar_id)).mappings().one_or_none()
    return None if row is None else _with_teams(connection, [row])[0]


def default(connection: Connection) -> Calendar | None:
    """That of the deployment, if an admin made one."""
    row = connection.execute(select(calendar).where(calendar.c.is_default)).mappings().one_or_none()
    return None if row is None else _with_teams(connection, [row])[0]


def page(connection: Connection, *, limit: int, after: Sequence[Any] | None) -> tuple[list[Calendar], list[Any] | None]:
    """Calendars by name, and where the next page begins."""
    rows, position = _ORDER.page(connection, select(calendar), limit=limit, after=after)
    return _with_teams(connection, rows), position


def every(connection: Connection) -> list[Calendar]:
    """All of them, by name."""
    return _with_teams(connection, list(connection.execute(select(calendar).order_by(calendar.c.name)).mappings()))


def _with_teams(connection: Connection, rows: Sequence[RowMapping]) -> list[Calendar]:
    teams: dict[UUID, list[UUID]] = {row["id"]: [] for row in rows}
    query = select(team_calendar.c.calendar_id, team_calendar.c.team_id)
    for calendar_id, team_id in connection.execute(query.where(team_calendar.c.calendar_id.in_(teams))):
        teams[calendar_id].append(team_id)
    return [{**row, "team_ids": sorted(teams[row["id"]])} for row in rows]
