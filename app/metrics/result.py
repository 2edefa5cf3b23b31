"""What formulas give back: measures by group and bucket, and by group over the whole window."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.metrics import aggregate
from app.metrics.question import Facts, Question

Array = NDArray[Any]
Measures = dict[str, list[Any]]

MOST_CELLS = 200_000

QUANTILES = {"p50": 0.5, "p75": 0.75, "p85": 0.85, "p95": 0.95}


class AnswerTooLargeError(Exception):
    """The answer would have more groups, buckets or items than one answer may have."""


@dataclass(frozen=True, slots=True)
class Selected:
    """The facts that a number rests on, what each brings to it, and how many were left out, by reason.

    `value` is a duration (microseconds), or what is counted; `weight` is a ratio's denominator.
    """

    facts: Facts
    value: Array
    weight: Array | None = None
    excluded: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grid:
    """The groups that occur (their numbers, ascending) times the buckets: cells, bucket by bucket within a group."""

    groups: Array
    buckets: int

    @classmethod
    def of(cls, group: Array | None, buckets: int) -> "Grid":
        """The grid of facts in those groups; one group where nothing is grouped. Raises AnswerTooLargeError."""
        grid = cls(np.zeros(1, dtype=np.int64) if group is None else aggregate.numbers(group), buckets)
        if grid.cells > MOST_CELLS:
            raise AnswerTooLargeError(
                f"The answer would have {len(grid.groups)} groups of {buckets} buckets: filter it, or choose a coarser "
                "grain or fewer dimensions."
            )
        return grid

    @property
    def cells(self) -> int:
        """The number of cells."""
        return len(self.groups) * self.buckets

    def rows(self, group: Array | None, size: int) -> Array:
        """The place of each fact's group."""
        if group is None:
            return np.zeros(size, dtype=np.int64)
        last = int(self.groups.max(initial=0))
        if last > MOST_CELLS or int(group.max(initial=0)) > last:
            return np.searchsorted(self.groups, group)
        place = np.searchsorted(self.groups, np.arange(last + 1))
        return np.asarray(place[group])


Members = tuple[Array, Array]
"""The different `(cell, person)`, ascending."""


@dataclass(frozen=True)
class Tally:
    """How many facts and how many people a set of cells rests on; nobody counted where `counted` is None.

    `counted` are the people of each cell, or what counts them: it is called only for an answer of which it is not
    known yet what is hidden. Where facts are one person's each, it finds the members of the cells.
    """

    n: Array
    counted: Array | Callable[[], Array | Members | None] | None

    @cached_property
    def _found(self) -> Array | Members | None:
        return self.counted() if callable(self.counted) else self.counted

    @property
    def members(self) -> Members | None:
        """Who is behind each cell, where that is known."""
        return self._found if isinstance(self._found, tuple) else None

    @property
    def people(self) -> Array | None:
        """How many people are behind each cell."""
        return aggregate.counts(self._found[0], len(self.n)) if isinstance(self._found, tuple) else self._found


@dataclass(frozen=True, slots=True)
class Result:
    """The measures of the cells of a grid and of its groups in all, with what they rest on."""

    grid: Grid
    points: Measures
    totals: Measures
    point_tally: Tally
    total_tally: Tally
    excluded: Mapping[str, int]
    flagged: Mapping[str, int]
    unsaid: "Unsaid | None" = None
    adds_up: bool = True
    """Whether the buckets add up to the total; a state's total is that of the last bucket that has begun."""
    last_bucket: int = 0
    counts: frozenset[str] = frozenset()
    """Measures of its own that count something: 0 where there is nothing to count."""


@dataclass(frozen=True, slots=True)
class Unsaid:
    """Groups (by their place in the grid) whose numbers would mislead, and the reason why they are not given."""

    rows: Array
    reason: str


Shape = Callable[[Selected, Array, int], tuple[Measures, Array]]
CountPeople = Callable[[Question, Facts, Array, int], Array | None]


def of_window(
    question: Question,
    selected: Selected,
    shape: Shape,
    count: CountPeople | None = None,
    flagged: Mapping[str, int] | None = None,
) -> Result:
    """The result of facts that stand in a bucket by their own instant.

    `count` counts the people behind cells, where a fact is not one person's; `flagged` says what is kept with a
    doubt, where the facts are no work items'.
    """
    facts = selected.facts
    shape = _counts if question.counts_only else shape
    group = question.groups(facts)
    grid = Grid.of(group, len(question.buckets))
    bucket = question.buckets.of(facts.time)
    row = grid.rows(group, len(facts))
    cell = bucket if group is None else row * grid.buckets + bucket
    points, n = shape(selected, cell, grid.cells)
    totals, in_all = (points, n) if grid.buckets == 1 else shape(selected, row, len(grid.groups))
    if count is None:
        point_tally, total_tally = _tallies(question, facts, cell, n, in_all)
    else:
        point_tally = Tally(n, count(question, facts, cell, grid.cells))
        total_tally = Tally(in_all, count(question, facts, row, len(grid.groups)))
    return Result(
        grid=grid,
        points=points,
        totals=totals,
        point_tally=point_tally,
        total_tally=total_tally,
        excluded=selected.excluded,
        flagged=facts.flagged() if flagged is None else flagged,
    )


def _tallies(question: Question, facts: Facts, cell: Array, n: Array, in_all: Array) -> tuple[Tally, Tally]:
    """What the cells, and the groups in all, rest on, where each fact is one person's."""
    if question.smallest == 1:
        return Tally(n, None), Tally(in_all, None)
    person, known = question.people(facts)
    points = Tally(n, lambda: aggregate.members(cell, person, len(n), known))
    return points, points if len(n) == len(in_all) else Tally(in_all, lambda: _of_groups(points, len(in_all), known))


def _of_groups(points: Tally, groups: int, known: int) -> Members:
    """A group's people are those of its cells: far fewer pairs than facts."""
    if points.members is None:
        raise TypeError("It is not known who is behind these cells.")
    cell, person = points.members
    return aggregate.members(cell // (len(points.n) // groups), person, groups, known)


def _counts(_selected: Selected, cell: Array, cells: int) -> tuple[Measures, Array]:
    return {}, aggregate.counts(cell, cells)


def people(question: Question, facts: Facts, cell: Array, cells: int) -> Array | None:
    """How many different people each cell rests on."""
    if question.smallest == 1:
        return None
    person, known = question.people(facts)
    return aggregate.distinct(cell, person, cells, known)


def tally(question: Question, facts: Facts, cell: Array, n: Array) -> Tally:
    """What cells with so many facts each rest on."""
    return Tally(n, None if question.smallest == 1 else lambda: people(question, facts, cell, len(n)))


def durations(selected: Selected, cell: Array, cells: int) -> tuple[Measures, Array]:
    """Percentiles and the mean, in seconds."""
    found = aggregate.percentiles(cell, selected.value, cells, tuple(QUANTILES.values()))
    measures: Measures = {"n": found.n.tolist()}
    for place, name in enumerate(QUANTILES):
        measures[name] = seconds(found.quantiles[:, place])
    measures["mean"] = seconds(found.mean)
    return measures, found.n


def number(_selected: Selected, cell: Array, cells: int) -> tuple[Measures, Array]:
    """How many facts there are."""
    n = aggregate.counts(cell, cells)
    return {"n": n.tolist(), "value": n.tolist()}, n


def ratio(selected: Selected, cell: Array, cells: int) -> tuple[Measures, Array]:
    """The sum of values over the sum of weights, as plain numbers."""
    above = aggregate.sums(cell, selected.value, cells)
    n = aggregate.counts(cell, cells)
    below = n if selected.weight is None else aggregate.sums(cell, selected.weight, cells)
    return {
        "n": n.tolist(),
        "value": quotients(above, below),
        "numerator": plain(above),
        "denominator": plain(below),
    }, n


def quotients(above: Array, below: Array) -> list[float | None]:
    """Each quotient; None over zero."""
    known = below != 0
    result = np.divide(above, below, out=np.zeros(len(below)), where=known).astype(object)
    result[~known] = None
    return list(result)


def plain(values: Array) -> list[int | float]:
    """Numbers, as integers where they are whole."""
    whole = values == np.floor(values)
    if whole.all():
        return list(values.astype(np.int64).tolist())
    result = values.astype(object)
    result[whole] = values[whole].astype(np.int64)
    return list(result)


def seconds(micros: Array) -> list[int | float | None]:
    """Microseconds as seconds, to the microsecond; integers where they are whole, None for NaN."""
    rounded = np.rint(np.asarray(micros, dtype=np.float64))
    whole = np.fmod(rounded, 1_000_000) == 0
    result = (rounded / 1_000_000).astype(object)
    result[whole] = rounded[whole].astype(np.int64) // 1_000_000
    result[np.isnan(rounded)] = None
    return list(result)
