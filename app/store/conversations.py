"""What is kept of conversations."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from app.models.communication import conversation

_AT_ONCE = 500


def marks(connection: Connection, source_id: UUID, external_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """The stored marks of these conversations: `[{"name", "by", "at"}, ...]`."""
    found: dict[str, list[dict[str, Any]]] = {}
    for start in range(0, len(external_ids), _AT_ONCE):
        rows = connection.execute(
            select(conversation.c.external_id, conversation.c.marks).where(
                conversation.c.source_id == source_id,
                conversation.c.external_id.in_(external_ids[start : start + _AT_ONCE]),
            )
        )
        found.update((row.external_id, row.marks) for row in rows)
    return found
