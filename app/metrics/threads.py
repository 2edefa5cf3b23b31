"""Conversations: how soon somebody answers, and how many bring people of several teams together."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.facts.channels import Channels, load_channels
from app.facts.segment import NEVER, NO_CODE
from app.facts.talk import THREAD_PEOPLE, THREADS
from app.facts.window import Rows
from app.metrics import aggregate
from app.metrics.listing import Listing
from app.metrics.question import Facts, Question
from app.metrics.result import QUANTILES, Measures, Result, Selected, of_window, ratio, seconds
from app.metrics.window import text

Array = NDArray[Any]

PATIENCE = 7 * 86_400_000_000
"""How long a thread may wait for its first answer before it counts as one that gets none, microseconds."""

ANSWERED, UNANSWERED, YOUNG = 0, 1, 2
"""Of a thread: it has its answer; it waits for longer than PATIENCE; it waits."""


def threads(question: Question) -> Facts:
    """The conversations that began in the window and pass the filters; `person` is who began each."""
    return of_starters(question, question.snapshot.rows(THREADS, question.buckets.start, question.buckets.end))


def of_starters(question: Question, rows: Rows) -> Facts:
    """Those of these rows that pass the filters, each in the team of whoever began the conversation, at its start."""
    facts = Facts(rows)
    person = question.snapshot.accounts().person[facts["starter"]]
    return question.filtered(facts.having(person=person))


def humans(question: Question, facts: Facts, rows: Rows) -> tuple[Array, Array]:
    """`(place of the conversation among the facts, human)` of everybody who took part in one, each once.

    `rows` are the participants of (at least) these conversations.
    """
    accounts = question.snapshot.accounts()
    person = accounts.person[rows["account"]]
    order = np.argsort(facts["thread"], kind="stable")
    ordered = facts["thread"][order]
    place = np.searchsorted(ordered, rows["thread"])
    found = place < len(ordered)
    found[found] = ordered[place[found]] == rows["thread"][found]
    found &= person >= 0
    pairs = np.unique(order[place[found]].astype(np.int64) * max(accounts.people, 1) + person[found])
    return pairs // max(accounts.people, 1), pairs % max(accounts.people, 1)


def count_humans(question: Question, facts: Facts, cell: Array, cells: int) -> Array | None:
    """How many different humans took part in the conversations of each cell."""
    if question.smallest == 1:
        return None
    entry, person = humans(question, facts, _participants(question))
    return aggregate.distinct(cell[entry], person, cells, question.snapshot.accounts().people)


def _participants(question: Question) -> Rows:
    return question.snapshot.rows(THREAD_PEOPLE, question.buckets.start, question.buckets.end)


@dataclass(frozen=True, slots=True)
class _Waits:
    """Conversations with their state, and the time to the answer of those that have one."""

    selected: Selected
    flagged: dict[str, int]


def response_time(question: Question) -> Result:
    """From the first message to the first reply by another human, in channels of two teams or more."""
    waits = _waits(question)
    result = of_window(question, waits.selected, _answers, count_humans, waits.flagged)
    return replace(result, counts=frozenset({"unanswered"}))


def response_times_behind(question: Question) -> Listing:
    """The conversations that the percentiles rest on; one that nobody answered has no time."""
    selected = _waits(question).selected
    counted = selected.facts["state"] != YOUNG
    facts, value = selected.facts.keep(counted), selected.value[counted]
    answered = facts["state"] == ANSWERED
    times: list[int | float | None] = seconds(np.where(answered, value, np.nan))
    return Listing(
        len(facts),
        {"value": seconds(value[answered].sum(keepdims=True))[0]},
        len(facts),
        lambda page: [
            {**entry, "value": time} for entry, time in zip(entries(question, facts, page), times[page], strict=True)
        ],
    )


def entries(question: Question, facts: Facts, page: slice) -> list[dict[str, Any]]:
    """When and where conversations began: nobody's name, and not a word."""
    source, channel = question.snapshot.dimension("source"), question.snapshot.dimension("channel")
    return [
        {"at": text(at), "source": source.values[of_source], "channel": channel.values[of_channel]}
        for at, of_source, of_channel in zip(
            facts.time[page].tolist(),
            source.of_code[facts["source"][page]].tolist(),
            channel.of_code[facts["channel"][page]].tolist(),
            strict=True,
        )
    ]


def _channels(question: Question) -> Channels:
    snapshot = question.snapshot
    return snapshot.once(
        ("channels",), lambda: load_channels(snapshot.connection, snapshot.accounts(), snapshot.teams())
    )


def _waits(question: Question) -> _Waits:
    facts = threads(question)
    nobody = facts["starter"] == NO_CODE
    facts = facts.keep((facts["person"] >= 0) | nobody)
    excluded = {"unknown_starter": _count(facts["person"] < 0)}
    facts = facts.keep(facts["person"] >= 0)
    channels = _channels(question)
    unknown = ~channels.known[_within(facts["channel"], len(channels.known))]
    excluded["unknown_channel"] = _count(unknown)
    facts = facts.keep(~unknown)
    facts = facts.keep(channels.teams_at(facts["channel"], facts.time) >= 2)
    state, untimed = _states(question, facts)
    excluded["unknown_reply"] = _count(untimed)
    facts, state = facts.keep(~untimed), state[~untimed]
    answered = state == ANSWERED
    value = question.duration(
        facts.time, np.where(answered, facts["reply_at"], facts.time), question.whose_hours(facts)
    )
    excluded["negative"] = _count(value < 0)
    kept = value >= 0
    facts, state, value = facts.keep(kept), state[kept], value[kept]
    excluded["not_yet_answered"] = _count(state == YOUNG)
    unknown_replier = (state == ANSWERED) & (facts["replier"] == NO_CODE)
    flagged = {"unanswered": _count(state == UNANSWERED), "unknown_replier": _count(unknown_replier)}
    return _Waits(Selected(facts.having(state=state), value, excluded=excluded), flagged)


def _within(code: Array, size: int) -> Array:
    """Codes that are no row of a table as its last row, which is that of none."""
    return np.where(code < size - 1, code, -1)


def _states(question: Question, facts: Facts) -> tuple[Array, Array]:
    """The state of each conversation; and in which another human replied without our knowing when.

    That is where the first reply is a machine's or the starter's own, and a later one is not.
    """
    replier = question.snapshot.accounts().person[facts["replier"]]
    replied = facts["reply_at"] != NEVER
    by_another = (facts["replier"] == NO_CODE) | ((replier >= 0) & (replier != facts["person"]))
    answered = replied & by_another
    state = np.where(answered, ANSWERED, np.where(question.now - facts.time > PATIENCE, UNANSWERED, YOUNG))
    untimed = replied & ~by_another
    if untimed.any():
        entry, person = humans(question, facts, _participants(question))
        untimed &= aggregate.counts(entry[person != facts["person"][entry]], len(facts)) > 0
    return state, untimed


def _answers(selected: Selected, cell: Array, cells: int) -> tuple[Measures, Array]:
    """Percentiles over what was answered, and over what was not as if it took longer than anything else.

    A percentile that falls among the latter is not known: None.
    """
    state = selected.facts["state"]
    counted, answered = state != YOUNG, state == ANSWERED
    longest = selected.value.max(initial=0)
    found = aggregate.percentiles(
        cell[counted], np.where(answered, selected.value, longest)[counted], cells, tuple(QUANTILES.values())
    )
    known = aggregate.counts(cell[answered], cells)
    measures: Measures = {"n": found.n.tolist()}
    for place, (name, share) in enumerate(QUANTILES.items()):
        # A place that is whole but for the rounding of floats needs no neighbour.
        highest = np.ceil((found.n - 1) * share - 1e-6)
        measures[name] = seconds(np.where(highest < known, found.quantiles[:, place], np.nan))
    measures["unanswered"] = aggregate.counts(cell[~answered], cells).tolist()
    return measures, found.n


def cross_team_share(question: Question) -> Result:
    """Conversations with humans of two teams or more among those with two humans or more."""
    selected, flagged = _shared(question)
    return of_window(question, selected, ratio, count_humans, flagged)


def shared_behind(question: Question) -> Listing:
    """The conversations between humans: 1 where they are of two teams or more, else 0."""
    selected, _ = _shared(question)
    value: list[int] = selected.value.tolist()
    return Listing(
        len(value),
        {"numerator": sum(value), "denominator": len(value)},
        len(value),
        lambda page: [
            {**entry, "numerator": crosses, "denominator": 1}
            for entry, crosses in zip(entries(question, selected.facts, page), value[page], strict=True)
        ],
    )


def _shared(question: Question) -> tuple[Selected, dict[str, int]]:
    facts = threads(question)
    entry, person = humans(question, facts, _participants(question))
    teams = question.snapshot.teams()
    team = teams.at(person, facts.time[entry])
    unassigned = int(teams.team[-1])
    assigned = team != unassigned
    pairs = np.unique(entry[assigned] * (unassigned + 1) + team[assigned]) // (unassigned + 1)
    crosses = aggregate.counts(pairs, len(facts)) >= 2
    doubtful = ~crosses & (aggregate.counts(entry[~assigned], len(facts)) > 0)
    several = aggregate.counts(entry, len(facts)) >= 2
    return (
        Selected(facts.keep(several), crosses[several].astype(np.int64)),
        {"unassigned": _count(doubtful & several)},
    )


def _count(mask: Array) -> int:
    return int(np.count_nonzero(mask))
