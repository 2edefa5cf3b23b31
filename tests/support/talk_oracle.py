"""The communication metrics computed from metrics.md the slow way: datetimes, lists and loops, and no code of ours."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import cache
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from connectors.kit.records import Conversation, SurveyResponse
from tests.support import talk
from tests.support.oracle import Oracle, percentile
from tests.support.oracle_history import History, World
from tests.support.oracle_time import working_seconds
from tests.support.rows import STATUSES
from tests.support.talk import NOW, Company, human, team_at

WORLD = World(categories=dict(STATUSES), name="chat", tool="teams", kinds={"quarrel": "conflict"})
SHARES = {"p50": 0.5, "p75": 0.75, "p85": 0.85, "p95": 0.95}
INFINITE = float("inf")


def percentiles(values: list[float]) -> dict[str, float | None]:
    """By name; None where one falls on what is longer than the longest."""
    longest = max((value for value in values if value != INFINITE), default=0.0)
    bounded = [min(value, longest) for value in values]
    found: dict[str, float | None] = {}
    for name, share in SHARES.items():
        reaches = sorted(values)[: ceil(round(share * (len(values) - 1), 6)) + 1]
        found[name] = None if INFINITE in reaches else percentile(bounded, share)
    return found


@dataclass
class Thread:
    """What one conversation amounts to."""

    source: str
    record: Conversation

    @property
    def starter(self) -> str | None:
        return human(self.source, self.record.started_by)

    @property
    def humans(self) -> set[str]:
        named = (self.record.started_by, self.record.first_reply_by, *self.record.participants)
        return {who for account in named if (who := human(self.source, account)) is not None}

    @property
    def teams(self) -> set[str]:
        found = (team_at(who, self.record.started_at) for who in self.humans)
        return {team for team in found if team is not None}

    @property
    def crowded(self) -> bool:
        """Whether the members of its channel are of two teams or more."""
        members = talk.MEMBERS.get(self.record.channel, ())
        teams = {team_at(human(self.source, member), self.record.started_at) for member in members}
        return len(teams - {None}) >= 2

    def first(self, names: set[str]) -> datetime | None:
        """The first mark of these names; one without an instant was first seen when it was stored."""
        return min((mark.at or NOW for mark in self.record.marks if mark.name in names), default=None)

    def guessed(self, names: set[str]) -> bool:
        """Whether that first mark has no instant of its own."""
        first = self.first(names)
        mine = [mark for mark in self.record.marks if mark.name in names]
        return first is not None and all(mark.at is None or mark.at > first for mark in mine)


@cache
def working_of_day(day: date) -> float:
    """The working seconds of a day in Paris, as far as it has elapsed."""
    zone = ZoneInfo("Europe/Paris")
    start = datetime.combine(day, time(0), zone).astimezone(UTC)
    return working_seconds(min(start, NOW), min(start + timedelta(hours=23), NOW), zone)


@dataclass
class Conflict:
    opened: datetime
    ended: datetime | None
    resolved: bool
    source: str
    who: str | None
    guessed: bool = False


@dataclass
class Slow:
    """Answers over one company; `team_of` groups by team at the instant of the fact."""

    company: Company
    oracle: Oracle

    @classmethod
    def of(cls, company: Company, **more: Any) -> "Slow":
        zone = ZoneInfo(more.pop("zone"))
        return cls(company, Oracle.of([], zone=zone, now=NOW, **more))

    @property
    def threads(self) -> list[Thread]:
        return [Thread(*one) for one in self.company.threads]

    def spans(self) -> list[tuple[datetime, datetime]]:
        """The buckets and, last, the whole window."""
        return [*self.oracle.spans, (self.oracle.start, self.oracle.end)]

    def response_time(self, chosen: Callable[[Thread], bool], low: datetime, high: datetime) -> dict[str, Any]:
        values: list[float] = []
        unanswered = 0
        for thread in self._began(chosen, low, high):
            record = thread.record
            if thread.starter is None or not thread.crowded:
                continue
            replier = human(thread.source, record.first_reply_by)
            by_another = record.first_reply_by is None or (replier is not None and replier != thread.starter)
            if record.first_reply_at is not None and by_another:
                length = self.oracle.length(record.started_at, record.first_reply_at)
                values += [length] if length >= 0 else []
            elif record.first_reply_at is not None and thread.humans - {thread.starter}:
                continue
            else:
                unanswered += 1
                values += [INFINITE] if NOW - record.started_at > timedelta(days=7) else []
        return {"n": len(values), **percentiles(values), "unanswered": unanswered}

    def cross_team_share(self, chosen: Callable[[Thread], bool], low: datetime, high: datetime) -> dict[str, Any]:
        several = [thread for thread in self._began(chosen, low, high) if len(thread.humans) >= 2]
        crossing = sum(len(thread.teams) >= 2 for thread in several)
        value = crossing / len(several) if several else None
        return {"n": len(several), "value": value, "numerator": crossing, "denominator": len(several)}

    def conflicts_resolved(
        self, chosen: Callable[[Conflict, datetime], bool], low: datetime, high: datetime
    ) -> dict[str, Any]:
        every = self.conflicts()
        resolved = [
            one for one in every if one.resolved and one.ended and low <= one.ended < high and chosen(one, one.ended)
        ]
        lengths = [
            length for one in resolved if one.ended and (length := self.oracle.length(one.opened, one.ended)) >= 0
        ]
        at = min(high, NOW)
        still = [one for one in every if one.opened <= at and not (one.ended and one.ended <= at) and chosen(one, at)]
        mean = sum(lengths) / len(lengths) if lengths else None
        return {
            "n": len(resolved), "value": len(resolved), "open": len(still), **percentiles(lengths), "mean": mean
        }  # fmt: skip

    def satisfaction(
        self, topic: str, chosen: Callable[[SurveyResponse], bool], low: datetime, high: datetime
    ) -> dict[str, Any]:
        every = [
            one for one in self.company.answers
            if (one.topic or (one.tool and "tool")) == topic and low <= one.at < high and chosen(one)
            and one.scale_min < one.scale_max and one.scale_min <= one.score <= one.scale_max
        ]  # fmt: skip
        mapped = [
            1 + 4 * Fraction(one.score - one.scale_min) / Fraction(one.scale_max - one.scale_min) for one in every
        ]
        of_ten = [one.score for one in every if (one.scale_min, one.scale_max) == (0, 10)]
        sides = [1 if score >= 9 else -1 if score <= 6 else 0 for score in of_ten]
        return {
            "n": len(every),
            "responses": len(every),
            "value": float(Fraction(100 * sum(score >= 4 for score in mapped), len(every))) if every else None,
            "mean": float(sum(mapped) / len(mapped)) if mapped else None,
            "nps": 100 * sum(sides) / len(sides) if sides else None,
            "response_rate": None,
        }

    def meeting_share(
        self, chosen: Callable[[str, str | None], bool], sources: set[str], low: datetime, high: datetime
    ) -> dict[str, Any]:
        """`chosen` is asked for each human and the team of the day, `sources` are those whose meetings count."""
        known = [
            (who, one.day, one.seconds) for name, one in self.company.meetings
            if name in sources and (who := human(name, one.account)) is not None
        ]  # fmt: skip
        above = below = days = 0.0
        day = low.astimezone(self.oracle.zone).date()
        while datetime.combine(day, time(0), self.oracle.zone) < high and day <= NOW.date():
            begins = datetime.combine(day, time(0), UTC)
            for who in {who for who, at, _ in known if abs((at - day).days) <= 27}:
                if chosen(who, team_at(who, begins)):
                    days += 1
                    above += sum(seconds for one, at, seconds in known if (one, at) == (who, day))
                    below += working_of_day(day)
            day += timedelta(days=1)
        return {"n": days, "value": above / below if below else None, "numerator": above, "denominator": below}

    def conflicts(self) -> list[Conflict]:
        found = []
        for thread in self.threads:
            names, ends = talk.CONFLICT[thread.source], talk.RESOLVED[thread.source]
            opened, ended = thread.first(names), thread.first(ends)
            if opened is not None:
                guessed = thread.guessed(names) or thread.guessed(ends)
                found.append(Conflict(opened, ended, ended is not None, thread.source, thread.starter, guessed))
        for item in self.company.items:
            if item.item_type == "quarrel":
                one = History(item, WORLD)
                who = human("chat", item.assignee)
                found.append(Conflict(item.created, one.end, one.finished is not None, "chat", who))
        return found

    def _began(self, chosen: Callable[[Thread], bool], low: datetime, high: datetime) -> Iterable[Thread]:
        return (thread for thread in self.threads if low <= thread.record.started_at < high and chosen(thread))
