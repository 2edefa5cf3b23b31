"""Records that were set aside: why, where, and their raw form, so that they can be looked at and tried again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, delete, select, update

from app.models.sync import reject
from app.store.listing import By, Keyset
from app.store.upsert import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A row of `reject`. `field` names the wrong place where one is known."""

    id: UUID
    source_id: UUID
    run_id: UUID | None
    stream: str
    external_id: str | None
    field: str | None
    reason: str
    raw: Any
    at: datetime
    resolved_at: datetime | None = None


_COLUMNS = tuple(Reject.__slots__)
_IN_ORDER = Keyset(By(reject.c.at), By(reject.c.id))
_AT_ONCE = 500


def add(
    connection: Connection,
    source_id: UUID,
    *,
    run_id: UUID,
    stream: str,
    found: Iterable[tuple[str | None, str | None, str, Any]],
    now: datetime,
) -> None:
    """Set records aside: `(external_id, field, reason, raw)`."""
    rows = [
        (uuid4(), source_id, run_id, stream, external_id, field, reason, raw, now, None)
        for external_id, field, reason, raw in found
    ]
    upsert(connection, reject, _COLUMNS, rows, replace=())


def resolve(connection: Connection, source_id: UUID, stream: str, external_ids: Sequence[str], now: datetime) -> None:
    """Mark as settled what was set aside of these objects: they were read again without a fault."""
    for start in range(0, len(external_ids), _AT_ONCE):
        connection.execute(
            update(reject)
            .where(
                reject.c.source_id == source_id,
                reject.c.stream == stream,
                reject.c.resolved_at.is_(None),
                reject.c.external_id.in_(external_ids[start : start + _AT_ONCE]),
            )
            .values(resolved_at=now)
        )


def open_ids(connection: Connection, source_id: UUID, stream: str) -> set[str]:
    """The objects of a stream that are set aside and were not read well since."""
    return set(
        connection.execute(
            select(reject.c.external_id).where(
                reject.c.source_id == source_id,
                reject.c.stream == stream,
                reject.c.resolved_at.is_(None),
                reject.c.external_id.is_not(None),
            )
        ).scalars()
    )


def page(
    connection: Connection, run_id: UUID, *, limit: int, after: Sequence[Any] | None = None
) -> tuple[list[Reject], list[Any] | None]:
    """What a run set aside, in order, and where the next page begins."""
    query = select(*(reject.c[name] for name in _COLUMNS)).where(reject.c.run_id == run_id)
    rows, following = _IN_ORDER.page(connection, query, limit=limit, after=after)
    return [Reject(**row) for row in rows], following


def forget_before(connection: Connection, before: datetime) -> int:
    """Delete what was set aside before an instant, raw forms included; how many there were."""
    return connection.execute(delete(reject).where(reject.c.at < before)).rowcount
