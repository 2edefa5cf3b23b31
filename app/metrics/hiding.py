"""What of a result is not shown: what rests on too few people, and what would give such a number away."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.facts.dimensions import Dimension
from app.facts.read import Snapshot
from app.metrics import suppress
from app.metrics.declaration import Metric
from app.metrics.question import Question
from app.metrics.result import AnswerTooLargeError, Grid, Result, Tally
from app.metrics.suppress import Crowd, Table

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Hidden:
    """Which groups and which cells of a result are not shown."""

    totals: NDArray[np.bool_]
    points: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A result as tables of its groups and of its cells, with what is hidden of both.

    `places` are those of each group's values in the dimensions.
    """

    places: Array
    buckets: int
    totals: Table
    points: Table
    hidden: Hidden


def hidden_of(metric: Metric, question: Question, result: Result) -> Hidden:
    """What is not shown.

    It depends on the question and the data alone, never on who asks or what was asked before. A number is hidden

    - that rests on too few people, and with it as many others as it takes that none can be had by subtraction;
    - whose group lies in one that is hidden where fewer dimensions tell groups apart;
    - whose filter lets some, but not all, of the hidden groups of what it filters by pass: together with answers
      about other groups it would leave one of them.
    """
    groups, buckets = len(result.grid.groups), result.grid.buckets
    if result.total_tally.counted is None or result.point_tally.counted is None:
        return Hidden(np.zeros(groups, dtype=bool), np.zeros(result.grid.cells, dtype=bool))

    def found() -> Hidden:
        totals, points = _given_away(metric, question, result.grid)
        return _judged(question, result, Hidden(totals, points.reshape(groups * buckets))).hidden

    return question.once(("shown", metric.name), found, result.grid.cells + 2_000)


def _judged(question: Question, result: Result, more: Hidden | None = None) -> _Judged:
    """A result whose people are counted, with what is hidden of it; `more` is hidden for other reasons."""
    groups, buckets = len(result.grid.groups), result.grid.buckets
    places = np.array([question.places(group) for group in result.grid.groups.tolist()], dtype=np.int64)
    places = places.reshape(groups, len(question.group_by))
    keys = list(places.T)
    cells = [np.repeat(key, buckets) for key in keys] + [np.tile(np.arange(buckets), groups)]
    totals = _table(question, keys, result.total_tally)
    points = _table(question, cells, result.point_tally)
    hides = _few(question, result.total_tally)
    hides_points = _few(question, result.point_tally)
    if more is not None:
        hides, hides_points = hides | more.totals, hides_points | more.points
    in_time = tuple(range(len(keys)))
    sums = suppress.sums_of(len(keys) + 1)
    if not result.adds_up:
        # Nobody can subtract one instant's state from another's: only groups of the same instant add up.
        sums = [fixed for fixed in sums if len(keys) in fixed]
    while True:
        hides = totals.complemented(hides, suppress.sums_of(len(keys)))
        if result.adds_up:
            hides_points = hides_points | np.repeat(hides, buckets)
        hides_points = points.complemented(hides_points, sums)
        # Where the other buckets are empty, the total is the number of the one that is hidden.
        told = points.exposed(hides_points, in_time)[::buckets] & ~hides if result.adds_up else np.zeros_like(hides)
        if not told.any():
            break
        hides = hides | told
    return _Judged(places, buckets, totals, points, Hidden(hides, hides_points))


def _few(question: Question, tally: Tally) -> NDArray[np.bool_]:
    return suppress.small(np.asarray(tally.people), question.smallest)


def _table(question: Question, keys: Sequence[Array], tally: Tally) -> Table:
    tree = next((place for place, dimension in enumerate(question.group_by) if dimension.name == "team"), None)
    # At one instant nobody is in two teams; anything else may be the same people's.
    apart = np.zeros(len(tally.n), dtype=np.int64)
    for place, key in enumerate(keys):
        if place != tree:
            apart = apart * (int(key.max(initial=0)) + 1) + key
    if tree is None:
        apart = np.arange(len(tally.n))
    crowd = Crowd(np.asarray(tally.people), question.smallest, members=tally.members, apart=apart)
    branch = None if tree is None else _branches(question.group_by[tree])[keys[tree]]
    return Table(keys, tally.n, crowd, tree, branch)


def _branches(teams: Dimension) -> Array:
    """For each team the place of the one at the top of its tree."""
    tops = [place for place, above in enumerate(teams.within) if not above]
    return np.array(
        [
            place if not above else next(top for top in tops if teams.names[top] & above)
            for place, above in enumerate(teams.within)
        ],
        dtype=np.int64,
    )


def _given_away(metric: Metric, question: Question, grid: Grid) -> tuple[Array, Array]:
    """Which groups, and which cells of them (group by group), cut a set of hidden groups of a wider question."""
    totals = np.zeros(len(grid.groups), dtype=bool)
    points = np.zeros((len(grid.groups), grid.buckets), dtype=bool)
    if question.smallest == 1 or not len(grid.groups):
        return totals, points
    places = np.array([question.places(group) for group in grid.groups.tolist()], dtype=np.int64)
    place_of = {
        dimension.name: column
        for dimension, column in zip(question.group_by, places.reshape(len(totals), -1).T, strict=True)
    }
    passing = {dimension.name: _values(dimension, mask) for dimension, mask in question.filters}
    dimensions = {dimension.name: dimension for dimension in question.group_by}
    dimensions |= {dimension.name: dimension for dimension, _ in question.filters}
    for width in range(1, len(dimensions) + 1):
        for names in combinations(sorted(dimensions), width):
            if not question.filters and width == len(dimensions):
                continue
            judged = _wider(metric, question, [dimensions[name] for name in names])
            if judged is None:
                continue
            check = _Check(
                judged,
                fixed=[(place, place_of[name]) for place, name in enumerate(names) if name in place_of],
                chosen=[(place, passing[name]) for place, name in enumerate(names) if name not in place_of],
                tree=next((place for place, name in enumerate(names) if name == "team" and name not in place_of), None),
            )
            totals |= check.cuts(judged.totals, judged.hidden.totals, 1)[:, 0]
            cuts = check.cuts(judged.points, judged.hidden.points, judged.buckets)
            # A table that was too large has one bucket, which stands for all.
            points |= cuts
    return totals, points


def _values(dimension: Dimension, passing: Array) -> Array:
    """Which values of a dimension a filter lets pass."""
    values = np.zeros(len(dimension.values), dtype=bool)
    values[dimension.of_code[passing]] = True
    return values


def _wider(metric: Metric, question: Question, by: list[Dimension]) -> _Judged | None:
    """The same question without filters by these dimensions; None where not even its whole window fits an answer."""
    wider = replace(question, group_by=tuple(by), filters=(), counts_only=True)
    whole = replace(wider, buckets=question.buckets.joined())
    for one in (wider, whole):
        try:
            return _kept(question.snapshot, metric, one)
        except AnswerTooLargeError:
            continue
    return None


def _kept(snapshot: Snapshot, metric: Metric, question: Question) -> _Judged:
    key = ("wider", metric.name, *question.unfiltered)
    return snapshot.once(key, lambda: _judged(question, metric.measure(question)))


@dataclass(frozen=True, slots=True)
class _Check:
    """Whether the groups of an answer cut what is hidden of a wider question's table.

    Without a filter of its own a group must not be hidden; with one, it must have none or all of what is hidden.

    `fixed` are `(place in the table's dimensions, value of each group of the answer)`, `chosen` are `(place, which
    values pass the filter)`. `tree` is the place of the teams, where a filter chooses them.
    """

    judged: _Judged
    fixed: list[tuple[int, Array]]
    chosen: list[tuple[int, Array]]
    tree: int | None

    def cuts(self, table: Table, hidden: Array, buckets: int) -> Array:
        """By group of the answer and bucket."""
        groups = len(self.fixed[0][1]) if self.fixed else 1
        cut = np.zeros((groups, buckets), dtype=bool)
        if not hidden.any():
            return cut
        rows = np.ones(len(self.judged.places), dtype=bool)
        for place, values in self.chosen:
            rows &= values[self.judged.places[:, place]]
        inside = np.repeat(rows, buckets)
        slices, mine = self._slices()
        cell = np.repeat(slices, buckets) * buckets + np.tile(np.arange(buckets), len(slices))
        width = (int(max(slices.max(initial=-1), mine.max(initial=-1))) + 1) * buckets
        bad = np.bincount(cell[hidden & inside], minlength=width) > 0
        if self.chosen:
            for one, part in _split(cell, np.flatnonzero(hidden & bad[cell])):
                atoms = table.atoms(part, hidden, is_of_tree=self.tree is not None)
                passed = [(atom, np.count_nonzero(inside[atom])) for atom in atoms]
                bad[one] = any(count and (count < len(atom) or not table.is_safe(atom)) for atom, count in passed)
        return np.asarray(bad.reshape(-1, buckets)[mine])

    def _slices(self) -> tuple[Array, Array]:
        """The slice of each row of the table, and of each group of the answer."""
        rows = np.zeros(len(self.judged.places), dtype=np.int64)
        mine = np.zeros(len(self.fixed[0][1]) if self.fixed else 1, dtype=np.int64)
        for place, values in self.fixed:
            base = int(max(self.judged.places[:, place].max(initial=0), values.max(initial=0))) + 1
            rows, mine = rows * base + self.judged.places[:, place], mine * base + values
        _, both = np.unique(np.concatenate((rows, mine)), return_inverse=True)
        return both[: len(rows)], both[len(rows) :]


def _split(cell: Array, numbers: Array) -> Iterator[tuple[int, Array]]:
    """`(cell, the numbers that stand in it)`."""
    if len(numbers):
        ordered = numbers[np.argsort(cell[numbers], kind="stable")]
        for part in np.split(ordered, np.flatnonzero(np.diff(cell[ordered])) + 1):
            yield int(cell[part[0]]), part
