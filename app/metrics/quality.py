"""How often work comes back, and how much of it moves by itself."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.facts.dimensions import UNKNOWN
from app.facts.rows import AUTOMATED_BY
from app.facts.segment import FINISHED, REOPENED, TRANSITIONS
from app.facts.timeline import DONE
from app.facts.window import ITEM_NUMBER
from app.metrics import aggregate
from app.metrics.question import Question
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
        counted = None if question.smallest == 1 else lambda: _people(question, (finished, moves), places, size)
        return measures, Tally(n, counted)

    points, point_tally = measured(cells, grid.cells)
    totals, total_tally = measured(rows, len(grid.groups))
    return Result(grid, points, totals, point_tally, total_tally, {}, finished.facts.flagged())


def _people(question: Question, some: tuple[Selected, ...], places: list[Array], cells: int) -> Array:
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
    selected = select_automated(question)
    result = of_window(question, selected, ratio)
    if question.counts_only:
        return result
    facts, grid = selected.facts, result.grid
    cell = grid.rows(question.groups(facts), len(facts)) * grid.buckets + question.buckets.of(facts.time)
    items = _Items.of(cell, facts[ITEM_NUMBER], selected.value)
    in_all = _Items.of(items.cell // grid.buckets, items.item, items.automated)
    return replace(
        result,
        points=result.points | items.measures(grid.cells),
        totals=result.totals | in_all.measures(len(grid.groups)),
    )


@dataclass(frozen=True, slots=True)
class _Items:
    """The different items that each cell's transitions moved, and whether any of these was automated (1) or not."""

    cell: Array
    item: Array
    automated: Array

    @classmethod
    def of(cls, cell: Array, item: Array, automated: Array) -> "_Items":
        count = int(item.max(initial=0)) + 1
        found = aggregate.different((cell * count + item) * 2 + automated)
        last = np.ones(len(found), dtype=bool)
        last[:-1] = found[1:] >> 1 != found[:-1] >> 1
        return cls(*np.divmod(found[last] >> 1, count), found[last] & 1)

    def measures(self, cells: int) -> Measures:
        moved = aggregate.counts(self.cell, cells)
        by_machine = aggregate.counts(self.cell[self.automated == 1], cells)
        return {
            "items": quotients(by_machine, moved),
            "items_numerator": by_machine.tolist(),
            "items_denominator": moved.tolist(),
        }
