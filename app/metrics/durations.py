"""How long things took: from one instant of an item to another."""

import numpy as np
from numpy.typing import NDArray

from app.facts.segment import EARLY, FINISHED, NEVER, STARTS
from app.facts.timeline import ACTIVE, WAITING
from app.facts.window import VISIT_STARTS
from app.metrics.question import Facts, Question
from app.metrics.result import Selected


def cycle_time(question: Question) -> Selected:
    """From the start to the finish, of the items finished in the window."""
    facts = question.facts(FINISHED)
    started = facts["started_at"] != NEVER
    facts = facts.keep(started)
    excluded = {"never_started": int(len(started) - np.count_nonzero(started))}
    return _without_negative(facts, _length(question, facts, "started_at", "finished_at"), excluded)


def active_time(question: Question) -> Selected:
    """The time in `active` and `waiting` between the start and the finish."""
    cycle = cycle_time(question)
    active, waiting = visit_lengths(question, cycle.facts, ACTIVE, WAITING)
    return Selected(cycle.facts, active + waiting, excluded=cycle.excluded)


def lead_time(question: Question) -> Selected:
    """From the creation to the finish."""
    facts = question.facts(FINISHED)
    return _without_negative(facts, _length(question, facts, "created_at", "finished_at"), {})


def reaction_time(question: Question) -> Selected:
    """From the creation to the start, of the items started in the window."""
    facts = question.facts(STARTS)
    return _without_negative(facts, _length(question, facts, "created_at", "started_at"), {})


def visit_lengths(question: Question, facts: Facts, *categories: int) -> list[NDArray[np.int64]]:
    """The time that each finished item spent in each of these categories before it finished, microseconds."""
    rows, starts = facts.rows, facts.rows[VISIT_STARTS]
    begin, end = rows["visit_start"], rows["visit_end"]
    if (rows["flags"] & EARLY).any():
        end = np.maximum(begin, end)
    whose = question.whose_hours(Facts(rows))
    length = question.duration(begin, end, None if whose is None else np.repeat(whose, np.diff(starts)))
    until = np.zeros(len(length) + 1, dtype=np.int64)
    lengths: list[NDArray[np.int64]] = []
    for category in categories:
        np.cumsum(length * (rows["visit_category"] == category), out=until[1:])
        of_row = until[starts[1:]] - until[starts[:-1]]
        lengths.append(of_row if facts.where is None else of_row[facts.where])
    return lengths


def _length(question: Question, facts: Facts, start: str, end: str) -> NDArray[np.int64]:
    return question.duration(facts[start], facts[end], question.whose_hours(facts))


def _without_negative(facts: Facts, value: NDArray[np.int64], excluded: dict[str, int]) -> Selected:
    kept = value >= 0
    negative = int(len(kept) - np.count_nonzero(kept))
    if negative:
        facts, value = facts.keep(kept), value[kept]
    return Selected(facts, value, excluded={**excluded, "negative": negative})
