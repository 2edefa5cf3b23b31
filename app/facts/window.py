"""The segments of some days as one set of columns, in the order of time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np

from app.facts.segment import VISITS, Array, Columns, Kind

SOURCE = "source"
"""The column that says which source (by code) a row is of: no segment holds it, a segment is of one source."""

VISIT_STARTS = "visit_starts"
"""Where the visits of each row begin, and where the last ones end: one longer than the rows."""

ITEM_NUMBER = "item_number"
"""The items of a window numbered from 0: small numbers for `item`, which are of 64 bits."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One decoded segment, with that of its visits (empty where the kind has none)."""

    part: int
    columns: Columns
    visits: Columns


@dataclass(slots=True)
class Window:
    """Columns over several segments, each concatenated when it is first asked for. Safe to share."""

    kind: Kind
    pieces: Sequence[Piece]
    _columns: Columns = field(default_factory=dict)
    _order: Array | None = None
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        time = self._joined(self.kind.time)
        if len(time) > 1 and bool((time[1:] < time[:-1]).any()):
            self._order = np.argsort(time, kind="stable")
            time = time[self._order]
        self._columns[self.kind.time] = time

    def __len__(self) -> int:
        return len(self._columns[self.kind.time])

    def column(self, name: str) -> Array:
        """A column of the kind, `SOURCE`, `ITEM_NUMBER`, `VISIT_STARTS` or `visit_*`."""
        found = self._columns.get(name)
        if found is not None:
            return found
        with self._lock:
            if name not in self._columns:
                self._columns[name] = self._made(name)
            return self._columns[name]

    def between(self, start: int, end: int) -> "Rows":
        """The rows whose time lies in `[start, end)`."""
        time = self._columns[self.kind.time]
        low, high = np.searchsorted(time, (start, end)).tolist()
        return Rows(self, low, max(low, high))

    def _made(self, name: str) -> Array:
        if name == SOURCE:
            sizes = [len(piece.columns[self.kind.time]) for piece in self.pieces]
            return self._ordered(np.repeat(np.array([piece.part for piece in self.pieces], dtype=np.int32), sizes))
        if name == ITEM_NUMBER:
            return self._ordered(np.unique(self._joined("item"), return_inverse=True)[1].astype(np.int32))
        if name == VISIT_STARTS:
            return _starts(self._ordered(self._joined("visits")))
        if name.startswith("visit_"):
            return self._visits(name.removeprefix("visit_"))
        return self._ordered(self._joined(name))

    def _joined(self, name: str) -> Array:
        if not self.pieces:
            return np.empty(0, dtype=dict(self.kind.columns)[name])
        return np.concatenate([piece.columns[name] for piece in self.pieces])

    def _ordered(self, column: Array) -> Array:
        return column if self._order is None else np.asarray(column[self._order])

    def _visits(self, name: str) -> Array:
        held = [piece.visits[name] for piece in self.pieces]
        column = np.concatenate(held) if held else np.empty(0, dtype=dict(VISITS.columns)[name])
        if self._order is None:
            return column
        sizes = self._joined("visits")
        starts = _starts(sizes)[:-1][self._order]
        taken = sizes[self._order]
        offsets = _starts(taken)
        return np.asarray(column[np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], taken)])


@dataclass(frozen=True, slots=True)
class Rows:
    """A stretch of a window: columns by name."""

    window: Window
    low: int
    high: int

    def __len__(self) -> int:
        return self.high - self.low

    def __getitem__(self, name: str) -> Array:
        if name == VISIT_STARTS:
            starts = self.window.column(VISIT_STARTS)[self.low : self.high + 1]
            return np.asarray(starts - starts[0])
        column = self.window.column(name)
        if name.startswith("visit_"):
            starts = self.window.column(VISIT_STARTS)
            return column[starts[self.low] : starts[self.high]]
        return column[self.low : self.high]

    @property
    def time(self) -> Array:
        """The instants, ascending."""
        return self[self.window.kind.time]


def _starts(sizes: Array) -> Array:
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sizes, dtype=np.int64)))
