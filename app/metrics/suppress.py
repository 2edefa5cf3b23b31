"""Which numbers are not shown because they rest on too few people, or would give such a one away by subtraction."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from app.metrics import aggregate

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


def small(people: Ints, smallest: int) -> Bools:
    """Numbers that rest on some people, but on fewer than `smallest`. Where nobody is identified nobody is exposed."""
    return (people > 0) & (people < smallest)


class Crowd:
    """Whether the people behind several numbers are, together, as many as a shown number must rest on.

    `members` are the different `(number, person)` behind the numbers, ascending. Where it is not known who they
    are, numbers with the same label in `apart` rest on different people, and others may rest on the same ones.
    """

    def __init__(
        self, people: Ints, smallest: int, *, members: tuple[Ints, Ints] | None = None, apart: Ints | None = None
    ) -> None:
        self._people = people
        self._smallest = smallest
        self._apart = np.arange(len(people)) if apart is None else np.unique(apart, return_inverse=True)[1]
        self._known = members is not None
        self._of_small: tuple[Ints, Ints] = _members_of_small(members, small(people, smallest))

    def are_enough(self, cells: Ints, part: Ints, parts: int) -> Bools:
        """For each part whether the sum of its numbers may be shown; `part` says in which part each number is."""
        highest = np.zeros(parts, dtype=np.int64)
        np.maximum.at(highest, part, self._people[cells])
        enough: Bools = (highest >= self._smallest) | (np.bincount(part, minlength=parts) == 0)
        doubtful = ~enough[part]
        if doubtful.any():
            together = self._together(cells[doubtful], part[doubtful], parts)
            enough |= together >= self._smallest
        return enough

    def _together(self, cells: Ints, part: Ints, parts: int) -> Ints:
        """How many people are certain to be behind the numbers of each part, all of them small."""
        if self._known:
            number, person = self._of_small
            first = np.searchsorted(number, cells)
            sizes = np.searchsorted(number, cells, side="right") - first
            entry = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes - first, sizes)
            return aggregate.distinct(np.repeat(part, sizes), person[entry], parts, int(person.max(initial=-1)) + 1)
        labels = int(self._apart.max(initial=0)) + 1
        pair, place = np.unique(part * labels + self._apart[cells], return_inverse=True)
        together = np.zeros(parts, dtype=np.int64)
        np.maximum.at(together, pair // labels, np.bincount(place, weights=self._people[cells]).astype(np.int64))
        return together


def _members_of_small(members: tuple[Ints, Ints] | None, few: Bools) -> tuple[Ints, Ints]:
    if members is None:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    number, person = members
    kept = few[number]
    return number[kept], person[kept]


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
        levels: list[tuple[_Parts, bool]] = []
        for fixed in sums:
            parts, is_of_tree = _Parts.of(self.keys, fixed, self.size), self.tree not in fixed
            if self.branch is not None and is_of_tree:
                levels.append((parts.split(self.branch), False))
            levels.append((parts, is_of_tree))
        changed = True
        while changed:
            changed = False
            for parts, is_of_tree in levels:
                changed |= self._hide_more(parts, hidden, is_of_tree=is_of_tree)
        return hidden

    def exposed(self, hidden: Bools, fixed: tuple[int, ...]) -> Bools:
        """The numbers of the sums (these coordinates fixed) that tell what is hidden of them, since nothing else is."""
        parts = _Parts.of(self.keys, fixed, self.size)
        cells = np.flatnonzero(hidden)
        of_cell = parts.label[cells]
        telling = (np.bincount(of_cell, minlength=parts.count) > 0) & ~self._are_safe(cells, of_cell, parts.count)
        return np.asarray(telling[parts.label])

    def atoms(self, part: Ints, hidden: Bools, *, is_of_tree: bool) -> list[Ints]:
        """The hidden numbers of a part in the sets whose sums may be had: whole branches, and all the rest."""
        rest = part[hidden[part]]
        whole: list[Ints] = []
        if self.branch is not None and is_of_tree:
            branches, of_cell = np.unique(self.branch[rest], return_inverse=True)
            safe = self._are_safe(rest, of_cell, len(branches))
            whole = [rest[of_cell == place] for place in np.flatnonzero(safe)]
            rest = rest[~safe[of_cell]]
        while len(rest) and whole and not self.is_safe(rest):
            rest = np.concatenate((rest, whole.pop()))
        return [*whole, rest] if len(rest) else whole

    def is_safe(self, cells: Ints) -> bool:
        """Whether the sum of hidden numbers may be had: of two or more, that rest on enough people together."""
        return bool(self._are_safe(cells, np.zeros(len(cells), dtype=np.int64), 1)[0])

    def _are_safe(self, cells: Ints, part: Ints, parts: int) -> Bools:
        several = np.bincount(part, minlength=parts) > 1
        return several if self.crowd is None else several & self.crowd.are_enough(cells, part, parts)

    def _hide_more(self, parts: "_Parts", hidden: Bools, *, is_of_tree: bool) -> bool:
        """Hide one more number in each part that needs it, until none does: parts have no number in common."""
        needing = self._needing(parts, hidden, np.ones(parts.count, dtype=bool), is_of_tree=is_of_tree)
        # Where all numbers together are not enough, one after the other would be hidden: that is done at once.
        hopeless = needing & ~self._safe_as_a_whole(parts, hidden, needing)
        more = parts.order[(hopeless[parts.label] & ~hidden)[parts.order]]
        changed = bool(len(more))
        hidden[more] = True
        needing &= ~hopeless
        while len(more := parts.smallest(needing, ~hidden)):
            hidden[more] = changed = True
            needing = self._needing(parts, hidden, needing, is_of_tree=is_of_tree)
        return changed

    def _safe_as_a_whole(self, parts: "_Parts", hidden: Bools, asked: Bools) -> Bools:
        cells = np.flatnonzero((hidden | (self.size > 0)) & asked[parts.label])
        return self._are_safe(cells, parts.label[cells], parts.count)

    def _needing(self, parts: "_Parts", hidden: Bools, asked: Bools, *, is_of_tree: bool) -> Bools:
        """The parts, of those that are asked for, that would tell of what is hidden of them."""
        cells = np.flatnonzero(hidden & asked[parts.label])
        if self.branch is not None and is_of_tree:
            # The branches of which enough is hidden may be asked for: it is the rest that must not stand alone.
            of_branch = _numbered(parts.label[cells], self.branch[cells])
            cells = cells[~self._are_safe(cells, of_branch, int(of_branch.max(initial=-1)) + 1)[of_branch]]
        of_cell = parts.label[cells]
        return (np.bincount(of_cell, minlength=parts.count) > 0) & ~self._are_safe(cells, of_cell, parts.count)


def complemented(keys: Sequence[Ints], size: Ints, hidden: Bools, sums: Sequence[tuple[int, ...]]) -> Bools:
    """`hidden`, and as many more as it takes that no hidden number is a sum minus the shown ones.

    `keys` are the coordinates of each number, `sums` say which coordinates stay fixed in a sum that can be asked
    for. Where a sum holds exactly one hidden number, the smallest of the others (by `size`, not zero) is hidden.
    """
    return Table(keys, size).complemented(hidden, sums)


def sums_of(dimensions: int) -> list[tuple[int, ...]]:
    """Every way to leave out at least one of so many dimensions."""
    return [fixed for width in range(dimensions) for fixed in combinations(range(dimensions), width)]


@dataclass(frozen=True, slots=True)
class _Parts:
    """The numbers that belong together: the `label` of each one's part, below `count`.

    `order` are the numbers that are not zero, part by part, the smallest of each first.
    """

    label: Ints
    count: int
    order: Ints
    size: Ints

    @classmethod
    def of(cls, keys: Sequence[Ints], fixed: tuple[int, ...], size: Ints) -> "_Parts":
        """The parts that have the same values of the fixed coordinates."""
        return cls._labelled(_numbered(np.zeros(len(size), dtype=np.int64), *(keys[place] for place in fixed)), size)

    def split(self, branch: Ints) -> "_Parts":
        """The same parts taken apart by branch."""
        return self._labelled(_numbered(self.label, branch), self.size)

    @classmethod
    def _labelled(cls, label: Ints, size: Ints) -> "_Parts":
        order = np.lexsort((size, label))
        return cls(label, int(label.max(initial=-1)) + 1, order[size[order] > 0], size)

    def smallest(self, asked: Bools, eligible: Bools) -> Ints:
        """The smallest eligible number of each part that is asked for, as far as it has one."""
        found = self.order[asked[self.label[self.order]] & eligible[self.order]]
        part = self.label[found]
        first = np.ones(len(found), dtype=bool)
        first[1:] = part[1:] != part[:-1]
        return np.asarray(found[first])


def _numbered(*columns: Ints) -> Ints:
    """The number of each row: equal rows have the same."""
    number = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        number = number * (int(column.max(initial=0)) + 1) + column
    return np.unique(number, return_inverse=True)[1]
