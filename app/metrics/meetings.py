"""How much of their working time people spend in meetings."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.types import EPOCH
from app.facts.segment import NEVER, Kind
from app.facts.shape import MICROS_A_DAY
from app.facts.talk import MEETINGS
from app.facts.window import Piece, Window
from app.metrics import aggregate, suppress
from app.metrics.listing import Listing
from app.metrics.question import Facts, Question
from app.metrics.result import Result, Selected, of_window, plain, ratio
from app.metrics.state import expanded
from app.metrics.window import text

Array = NDArray[Any]

REACH = 27
"""For so many days before and after a meeting its participant counts among the people whose meetings are known."""

_PERSON_DAYS = Kind("person_days", "at", (("at", "<i8"), ("person", "<i8"), ("source", "<i8"), ("seconds", "<i8")))
"""A day of a human, made for an answer: no segment holds it. `at` is the day's midnight in UTC."""


def meeting_share(question: Question) -> Result:
    """Meeting seconds over the working seconds of the people whose meetings are known."""
    by_day = _by_day(question)
    facts, worked = _person_days(by_day)
    return of_window(by_day, Selected(facts, facts["seconds"], worked), ratio, flagged={})


def meetings_behind(question: Question) -> Listing:
    """The meeting and working seconds of each day, of all people together: a single person's would tell of them."""
    facts, worked = _person_days(_by_day(question))
    at, day = np.unique(facts.time, return_inverse=True)
    people = aggregate.counts(day, len(at))
    hidden = np.zeros(len(at), dtype=bool)
    if question.smallest > 1:
        hidden = suppress.complemented([np.arange(len(at))], people, suppress.small(people, question.smallest), [()])
    above, below = aggregate.sums(day, facts["seconds"], len(at)), aggregate.sums(day, worked, len(at))
    shown = [
        {
            "day": text(one)[:10],
            **({"suppressed": True} if hides else {"people": count, "numerator": num, "denominator": den}),
        }
        for one, hides, count, num, den in zip(
            at.tolist(), hidden.tolist(), people.tolist(), plain(above), plain(below), strict=True
        )
    ]
    total = {"numerator": plain(above.sum(keepdims=True))[0], "denominator": plain(below.sum(keepdims=True))[0]}
    return Listing(len(facts), total, len(shown), lambda page: shown[page])


def _by_day(question: Question) -> Question:
    """The question with buckets that begin and end with days: the vendor's days are not cut again."""
    days = question.buckets.days
    edges = [(day - EPOCH.date()).days * MICROS_A_DAY for day in (*(first for first, _ in days), days[-1][1])]
    return replace(question, buckets=replace(question.buckets, edges=np.array(edges, dtype=np.int64)))


def _person_days(question: Question) -> tuple[Facts, Array]:
    """Every day of everybody whose meetings are known, as far as it has begun, and its working seconds."""
    if question.hours is None:
        raise TypeError("A metric of working time has to be declared as timed.")
    first = question.buckets.start // MICROS_A_DAY
    after = max(first, min(question.buckets.end, question.now + MICROS_A_DAY) // MICROS_A_DAY)
    meetings = _meetings(question, first - REACH, after + REACH)
    person, source, day = meetings["person"], meetings["source"], meetings.time // MICROS_A_DAY
    pair, owner, known = _owners(question, person, source)
    begins, ends, of_pair = _stretches(pair, day, first, after)
    entry, day_of = expanded(begins, ends)
    pair_of = of_pair[entry]
    width = after - first + 1
    inside = (day >= first) & (day < after)
    key = pair[inside] * width + (day[inside] - first)
    seconds = np.zeros(len(entry), dtype=np.int64)
    keys = pair_of * width + (day_of - first)
    np.add.at(seconds, np.searchsorted(keys, key), meetings["seconds"][inside])
    order = np.argsort(day_of, kind="stable")
    columns = {
        "at": (day_of * MICROS_A_DAY)[order],
        "person": owner[pair_of][order],
        "source": known[pair_of][order],
        "seconds": seconds[order],
    }
    window = Window(_PERSON_DAYS, [Piece(0, columns, {})])
    facts = Facts(window.between(np.iinfo(np.int64).min, NEVER))
    facts = facts.having(person=columns["person"], source=columns["source"])
    team = question.snapshot.teams().at(facts["person"], facts.time)
    facts = question.filtered(facts.having(team=team))
    worked = question.hours.of_days(facts.time // MICROS_A_DAY, facts["team"], question.now)
    return facts, worked / 1_000_000


def _meetings(question: Question, first: int, after: int) -> Facts:
    """The meetings of humans on those days, of the sources in question, up to now."""
    until = min(after * MICROS_A_DAY, question.now + 1)
    rows = question.snapshot.rows(MEETINGS, first * MICROS_A_DAY, max(until, first * MICROS_A_DAY))
    facts = Facts(rows)
    for dimension, passing in question.filters:
        if dimension.name != "team":
            facts = facts.keep(passing[facts[dimension.column]])
    facts = facts.having(person=question.snapshot.accounts().person[facts["account"]])
    return facts.keep(facts["person"] >= 0)


def _owners(question: Question, person: Array, source: Array) -> tuple[Array, Array, Array]:
    """Whose each row is, as a number, and the human and the source that the numbers stand for.

    A human with calendars in two tools has one working day: only where sources or tools are told apart are there
    two.
    """
    apart = [dimension for dimension in question.group_by if dimension.name != "team"]
    told = np.zeros(len(source), dtype=np.int64)
    for dimension in apart:
        told = told * len(dimension.values) + dimension.of_code[source]
    _, first, which = np.unique(np.stack((told, person)), axis=1, return_index=True, return_inverse=True)
    return which.reshape(-1), person[first].astype(np.int64), source[first].astype(np.int64)


def _stretches(pair: Array, day: Array, first: int, after: int) -> tuple[Array, Array, Array]:
    """The days of each pair that lie within REACH of one of its own: `(first, the one after the last, pair)`."""
    order = np.lexsort((day, pair))
    pair, day = pair[order], day[order]
    opens = np.ones(len(pair), dtype=bool)
    opens[1:] = (pair[1:] != pair[:-1]) | (day[1:] - day[:-1] > 2 * REACH + 1)
    closes = np.append(opens[1:], True)[: len(opens)]
    begins = np.clip(day[opens] - REACH, first, after)
    ends = np.clip(day[closes] + REACH + 1, first, after)
    return begins, np.maximum(begins, ends), pair[opens]
