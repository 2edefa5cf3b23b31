"""What was in hand at an instant: work in progress, its age, and the categories that items stood in."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.facts.segment import STARTS, STATES
from app.facts.timeline import CATEGORIES, UNBORN
from app.metrics import aggregate, suppress
from app.metrics.question import Facts, Question
from app.metrics.result import Grid, Measures, Result, Selected, Tally

Array = NDArray[Any]

_NAMES = (*CATEGORIES, "unmapped")
_CELLS_AT_ONCE = 20_000_000


def spans(question: Question) -> tuple[Facts, Array, Array]:
    """Items in progress at the end of some bucket, and the first bucket and the one after the last of each.

    An item whose assignee changes teams meanwhile has a span in each, if teams are asked for.
    """
    instants = question.instants
    facts = question.history(STARTS, int(instants[-1]))
    end = np.maximum(facts["end"], facts["started_at"])
    facts, end = (facts.keep(end > instants[0]), end[end > instants[0]])
    first = np.searchsorted(instants, facts["started_at"], side="left")
    after = np.searchsorted(instants, end, side="left")
    seen = after > first
    facts, first, after = facts.keep(seen), first[seen], after[seen]
    return _by_team(question, facts, first, after) if question.asks_for_teams else (facts, first, after)


def _by_team(question: Question, facts: Facts, first: Array, after: Array) -> tuple[Facts, Array, Array]:
    teams = question.snapshot.teams()
    person, _ = question.people(facts)
    entry, stay = teams.stays(person)
    instants = question.instants
    first = np.maximum(first[entry], np.searchsorted(instants, teams.since[stay], side="left"))
    after = np.minimum(after[entry], np.searchsorted(instants, teams.until(stay), side="left"))
    facts = facts.repeated(entry).having(team=teams.team[stay], first=first, after=after)
    facts = question.of_chosen_teams(facts.keep(after > first))
    return facts, facts["first"], facts["after"]


def select_in_progress(question: Question) -> Selected:
    """The items in progress at the end of the window."""
    facts, _, after = spans(question)
    facts = facts.keep(after == len(question.buckets))
    return Selected(facts, np.ones(len(facts), dtype=np.int64))


def wip(question: Question) -> Result:
    """Items in progress at the end of each bucket."""
    facts, first, after = spans(question)
    group = question.groups(facts)
    grid = Grid.of(group, len(question.buckets))
    row = grid.rows(group, len(facts))
    width = grid.buckets + 1
    change = aggregate.counts(row * width + first, len(grid.groups) * width) - aggregate.counts(
        row * width + after, len(grid.groups) * width
    )
    n = np.cumsum(change.reshape(-1, width), axis=1)[:, :-1]
    people = None
    if question.smallest > 1:
        entry, bucket = expanded(first, after)
        person, known = question.people(facts)
        people = aggregate.distinct(row[entry] * grid.buckets + bucket, person[entry], grid.cells, known)
    return standing(question, facts, grid, n=n.ravel(), people=people, measures={"value": n.ravel().tolist()})


def expanded(first: Array, after: Array) -> tuple[Array, Array]:
    """Every (entry, bucket) of spans of buckets."""
    sizes = after - first
    entry = np.repeat(np.arange(len(sizes)), sizes)
    begins = np.cumsum(sizes) - sizes
    return entry, np.arange(len(entry)) - begins[entry] + first[entry]


def standing(
    question: Question, facts: Facts, grid: Grid, *, n: Array, people: Array | None, measures: Measures
) -> Result:
    """The result of a state: the total is that of the last bucket that has begun."""
    begun = int(np.count_nonzero(question.buckets.edges[:-1] < question.now))
    last = max(begun - 1, 0) + np.arange(len(grid.groups)) * grid.buckets
    points = {"n": n.tolist(), **measures}
    places = last.tolist()
    return Result(
        grid=grid,
        points=points,
        totals={name: [values[place] for place in places] for name, values in points.items()},
        point_tally=Tally(n, people),
        total_tally=Tally(n[last], None if people is None else people[last]),
        excluded={},
        flagged=facts.flagged(),
        adds_up=False,
        last_bucket=max(begun - 1, 0),
    )


def cumulative_flow(question: Question) -> Result:
    """Items by category at the end of each bucket."""
    facts = question.history(STATES, int(question.instants[-1]))
    moves = _moves(question, facts)
    group = question.groups(moves.facts)
    grid = Grid.of(group, len(question.buckets))
    row = grid.rows(group, len(moves.facts))
    shape = (len(grid.groups), len(_NAMES), grid.buckets)
    counted = _accumulated(moves, row, shape)
    n = counted.sum(axis=1)
    hidden = np.zeros(shape, dtype=bool)
    people = None
    if question.smallest > 1:
        of_category, people = _people(question, moves, row, shape)
        hidden = suppress.small(of_category, question.smallest)
        hidden = _with_seconds(hidden, counted)
    shown = [place for place, name in enumerate(_NAMES) if name in CATEGORIES or counted[:, place].any()]
    by = [
        [
            {"category": _NAMES[place], **({"suppressed": True} if hides[place] else {"value": values[place]})}
            for place in shown
        ]
        for values, hides in zip(_cells(counted), _cells(hidden), strict=True)
    ]
    return standing(question, moves.facts, grid, n=n.ravel(), people=people, measures={"by": by})


def select_states(question: Question) -> Selected:
    """Every item that exists at the end of the window, with its category as the column `category`."""
    facts = question.history(STATES, int(question.instants[-1]))
    order = np.lexsort((np.arange(len(facts)), facts["item"]))
    item = facts["item"][order]
    last = np.ones(len(item), dtype=bool)
    last[:-1] = item[1:] != item[:-1]
    present = np.zeros(len(facts), dtype=bool)
    present[order[last]] = True
    facts = facts.keep(present)
    if question.asks_for_teams:
        facts = question.in_teams(facts, question.instants[-1])
    return Selected(facts.having(category=facts["entered"]), np.ones(len(facts), dtype=np.int64))


def _cells(table: Array) -> list[list[Any]]:
    """A (group, category, bucket) table as one list of categories for each cell."""
    cells: list[list[Any]] = table.transpose(0, 2, 1).reshape(-1, table.shape[1]).tolist()
    return cells


@dataclass(frozen=True, slots=True)
class _Moves:
    """Everything that was entered (`sign` is 1) or left (-1): a category, before the end of which bucket."""

    facts: Facts
    category: Array
    sign: Array
    bucket: Array


def _moves(question: Question, facts: Facts) -> _Moves:
    # The facts stand in the order of time: where each bucket ends says in which bucket all of them lie.
    ends = np.searchsorted(facts.time, question.instants, side="right")
    bucket_of_fact = np.repeat(np.arange(len(question.buckets)), np.diff(ends, prepend=0))
    left = np.flatnonzero(facts["left"] != UNBORN)
    entry = np.concatenate((np.arange(len(facts)), left))
    category = np.concatenate((facts["entered"], facts["left"][left])).astype(np.int64)
    sign = np.concatenate((np.ones(len(facts), dtype=np.int64), np.full(len(left), -1)))
    bucket = bucket_of_fact[entry]
    if not question.asks_for_teams:
        return _Moves(facts.repeated(entry), _numbered(category), sign, bucket)
    # What an assignee's items stand in is left in the old team and entered in the new one.
    stood, at = _carried(question, facts)
    moved_in = np.searchsorted(question.instants, at, side="left")
    moved = facts.repeated(np.concatenate((entry, stood, stood))).having(
        category=_numbered(np.concatenate((category, np.tile(facts["entered"][stood], 2)))),
        sign=np.concatenate((sign, np.full(len(stood), -1), np.ones(len(stood), dtype=np.int64))),
        bucket=np.concatenate((bucket, moved_in, moved_in)),
    )
    moved = question.in_teams(moved, np.concatenate((facts.time[entry], at - 1, at)))
    return _Moves(moved, moved["category"], moved["sign"], moved["bucket"])


def _numbered(category: Array) -> Array:
    """Categories as places among the names; the last one is that of statuses without one."""
    return np.where(category < 0, len(CATEGORIES), category)


def _carried(question: Question, facts: Facts) -> tuple[Array, Array]:
    """`(fact, instant)` of every change of team of an assignee while an item of theirs stood in what it had entered."""
    teams = question.snapshot.teams()
    person, _ = question.people(facts)
    of_movers = np.flatnonzero(teams.count[person] > 1)
    item, at = facts["item"][of_movers], facts.time[of_movers]
    order = np.lexsort((np.arange(len(item)), item))
    until = np.full(len(item), int(question.instants[-1]))
    same = item[order][1:] == item[order][:-1]
    until[order[:-1][same]] = at[order[1:][same]]
    entry, stay = teams.stays(person[of_movers])
    since = teams.since[stay]
    carried = (since > at[entry]) & (since <= until[entry])
    return of_movers[entry[carried]], since[carried]


def _accumulated(moves: _Moves, row: Array, shape: tuple[int, int, int]) -> Array:
    _, categories, buckets = shape
    place = (row * categories + moves.category) * buckets + moves.bucket
    entered, size = moves.sign > 0, int(np.prod(shape))
    change = aggregate.counts(place[entered], size) - aggregate.counts(place[~entered], size)
    return np.cumsum(change.reshape(shape), axis=2)


def _people(question: Question, moves: _Moves, row: Array, shape: tuple[int, int, int]) -> tuple[Array, Array]:
    """How many people's items stand in each (group, category, bucket), and in each (group, bucket)."""
    groups, categories, buckets = shape
    person, known = question.people(moves.facts)
    identified = person >= 0
    person, row = person[identified], row[identified]
    category, sign, bucket = moves.category[identified], moves.sign[identified], moves.bucket[identified]
    by_category = _present(row * categories + category, person, bucket, sign, (groups * categories, known, buckets))
    in_group = _present(row, person, bucket, sign, (groups, known, buckets))
    return by_category.reshape(shape), in_group.ravel()


def _present(place: Array, person: Array, bucket: Array, sign: Array, shape: tuple[int, int, int]) -> Array:
    """How many people have something in each (place, bucket)."""
    places, known, buckets = shape
    if not len(person):
        return np.zeros((places, buckets), dtype=np.int64)
    pair = place * known + person
    if places * known * buckets <= _CELLS_AT_ONCE:
        held = _held(pair, bucket, sign, places * known, buckets)
        return np.asarray(held.reshape(places, known, buckets).sum(axis=1))
    # Too many to have a cell for everybody everywhere: only for those who occur, some at a time.
    result = np.zeros((places, buckets), dtype=np.int64)
    pairs, inverse = np.unique(pair, return_inverse=True)
    at_once = max(1, _CELLS_AT_ONCE // buckets)
    order = np.argsort(inverse, kind="stable")
    bounds = np.searchsorted(inverse[order], np.arange(0, len(pairs) + at_once, at_once))
    for number, start in enumerate(range(0, len(pairs), at_once)):
        size = min(at_once, len(pairs) - start)
        some = order[bounds[number] : bounds[number + 1]]
        held = _held(inverse[some] - start, bucket[some], sign[some], size, buckets)
        np.add.at(result, pairs[start : start + size] // known, held)
    return result


def _held(pair: Array, bucket: Array, sign: Array, pairs: int, buckets: int) -> Array:
    """Whether each pair has something at the end of each bucket."""
    cell = pair * buckets + bucket
    entered = sign > 0
    change = aggregate.counts(cell[entered], pairs * buckets) - aggregate.counts(cell[~entered], pairs * buckets)
    return np.asarray(np.cumsum(change.reshape(pairs, buckets), axis=1) > 0)


def _with_seconds(hidden: Array, counted: Array) -> Array:
    """A second category of a point is hidden where one alone could be had from the point's number."""
    groups, categories, buckets = hidden.shape
    cell = np.broadcast_to(np.arange(groups * buckets).reshape(groups, 1, buckets), hidden.shape).ravel()
    complete = suppress.complemented([cell], counted.ravel(), hidden.ravel(), [(0,)])
    return complete.reshape(groups, categories, buckets)
