"""The builder after a change of meaning: derives facts anew from the packed histories, without reading a row."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from app.core.db import Database
from app.facts import build, rows, segment, shape
from app.facts.block import Block
from app.facts.segment import DERIVED, HISTORIES, MOVES, NEVER, Array
from app.facts.shape import MICROS_A_DAY
from app.facts.timeline import StatusMap
from app.store import dirty, sources
from app.store import facts as store

_ROWS_AT_ONCE = 500_000
_ROWS_WAITING = 8_000_000
_NO_DAY = 2**31
_FEW = 0.1
"""Up to this share of a source's items their rows are replaced in the segments; else the segments are made anew."""


def build_changed_meanings(db: Database, at_once: int = _ROWS_AT_ONCE, waiting: int = _ROWS_WAITING) -> int:
    """Build the facts that the marked statuses and resolutions change; gives the number of items that were built.

    All of a source is one transaction. It takes about `at_once` items and moves at a time, and no more than about
    `waiting` rows of facts wait for others of their day.
    """
    with db.read() as connection:
        marked = dirty.sources_with_meanings(connection)
    return sum(_build_source(db, source_id, at_once, waiting) for source_id in marked)


def _build_source(db: Database, source_id: UUID, at_once: int, waiting: int) -> int:
    # What a power cut undoes, it undoes whole: the marks are there again, and so are the segments of before.
    with db.write(repeatable=True) as connection:
        if not sources.lock(connection, source_id):
            return 0
        codes = rows.Codes(connection, source_id)
        changed = _Changed.of(codes, dirty.marked_meanings(connection, source_id))
        histories = PackedHistories(connection, int(codes.of("source", [""])[0]), at_once)
        few = int(_FEW * histories.items)
        touched = histories.touched(changed, enough=few)
        derive = _Derive(rows.status_map(connection, source_id, codes), rows.discarding(connection, source_id, codes))
        if touched > few:
            touched = histories.items
            _make_anew(connection, histories, derive, waiting)
        elif touched:
            _replace(connection, histories, derive, changed)
        dirty.clear_meanings(connection, source_id)
        return touched


@dataclass(frozen=True, slots=True)
class _Changed:
    """Which status and resolution codes mean something else now (and, last, that none does)."""

    status: Array
    resolution: Array

    @classmethod
    def of(cls, codes: rows.Codes, marked: Sequence[tuple[str, str]]) -> "_Changed":
        def mask(dimension: str) -> Array:
            known = codes.known(dimension)
            result = np.zeros(max(known.values(), default=-1) + 2, dtype=bool)
            result[[known[value] for of, value in marked if of == dimension and value in known]] = True
            return result

        return cls(mask("status"), mask("resolution"))

    def touches(self, block: Block) -> Array:
        """Which of the items are, or ever were, in one of them."""
        touched: Array = self.status[block.columns["status"]] | self.resolution[block.columns["resolution"]]
        moved = self.status[block.inner["from_status"]] | self.status[block.inner["to_status"]]
        owner = np.repeat(np.arange(len(block)), block.columns[MOVES.name])
        touched[owner[moved]] = True
        return touched


@dataclass(frozen=True, slots=True)
class _Derive:
    """What meanings make of histories."""

    statuses: StatusMap
    discarding: Array

    def __call__(self, block: Block) -> list[Block]:
        return shape.facts_of(shape.unpacked(block, self.discarding), self.statuses)


class PackedHistories:
    """The packed histories of a source."""

    def __init__(self, connection: Connection, part: int, at_once: int) -> None:
        self.part = part
        self._connection = connection
        self._names = segment.names([HISTORIES])
        sizes: Counter[int] = Counter()
        self.items = 0
        for name, day, _, size in store.segment_versions(connection, part, self._names):
            sizes[day] += size
            self.items += size if name == HISTORIES.name else 0
        self._runs: list[list[int]] = []
        room = 0
        for day in sorted(sizes):
            if sizes[day] > room:
                self._runs.append([])
                room = at_once
            self._runs[-1].append(day)
            room -= sizes[day]

    def blocks(self) -> Iterator[tuple[int, Block]]:
        """The histories some days at a time, with the first of the days that they were created on."""
        for days in self._runs:
            found = {
                (name, day): payload
                for name, day, payload in store.segments(self._connection, self.part, self._names, days)
            }
            decoded = [
                Block.decode(HISTORIES, found[HISTORIES.name, day], found.get((MOVES.name, day))) for day in days
            ]
            yield days[0], Block.joined(decoded)

    def touched(self, changed: _Changed, enough: int) -> int:
        """How many items the change touches. Once there are more than `enough`, no more are looked for."""
        touched = 0
        for _, block in self.blocks():
            touched += int(np.count_nonzero(changed.touches(block)))
            if touched > enough:
                break
        return touched


def _replace(connection: Connection, histories: PackedHistories, derive: _Derive, changed: _Changed) -> None:
    """Replace the rows of the touched items."""
    for _, block in histories.blocks():
        some = np.flatnonzero(changed.touches(block))
        if not len(some):
            continue
        taken = block.take(some)
        resolved = taken.columns["resolved_at"]
        instants = np.concatenate((taken.time, taken.inner["at"], resolved[resolved != NEVER]))
        days = np.unique(np.floor_divide(instants, MICROS_A_DAY))
        build.merge(connection, histories.part, days, np.unique(taken.columns["item"]), derive(taken))


def _make_anew(connection: Connection, histories: PackedHistories, derive: _Derive, waiting: int) -> None:
    """Make all segments from nothing. One thread computes while this one reads and writes: both take about as long."""
    part = histories.part
    names = segment.names(DERIVED)
    stored = {(kind, day): number for kind, day, number, _ in store.segment_versions(connection, part, names)}
    anew = _Anew(part, stored, waiting)

    def write(made: _Made) -> None:
        store.write_segments(connection, made.segments)
        for day, block in made.late:
            build.merge(connection, part, np.array([day]), np.unique(block.columns["item"]), [block])

    with ThreadPoolExecutor(max_workers=1) as aside:
        ahead: Future[_Made] | None = None
        for first, block in histories.blocks():
            following = aside.submit(anew.step, first, block, derive)
            if ahead is not None:
                write(ahead.result())
            ahead = following
        if ahead is not None:
            write(ahead.result())
    write(anew.complete(before=_NO_DAY))
    store.delete_segments(connection, part, anew.left_over())


@dataclass(frozen=True, slots=True)
class _Made:
    """What is to be written: segments, and rows of days whose segments were written before."""

    segments: list[store.Row]
    late: list[tuple[int, Block]]


@dataclass(slots=True)
class _Anew:
    """Segments made from nothing, each packed once no more rows of its day are expected.

    `stored` are the versions of the segments that are there: one that would not change is not written.
    """

    part: int
    stored: dict[tuple[str, int], int]
    waiting: int
    _pending: dict[tuple[str, int], list[Block]] = field(default_factory=dict)
    _rows: int = 0
    _made: set[tuple[str, int]] = field(default_factory=set)

    def step(self, first: int, histories: Block, derive: _Derive) -> _Made:
        """Take the next histories, of items that were created on the day `first` or later.

        Facts hardly ever stand on days before their item's creation: those days are complete.
        """
        made = self.complete(before=first if self._rows <= self.waiting else _NO_DAY)
        for block in derive(histories):
            for day, some in shape.by_day(block):
                self._pending.setdefault((block.kind.name, day), []).append(some)
                self._rows += len(some)
        return made

    def complete(self, before: int) -> _Made:
        """Pack the days before that one."""
        made = _Made([], [])
        for key in [key for key in self._pending if key[1] < before]:
            block = Block.joined(self._pending.pop(key))
            self._rows -= len(block)
            if key in self._made:
                made.late.append((key[1], block))
                continue
            for row in build.segment_rows(self.part, [(key[1], packed) for packed in block.encode()]):
                self._made.add((row[0], row[1]))
                if self.stored.get((row[0], row[1])) != row[3]:
                    made.segments.append(row)
        return made

    def left_over(self) -> set[tuple[str, int]]:
        """The segments that are there and that nothing stands in any more."""
        return self.stored.keys() - self._made
