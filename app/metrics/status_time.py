"""Where finished items spent their time, by status and by category; and how much of it someone worked on them."""

from collections.abc import Set
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.facts.segment import EARLY, FINISHED
from app.facts.timeline import ACTIVE, CATEGORIES, WAITING
from app.facts.window import VISIT_STARTS
from app.metrics import aggregate, suppress
from app.metrics.durations import visit_lengths
from app.metrics.question import Facts, Question
from app.metrics.result import (
    Grid,
    Measures,
    Result,
    Selected,
    Tally,
    Unsaid,
    of_window,
    quotients,
    seconds,
    tally,
)

Array = NDArray[Any]

_QUANTILES = {"p50": 0.5, "p85": 0.85}


@dataclass(frozen=True, slots=True)
class Stays:
    """The time of finished items in each of their statuses (or categories), an entry for each.

    `facts` are the entries (an item stands there once for each), with the columns `status` and `category`;
    `items` are the finished items themselves and `row` says which of them an entry is of.
    """

    items: Facts
    facts: Facts
    row: Array
    value: Array
    visits: Array
    excluded: dict[str, int]


@dataclass(frozen=True, slots=True)
class Visits:
    """Where finished items stood before they finished; `row` says which of the items a visit is of."""

    row: Array
    begin: Array
    end: Array
    status: Array
    category: Array


def visits_of(items: Facts) -> Visits:
    """The visits of finished items, within each by category and status."""
    starts = items.rows[VISIT_STARTS]
    sizes = np.diff(starts)
    row = np.repeat(np.arange(len(sizes)), sizes)
    columns = [items.rows[f"visit_{name}"] for name in ("start", "end", "status", "category")]
    if items.where is not None:
        place = np.full(len(sizes), -1)
        place[items.where] = np.arange(len(items.where))
        row = place[row]
        passing = row >= 0
        row, columns = row[passing], [column[passing] for column in columns]
    return Visits(row, *columns)


def stays(question: Question) -> Stays:
    """The stays of the items finished in the window, between their creation and their finish, by status."""
    items = question.facts(FINISHED)
    kept = items["finished_at"] >= items["created_at"]
    items = items.keep(kept)
    visits = visits_of(items)
    begin, end = visits.begin, visits.end
    if (items["flags"] & EARLY).any():
        begin = np.maximum(begin, items["created_at"][visits.row])
        end = np.maximum(begin, end)
    excluded = {"negative": int(len(kept) - np.count_nonzero(kept))}
    whose = question.whose_hours(items)
    return folded(
        items,
        visits.row,
        {"status": visits.status, "category": visits.category},
        value=question.duration(begin, end, None if whose is None else whose[visits.row]),
        visits=np.ones(len(visits.row), dtype=np.int64),
        excluded=excluded,
    )


def of_categories(entries: Stays) -> Stays:
    """The same time by category."""
    more = {"category": entries.facts["category"]}
    return folded(
        entries.items, entries.row, more, value=entries.value, visits=entries.visits, excluded=entries.excluded
    )


def folded(
    items: Facts, row: Array, more: dict[str, Array], *, value: Array, visits: Array, excluded: dict[str, int]
) -> Stays:
    """One entry for neighbours of the same item with equal values of `more`."""
    opens = np.ones(len(row), dtype=bool)
    opens[1:] = row[1:] != row[:-1]
    for column in more.values():
        opens[1:] |= column[1:] != column[:-1]
    if not opens.all():
        first = np.flatnonzero(opens)
        value, visits = np.add.reduceat(value, first), np.add.reduceat(visits, first)
        row, more = row[first], {name: column[first] for name, column in more.items()}
    return Stays(items, items.repeated(row).having(**more), row, value, visits, excluded)


def time_in_status(question: Question) -> Result:
    """By group and bucket the time in each status and category; grouped by status, one group for each."""
    entries = stays(question)
    by_status = any(dimension.name == "status" for dimension in question.group_by)
    return _by_group(question, entries) if by_status else _by_entry(question, entries)


def select_stays(question: Question) -> Selected:
    """The stays behind a number, those of the chosen statuses."""
    entries = _chosen(question, stays(question))
    return Selected(entries.facts, entries.value, excluded=entries.excluded)


def _chosen(question: Question, entries: Stays) -> Stays:
    mask = question.chosen("status", entries.facts["status"])
    if mask is None or mask.all():
        return entries
    return Stays(
        entries.items, entries.facts.keep(mask), entries.row[mask], entries.value[mask], entries.visits[mask],
        entries.excluded,
    )  # fmt: skip


def _apart_from_status(question: Question, facts: Facts) -> Array | None:
    """The group of each fact by the other dimensions."""
    return question.groups(facts.having(status=np.full(len(facts), -1)))


def _by_group(question: Question, entries: Stays) -> Result:
    """A group for each status: its numbers stand in the point itself, its share is that of all statuses' time."""
    buckets = len(question.buckets)
    base = _apart_from_status(question, entries.facts)
    around = Grid.of(base, buckets)
    row = around.rows(base, len(entries.facts))
    whole = aggregate.sums(row * buckets + question.buckets.of(entries.facts.time), entries.value, around.cells)
    entries = _chosen(question, entries)
    facts, bucket = entries.facts, question.buckets.of(entries.facts.time)
    around_row = around.rows(_apart_from_status(question, facts), len(facts))
    group = question.groups(facts)
    grid = Grid.of(group, buckets)
    row = grid.rows(group, len(facts))

    def measured(place: Array, size: int, of_all: Array) -> tuple[Measures, Tally]:
        share_of = np.zeros(size)
        share_of[place] = of_all
        measures, n = _stay_measures(entries, place, size, share_of)
        return measures, tally(question, facts, place, n)

    points, point_tally = measured(row * buckets + bucket, grid.cells, whole[around_row * buckets + bucket])
    totals, total_tally = measured(row, len(grid.groups), whole.reshape(-1, buckets).sum(axis=1)[around_row])
    return Result(grid, points, totals, point_tally, total_tally, entries.excluded, facts.flagged())


def _by_entry(question: Question, entries: Stays) -> Result:
    """One point for each group and bucket, with a list of statuses and one of categories."""
    items = entries.items
    group = question.groups(items)
    grid = Grid.of(group, len(question.buckets))
    row = grid.rows(group, len(items))
    cell = row * grid.buckets + question.buckets.of(items.time)
    n, in_all = aggregate.counts(cell, grid.cells), aggregate.counts(row, len(grid.groups))
    lists = _Lists(question, entries)
    points, totals = lists.of(cell, grid.cells), lists.of(row, len(grid.groups))
    return Result(
        grid=grid,
        points={"n": n.tolist(), **points},
        totals={"n": in_all.tolist(), **totals},
        point_tally=tally(question, items, cell, n),
        total_tally=tally(question, items, row, in_all),
        excluded=entries.excluded,
        flagged=items.flagged(),
    )


@dataclass(frozen=True, slots=True)
class _Entries:
    """The entries of one list of many cells, cell by cell: what they say and what they rest on.

    `name` is what the label is called; one without a label is not asked for.
    """

    cell: Array
    category: Array
    name: str
    label: list[Any]
    measures: Measures
    tally: Tally

    def lists(self, hidden: Array, cells: int) -> list[list[dict[str, Any]]]:
        """A list for each cell."""
        names = (self.name, *self.measures)
        rows = zip(self.label, *self.measures.values(), strict=True)
        entries = [dict(zip(names, row, strict=True)) for row in rows]
        for place in np.flatnonzero(hidden).tolist():
            entries[place] = {self.name: self.label[place], "suppressed": True}
        bounds = np.searchsorted(self.cell, np.arange(cells + 1)).tolist()
        return [
            [entry for entry in entries[low:high] if entry[self.name] is not None] for low, high in pairwise(bounds)
        ]


class _Lists:
    """The lists `by` (statuses) and `by_category` of cells."""

    def __init__(self, question: Question, entries: Stays) -> None:
        self._question = question
        self._all = entries
        self._categories = of_categories(entries)
        status = question.snapshot.dimension("status")
        self._labels = list(status.values)
        self._status = status.of_code[entries.facts["status"]]
        chosen = question.chosen("status", np.arange(len(status.of_code)))
        # A status that is not chosen is left out at the end: what is hidden must not depend on the choice.
        self._left_out = set() if chosen is None else set(range(len(self._labels))) - set(status.of_code[chosen])
        self._category = _numbered(self._categories.facts["category"])

    def of(self, cell_of_item: Array, cells: int) -> Measures:
        """Both lists for each cell."""
        whole = aggregate.sums(cell_of_item[self._all.row], self._all.value, cells)
        statuses = self._entries(
            self._all, self._status, ("status", self._labels), cell_of_item, whole, left_out=self._left_out
        )
        names = [*CATEGORIES, "unmapped"]
        categories = self._entries(self._categories, self._category, ("category", names), cell_of_item, whole)
        hidden, hidden_categories = self._question.once(
            ("stays shown", cells),
            lambda: _hidden(statuses, categories, self._question.smallest),
            len(statuses.cell) + len(categories.cell),
        )
        return {"by": statuses.lists(hidden, cells), "by_category": categories.lists(hidden_categories, cells)}

    def _entries(
        self,
        entries: Stays,
        place: Array,
        named: tuple[str, list[Any]],
        cell_of_item: Array,
        whole: Array,
        *,
        left_out: Set[int] = frozenset(),
    ) -> _Entries:
        name, labels = named
        number = cell_of_item[entries.row] * len(labels) + place
        present = np.flatnonzero(np.bincount(number, minlength=1))
        lookup = np.zeros(len(whole) * len(labels), dtype=np.int64)
        lookup[present] = np.arange(len(present))
        inner, cell = lookup[number], present // len(labels)
        measures, n = _stay_measures(entries, inner, len(present), whole[cell])
        category = np.zeros(len(present), dtype=np.int64)
        category[inner] = _numbered(entries.facts["category"])
        label = [None if value in left_out else labels[value] for value in (present % len(labels)).tolist()]
        return _Entries(cell, category, name, label, measures, tally(self._question, entries.facts, inner, n))


def _numbered(category: Array) -> Array:
    """Categories as places among their names; the last one is that of statuses without one."""
    return np.where(category < 0, len(CATEGORIES), category.astype(np.int64))


def _hidden(statuses: _Entries, categories: _Entries, smallest: int) -> tuple[Array, Array]:
    """Which entries of both lists are not shown: no hidden one can be had from its own list or from the other."""
    people, people_in_categories = statuses.tally.people, categories.tally.people
    if people is None or people_in_categories is None:
        return np.zeros(len(statuses.cell), dtype=bool), np.zeros(len(categories.cell), dtype=bool)
    hidden = suppress.complemented([statuses.cell], statuses.tally.n, suppress.small(people, smallest), [(0,)])
    width = len(CATEGORIES) + 1
    key, key_of_category = statuses.cell * width + statuses.category, categories.cell * width + categories.category
    holding = np.isin(key_of_category, key[hidden])
    hidden_categories = suppress.complemented(
        [categories.cell],
        categories.tally.n,
        holding | suppress.small(people_in_categories, smallest),
        [(0,)],
    )
    for one in key_of_category[hidden_categories & ~holding].tolist():
        members = np.flatnonzero(key == one)
        if len(members):
            hidden[members[np.argmin(statuses.tally.n[members])]] = True
    return hidden, hidden_categories


def _stay_measures(entries: Stays, cell: Array, cells: int, whole: Array) -> tuple[Measures, Array]:
    found = aggregate.percentiles(cell, entries.value, cells, tuple(_QUANTILES.values()))
    total = aggregate.sums(cell, entries.value, cells)
    return {
        "n": found.n.tolist(),
        "total": seconds(total),
        "share": quotients(total, whole),
        "visits": aggregate.sums(cell, entries.visits, cells).astype(np.int64).tolist(),
        **{name: seconds(found.quantiles[:, place]) for place, name in enumerate(_QUANTILES)},
    }, found.n


def select_flow(question: Question) -> Selected:
    """The time in `active` (value) and in `active` and `waiting` (weight) of each finished item, microseconds."""
    facts = question.facts(FINISHED)
    active, waiting = visit_lengths(question, facts, ACTIVE, WAITING)
    return Selected(facts, active, weight=active + waiting)


def flow_efficiency(question: Question) -> Result:
    """Active time over time in progress; nothing is said of groups whose sources map no status to `waiting`."""
    selected = select_flow(question)
    result = of_window(question, selected, _flow)
    with_waiting, source = question.snapshot.sources_with("waiting"), selected.facts["source"]
    if len(source) and with_waiting.issuperset(aggregate.numbers(source).tolist()):
        return result
    row = result.grid.rows(question.groups(selected.facts), len(selected.facts))
    without = np.setdiff1d(row, row[np.isin(source, list(with_waiting))])
    if not len(row) and not with_waiting:
        without = np.arange(len(result.grid.groups))
    if not len(without):
        return result
    return Result(
        result.grid, result.points, result.totals, result.point_tally, result.total_tally, result.excluded,
        result.flagged, Unsaid(without, "no_waiting_status"),
    )  # fmt: skip


def _flow(selected: Selected, cell: Array, cells: int) -> tuple[Measures, Array]:
    n = aggregate.counts(cell, cells)
    above = aggregate.sums(cell, selected.value, cells)
    below = aggregate.sums(cell, selected.value if selected.weight is None else selected.weight, cells)
    return {
        "n": n.tolist(),
        "value": quotients(above, below),
        "numerator": seconds(above),
        "denominator": seconds(below),
    }, n
