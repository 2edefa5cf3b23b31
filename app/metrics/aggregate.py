"""Exact numbers by cell (a group in a bucket): percentiles, means, sums and distinct people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_LARGEST_TABLE = 20_000_000
_LARGE_CELL = 1_000
_LARGEST_COUNTED = 1_000_000
_MOST_SELECTIONS = 2**16


@dataclass(frozen=True, slots=True)
class Percentiles:
    """By cell: the number of values, their mean and their quantiles (a column each); NaN where there is none."""

    n: Ints
    mean: NDArray[np.float64]
    quantiles: NDArray[np.float64]


def percentiles(cell: NDArray[Any], value: Ints, cells: int, quantiles: Sequence[float]) -> Percentiles:
    """Percentiles of non-negative values, interpolated linearly as NumPy does by default."""
    n = np.bincount(cell, minlength=cells)
    starts = np.cumsum(n) - n
    filled = np.flatnonzero(n)
    mean = np.full(cells, np.nan)
    result = np.full((cells, len(quantiles)), np.nan)
    if len(filled):
        size, first = n[filled, None], starts[filled, None]
        place = (size - 1) * np.asarray(quantiles)
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, size - 1)
        if cells <= _MOST_SELECTIONS and len(value) >= _LARGE_CELL * cells:
            ordered = _selected(cell, value, starts[filled], np.concatenate((low, high), axis=1))
        else:
            ordered = _sorted(cell, value, cells)
        share = place - low
        below, above = ordered[first + low], ordered[first + high]
        step = (above - below).astype(np.float64)
        result[filled] = np.where(share < 0.5, below + step * share, above - step * (1 - share))
        mean[filled] = _sums(ordered, starts[filled]) / n[filled]
    return Percentiles(n, mean, result)


def _sorted(cell: NDArray[Any], value: Ints, cells: int) -> Ints:
    """The values cell by cell, ascending inside each."""
    bits = int(value.max()).bit_length()
    if bits + (cells - 1).bit_length() <= 63:
        key = (cell.astype(np.int64) << bits) | value
        key.sort()
        return np.asarray(key & ((1 << bits) - 1))
    return value[np.lexsort((value, cell))]


def _selected(cell: NDArray[Any], value: Ints, starts: Ints, wanted: Ints) -> Ints:
    """The values cell by cell, with those at the `wanted` places inside each cell where a sort would put them.

    For few large cells: a selection costs a third of a sort.
    """
    ordered = value.copy()
    if (cell[1:] < cell[:-1]).any():
        # Small integers are sorted by their digits, in a pass or two.
        ordered = value[np.argsort(cell.astype(np.uint16), kind="stable")]
    for start, end, places in zip(starts.tolist(), [*starts[1:].tolist(), len(value)], wanted, strict=True):
        ordered[start:end].partition(places)
    return ordered


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
    return np.asarray(np.bincount(cell, weights=value, minlength=cells), dtype=np.float64)


def distinct(cell: NDArray[Any], person: NDArray[Any], cells: int, people: int) -> Ints:
    """How many different people each cell holds; -1 is nobody."""
    if not people or not len(cell):
        return np.zeros(cells, dtype=np.int64)
    if _is_dense(cells * (people + 1), len(cell)):
        return np.asarray(np.count_nonzero(_seen(cell, person, cells, people), axis=1))
    return np.bincount(members(cell, person, cells, people)[0], minlength=cells)


def members(cell: NDArray[Any], person: NDArray[Any], cells: int, people: int) -> tuple[Ints, Ints]:
    """The different `(cell, person)`, ascending; -1 is nobody."""
    if people and _is_dense(cells * (people + 1), len(cell)):
        found = _seen(cell, person, cells, people).nonzero()
        return found[0], found[1]
    known = person >= 0
    return np.divmod(different(cell[known].astype(np.int64) * people + person[known]), max(people, 1))


def different(number: Ints) -> Ints:
    """The different ones, ascending. NumPy's `unique` fills a hash table first, which takes longer than the sort."""
    ordered = np.sort(number)
    first = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return np.asarray(ordered[first])


def numbers(group: Ints) -> Ints:
    """The different ones of numbers that may be small and are not negative, ascending."""
    if int(group.max(initial=0)) <= _LARGEST_COUNTED:
        return np.flatnonzero(np.bincount(group))
    return different(group)


def _is_dense(places: int, facts: int) -> bool:
    """Whether a table of so many places is cheaper to fill and read than the facts are to sort."""
    return places <= min(_LARGEST_TABLE, 32 * facts)


def _seen(cell: NDArray[Any], person: NDArray[Any], cells: int, people: int) -> NDArray[np.bool_]:
    # Nobody has a column too, the last one, which is cut off again.
    seen = np.zeros(cells * (people + 1), dtype=bool)
    seen[cell * np.int64(people + 1) + np.where(person < 0, people, person)] = True
    return seen.reshape(cells, people + 1)[:, :people]
