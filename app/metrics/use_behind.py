"""The facts behind numbers about tools: usage days and seats.

Who it was is told only where facts of single persons are allowed; else they are added up by day, tool and event.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.types import EPOCH
from app.facts import active, segment
from app.facts.segment import NEVER
from app.facts.teams import ALWAYS
from app.facts.usage import USAGE
from app.metrics import suppress
from app.metrics.adoption import adopters
from app.metrics.eligible import Eligible, seats_of
from app.metrics.listing import Listing
from app.metrics.question import Question
from app.metrics.result import Result
from app.metrics.seats import states
from app.metrics.use import MONTH, days_of, scopes, team_filter
from app.metrics.uses import day_range
from app.metrics.window import text
from app.store import dimensions as store

Array = NDArray[Any]
Measure = Callable[[Question], Result]
Entries = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Day:
    """Usage days of one day and source: `(event, account, human, count)` as columns."""

    day: int
    part: int
    event: Array
    account: Array
    human: Array
    count: Array


def month_behind(measure: Measure) -> Callable[[Question], Listing]:
    """The usage days that a number about the 28 days at a bucket's end rests on."""

    def listing(question: Question) -> Listing:
        days = days_of(question)
        first = min(int(days.first[0]), int(days.last[0]) - MONTH + 1)
        return _listing(question, measure(question), list(_days(question, first, int(days.last[0]))))

    return listing


def bucket_behind(measure: Measure) -> Callable[[Question], Listing]:
    """The usage days of a bucket."""

    def listing(question: Question) -> Listing:
        first, last = day_range(question)
        return _listing(question, measure(question), list(_days(question, int(first[0]), int(last[0]))))

    return listing


def adoption_behind(measure: Measure) -> Callable[[Question], Listing]:
    """The usage days of the eligible people, each in the team of the bucket's last day."""

    def listing(question: Question) -> Listing:
        days, where = days_of(question), active.slots(question.snapshot, by_team=False)
        last = int(days.last[0])
        adopting = np.zeros(len(where.human), dtype=bool)
        for scope in scopes(question):
            _, does = adopters(question, where, days, scope, Eligible(question.snapshot, where, days))
            adopting |= active.unpacked(does[0])
        teams = question.snapshot.teams().at(np.arange(where.people), active.noon(last))
        adopting[: where.people] &= team_filter(question)[teams]
        found = list(_days(question, last - MONTH + 1, last, adopting))
        return _listing(question, measure(question), found)

    return listing


def _listing(question: Question, result: Result, days: list[_Day]) -> Listing:
    numbers = {name: values[0] for name, values in result.points.items() if name not in ("n", "by")}
    n = result.points["n"][0]
    if question.shows_people:
        sizes = np.cumsum([0, *(len(day.event) for day in days)])
        return Listing(n, numbers, int(sizes[-1]), lambda page: _singly(question, days, sizes, page))
    entries = _added_up(question, days)
    return Listing(n, numbers, len(entries), entries.__getitem__)


def _days(question: Question, first: int, last: int, adopting: Array | None = None) -> Iterator[_Day]:
    """The usage days of humans that pass the filters; of those `adopting` alone, whatever their team, if given."""
    person = question.snapshot.accounts().person
    parts = frozenset(part for scope in scopes(question) for part in scope.parts)
    found = question.snapshot.days(USAGE, partial(segment.decode, USAGE), first, last)
    for day, part, _, columns in found:
        if part not in parts:
            continue
        human = person[columns["account"]]
        passing = human >= 0
        chosen = question.chosen("event", columns["event"])
        if chosen is not None:
            passing &= chosen
        if adopting is not None:
            passing &= adopting[human]
        elif question.asks_for_teams:
            passing &= team_filter(question)[question.snapshot.teams().at(human, active.noon(day))]
        if passing.any():
            kept = (columns["event"], columns["account"], human, columns["count"])
            yield _Day(day, part, *(column[passing] for column in kept))


def _singly(question: Question, days: list[_Day], sizes: Array, page: slice) -> Entries:
    tool, source, event = (question.snapshot.dimension(name) for name in ("tool", "source", "event"))
    rows: list[tuple[_Day, int]] = []
    for number in range(page.start, page.stop):
        place = int(np.searchsorted(sizes, number, side="right")) - 1
        rows.append((days[place], number - int(sizes[place])))
    accounts = store.account_labels(question.snapshot.connection, {int(day.account[row]) for day, row in rows})
    return [
        {
            "day": _date(day.day),
            "tool": tool.values[tool.of_code[day.part]],
            "source": source.values[source.of_code[day.part]],
            "event": event.values[event.of_code[day.event[row]]],
            "account": accounts[int(day.account[row])],
            "count": int(day.count[row]),
        }
        for day, row in rows
    ]


def _added_up(question: Question, days: list[_Day]) -> Entries:
    tool, event = question.snapshot.dimension("tool"), question.snapshot.dimension("event")
    names = len(event.values)
    found: list[tuple[int, int, int, int, int]] = []
    by_day: dict[tuple[int, int], list[_Day]] = {}
    for day in days:
        by_day.setdefault((day.day, int(tool.of_code[day.part])), []).append(day)
    for (number, place), some in sorted(by_day.items()):
        name = np.concatenate([event.of_code[day.event] for day in some])
        human = np.concatenate([day.human for day in some]).astype(np.int64)
        counted = np.zeros(names, dtype=np.int64)
        np.add.at(counted, name, np.concatenate([day.count for day in some]))
        people = np.bincount(np.unique(human * names + name) % names, minlength=names)
        found += [(number, place, one, int(people[one]), int(counted[one])) for one in np.flatnonzero(people).tolist()]
    columns = np.array(found, dtype=np.int64).reshape(-1, 5).T
    hidden = np.zeros(len(found), dtype=bool)
    if question.smallest > 1:
        few = suppress.small(columns[3], question.smallest)
        hidden = suppress.complemented(list(columns[:3]), columns[4], few, suppress.sums_of(3))
    return [
        {
            "day": _date(number),
            "tool": tool.values[place],
            "event": event.values[one],
            **({"suppressed": True} if hides else {"people": people, "events": events}),
        }
        for (number, place, one, people, events), hides in zip(found, hidden.tolist(), strict=True)
    ]


def seats_behind(measure: Measure) -> Callable[[Question], Listing]:
    """The seats held: each with its holder's account where persons are shown, else their number by tool and product.

    An admin gets the list of those whose holder has not used the tool lately, whether persons are shown or not.
    """

    def listing(question: Question) -> Listing:
        numbers = {name: values[0] for name, values in measure(question).points.items()}
        rows = _seats(question)
        n = numbers.pop("n")
        if question.shows_people:
            return Listing(n, numbers, len(rows), lambda page: _seats_singly(question, rows[page]))
        entries = _seats_added_up(question, rows)
        return Listing(n, numbers, len(entries), entries.__getitem__)

    return listing


@dataclass(frozen=True, slots=True)
class _Seat:
    """A seat that is held, and whether its holder was active lately, and ever."""

    tool: int
    part: int
    product: int
    account: int
    human: int
    assigned: int
    active: bool
    used: bool


def _seats(question: Question) -> list[_Seat]:
    days, where = days_of(question), active.slots(question.snapshot, by_team=False)
    eligible = Eligible(question.snapshot, where, days)
    found: list[_Seat] = []
    for tool in (tool for scope in scopes(question) for tool in scope.tools if eligible.has_seats(tool)):
        seats = seats_of(question.snapshot, tool.parts)
        lately, ever = states(question, days, where, tool, seats)
        team = question.snapshot.teams().at(seats.human, active.noon(int(days.last[0])))
        held = np.flatnonzero(seats.held(int(days.last[0])) & team_filter(question)[team]).tolist()
        found += [
            _Seat(
                tool=tool.place,
                part=int(seats.part[row]),
                product=int(seats.product[row]),
                account=int(seats.account[row]),
                human=int(seats.human[row]),
                assigned=int(seats.assigned[row]),
                active=bool(lately[0, row]),
                used=bool(ever[0, row]),
            )
            for row in held
        ]
    return found


def _seats_singly(question: Question, rows: list[_Seat]) -> Entries:
    tool, source = question.snapshot.dimension("tool"), question.snapshot.dimension("source")
    products = store.products(question.snapshot.connection)
    return [
        {
            "tool": tool.values[row.tool],
            "source": source.values[source.of_code[row.part]],
            "product": products[row.product],
            **holder,
            "active": row.active,
            "never_used": not row.used,
        }
        for row, holder in zip(rows, _holders(question, rows), strict=True)
    ]


def _holders(question: Question, rows: list[_Seat]) -> Entries:
    accounts = store.account_labels(question.snapshot.connection, {row.account for row in rows})
    return [
        {
            "account": accounts[row.account],
            "assigned_at": None if row.assigned in (ALWAYS, NEVER) else text(row.assigned),
        }
        for row in rows
    ]


def _idle(question: Question, rows: list[_Seat]) -> Entries:
    idle = [row for row in rows if not row.active]
    return [{**holder, "never_used": not row.used} for row, holder in zip(idle, _holders(question, idle), strict=True)]


def _seats_added_up(question: Question, rows: list[_Seat]) -> Entries:
    tool = question.snapshot.dimension("tool")
    products = store.products(question.snapshot.connection)
    groups: dict[tuple[int, str], list[_Seat]] = {}
    for row in rows:
        groups.setdefault((row.tool, products[row.product]), []).append(row)
    keys = sorted(groups)
    tools = np.array([place for place, _ in keys], dtype=np.int64)
    held = np.array([len(groups[key]) for key in keys], dtype=np.int64)
    people = np.array([len({row.human for row in groups[key]}) for key in keys], dtype=np.int64)
    hidden = np.zeros(len(keys), dtype=bool)
    if question.smallest > 1:
        few = suppress.small(people, question.smallest)
        hidden = suppress.complemented([tools], held, few, [(), (0,)])
    return [
        {
            "tool": tool.values[key[0]],
            "product": key[1],
            **(
                {"suppressed": True}
                if hides
                else {
                    "held": len(groups[key]),
                    "active": sum(row.active for row in groups[key]),
                    "never_used": sum(not row.used for row in groups[key]),
                    **({"idle": _idle(question, groups[key])} if question.to_admin else {}),
                }
            ),
        }
        for key, hides in zip(keys, hidden.tolist(), strict=True)
    ]


def _date(day: int) -> str:
    return (EPOCH + timedelta(days=day)).date().isoformat()
