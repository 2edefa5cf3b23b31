"""What is kept of conversations."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, select

from app.models.communication import conversation
from app.store import dirty
from app.store.days import MARKED_AS, day_of

_AT_ONCE = 500


def marks(connection: Connection, source_id: UUID, external_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """The stored marks of these conversations: see the table."""
    found: dict[str, list[dict[str, Any]]] = {}
    for some in _portions(external_ids):
        rows = connection.execute(
            select(conversation.c.external_id, conversation.c.marks).where(
                conversation.c.source_id == source_id, conversation.c.external_id.in_(some)
            )
        )
        found.update((row.external_id, row.marks) for row in rows)
    return found


def between(connection: Connection, source_id: UUID, channel: str, since: datetime, until: datetime) -> list[str]:
    """The ids of a channel's conversations that began in `[since, until)`."""
    column = conversation.c
    query = select(column.external_id).where(
        column.source_id == source_id, column.channel == channel, column.started_at >= since, column.started_at < until
    )
    return list(connection.execute(query).scalars())


def remove(connection: Connection, source_id: UUID, external_ids: Collection[str]) -> int:
    """Forget conversations that the vendor holds no more, and mark their days; gives the number that were there.

    The caller holds `sources.lock`.
    """
    days: list[int] = []
    for some in _portions(list(external_ids)):
        statement = delete(conversation).where(
            conversation.c.source_id == source_id, conversation.c.external_id.in_(some)
        )
        gone = connection.execute(statement.returning(conversation.c.started_at)).scalars()
        days += (day_of(started_at) for started_at in gone)
    dirty.mark_days(connection, source_id, MARKED_AS[conversation], days)
    return len(days)


def _portions(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
