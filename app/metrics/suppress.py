"""Which numbers are not shown because they rest on too few people, or would give such a one away by subtraction."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


def small(people: Ints, smallest: int) -> Bools:
    """Numbers that rest on some people, but on fewer than `smallest`. Where nobody is identified nobody is exposed."""
    return (people > 0) & (people < smallest)


def complemented(keys: Sequence[Ints], size: Ints, hidden: Bools, sums: Sequence[tuple[int, ...]]) -> Bools:
    """`hidden`, and as many more as it takes that no hidden number is a sum minus the shown ones.

    `keys` are the coordinates of each number, `sums` say which coordinates stay fixed in a sum that can be asked
    for. Where a sum holds exactly one hidden number, the smallest of the others (by `size`, not zero) is hidden.
    """
    hidden = hidden.copy()
    members = [list(_parts(keys, fixed, len(hidden))) for fixed in sums]
    changed = bool(hidden.any())
    while changed:
        changed = False
        for parts in members:
            for part in parts:
                second = _second(part, size, hidden)
                if second is not None:
                    hidden[second] = True
                    changed = True
    return hidden


def sums_of(dimensions: int) -> list[tuple[int, ...]]:
    """Every way to leave out at least one of so many dimensions."""
    return [fixed for width in range(dimensions) for fixed in combinations(range(dimensions), width)]


def _parts(keys: Sequence[Ints], fixed: tuple[int, ...], count: int) -> Iterator[Ints]:
    label = np.zeros(count, dtype=np.int64)
    for place in fixed:
        label = label * (int(keys[place].max(initial=0)) + 1) + keys[place]
    order = np.argsort(label, kind="stable")
    bounds = np.flatnonzero(np.diff(label[order])) + 1
    yield from np.split(order, bounds)


def _second(part: Ints, size: Ints, hidden: Bools) -> int | None:
    here = hidden[part]
    if np.count_nonzero(here) != 1:
        return None
    others = part[~here & (size[part] > 0)]
    return int(others[np.argmin(size[others])]) if len(others) else None
