"""Which numbers were read on which day."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, select

from app.models.people import team
from app.models.read import asset_read
from app.store.facts import micros
from app.store.upsert import upsert

Row = tuple[Any, ...]

ReadKey = tuple[date, str, str, str]
"""(day, metric, team or '', how)"""


def add(connection: Connection, reads: Mapping[ReadKey, int]) -> int:
    """Count further reads; gives how many of them are the first of their day."""
    days = {day for day, *_ in reads}
    known = {row[:4] for row in between(connection, min(days), max(days) + timedelta(days=1))}
    rows = [(*key, count) for key, count in reads.items()]
    upsert(connection, asset_read, ("day", "metric", "team", "how", "reads"), rows, add=("reads",))
    return len(reads.keys() - known)


def between(connection: Connection, first: date, after: date) -> Iterable[Row]:
    """`(day, metric, team, how, reads)` of the days `[first, after)`."""
    table = asset_read.c
    query = select(table.day, table.metric, table.team, table.how, table.reads)
    rows = connection.execute(query.where(table.day >= first, table.day < after))
    return [tuple(row) for row in rows]


def teams_since(connection: Connection) -> list[Row]:
    """`(team, instant)` of every team: since when there are numbers of it."""
    return [tuple(row) for row in connection.execute(select(team.c.id, micros(team.c.created_at)))]
