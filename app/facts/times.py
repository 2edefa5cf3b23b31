"""When each item of a source started and ended, from the packed histories, without reading a row of them."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import Connection

from app.facts import rows, shape
from app.facts.meaning import PackedHistories
from app.facts.segment import NEVER, REOPENED, Array
from app.facts.timeline import timelines

_ROWS_AT_ONCE = 100_000
_NUMBER_BYTES = 8

ItemTime = tuple[bytes, int | None, int | None, int | None, bool]
"""`(first 8 bytes of the item's id, started, finished, discarded, reopened)`; instants in microseconds."""


def item_times(connection: Connection, source_id: UUID, at_once: int = _ROWS_AT_ONCE) -> Iterator[list[ItemTime]]:
    """The times of a source's items, about `at_once` items and moves at a time. Its facts must have been built."""
    codes = rows.Codes(connection, source_id)
    part = codes.known("source").get("")
    if part is None:
        return
    statuses = rows.status_map(connection, source_id, codes)
    discarding = rows.discarding(connection, source_id, codes)
    for _, block in PackedHistories(connection, part, at_once).blocks():
        histories = shape.unpacked(block, discarding)
        lines = timelines(histories.items, histories.moves, statuses)
        raw = histories.number.astype(">i8").tobytes()
        yield list(
            zip(
                (raw[place : place + _NUMBER_BYTES] for place in range(0, len(raw), _NUMBER_BYTES)),
                _instants(lines.started_at),
                _instants(lines.finished_at),
                _instants(lines.discarded_at),
                ((lines.flags & REOPENED) != 0).tolist(),
                strict=True,
            )
        )


def _instants(micros: Array) -> list[int | None]:
    return [None if value == NEVER else value for value in micros.tolist()]
