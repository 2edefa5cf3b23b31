"""Where each stream of a source got to, by scope. A stream that is read as one has the scope ''."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, select, update

from app.models.source import source, stream_state
from app.store.upsert import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamState:
    """A row of `stream_state`: see there."""

    cursor: str | None = None
    complete_until: datetime | None = None
    census_at: datetime | None = None
    retry_at: datetime | None = None


_KEY = ("source_id", "stream", "scope")
_VALUES = tuple(field.name for field in fields(StreamState))


def of_source(connection: Connection, source_id: UUID) -> dict[tuple[str, str], StreamState]:
    """Every state of a source by (stream, scope)."""
    rows = connection.execute(select(stream_state).where(stream_state.c.source_id == source_id))
    return {
        (row.stream, row.scope): StreamState(**{name: getattr(row, name) for name in _VALUES}) for row in rows.all()
    }


def save(connection: Connection, source_id: UUID, stream: str, scope: str, **values: Any) -> None:
    """Set some columns of a state, and make it where there is none."""
    upsert(connection, stream_state, (*_KEY, *values), [(source_id, stream, scope, *values.values())])


def keep_scopes(connection: Connection, source_id: UUID, stream: str, scopes: Collection[str]) -> None:
    """Forget the scopes of a stream that are no longer read: should one come back, it is read from its start."""
    known = select(stream_state.c.scope).where(stream_state.c.source_id == source_id, stream_state.c.stream == stream)
    for scope in set(connection.execute(known).scalars()) - set(scopes):
        connection.execute(
            delete(stream_state).where(
                stream_state.c.source_id == source_id, stream_state.c.stream == stream, stream_state.c.scope == scope
            )
        )


def forget_cursors(connection: Connection, source_id: UUID) -> None:
    """Let every stream of a source start over on its next run: for a change of what the source reads."""
    connection.execute(
        update(stream_state)
        .where(stream_state.c.source_id == source_id)
        .values(cursor=None, census_at=None, retry_at=None)
    )


def complete_until(connection: Connection) -> dict[UUID, datetime | None]:
    """Up to when the vendor's changes are stored, by source; `None` where a part was never read to its end."""
    rows = connection.execute(
        select(stream_state.c.source_id, _REACHED, _UNREAD).where(~_PAUSE_ONLY).group_by(stream_state.c.source_id)
    )
    return {row.source_id: None if row.unread else row.reached for row in rows}


def reached(connection: Connection) -> list[tuple[UUID, str | None, datetime | None]]:
    """`(source, stream, instant)`: the same by stream. A source that was never read has one row without a stream."""
    state = stream_state.c
    joined = select(source.c.id, state.stream, _REACHED, _UNREAD).select_from(
        source.outerjoin(stream_state, (state.source_id == source.c.id) & ~_PAUSE_ONLY)
    )
    rows = connection.execute(joined.group_by(source.c.id, state.stream))
    return [(row.id, row.stream, None if row.unread else row.reached) for row in rows]


_REACHED = func.min(stream_state.c.complete_until).label("reached")
_UNREAD = (func.count() - func.count(stream_state.c.complete_until)).label("unread")
_PAUSE_ONLY = stream_state.c.retry_at.is_not(None) & stream_state.c.complete_until.is_(None)
"""A row that only says when to go on stands beside those of the stream's scopes."""
