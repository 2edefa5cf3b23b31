"""The builder: takes the marked items and rewrites the segments of the days that they left and entered."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from app.core.db import Database
from app.facts import rows, segment, shape
from app.facts.segment import FINISHED, KINDS, VISITS, Array, Columns, Kind
from app.store import dirty, sources
from app.store import facts as store

_ITEMS_AT_ONCE = 100_000
_SEGMENTS_AT_ONCE = 500


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
    new = shape.facts_of(batch, rows.status_map(connection, source_id, codes))
    days = _ItemDays.of(batch, new)
    gone = np.unique(batch.numbers)
    for some in _slices(days.touched, _SEGMENTS_AT_ONCE):
        _rewrite(connection, part, some, gone, new)
    store.write_item_days(connection, source_id, days.rows(batch.keys))
    store.clear_between(connection, source_id, first, last)


def _rewrite(connection: Connection, part: int, days: Array, gone: Array, new: shape.Facts) -> None:
    old: dict[tuple[str, int], bytes] = {
        (kind, bucket): payload for kind, bucket, payload in store.segments(connection, part, days.tolist())
    }
    written: list[store.Row] = []
    removed: list[tuple[str, int]] = []
    for kind in KINDS:
        if kind is VISITS:
            continue
        for day, fresh in new.by_day(kind, days):
            before = old.get((kind.name, day))
            if before is None and not len(fresh["item"]):
                continue
            merged = _merged(kind, before, old.get((VISITS.name, day)), gone, fresh)
            if merged is None:
                continue
            for name, payload, size in merged:
                if size:
                    written.append((name, day, part, segment.fingerprint(payload), size, payload))
                elif (name, day) in old:
                    removed.append((name, day))
    store.write_segments(connection, written)
    store.delete_segments(connection, part, removed)


def _merged(
    kind: Kind, before: bytes | None, visits_before: bytes | None, gone: Array, fresh: Columns
) -> list[tuple[str, bytes, int]] | None:
    """The segment(s) with the rows of `gone` items replaced by the fresh ones; None where nothing changes."""
    stays = segment.decode(kind, before) if before is not None else segment.empty(kind)
    keep = ~_among(stays["item"], gone)
    if keep.all() and not len(fresh["item"]):
        return None
    columns = {name: np.concatenate((stays[name][keep], fresh[name])) for name, _ in kind.columns}
    order = np.lexsort((columns["item"], columns[kind.time]))
    columns = {name: column[order] for name, column in columns.items()}
    result = [(kind.name, segment.encode(kind, columns), len(order))]
    if kind is FINISHED:
        stood = segment.decode(VISITS, visits_before) if visits_before is not None else segment.empty(VISITS)
        keep_visits = np.repeat(keep, stays["visits"])
        items = np.concatenate((np.repeat(stays["item"], stays["visits"])[keep_visits], fresh["visit_item"]))
        visits = {
            name: np.concatenate((stood[name][keep_visits], fresh[f"visit_{name}"])) for name, _ in VISITS.columns
        }
        place = np.argsort(columns["item"], kind="stable")
        owner = place[np.searchsorted(columns["item"], items, sorter=place)]
        inner = np.lexsort((visits["start"], visits["status"], visits["category"], owner))
        visits = {name: column[inner] for name, column in visits.items()}
        result.append((VISITS.name, segment.encode(VISITS, visits), len(inner)))
    return result


def _among(items: Array, known: Array) -> Array:
    """Which items are among the known ones (ascending, not empty)."""
    place = np.minimum(np.searchsorted(known, items), len(known) - 1)
    found: Array = known[place] == items
    return found


@dataclass(frozen=True, slots=True)
class _ItemDays:
    """In which days each item of a batch stands now, and all days that it touches."""

    touched: Array
    starts: Array
    days: Array

    @classmethod
    def of(cls, batch: rows.Batch, new: shape.Facts) -> "_ItemDays":
        owner, day = new.item_days()
        pairs = np.unique((owner.astype(np.int64) << 32) | (day.astype(np.int64) & 0xFFFFFFFF))
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
