"""Exact numbers by cell (a group in a bucket): percentiles, means, sums and distinct people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_LARGEST_TABLE = 20_000_000


@dataclass(frozen=True, slots=True)
class Percentiles:
    """By cell: the number of values, their mean and their quantiles (a column each); NaN where there is none."""

    n: Ints
    mean: NDArray[np.float64]
    quantiles: NDArray[np.float64]


def percentiles(cell: NDArray[Any], value: Ints, cells: int, quantiles: Sequence[float]) -> Percentiles:
    """Percentiles of non-negative values, interpolated linearly as NumPy does by default."""
    ordered, starts = _sorted_by_cell(cell, value, cells)
    n = np.diff(starts)
    filled = np.flatnonzero(n)
    mean = np.full(cells, np.nan)
    result = np.full((cells, len(quantiles)), np.nan)
    if len(filled):
        mean[filled] = _sums(ordered, starts[filled]) / n[filled]
        place = (n[filled, None] - 1) * np.asarray(quantiles)
        low = np.floor(place).astype(np.int64)
        share = place - low
        first = starts[filled, None]
        below = ordered[first + low]
        above = ordered[first + np.minimum(low + 1, n[filled, None] - 1)]
        step = (above - below).astype(np.float64)
        result[filled] = np.where(share < 0.5, below + step * share, above - step * (1 - share))
    return Percentiles(n, mean, result)


def _sorted_by_cell(cell: NDArray[Any], value: Ints, cells: int) -> tuple[Ints, Ints]:
    """The values, ascending inside each cell, and where each cell begins (and the last one ends)."""
    bits = int(value.max()).bit_length() if len(value) else 0
    if cells == 1:
        return np.sort(value), np.array([0, len(value)], dtype=np.int64)
    if bits + (cells - 1).bit_length() <= 63:
        key = (cell.astype(np.int64) << bits) | value
        key.sort()
        begins = np.searchsorted(key, np.arange(cells, dtype=np.int64) << bits)
        return key & ((1 << bits) - 1), np.append(begins, len(key))
    order = np.lexsort((value, cell))
    return value[order], np.searchsorted(cell[order], np.arange(cells + 1))


def _sums(ordered: Ints, starts: Ints) -> NDArray[np.float64]:
    largest = int(ordered.max())
    if largest and len(ordered) > np.iinfo(np.int64).max // largest:
        ordered_as_floats = ordered.astype(np.float64)
        return np.asarray(np.add.reduceat(ordered_as_floats, starts), dtype=np.float64)
    return np.asarray(np.add.reduceat(ordered, starts), dtype=np.float64)


def counts(cell: NDArray[Any], cells: int) -> Ints:
    """How many facts each cell holds."""
    return np.bincount(cell, minlength=cells)


def sums(cell: NDArray[Any], value: NDArray[Any], cells: int) -> NDArray[np.float64]:
    """The sum of each cell."""
    return np.bincount(cell, weights=value.astype(np.float64), minlength=cells)


def distinct(cell: NDArray[Any], person: NDArray[Any], cells: int, people: int) -> Ints:
    """How many different people each cell holds; -1 is nobody."""
    if not people or not len(cell):
        return np.zeros(cells, dtype=np.int64)
    if cells * (people + 1) <= _LARGEST_TABLE:
        # Nobody has a column too, the last one, which is cut off again.
        seen = np.zeros(cells * (people + 1), dtype=bool)
        seen[cell * np.int64(people + 1) + np.where(person < 0, people, person)] = True
        counted: Ints = np.count_nonzero(seen.reshape(cells, people + 1)[:, :people], axis=1)
        return counted
    known = person >= 0
    pairs = np.unique(cell[known].astype(np.int64) * people + person[known])
    return np.bincount(pairs // people, minlength=cells)
