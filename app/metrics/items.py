"""Work items by the number that stands for them inside facts."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.facts.read import Snapshot
from app.store import dimensions as store


def items_by_number(snapshot: Snapshot, numbers: Sequence[int]) -> dict[int, dict[str, Any]]:
    """`{id, external_id, key, title, url, source}` of each item, by its number."""
    found: dict[int, dict[str, Any]] = {}
    for identity, source_id, external_id, key, title, url in store.items_by_number(snapshot.connection, list(numbers)):
        found[_number(identity)] = {
            "id": str(identity),
            "external_id": external_id,
            "key": key,
            "title": title,
            "url": url,
            "source": str(source_id),
        }
    return found


def _number(identity: UUID) -> int:
    return int.from_bytes(identity.bytes[:8], "big", signed=True)
