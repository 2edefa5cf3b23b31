"""Seats: how many are held, how many of their holders use the tool, and what the others cost."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.facts import active
from app.facts.active import Slots
from app.facts.usage import SEATS
from app.metrics.adoption import adopters, by_team_of_last_day
from app.metrics.eligible import Eligible, Seats, seats_of
from app.metrics.question import Question
from app.metrics.result import Result, quotients
from app.metrics.use import (
    Cells,
    Days,
    Scope,
    Tool,
    at,
    at_the_end,
    days_of,
    first_use,
    is_by_team,
    rows_of,
    scopes,
    team_filter,
    used_lately,
)
from app.store import tools
from app.store.tools import ToolFacts

Array = NDArray[Any]

_COUNTS = ("held", "active", "never_used")


def seat_utilisation(question: Question) -> Result:
    """Seats whose holder was active in the 28 days that end with the bucket, among those held on its last day."""
    days, where = days_of(question), active.slots(question.snapshot, by_team=False)
    cells, eligible = Cells(question, len(days.last)), Eligible(question.snapshot, where, days)
    known = tools.facts(question.snapshot.connection)
    names = [value["id"] for value in question.snapshot.dimension("tool").values]
    machines = 0
    bought: dict[int, int | None] = {}
    currency: dict[int, str | None] = {}
    for every in scopes(question):
        scope = Scope(every.places, tuple(tool for tool in every.tools if eligible.has_seats(tool)))
        if every.places and not scope.tools:
            continue
        said = [known.get(names[tool.place]) for tool in scope.tools]
        counted = _counts(question, days, where, scope.tools)
        machines += sum(seats_of(question.snapshot, tool.parts).machines for tool in scope.tools)
        holders, _ = adopters(question, where, days, scope, eligible)
        for places, people, _ in by_team_of_last_day(question, days, holders, holders, 0):
            group = {**scope.places, **places}
            of_tools = [{name: _of_teams(question, column, places) for name, column in one.items()} for one in counted]
            columns = {name: _summed([one[name] for one in of_tools], days) for name in _COUNTS}
            cost = _summed([_cost(one, facts) for one, facts in zip(of_tools, said, strict=True)], days)
            cost = cost if _in_one_currency(said) else np.full(len(cost), np.nan)
            cells.add(group, people=days.of_begun(people), cost=cost, **columns)
            bought[question.number(group)] = _bought(question, scope.tools, said)
            currency[question.number(group)] = _currency(said)
    columns = {name: cells.column(name) for name in _COUNTS}
    measures = {
        "value": quotients(columns["active"], columns["held"]),
        "numerator": columns["active"].tolist(),
        "denominator": columns["held"].tolist(),
        **{name: column.tolist() for name, column in columns.items()},
        "bought": cells.each(bought),
        "idle_cost": [None if np.isnan(cost) else cost for cost in cells.column("cost").tolist()],
        "currency": cells.each(currency),
    }
    people = cells.column("people")
    return at_the_end(cells, columns["held"], measures, people=people, flagged={}, excluded={"automation": machines})


def states(question: Question, days: Days, where: Slots, tool: Tool, seats: Seats) -> tuple[Array, Array]:
    """For each bucket and seat whether its holder was active in the last 28 days, and whether ever until then."""
    lately = active.unpacked(used_lately(question, where, tool.parts, days))[:, seats.human]
    first = first_use(question, tool.parts)
    ever = np.zeros_like(lately)
    if first is not None:
        rows, since = rows_of(question, where, tool.parts, days, first)
        until = np.bitwise_or.accumulate(rows, axis=0)
        ever = active.unpacked(at(until, since, days.last))[:, seats.human]
    return lately, ever


def _counts(question: Question, days: Days, where: Slots, tools: Sequence[Tool]) -> list[dict[str, Array]]:
    """The seats of each tool by bucket and team of the holder; in one column where teams are not asked for."""
    seats = [seats_of(question.snapshot, tool.parts) for tool in tools]
    seen = [states(question, days, where, tool, some) for tool, some in zip(tools, seats, strict=True)]
    values = len(team_filter(question)) if question.asks_for_teams else 1
    counted = [{name: np.zeros((len(days.last), values), dtype=np.int64) for name in _COUNTS} for _ in tools]
    everybody = np.arange(question.snapshot.accounts().people)
    for bucket, last in enumerate(days.last.tolist()):
        team = question.snapshot.teams().at(everybody, active.noon(last)) if question.asks_for_teams else None
        for some, (lately, ever), of_tool in zip(seats, seen, counted, strict=True):
            held = some.held(last)
            for name, mask in zip(_COUNTS, (held, held & lately[bucket], held & ~ever[bucket]), strict=True):
                of_tool[name][bucket] = (
                    np.count_nonzero(mask) if team is None else np.bincount(team[some.human[mask]], minlength=values)
                )
    return counted


def _of_teams(question: Question, column: Array, places: dict[str, int]) -> Array:
    """The numbers of one team, or of all that pass the filter."""
    if is_by_team(question):
        return np.asarray(column[:, places["team"]])
    chosen = column[:, team_filter(question)] if question.asks_for_teams else column
    return np.asarray(chosen.sum(axis=1))


def _summed(columns: list[Array], days: Days) -> Array:
    nothing = np.zeros(len(days.last), dtype=np.int64)
    return days.of_begun(np.sum(columns, axis=0) if columns else nothing)


def _cost(counted: dict[str, Array], said: ToolFacts | None) -> Array:
    """What the idle seats of a tool cost a month; NaN where nobody said the price."""
    price = np.nan if said is None or said.seat_price is None else said.seat_price
    return np.asarray((counted["held"] - counted["active"]) * price)


def _bought(question: Question, tools: Sequence[Tool], said: list[ToolFacts | None]) -> int | None:
    """The seats bought of all these tools: nobody says for which team, or for which source of several."""
    tool_of, told = question.snapshot.dimension("tool").of_code, question.snapshot.first_days(SEATS)
    whole = all({part for part in told if tool_of[part] == tool.place} <= tool.parts for tool in tools)
    numbers = [None if one is None else one.seats_bought for one in said]
    if question.asks_for_teams or not whole or not numbers or None in numbers:
        return None
    return sum(number for number in numbers if number is not None)


def _in_one_currency(said: list[ToolFacts | None]) -> bool:
    """Whether the prices can be added up."""
    return len({None if one is None else one.currency for one in said}) == 1


def _currency(said: list[ToolFacts | None]) -> str | None:
    return said[0].currency if _in_one_currency(said) and said[0] is not None else None
