"""How long items in progress have been in progress, beside how long such items used to take."""

from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.facts.segment import FINISHED, HISTORIES, NEVER
from app.metrics.items import items_by_number
from app.metrics.question import Facts, Question
from app.metrics.result import AnswerTooLargeError, Grid, Result, Selected, durations, seconds, tally
from app.metrics.state import expanded, spans, standing

Array = NDArray[Any]

MOST_ITEMS = 50_000
_PAST = 90 * 86_400_000_000
_MINUTE = 60_000_000


def select_ages(question: Question) -> Selected:
    """The age of each item in progress at the end of the window, with the columns `share` and `status` (today's)."""
    facts, _, after = spans(question)
    facts = facts.keep(after == len(question.buckets))
    bucket = np.full(len(facts), len(question.buckets) - 1)
    age = _ages(question, facts, bucket)
    share, status = _shares(question, facts, bucket, age), _statuses(question, facts["item"])
    return Selected(facts.having(share=share, status=status), age)


def wip_age(question: Question) -> Result:
    """The ages of the items in progress at the end of each bucket. Raises AnswerTooLargeError."""
    facts, first, after = spans(question)
    if int((after - first).sum()) > MOST_ITEMS:
        raise AnswerTooLargeError(
            f"The answer would list more than {MOST_ITEMS} items: filter it, or choose a coarser grain."
        )
    entry, bucket = expanded(first, after)
    facts = facts.repeated(entry)
    group = question.groups(facts)
    grid = Grid.of(group, len(question.buckets))
    cell = grid.rows(group, len(facts)) * grid.buckets + bucket
    age = _ages(question, facts, bucket)
    measures, n = durations(Selected(facts, age), cell, grid.cells)
    measures["by"] = _lists(question, facts, cell, grid.cells, age=age, share=_shares(question, facts, bucket, age))
    del measures["n"]
    return standing(question, facts, grid, tally=tally(question, facts, cell, n), measures=measures)


def _ages(question: Question, facts: Facts, bucket: Array) -> Array:
    until = np.minimum(question.instants, question.now // _MINUTE * _MINUTE)[bucket]
    started = facts["started_at"]
    return question.duration(
        started, np.maximum(until, started), question.whose_hours(facts, question.instants[bucket])
    )


def _statuses(question: Question, items: Array) -> Array:
    """The code of each item's present status."""
    histories = question.snapshot.history(HISTORIES, NEVER - 1)
    order = question.snapshot.once(
        ("histories by item",), lambda: np.argsort(histories["item"]), lambda made: int(made.nbytes)
    )
    place = order[np.searchsorted(histories["item"], items, sorter=order)]
    status: Array = histories["status"][place]
    return status


def _shares(question: Question, facts: Facts, bucket: Array, age: Array) -> Array:
    """The share of the cycle times of the 90 days before that each age has passed, of items of the same kind."""
    kinds = question.snapshot.dimension("item_kind").of_code
    instants = question.instants
    start = int(instants[0]) - _PAST
    past = question.filtered(Facts(question.snapshot.rows(FINISHED, start, int(instants[-1]) + 1)))
    past = past.keep((past["started_at"] != NEVER) & (past["started_at"] <= past["finished_at"]))
    cycle = question.duration(past["started_at"], past["finished_at"], question.whose_hours(past))
    kind_of_past, kind = kinds[past["item_type"]], kinds[facts["item_type"]]
    share = np.full(len(facts), np.nan)
    order = np.argsort(bucket, kind="stable")
    for some in np.split(order, np.flatnonzero(np.diff(bucket[order])) + 1):
        if not len(some):
            continue
        until = int(instants[bucket[some[0]]])
        low, high = np.searchsorted(past.time, (until - _PAST, until)).tolist()
        for one in np.unique(kind[some]).tolist():
            known = np.sort(cycle[low:high][kind_of_past[low:high] == one])
            mine = some[kind[some] == one]
            if len(known):
                share[mine] = np.searchsorted(known, age[mine], side="left") / len(known)
    return share


def _lists(
    question: Question, facts: Facts, cell: Array, cells: int, *, age: Array, share: Array
) -> list[list[dict[str, Any]]]:
    result: list[list[dict[str, Any]]] = [[] for _ in range(cells)]
    order = np.lexsort((facts["item"], -age, cell))
    names = items_by_number(question.snapshot, np.unique(facts["item"]).tolist())
    status = question.snapshot.dimension("status")
    stands = status.of_code[_statuses(question, facts["item"][order])]
    columns = (cell[order].tolist(), facts["item"][order].tolist(), stands.tolist(), seconds(age[order]))
    for place, number, standing_in, value, passed in zip(*columns, share[order].tolist(), strict=True):
        result[place].append(
            {
                "item": names.get(number),
                "status": status.values[standing_in],
                "value": value,
                "share": None if isnan(passed) else passed,
            }
        )
    return result
