"""How often work comes back, and how much of it moves by itself."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.facts.dimensions import UNKNOWN
from app.facts.rows import AUTOMATED_BY
from app.facts.segment import FINISHED, REOPENED, TRANSITIONS
from app.facts.timeline import DONE
from app.metrics import aggregate
from app.metrics.question import Facts, Question
from app.metrics.result import Grid, Measures, Result, Selected, Tally, of_window, quotients, ratio

Array = NDArray[Any]


def select_reopened(question: Question) -> Selected:
    """Of the items finished in the window, which had left `done` at least once (1) or never (0)."""
    facts = question.facts(FINISHED)
    return Selected(facts, ((facts["flags"] & REOPENED) > 0).astype(np.int64))


def select_reopenings(question: Question) -> Selected:
    """The moves out of `done` in the window."""
    facts = question.facts(TRANSITIONS)
    facts = facts.keep((facts["left"] == DONE) & (facts["entered"] != DONE))
    return Selected(facts, np.ones(len(facts), dtype=np.int64))


def reopen_rate(question: Question) -> Result:
    """Reopened items among the finished ones, and the reopenings by their own date."""
    finished, moves = select_reopened(question), select_reopenings(question)
    groups = [question.groups(selected.facts) for selected in (finished, moves)]
    known = [group for group in groups if group is not None]
    grid = Grid.of(np.concatenate(known) if known else None, len(question.buckets))
    rows = [grid.rows(group, len(selected.facts)) for group, selected in zip(groups, (finished, moves), strict=True)]
    cells = [
        row * grid.buckets + question.buckets.of(selected.facts.time)
        for row, selected in zip(rows, (finished, moves), strict=True)
    ]

    def measured(places: list[Array], size: int) -> tuple[Measures, Tally]:
        measures, n = ratio(finished, places[0], size)
        measures["reopenings"] = aggregate.counts(places[1], size).tolist()
        return measures, Tally(n, _people(question, (finished, moves), places, size))

    points, point_tally = measured(cells, grid.cells)
    totals, total_tally = measured(rows, len(grid.groups))
    return Result(grid, points, totals, point_tally, total_tally, {}, finished.facts.flagged())


def _people(question: Question, some: tuple[Selected, ...], places: list[Array], cells: int) -> Array | None:
    if question.smallest == 1:
        return None
    found = [question.people(selected.facts) for selected in some]
    person = np.concatenate([person for person, _ in found])
    return aggregate.distinct(np.concatenate(places), person, cells, found[0][1])


def select_automated(question: Question) -> Selected:
    """The transitions of the window with a known answer: automated (1) or not (0)."""
    facts = question.facts(TRANSITIONS)
    accounts = question.snapshot.accounts()
    override, kind = accounts.override[facts["actor"]], accounts.by_kind[facts["actor"]]
    mark = facts["automated"]
    answer = np.where(override != UNKNOWN, override, np.where(mark != UNKNOWN, mark, kind))
    told = np.where(
        override != UNKNOWN,
        AUTOMATED_BY.index("override"),
        np.where(mark != UNKNOWN, facts["automated_by"], AUTOMATED_BY.index("account_kind")),
    )
    known = answer != UNKNOWN
    facts = facts.having(automated_by=told, answer=answer).keep(known)
    chosen = question.chosen("automated_by", facts["automated_by"])
    if chosen is not None:
        facts = facts.keep(chosen)
    unknown = int(len(known) - np.count_nonzero(known))
    return Selected(facts, facts["answer"].astype(np.int64), excluded={"unknown_actor": unknown})


def automation_rate(question: Question) -> Result:
    """Automated transitions among those with a known answer; `items` is the same of the items that they moved."""
    return of_window(question, select_automated(question), _transitions_and_items)


def _transitions_and_items(selected: Selected, cell: Array, cells: int) -> tuple[Measures, Array]:
    measures, n = ratio(selected, cell, cells)
    moved = _items(selected.facts, cell, cells)
    automated = selected.value == 1
    by_machine = _items(selected.facts.keep(automated), cell[automated], cells)
    measures["items"] = quotients(by_machine, moved)
    measures["items_numerator"], measures["items_denominator"] = by_machine.tolist(), moved.tolist()
    return measures, n


def _items(facts: Facts, cell: Array, cells: int) -> Array:
    """How many different items each cell holds."""
    item = facts["item"]
    order = np.lexsort((item, cell))
    item, cell = item[order], cell[order]
    first = np.ones(len(item), dtype=bool)
    first[1:] = (item[1:] != item[:-1]) | (cell[1:] != cell[:-1])
    return aggregate.counts(cell[first], cells)
