"""What was in hand at an instant: work in progress."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.facts.segment import STARTS
from app.metrics import aggregate
from app.metrics.question import Facts, Question
from app.metrics.result import Grid, Measures, Result, Selected, Tally

Array = NDArray[Any]


def spans(question: Question) -> tuple[Facts, Array, Array]:
    """Items in progress at the end of some bucket, and the first bucket and the one after the last of each.

    An item whose assignee changes teams meanwhile has a span in each, if teams are asked for.
    """
    facts = question.history(STARTS, int(question.instants[-1]))
    return stood(question, facts, np.maximum(facts["end"], facts["started_at"]))


def stood(question: Question, facts: Facts, end: Array) -> tuple[Facts, Array, Array]:
    """Those of the facts that hold (from their own instant until `end`) at the end of some bucket, and which ones."""
    instants = question.instants
    lasting = end > instants[0]
    facts, end = facts.keep(lasting), end[lasting]
    # The facts stand in the order of time: where each instant lies among them says which bucket is their first.
    before = np.searchsorted(facts.time, instants, side="right")
    first = np.repeat(np.arange(len(instants)), np.diff(before, prepend=0))
    facts, end = facts.until(len(first)), end[: len(first)]
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

    def people() -> Array:
        entry, bucket = expanded(first, after)
        person, known = question.people(facts)
        return aggregate.distinct(row[entry] * grid.buckets + bucket, person[entry], grid.cells, known)

    tally = Tally(n.ravel(), None if question.smallest == 1 else people)
    return standing(question, facts, grid, tally=tally, measures={"value": n.ravel().tolist()})


def expanded(first: Array, after: Array) -> tuple[Array, Array]:
    """Every (entry, bucket) of spans of buckets."""
    sizes = after - first
    entry = np.repeat(np.arange(len(sizes)), sizes)
    begins = np.cumsum(sizes) - sizes
    return entry, np.arange(len(entry)) - begins[entry] + first[entry]


def standing(question: Question, facts: Facts, grid: Grid, *, tally: Tally, measures: Measures) -> Result:
    """The result of a state whose points rest on `tally`: the total is that of the last bucket that has begun."""
    begun = int(np.count_nonzero(question.buckets.edges[:-1] < question.now))
    last = max(begun - 1, 0) + np.arange(len(grid.groups)) * grid.buckets
    points = {"n": tally.n.tolist(), **measures}

    def people() -> Array | None:
        return None if tally.people is None else tally.people[last]

    places = last.tolist()
    return Result(
        grid=grid,
        points=points,
        totals={name: [values[place] for place in places] for name, values in points.items()},
        point_tally=tally,
        total_tally=Tally(tally.n[last], None if tally.counted is None else people),
        excluded={},
        flagged=facts.flagged(),
        adds_up=False,
        last_bucket=max(begun - 1, 0),
    )
