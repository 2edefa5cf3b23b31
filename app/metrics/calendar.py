"""Working calendars: when people work, and how much working time lies between two instants."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib.metadata import version
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import orjson
from numpy.typing import NDArray

from app.core.types import to_micros
from app.metrics.free_days import FIRST_YEAR, LAST_YEAR, free_days

VERSION = f"1, holidays {version('holidays')}"
"""Changes when the same definition may come to mean other hours, so that old answers are not taken for current."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
USUAL: dict[str, Any] = {
    "zone": None,
    "days": {day: [{"from": "09:00", "to": "18:00"}] if place < 5 else [] for place, day in enumerate(WEEKDAYS)},
    "holidays": {"country": "FR", "subdivision": None, "worked": []},
    "company_days": [],
}
"""The calendar of a deployment where nobody made another, in the form that the store keeps."""

Spans = tuple[tuple[int, int], ...]
"""Stretches of a day in minutes from its midnight, in order and apart."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a calendar is made of. `week` begins on Monday; a day among the `company_days` has those hours instead of
    its own, none at all included, whether or not it is a holiday. `worked` are holidays that are worked on.
    """

    name: str
    zone: str
    week: tuple[Spans, ...]
    country: str | None = None
    subdivision: str | None = None
    worked: tuple[str, ...] = ()
    company_days: tuple[tuple[date, Spans], ...] = ()

    @classmethod
    def of(cls, name: str, stored: Mapping[str, Any], zone: ZoneInfo) -> "Definition":
        """From the form that the API takes and the store keeps; `zone` is the deployment's."""
        free = stored["holidays"] or {}
        days = sorted((date.fromisoformat(day["date"]), _spans(day["hours"])) for day in stored["company_days"])
        return cls(
            name=name,
            zone=stored["zone"] or zone.key,
            week=tuple(_spans(stored["days"][day]) for day in WEEKDAYS),
            country=free.get("country"),
            subdivision=free.get("subdivision"),
            worked=tuple(free.get("worked", ())),
            company_days=tuple(days),
        )

    @classmethod
    def usual(cls, zone: ZoneInfo) -> "Definition":
        """That of a deployment where nobody made another: Monday to Friday, 09:00 to 18:00, the holidays of France."""
        return cls.of(f"mon-fri-09-18-fr-{zone.key}", USUAL, zone)

    @property
    def digest(self) -> str:
        """A short text that changes with the hours that the definition means."""
        parts = (VERSION, self.zone, self.week, self.country, self.subdivision, self.worked, self.company_days)
        return hashlib.blake2b(orjson.dumps(parts), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Working time as one rising function; there is none before 1970 and after 2100."""

    opens: NDArray[np.int64]
    closes: NDArray[np.int64]
    worked_before: NDArray[np.int64]

    def worked(self, instants: NDArray[np.int64]) -> NDArray[np.int64]:
        """Working microseconds from the calendar's beginning to each instant: a duration is a difference."""
        place = np.maximum(np.searchsorted(self.opens, instants, side="right") - 1, 0)
        since = np.minimum(instants, self.closes[place]) - self.opens[place]
        return self.worked_before[place] + np.maximum(since, 0)


@lru_cache(maxsize=64)
def working_calendar(definition: Definition) -> WorkingCalendar:
    """The calendar that a definition means. Raises ValueError for one in which nobody ever works."""
    free = frozenset[date]()
    if definition.country is not None:
        free = free_days(definition.country, definition.subdivision, definition.worked)
    own = dict(definition.company_days)
    zone = ZoneInfo(definition.zone)
    opens: list[int] = []
    closes: list[int] = []
    day, last = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
    while day <= last:
        usual = () if day in free else definition.week[day.weekday()]
        for first, after in own.get(day, usual):
            opens.append(_micros(day, first, zone))
            closes.append(_micros(day, after, zone))
        day += timedelta(days=1)
    if not opens:
        raise ValueError("The calendar has no working hours.")
    start, end = np.array(opens, dtype=np.int64), np.array(closes, dtype=np.int64)
    # Two spans of a day may meet in the hour that the clocks leave out: no instant is worked twice.
    start[1:] = np.maximum(start[1:], np.maximum.accumulate(end)[:-1])
    kept = end > start
    start, end = start[kept], end[kept]
    worked = np.cumsum(end - start)
    return WorkingCalendar(start, end, worked - (end - start))


def _spans(hours: list[dict[str, str]]) -> Spans:
    return tuple((_minutes(span["from"]), _minutes(span["to"])) for span in hours)


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def _micros(day: date, minutes: int, zone: ZoneInfo) -> int:
    # The wall clock is set first: an hour after a change of the clocks is still the hour that it shows.
    wall = datetime.combine(day, time.min) + timedelta(minutes=minutes)
    return to_micros(wall.replace(tzinfo=zone).astimezone(UTC))
