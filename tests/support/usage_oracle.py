"""Every metric of tools computed from metrics.md the slow way: sets of humans over rows, and no code of the service."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

Human = tuple[str, ...]
A_DAY = timedelta(days=1)


@dataclass
class Account:
    source: str
    name: str
    person: str | None = None
    kind: str = "human"
    override: bool | None = None
    active: bool = True


@dataclass
class Use:
    source: str
    account: str
    event: str
    day: date
    count: int


@dataclass
class Seat:
    source: str
    account: str
    product: str
    assigned: datetime | None = None
    removed: datetime | None = None


@dataclass
class Scope:
    """What one group of a question is about; None means all."""

    sources: set[str]
    teams: set[str] | None = None
    events: set[str] | None = None


@dataclass
class Company:
    """Everything that the metrics of tools rest on."""

    tools: dict[str, str]
    accounts: list[Account] = field(default_factory=list)
    stays: dict[str, list[tuple[str, datetime, datetime | None]]] = field(default_factory=dict)
    uses: list[Use] = field(default_factory=list)
    seats: list[Seat] = field(default_factory=list)

    def human(self, source: str, account: str) -> Human | None:
        for known in self.accounts:
            if (known.source, known.name) == (source, account):
                automated = known.override if known.override is not None else known.kind in ("bot", "app")
                return None if automated else ("person", known.person) if known.person else ("account", source, account)
        return ("account", source, account)

    def team(self, human: Human, day: date) -> str:
        noon = datetime.combine(day, time(12), UTC)
        for team, since, until in self.stays.get(human[1], []) if human[0] == "person" else []:
            if since <= noon and (until is None or noon < until):
                return team
        return "unassigned"

    def used(self, scope: Scope, first: date, last: date) -> Iterator[tuple[Human, Use]]:
        """The uses by humans on the days `[first, last]`, each in the team of its own day."""
        for day in sorted(day for day in self._told if first <= day <= last):
            for human, team, use in self._told[day]:
                if use.source not in scope.sources or (scope.events is not None and use.event not in scope.events):
                    continue
                if scope.teams is None or team in scope.teams:
                    yield human, use

    @cached_property
    def _told(self) -> dict[date, list[tuple[Human, str, Use]]]:
        """The uses by humans, by day: looked up once, since every question goes through them many times."""
        told: dict[date, list[tuple[Human, str, Use]]] = {}
        for use in self.uses:
            human = self.human(use.source, use.account)
            if human is not None:
                told.setdefault(use.day, []).append((human, self.team(human, use.day), use))
        return told

    def users(self, scope: Scope, first: date, last: date) -> set[Human]:
        return {human for human, _ in self.used(scope, first, last)}

    def holders(self, sources: Iterable[str], last: date) -> Iterator[tuple[Human, Seat]]:
        """The seats of humans held at the end of a day."""
        end = datetime.combine(last + A_DAY, time.min, UTC)
        for seat in self.seats:
            human = self.human(seat.source, seat.account)
            if human is None or seat.source not in sources:
                continue
            if (seat.assigned is None or seat.assigned < end) and (seat.removed is None or seat.removed >= end):
                yield human, seat

    def _by_tool(self, sources: set[str]) -> dict[str, set[str]]:
        """The sources of each tool that told of use or of seats."""
        known = {use.source for use in self.uses} | {seat.source for seat in self.seats}
        tools: dict[str, set[str]] = {}
        for source in sources & known:
            tools.setdefault(self.tools[source], set()).add(source)
        return tools

    def _has_seats(self, tool: str) -> bool:
        return any(self.tools[seat.source] == tool for seat in self.seats)

    def _in_teams(self, scope: Scope, human: Human, day: date) -> bool:
        return scope.teams is None or self.team(human, day) in scope.teams

    def active_users(self, scope: Scope, first: date, last: date) -> dict[str, Any]:
        found = {
            name: len(self.users(scope, last - days * A_DAY, last))
            for name, days in (("dau", 0), ("wau", 6), ("mau", 27))
        }
        return {"n": found["mau"], **found}

    def stickiness(self, scope: Scope, first: date, last: date) -> dict[str, Any]:
        days = [first + number * A_DAY for number in range((last - first).days + 1)]
        daily = sum(len(self.users(scope, day, day)) for day in days) / len(days)
        month = len(self.users(scope, last - 27 * A_DAY, last))
        value = daily / month if month else None
        return {"n": month, "value": value, "numerator": daily, "denominator": month}

    def eligible(self, tool: str, sources: set[str], last: date) -> set[Human]:
        if self._has_seats(tool):
            return {human for human, _ in self.holders(sources, last)}
        people: set[Human] = {("person", person) for person in self.stays}
        for account in self.accounts:
            human = self.human(account.source, account.name)
            if account.source in sources and account.active and human is not None and human[0] == "account":
                people.add(human)
        return people | self.users(Scope(sources), last - 27 * A_DAY, last)

    def adoption_rate(self, scope: Scope, first: date, last: date) -> dict[str, Any]:
        able: set[Human] = set()
        doing: set[Human] = set()
        kinds = set()
        for tool, sources in self._by_tool(scope.sources).items():
            eligible = {human for human in self.eligible(tool, sources, last) if self._in_teams(scope, human, last)}
            able |= eligible
            doing |= eligible & self.users(Scope(sources), last - 27 * A_DAY, last)
            kinds.add("seats" if self._has_seats(tool) else "people")
        return {
            "n": len(able),
            "value": len(doing) / len(able) if able else None,
            "numerator": len(doing),
            "denominator": len(able),
            "eligible": "both" if len(kinds) == 2 else kinds.pop() if kinds else "people",
        }

    def seat_utilisation(self, scope: Scope, first: date, last: date) -> dict[str, Any]:
        held = active = never = 0
        for tool, sources in self._by_tool(scope.sources).items():
            if not self._has_seats(tool):
                continue
            lately = self.users(Scope(sources), last - 27 * A_DAY, last)
            ever = self.users(Scope(sources), date.min, last)
            for human, _ in self.holders(sources, last):
                if self._in_teams(scope, human, last):
                    held += 1
                    active += human in lately
                    never += human not in ever
        numbers = {"n": held, "held": held, "active": active, "never_used": never}
        return {**numbers, "value": active / held if held else None, "numerator": active, "denominator": held}

    def feature_usage(self, scope: Scope, first: date, last: date) -> dict[str, Any]:
        found = list(self.used(scope, first, last))
        by: dict[tuple[str, str], tuple[int, set[Human]]] = {}
        for human, use in found:
            key = (self.tools[use.source], use.event)
            events, people = by.get(key, (0, set()))
            by[key] = (events + use.count, people | {human})
        return {
            "n": len(found),
            "events": sum(use.count for _, use in found),
            "people": len({human for human, _ in found}),
            "by": sorted(((*key, events, len(people)) for key, (events, people) in by.items()), key=_most_first),
        }


def _most_first(entry: tuple[str, str, int, int]) -> tuple[int, str, str]:
    return -entry[2], entry[0], entry[1]


def last_day(first: date, after: date, now: datetime, zone: ZoneInfo) -> date:
    """The last elapsed day of `[first, after)`; today, where there is no other."""
    today = now.astimezone(zone).date()
    return max(first, min(after - A_DAY, today - A_DAY))


def last_begun(_first: date, after: date, now: datetime, zone: ZoneInfo) -> date:
    """The last day of `[first, after)` that has begun."""
    return min(after - A_DAY, now.astimezone(zone).date())


LAST_DAY: dict[str, Callable[[date, date, datetime, ZoneInfo], date]] = {"feature_usage": last_begun}
