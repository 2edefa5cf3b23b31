"""Which numbers are not shown because they rest on too few people, or would give such a one away by subtraction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


def small(people: Ints, smallest: int) -> Bools:
    """Numbers that rest on some people, but on fewer than `smallest`. Where nobody is identified nobody is exposed."""
    return (people > 0) & (people < smallest)


class Crowd:
    """Whether the people behind several numbers are, together, as many as a shown number must rest on.

    `members` is `(number, person)` of every fact, -1 for nobody. Where it is not known who they are, numbers
    with the same label in `apart` rest on different people, and others may rest on the same ones.
    """

    def __init__(
        self, people: Ints, smallest: int, *, members: tuple[Ints, Ints] | None = None, apart: Ints | None = None
    ) -> None:
        self._people = people
        self._smallest = smallest
        self._apart = np.arange(len(people)) if apart is None else apart
        self._known = members is not None
        self._of_small: tuple[Ints, Ints] = _members_of_small(members, small(people, smallest))

    def is_enough(self, cells: Ints) -> bool:
        """Whether a number that is the sum of these may be shown."""
        people = self._people[cells]
        if not len(cells) or int(people.max()) >= self._smallest:
            return True
        if self._known:
            number, person = self._of_small
            low, high = (np.searchsorted(number, cells, side=side) for side in ("left", "right"))
            found = [person[begin:end] for begin, end in zip(low.tolist(), high.tolist(), strict=True)]
            return len(np.unique(np.concatenate(found))) >= self._smallest
        _, label = np.unique(self._apart[cells], return_inverse=True)
        return int(np.bincount(label, weights=people).max()) >= self._smallest


def _members_of_small(members: tuple[Ints, Ints] | None, few: Bools) -> tuple[Ints, Ints]:
    if members is None or not few.any():
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    number, person = members
    kept = few[number] & (person >= 0)
    pairs = np.unique(np.stack((number[kept], person[kept])).astype(np.int64), axis=1)
    return pairs[0], pairs[1]


@dataclass(frozen=True)
class Table:
    """Numbers by their coordinates (`keys`), how large each is (`size`), and who is behind them.

    `branch` says in which branch of its tree each number's value of the coordinate `tree` stands: whole branches
    can be asked for too.
    """

    keys: Sequence[Ints]
    size: Ints
    crowd: Crowd | None = None
    tree: int | None = None
    branch: Ints | None = None

    def complemented(self, hidden: Bools, sums: Sequence[tuple[int, ...]]) -> Bools:
        """`hidden`, and as many more as it takes that no sum minus what is shown of it rests on too few people.

        `sums` say which coordinates stay fixed in a sum that can be asked for. As long as what is hidden of a sum is
        one number, or rests on too few people, the smallest of the others (by `size`, not zero) is hidden too.
        """
        hidden = hidden.copy()
        if not hidden.any():
            return hidden
        parts = [(_Parts(self.keys, fixed), self.tree not in fixed) for fixed in sums]
        changed = True
        while changed:
            changed = False
            for some, is_of_tree in parts:
                for part in some.holding(hidden):
                    changed |= self._complement(part, hidden, is_of_tree=is_of_tree)
        return hidden

    def exposed(self, hidden: Bools, fixed: tuple[int, ...]) -> Bools:
        """The numbers of the sums (these coordinates fixed) that tell what is hidden of them, since nothing else is."""
        found = np.zeros(len(hidden), dtype=bool)
        for part in _Parts(self.keys, fixed).holding(hidden):
            found[part] = not self.is_safe(part[hidden[part]])
        return found

    def atoms(self, part: Ints, hidden: Bools, *, is_of_tree: bool) -> list[Ints]:
        """The hidden numbers of a part in the sets whose sums may be had: whole branches, and all the rest."""
        whole, rest = self._split(part, hidden, is_of_tree=is_of_tree)
        while len(rest) and whole and not self.is_safe(rest):
            rest = np.concatenate((rest, whole.pop()))
        return [*whole, rest] if len(rest) else whole

    def _split(self, part: Ints, hidden: Bools, *, is_of_tree: bool) -> tuple[list[Ints], Ints]:
        """The branches of which enough is hidden, and what else is hidden."""
        rest = part[hidden[part]]
        if self.branch is None or not is_of_tree:
            return [], rest
        branches = [rest[self.branch[rest] == one] for one in np.unique(self.branch[rest])]
        safe = [self.is_safe(cells) for cells in branches]
        whole = [cells for cells, is_safe in zip(branches, safe, strict=True) if is_safe]
        left = [cells for cells, is_safe in zip(branches, safe, strict=True) if not is_safe]
        return whole, np.concatenate([rest[:0], *left])

    def _complement(self, part: Ints, hidden: Bools, *, is_of_tree: bool) -> bool:
        changed = False
        if self.branch is not None and is_of_tree:
            of_part = self.branch[part]
            for one in np.unique(of_part[hidden[part]]):
                changed |= self._hide_more(part[of_part == one], hidden, is_of_tree=False)
        return self._hide_more(part, hidden, is_of_tree=is_of_tree) or changed

    def _hide_more(self, part: Ints, hidden: Bools, *, is_of_tree: bool) -> bool:
        changed = False
        while True:
            _, rest = self._split(part, hidden, is_of_tree=is_of_tree)
            if not len(rest) or self.is_safe(rest):
                return changed
            others = part[~hidden[part] & (self.size[part] > 0)]
            if not len(others):
                return changed
            hidden[others[np.argmin(self.size[others])]] = changed = True

    def is_safe(self, cells: Ints) -> bool:
        """Whether the sum of hidden numbers may be had: of two or more, that rest on enough people together."""
        return len(cells) > 1 and (self.crowd is None or self.crowd.is_enough(cells))


def complemented(keys: Sequence[Ints], size: Ints, hidden: Bools, sums: Sequence[tuple[int, ...]]) -> Bools:
    """`hidden`, and as many more as it takes that no hidden number is a sum minus the shown ones.

    `keys` are the coordinates of each number, `sums` say which coordinates stay fixed in a sum that can be asked
    for. Where a sum holds exactly one hidden number, the smallest of the others (by `size`, not zero) is hidden.
    """
    return Table(keys, size).complemented(hidden, sums)


def sums_of(dimensions: int) -> list[tuple[int, ...]]:
    """Every way to leave out at least one of so many dimensions."""
    return [fixed for width in range(dimensions) for fixed in combinations(range(dimensions), width)]


class _Parts:
    """The numbers that belong to each value of some coordinates."""

    def __init__(self, keys: Sequence[Ints], fixed: tuple[int, ...]) -> None:
        self._keys = keys
        self._fixed = fixed

    def holding(self, hidden: Bools) -> Iterator[Ints]:
        """The parts in which some number is hidden when they are asked for."""
        if not self._fixed:
            yield from [np.arange(len(hidden))] if hidden.any() else []
            return
        label, order, starts = self._sorted
        for one in np.unique(label[hidden]).tolist():
            yield order[starts[one] : starts[one + 1]]

    @cached_property
    def _sorted(self) -> tuple[Ints, Ints, Ints]:
        label = np.zeros(len(self._keys[0]), dtype=np.int64)
        for place in self._fixed:
            label = label * (int(self._keys[place].max(initial=0)) + 1) + self._keys[place]
        _, label = np.unique(label, return_inverse=True)
        starts = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(np.bincount(label))))
        return label, np.argsort(label, kind="stable"), starts
