"""A window cut into buckets: days, weeks, months and quarters exist in a zone, instants do not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.core.types import from_micros, to_micros

GRAINS = ("day", "week", "month", "quarter", "total")
MOST_BUCKETS = 5_000

_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Buckets:
    """The buckets of a window.

    `dates` are a bucket's own first day and the day after its last, and `days` are those clipped to the days that
    the window touches, for facts that stand on days; `edges` (one more than the buckets) are microseconds,
    clipped to the window; `whole` tells which buckets the window does not cut, and `ends` is where each would
    end uncut.
    """

    dates: tuple[tuple[date, date], ...]
    days: tuple[tuple[date, date], ...]
    edges: NDArray[np.int64]
    whole: NDArray[np.bool_]
    ends: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.dates)

    @cached_property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """The dates as text."""
        return tuple((first.isoformat(), after.isoformat()) for first, after in self.dates)

    @property
    def start(self) -> int:
        """The window's start."""
        return int(self.edges[0])

    @property
    def end(self) -> int:
        """The window's end."""
        return int(self.edges[-1])

    def joined(self, low: int = 0, high: int | None = None) -> "Buckets":
        """The buckets from one place up to another (without it) as one; all of them if none is named."""
        last = (len(self) if high is None else high) - 1
        return Buckets(
            ((self.dates[low][0], self.dates[last][1]),),
            ((self.days[low][0], self.days[last][1]),),
            np.array([self.edges[low], self.edges[last + 1]]),
            np.ones(1, dtype=bool),
            self.ends[last : last + 1],
        )

    def of(self, instants: NDArray[np.int64]) -> NDArray[np.int64]:
        """The bucket of each instant; the instants are ascending and lie in the window."""
        return np.repeat(np.arange(len(self)), np.diff(np.searchsorted(instants, self.edges)))


class TooManyBucketsError(Exception):
    """The window has more buckets of this grain than an answer may have."""


def cut(start: datetime, end: datetime, zone: ZoneInfo, grain: str) -> Buckets:
    """The buckets of `[start, end)`. Raises TooManyBucketsError."""
    return _cut(to_micros(start), to_micros(end), zone, grain)


@lru_cache(maxsize=256)
def _cut(low: int, high: int, zone: ZoneInfo, grain: str) -> Buckets:
    # The questions of a page, and of everybody who looks at it, are about the same few windows.
    start, end = from_micros(low), from_micros(high)
    last = end.astimezone(zone)
    until = last.date() if end <= midnight(last.date(), zone) else last.date() + _A_DAY
    days = start.astimezone(zone).date(), until
    if grain == "total":
        return _buckets([days], days, [low, high], low, high, whole=True)
    dates: list[tuple[date, date]] = []
    starts: list[int] = []
    for first, following in _days(start.astimezone(zone).date(), grain):
        begins = to_micros(midnight(first, zone))
        if begins >= high:
            return _buckets(dates, days, [*starts, begins], low, high, whole=False)
        if len(dates) == MOST_BUCKETS:
            break
        dates.append((first, following))
        starts.append(begins)
    raise TooManyBucketsError


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day. Where a change of the clocks skips midnight, it is that change."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def before(start: datetime, end: datetime, as_of: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The window of as many local days just before; of a running window, the same elapsed part of it."""
    first, last = start.astimezone(zone).replace(tzinfo=None), end.astimezone(zone).replace(tzinfo=None)
    days = timedelta(days=max(1, -((first - last) // _A_DAY)))
    elapsed = min(last, max(first, as_of.astimezone(zone).replace(tzinfo=None)))
    return _instant(first - days, zone), _instant(elapsed - days, zone)


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _buckets(
    dates: list[tuple[date, date]], days: tuple[date, date], edges: list[int], low: int, high: int, *, whole: bool
) -> Buckets:
    touched = tuple((max(first, days[0]), min(after, days[1])) for first, after in dates)
    bounds = np.array(edges, dtype=np.int64)
    uncut = (bounds[:-1] >= low) & (bounds[1:] <= high)
    return Buckets(tuple(dates), touched, np.clip(bounds, low, high), uncut | whole, bounds[1:])


def _days(day: date, grain: str) -> Iterator[tuple[date, date]]:
    first = _floor(day, grain)
    while True:
        following = _next(first, grain)
        yield first, following
        first = following


def _floor(day: date, grain: str) -> date:
    if grain == "week":
        return day - timedelta(days=day.weekday())
    if grain == "month":
        return day.replace(day=1)
    if grain == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return day


def _next(first: date, grain: str) -> date:
    if grain in ("day", "week"):
        return first + timedelta(days=1 if grain == "day" else 7)
    months = first.month - 1 + (1 if grain == "month" else 3)
    return date(first.year + months // 12, months % 12 + 1, 1)


def text(micros: int) -> str:
    """An instant as RFC 3339 with `Z`, without a fraction where it has none."""
    return from_micros(micros).isoformat().replace("+00:00", "Z")
