"""The categories that items stood in at the end of each bucket."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.facts.segment import STATES
from app.facts.timeline import CATEGORIES
from app.metrics import aggregate, suppress
from app.metrics.question import Facts, Question
from app.metrics.result import Grid, Result, Selected, Tally
from app.metrics.state import standing, stood

Array = NDArray[Any]

_NAMES = (*CATEGORIES, "unmapped")
_CELLS_AT_ONCE = 20_000_000


def cumulative_flow(question: Question) -> Result:
    """Items by category at the end of each bucket."""
    facts = question.history(STATES, int(question.instants[-1]))
    facts, first, after = stood(question, facts, facts["until"])
    group = question.groups(facts)
    grid = Grid.of(group, len(question.buckets))
    place = grid.rows(group, len(facts)) * len(_NAMES) + _numbered(facts["entered"])
    shape = (len(grid.groups), len(_NAMES), grid.buckets)
    counted = _running(place, first, after, (shape[0] * shape[1], grid.buckets)).reshape(shape)
    n = counted.sum(axis=1)
    tally, hidden = Tally(n.ravel(), None), np.zeros(shape, dtype=bool)
    if question.smallest > 1:
        people = _People(question, facts, place, (first, after), shape)
        tally = Tally(n.ravel(), people.in_all)
        hidden = question.once(
            "categories shown",
            lambda: _with_seconds(suppress.small(people.by_category(), question.smallest), counted),
            counted.size,
        )
    shown = [place for place, name in enumerate(_NAMES) if name in CATEGORIES or counted[:, place].any()]
    by = [list(entries) for entries in zip(*(_entries(counted, hidden, place) for place in shown), strict=True)]
    return standing(question, facts, grid, tally=tally, measures={"by": by})


def select_states(question: Question) -> Selected:
    """Every item that exists at the end of the window, with its category as the column `category`."""
    end = question.instants[-1]
    facts = question.history(STATES, int(end))
    facts = facts.keep(facts["until"] > end)
    if question.asks_for_teams:
        facts = question.in_teams(facts, end)
    return Selected(facts.having(category=facts["entered"]), np.ones(len(facts), dtype=np.int64))


def _entries(counted: Array, hidden: Array, place: int) -> list[dict[str, Any]]:
    """The entry of a category in each cell, of two (group, category, bucket) tables."""
    name = _NAMES[place]
    entries: list[dict[str, Any]] = [
        {"category": name, "value": value} for value in counted[:, place].reshape(-1).tolist()
    ]
    for cell in np.flatnonzero(hidden[:, place]).tolist():
        entries[cell] = {"category": name, "suppressed": True}
    return entries


def _numbered(category: Array) -> Array:
    """Categories as places among the names; the last one is that of statuses without one."""
    return np.where(category < 0, len(CATEGORIES), category.astype(np.int64))


def _running(place: Array, first: Array, after: Array, shape: tuple[int, int]) -> Array:
    """How many spans `[first, after)` of buckets each (place, bucket) lies in."""
    places, buckets = shape
    width = buckets + 1
    size = places * width
    change = aggregate.counts(place * width + first, size) - aggregate.counts(place * width + after, size)
    return np.asarray(np.cumsum(change.reshape(places, width), axis=1)[:, :-1])


class _People:
    """Whose items stand where: `place` is (group, category) as one number, `shape` (groups, categories, buckets)."""

    def __init__(
        self, question: Question, facts: Facts, place: Array, spans: tuple[Array, Array], shape: tuple[int, int, int]
    ) -> None:
        person, self._known = question.people(facts)
        identified = np.flatnonzero(person >= 0)
        self._person, self._place = person[identified], place[identified]
        self._spans = spans[0][identified], spans[1][identified]
        self._shape = shape

    def by_category(self) -> Array:
        """How many people's items stand in each (group, category, bucket)."""
        groups, categories, buckets = self._shape
        counted = _present(self._place, self._person, self._spans, (groups * categories, self._known, buckets))
        return counted.reshape(self._shape)

    def in_all(self) -> Array:
        """How many people's items stand in each (group, bucket)."""
        groups, categories, buckets = self._shape
        group = self._place // categories
        return _present(group, self._person, self._spans, (groups, self._known, buckets)).ravel()


def _present(place: Array, person: Array, spans: tuple[Array, Array], shape: tuple[int, int, int]) -> Array:
    """How many people have something in each (place, bucket)."""
    places, known, buckets = shape
    result = np.zeros((places, buckets), dtype=np.int64)
    if not len(person):
        return result
    # Only who occurs has a row, and only so many rows are made at a time.
    pair = place * known + person
    occurs = np.flatnonzero(aggregate.counts(pair, places * known))
    row_of = np.zeros(places * known, dtype=np.int64)
    row_of[occurs] = np.arange(len(occurs))
    row = row_of[pair]
    owner = occurs // known
    at_once = max(1, _CELLS_AT_ONCE // buckets)
    for start in range(0, len(occurs), at_once):
        mine = slice(None) if len(occurs) <= at_once else np.flatnonzero((row >= start) & (row < start + at_once))
        owners = owner[start : start + at_once]
        held = _running(row[mine] - start, spans[0][mine], spans[1][mine], (len(owners), buckets)) > 0
        opens = np.flatnonzero(np.concatenate(([True], owners[1:] != owners[:-1])))
        result[owners[opens]] += np.add.reduceat(held, opens, axis=0, dtype=np.int64)
    return result


def _with_seconds(hidden: Array, counted: Array) -> Array:
    """A second category of a point is hidden where one alone could be had from the point's number."""
    groups, categories, buckets = hidden.shape
    cell = np.broadcast_to(np.arange(groups * buckets).reshape(groups, 1, buckets), hidden.shape).ravel()
    complete = suppress.complemented([cell], counted.ravel(), hidden.ravel(), [(0,)])
    return complete.reshape(groups, categories, buckets)
