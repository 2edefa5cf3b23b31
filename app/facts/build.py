"""The builder: takes the marked items and rewrites the segments of the days that they left and entered."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from app.core.db import Database
from app.facts import rows, segment, shape
from app.facts.block import Block, Packed
from app.facts.segment import NEVER, Array, Kind
from app.facts.shape import MICROS_A_DAY
from app.store import dirty, sources
from app.store import facts as store

_ITEMS_AT_ONCE = 100_000
_SEGMENTS_AT_ONCE = 50
"""Days: those of a year full of items would take hundreds of megabytes at once, and no less time."""


def build_dirty_items(db: Database, at_once: int = _ITEMS_AT_ONCE) -> int:
    """Build the facts of every marked item; gives their number.

    Each transaction takes at most `at_once` items of one source: the segments, the codes that they need and
    the removal of the marks commit together.
    """
    with db.read() as connection:
        waiting = dirty.sources(connection)
    built = 0
    for source_id in waiting:
        while batch := _build_some(db, source_id, at_once):
            built += batch
            if batch < at_once:
                break
    return built


def _build_some(db: Database, source_id: UUID, at_once: int) -> int:
    with db.write() as connection:
        if not sources.lock(connection, source_id):
            return 0
        keys = dirty.marked(connection, source_id, at_once)
        if keys:
            _build(connection, source_id, keys[0], keys[-1])
        return len(keys)


def _build(connection: Connection, source_id: UUID, first: str, last: str) -> None:
    codes = rows.Codes(connection, source_id)
    part = int(codes.of("source", [""])[0])
    batch = rows.load(connection, source_id, codes, first, last)
    statuses = rows.status_map(connection, source_id, codes)
    blocks = [
        *shape.facts_of(batch.histories, statuses),
        shape.packed(batch.histories),
        shape.naming(batch.histories, batch.releases),
    ]
    days = _ItemDays.of(batch)
    merge(connection, part, days.touched, np.unique(batch.numbers), blocks)
    store.write_item_days(connection, source_id, days.rows(batch.keys))
    store.clear_between(connection, source_id, first, last)


def merge(connection: Connection, part: int, days: Array, gone: Array, blocks: Sequence[Block]) -> None:
    """Put new rows in place of those of the `gone` items (ascending, not empty) in the segments of those days."""
    fresh = {(block.kind.name, day): some for block in blocks for day, some in shape.by_day(block)}
    kinds = [block.kind for block in blocks]
    names = segment.names(kinds)
    for some in _slices(days, _SEGMENTS_AT_ONCE):
        old: dict[tuple[str, int], bytes] = {
            (name, day): payload for name, day, payload in store.segments(connection, part, names, some.tolist())
        }
        packed: list[tuple[int, Packed]] = []
        for kind in kinds:
            for day in some.tolist():
                merged = _merged(kind, day, old, gone, fresh.get((kind.name, day)))
                packed += [(day, one) for one in merged]
        store.write_segments(connection, segment_rows(part, packed))
        emptied = [(name, day) for day, (name, _, size) in packed if not size and (name, day) in old]
        store.delete_segments(connection, part, emptied)


def segment_rows(part: int, packed: Iterable[tuple[int, Packed]]) -> Iterator[store.Row]:
    """Packed days as rows of the store; one without a row is left out."""
    for day, (name, payload, size) in packed:
        if size:
            yield name, day, part, segment.fingerprint(payload), size, payload


def _merged(
    kind: Kind, day: int, old: Mapping[tuple[str, int], bytes], gone: Array, fresh: Block | None
) -> Sequence[Packed]:
    """The day's segments with the rows of `gone` items replaced by the fresh ones; none where nothing changes."""
    before = old.get((kind.name, day))
    if before is None:
        return () if fresh is None else fresh.encode()
    stays = Block.decode(kind, before, None if kind.inner is None else old.get((kind.inner.name, day)))
    keep = ~_among(stays.columns["item"], gone)
    if fresh is None and keep.all():
        return ()
    every = stays if fresh is None else Block.joined([stays, fresh])
    return every.encode(np.concatenate((np.flatnonzero(keep), np.arange(len(stays), len(every)))))


def _among(items: Array, known: Array) -> Array:
    """Which items are among the known ones (ascending, not empty)."""
    place = np.minimum(np.searchsorted(known, items), len(known) - 1)
    found: Array = known[place] == items
    return found


@dataclass(frozen=True, slots=True)
class _ItemDays:
    """In which days each item of a batch can stand, whatever its statuses mean, and all days that it touches."""

    touched: Array
    starts: Array
    days: Array

    @classmethod
    def of(cls, batch: rows.Batch) -> "_ItemDays":
        histories = batch.histories
        place = np.flatnonzero(batch.alive)
        resolved = np.flatnonzero(histories.items.resolved_at != NEVER)
        owner = np.concatenate((place, place[histories.moves.item], place[resolved]))
        instants = (histories.items.created_at, histories.moves.at, histories.items.resolved_at[resolved])
        day = np.floor_divide(np.concatenate(instants), MICROS_A_DAY)
        pairs = np.unique((owner.astype(np.int64) << 32) | (day & 0xFFFFFFFF))
        days = (pairs & 0xFFFFFFFF).astype(np.uint32).view(np.int32)
        starts = np.searchsorted(pairs >> 32, np.arange(len(batch.keys) + 1))
        stood = np.frombuffer(b"".join(value for value in batch.days if value), dtype="<i4")
        return cls(np.unique(np.concatenate((days, stood))), starts, days.astype("<i4"))

    def rows(self, keys: list[str]) -> Iterator[tuple[str, bytes]]:
        """`(external_id, days)` of each item."""
        raw = self.days.tobytes()
        bounds = (self.starts * 4).tolist()
        for place, key in enumerate(keys):
            yield key, raw[bounds[place] : bounds[place + 1]]


def _slices(days: Array, size: int) -> Iterator[Array]:
    for start in range(0, len(days), size):
        yield days[start : start + size]
