"""Rows of one kind of fact with what each of them holds inside: cut, joined and put in order together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from app.facts import segment
from app.facts.segment import Array, Columns, Kind

Packed = tuple[str, bytes, int]
"""`(kind, payload, rows)` of a segment."""


@dataclass(frozen=True, slots=True)
class Block:
    """Columns of a kind, and those of its inner kind (none where it has none)."""

    kind: Kind
    columns: Columns
    inner: Columns

    @classmethod
    def decode(cls, kind: Kind, payload: bytes | None, inner: bytes | None) -> "Block":
        """What a day's segments hold; None is a segment that is not there."""
        columns = segment.empty(kind) if payload is None else segment.decode(kind, payload)
        if kind.inner is None:
            return cls(kind, columns, {})
        return cls(kind, columns, segment.empty(kind.inner) if inner is None else segment.decode(kind.inner, inner))

    @classmethod
    def joined(cls, blocks: Sequence["Block"]) -> "Block":
        """One after another; there must be one."""
        first = blocks[0]
        if len(blocks) == 1:
            return first
        return cls(
            first.kind,
            {name: np.concatenate([block.columns[name] for block in blocks]) for name in first.columns},
            {name: np.concatenate([block.inner[name] for block in blocks]) for name in first.inner},
        )

    @property
    def time(self) -> Array:
        """The instants of the rows."""
        return self.columns[self.kind.time]

    def __len__(self) -> int:
        return len(self.time)

    def take(self, places: Array) -> "Block":
        """The rows at those places, in that order."""
        columns = {name: column[places] for name, column in self.columns.items()}
        if self.kind.inner is None:
            return Block(self.kind, columns, {})
        sizes = columns[self.kind.inner.name]
        begins = self._starts(self.kind.inner)[:-1][places]
        offsets = np.cumsum(sizes, dtype=np.int64) - sizes
        inside = np.arange(int(sizes.sum())) + np.repeat(begins - offsets, sizes)
        return Block(self.kind, columns, {name: column[inside] for name, column in self.inner.items()})

    def cut(self, bounds: Sequence[int]) -> Iterator["Block"]:
        """The rows from each bound to the next one."""
        inside = bounds if self.kind.inner is None else self._starts(self.kind.inner)[bounds].tolist()
        for (low, high), (begin, end) in zip(pairwise(bounds), pairwise(inside), strict=True):
            columns = {name: column[low:high] for name, column in self.columns.items()}
            yield Block(self.kind, columns, {name: column[begin:end] for name, column in self.inner.items()})

    def encode(self, places: Array | None = None) -> list[Packed]:
        """The segments of one day: the rows (those at some places, if given) by time and item, and what they hold."""
        if places is not None:
            rows = self.take(places[np.lexsort((self.columns["item"][places], self.time[places]))])
        elif self._is_in_order():
            rows = self
        else:
            rows = self.take(np.lexsort((self.columns["item"], self.time)))
        packed = [(self.kind.name, segment.encode(self.kind, rows.columns), len(rows))]
        if self.kind.inner is not None:
            count = int(rows.columns[self.kind.inner.name].sum())
            packed.append((self.kind.inner.name, segment.encode(self.kind.inner, rows.inner), count))
        return packed

    def _is_in_order(self) -> bool:
        time, item = self.time, self.columns["item"]
        return bool(((time[1:] > time[:-1]) | ((time[1:] == time[:-1]) & (item[1:] >= item[:-1]))).all())

    def _starts(self, inner: Kind) -> Array:
        """Where the inner rows of each row begin, and where the last ones end."""
        sizes = self.columns[inner.name]
        return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sizes, dtype=np.int64)))
