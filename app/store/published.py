"""What is published for the SQL views."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, select

from app.models.published import publication, published_item, published_point
from app.models.source import source
from app.store.upsert import upsert

Row = tuple[Any, ...]
_POINT = (
    *("metric", "grain", "scope", "group_id", "start", "until", "group_name"),
    *("complete", "suppressed", "n", "value", "p50", "p85"),
)
_ITEM = ("source_id", "item", "started_at", "finished_at", "discarded_at", "reopened")


def last(connection: Connection) -> Any:
    """The last publication: `version, as_of, published_at, timezone, min_group`; None before the first."""
    return connection.execute(select(publication)).one_or_none()


def sources(connection: Connection) -> list[UUID]:
    """Every source."""
    return list(connection.execute(select(source.c.id)).scalars())


def put_items(connection: Connection, source_id: UUID, times: Iterable[Row]) -> int:
    """Write when items started and ended; gives how many of them changed."""
    return upsert(connection, published_item, _ITEM, ((source_id, *row) for row in times))


def put_points(connection: Connection, points: Sequence[Row]) -> None:
    """Put the points of answers in place of all those of before."""
    connection.execute(delete(published_point))
    upsert(connection, published_point, _POINT, points)


def put(connection: Connection, *, version: int, as_of: datetime, now: datetime, timezone: str, min_group: int) -> None:
    """Say what is published now."""
    columns = ("id", "version", "as_of", "published_at", "timezone", "min_group")
    upsert(connection, publication, columns, [(1, version, as_of, now, timezone, min_group)])
