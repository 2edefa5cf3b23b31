"""Who uses the tools: distinct people over rolling days, and how many of those who could."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.facts import active
from app.facts.active import Slots
from app.metrics.eligible import Eligible
from app.metrics.question import Question
from app.metrics.result import Result, plain, quotients
from app.metrics.use import (
    MONTH,
    WEEK,
    Cells,
    Days,
    Scope,
    at,
    at_the_end,
    days_of,
    first_use,
    is_by_team,
    people_by_group,
    rows_of,
    scopes,
    team_filter,
    unjoined,
    used_lately,
)

Array = NDArray[Any]


def active_users(question: Question) -> Result:
    """Distinct people with an event: on the bucket's last day, in the 7 and in the 28 days that end there."""
    days, where = days_of(question), active.slots(question.snapshot, by_team=question.asks_for_teams)
    cells = Cells(question, len(days.last))
    seen = np.zeros(where.words, dtype=np.uint64)
    for scope in scopes(question):
        for name, length in (("dau", 1), ("wau", WEEK), ("mau", MONTH)):
            rows = used_lately(question, where, scope.parts, days, length)
            seen |= np.bitwise_or.reduce(rows, axis=0, initial=0)
            for places, counted in people_by_group(question, where, rows):
                cells.add({**scope.places, **places}, **{name: days.of_begun(counted)})
    measures = {name: cells.column(name) for name in ("dau", "wau", "mau")}
    return at_the_end(
        cells,
        measures["mau"],
        {name: column.tolist() for name, column in measures.items()},
        flagged={"unjoined_accounts": unjoined(question, where, seen)},
    )


def stickiness(question: Question) -> Result:
    """How many of a month's users come on a day of the bucket, on average."""
    days, where = days_of(question), active.slots(question.snapshot, by_team=question.asks_for_teams)
    cells = Cells(question, len(days.last))
    seen = np.zeros(where.words, dtype=np.uint64)
    for scope in scopes(question):
        rows, since = rows_of(question, where, scope.parts, days, int(days.first.min()))
        month = at(active.rolled(rows, MONTH), since, days.last)
        seen |= np.bitwise_or.reduce(month, axis=0, initial=0)
        short = _short(question, scope, days)
        for places, counted in people_by_group(question, where, month):
            cells.add({**scope.places, **places}, mau=days.of_begun(counted), short=days.of_begun(short))
        for places, counted in people_by_group(question, where, rows):
            before = np.concatenate(([0], np.cumsum(counted)))
            low, high = np.maximum(days.first - since, 0), np.maximum(days.last - since + 1, 0)
            cells.add({**scope.places, **places}, visits=days.of_begun(before[high] - before[low]))
    mau, short = cells.column("mau"), cells.column("short").reshape(-1, len(days.last))
    daily = cells.column("visits") / np.tile(days.last - days.first + 1, len(cells.groups))
    return at_the_end(
        cells,
        mau,
        {"value": quotients(daily, mau), "numerator": plain(daily), "denominator": mau.tolist()},
        flagged={"unjoined_accounts": unjoined(question, where, seen), "short_history": int(short[:, :-1].sum())},
    )


def adoption_rate(question: Question) -> Result:
    """Those of the eligible people who were active in the 28 days that end with the bucket."""
    days, where = days_of(question), active.slots(question.snapshot, by_team=False)
    cells, eligible = Cells(question, len(days.last)), Eligible(question.snapshot, where, days)
    seen, without_seats = np.zeros(where.words, dtype=np.uint64), set[int]()
    kinds: dict[int, str] = {}
    strangers: dict[int, int] = {}
    for scope in scopes(question):
        may, does = adopters(question, where, days, scope, eligible)
        seen |= np.bitwise_or.reduce(may, axis=0, initial=0)
        lacking = [tool for tool in scope.tools if not eligible.has_seats(tool)]
        without_seats.update(tool.place for tool in lacking)
        unknown = {part: eligible.never_seen(part) for tool in lacking for part in tool.parts}
        strangers |= unknown
        for places, able, doing in by_team_of_last_day(question, days, may, does, sum(unknown.values())):
            group = {**scope.places, **places}
            cells.add(group, able=days.of_begun(able), doing=days.of_begun(doing))
            kinds[question.number(group)] = _kind(len(lacking), len(scope.tools))
    able, doing = cells.column("able"), cells.column("doing")
    measures = {
        "value": quotients(doing, able),
        "numerator": doing.tolist(),
        "denominator": able.tolist(),
        "eligible": cells.each(kinds),
    }
    unassigned = bool(team_filter(question)[-1])
    flagged = {
        "unjoined_accounts": unjoined(question, where, seen) + sum(strangers.values()) * unassigned,
        "no_seats": len(without_seats),
    }
    return at_the_end(cells, able, measures, flagged=flagged)


def adopters(question: Question, where: Slots, days: Days, scope: Scope, eligible: Eligible) -> tuple[Array, Array]:
    """For each bucket who may use one of the tools, and who of them uses one that they may, as rows of bits."""

    def make() -> tuple[Array, Array]:
        may = np.zeros((len(days.last), where.words), dtype=np.uint64)
        does = may.copy()
        for tool in scope.tools:
            used = used_lately(question, where, tool.parts, days)
            entitled = eligible.of(tool, used)
            may |= entitled
            does |= entitled & used
        return may, does

    key = ("adopters", scope.tools, days.last.tobytes())
    return question.snapshot.once(key, make, 2 * 8 * where.words * len(days.last))


def by_team_of_last_day(
    question: Question, days: Days, may: Array, does: Array, strangers: int
) -> Iterator[tuple[dict[str, int], Array, Array]]:
    """`(team, eligible, active)` by bucket: everyone counts in their team of the bucket's last day.

    `strangers` are eligible, and in no team.
    """
    if not question.asks_for_teams:
        yield {}, active.counts(may) + strangers, active.counts(does)
        return
    values = len(team_filter(question))
    able, doing = (np.zeros((len(days.last), values), dtype=np.int64) for _ in range(2))
    teams, people = question.snapshot.teams(), np.arange(question.snapshot.accounts().people)
    for bucket, last in enumerate(days.last.tolist()):
        team = teams.at(people, active.noon(last))
        for counted, rows in ((able, may), (doing, does)):
            held = active.unpacked(rows[bucket])[: len(people)]
            counted[bucket] = np.bincount(team[held], minlength=values)
    able[:, -1] += strangers
    chosen = team_filter(question)
    if not is_by_team(question):
        yield {}, able[:, chosen].sum(axis=1), doing[:, chosen].sum(axis=1)
        return
    for team_place in np.flatnonzero(chosen & able.any(axis=0)).tolist():
        yield {"team": team_place}, able[:, team_place], doing[:, team_place]


def _kind(lacking: int, tools: int) -> str:
    """Whose share an adoption rate is: of holders of seats, of all people, or of both in different tools."""
    return "people" if lacking == tools else "both" if lacking else "seats"


def _short(question: Question, scope: Scope, days: Days) -> Array:
    """The buckets that end before there are 28 days of history (1)."""
    first = first_use(question, scope.parts)
    return np.zeros(len(days.last), dtype=np.int64) if first is None else (days.last - first < MONTH - 1).astype(int)
