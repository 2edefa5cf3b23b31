"""When a mark was put on a conversation: the vendor's word, or else when it was first seen."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from app.core.types import without_nul
from app.store import conversations
from connectors.kit.records import Conversation, Mark


class SeenMark(Mark, frozen=True, kw_only=True):
    """A mark of which the vendor tells no instant: `at` is when it was first seen."""

    first_seen: bool = True


def dated(
    connection: Connection, source_id: UUID, records: Sequence[Conversation], now: datetime
) -> list[Conversation]:
    """The same conversations with an instant for each mark."""
    undated = [record.external_id for record in records if any(mark.at is None for mark in record.marks)]
    stored = conversations.marks(connection, source_id, [without_nul(key) for key in undated])
    return [
        msgspec.structs.replace(
            record, marks=_dated(record.marks, stored.get(without_nul(record.external_id), []), now)
        )
        for record in records
    ]


def _dated(marks: Sequence[Mark], stored: Sequence[dict[str, Any]], now: datetime) -> tuple[Mark, ...]:
    seen = {(mark["name"], mark["by"]): mark["at"] for mark in stored}
    return tuple(
        mark
        if mark.at is not None
        else SeenMark(name=mark.name, by=mark.by, at=_instant(seen.get((mark.name, mark.by))) or now)
        for mark in marks
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
