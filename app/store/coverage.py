"""What the completeness of the data is counted from, and what was recorded of it on each day."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, delete, func, or_, select

from app.models.coverage import coverage_day
from app.models.people import account
from app.models.source import source
from app.store.upsert import upsert

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """How many of what a rule looks at have what it asks for. `source` and `team` are ids, or '' for none."""

    rule: str
    tool: str
    source: str
    team: str
    present: int
    total: int


def humans(connection: Connection) -> list[Row]:
    """`(source, joined, all)`: how many accounts of humans each source has, and how many are a person's."""
    human = and_(
        account.c.kind == "human",
        or_(account.c.automation_override.is_(None), account.c.automation_override.is_(False)),
    )
    query = select(account.c.source_id, func.count(account.c.person_id), func.count()).where(human)
    return [tuple(row) for row in connection.execute(query.group_by(account.c.source_id))]


def read_sources(connection: Connection) -> list[Row]:
    """`(id, tool)` of every source that is switched on."""
    return [tuple(row) for row in connection.execute(select(source.c.id, source.c.tool).where(source.c.enabled))]


def record(connection: Connection, day: date, shares: Iterable[Share]) -> None:
    """Put the shares of a day in place of those that were recorded earlier that day."""
    connection.execute(delete(coverage_day).where(coverage_day.c.day == day))
    columns = ("day", "rule", "tool", "source", "team", "present", "total")
    upsert(connection, coverage_day, columns, [(day, *astuple(share)) for share in shares])


def recorded(connection: Connection, first: date, after: date) -> dict[date, list[Share]]:
    """What was recorded on the days `[first, after)`."""
    table = coverage_day.c
    query = select(table.day, table.rule, table.tool, table.source, table.team, table.present, table.total)
    found: dict[date, list[Share]] = {}
    for day, *share in connection.execute(query.where(table.day >= first, table.day < after)):
        found.setdefault(day, []).append(Share(*share))
    return found
