"""Who did what: one row for each administrative act, written in the transaction of the act."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, RowMapping, insert, select

from app.models.access import audit
from app.store.listing import By, Keyset

_ORDER = Keyset(By(audit.c.at, descending=True), By(audit.c.id))


def record(
    connection: Connection, *, at: datetime, actor: str, action: str, target: str, detail: Mapping[str, Any]
) -> None:
    """Write one act down. `detail` must hold no secret."""
    values = {"id": uuid4(), "at": at, "actor": actor, "action": action, "target": target, "detail": dict(detail)}
    connection.execute(insert(audit).values(values))


def page(
    connection: Connection,
    *,
    limit: int,
    after: Sequence[Any] | None,
    actor: str | None = None,
    action: str | None = None,
    target: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[list[RowMapping], list[Any] | None]:
    """Acts, newest first, and where the next page begins."""
    query = select(audit)
    for column, value in ((audit.c.actor, actor), (audit.c.action, action), (audit.c.target, target)):
        if value is not None:
            query = query.where(column == value)
    if since is not None:
        query = query.where(audit.c.at >= since)
    if until is not None:
        query = query.where(audit.c.at < until)
    return _ORDER.page(connection, query, limit=limit, after=after)
