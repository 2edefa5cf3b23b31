"""The working calendar: Monday to Friday, 09:00 to 18:00 in a zone, without the public holidays of France."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
import numpy as np
from numpy.typing import NDArray

from app.core.types import to_micros

VERSION = 1
"""Rises when a calendar's hours change, so that answers made with the old ones are not taken for current."""

_OPENS, _CLOSES = time(9), time(18)
_FIRST_YEAR, _LAST_YEAR = 1970, 2100


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Working time as one rising function; there is none before 1970 and after 2100."""

    name: str
    opens: NDArray[np.int64]
    closes: NDArray[np.int64]
    worked_before: NDArray[np.int64]

    def worked(self, instants: NDArray[np.int64]) -> NDArray[np.int64]:
        """Working microseconds from the calendar's beginning to each instant: a duration is a difference."""
        place = np.maximum(np.searchsorted(self.opens, instants, side="right") - 1, 0)
        since = np.minimum(instants, self.closes[place]) - self.opens[place]
        return self.worked_before[place] + np.maximum(since, 0)


@lru_cache(maxsize=8)
def working_calendar(zone: ZoneInfo) -> WorkingCalendar:
    """The calendar of a deployment in that zone."""
    free = holidays.country_holidays("FR", years=range(_FIRST_YEAR, _LAST_YEAR + 1))
    opens: list[int] = []
    closes: list[int] = []
    day, last = date(_FIRST_YEAR, 1, 1), date(_LAST_YEAR, 12, 31)
    while day <= last:
        if day.weekday() < 5 and day not in free:
            opens.append(_micros(day, _OPENS, zone))
            closes.append(_micros(day, _CLOSES, zone))
        day += timedelta(days=1)
    start, end = np.array(opens, dtype=np.int64), np.array(closes, dtype=np.int64)
    worked = np.cumsum(end - start)
    return WorkingCalendar(f"mon-fri-09-18-fr-{zone.key}", start, end, worked - (end - start))


def _micros(day: date, at: time, zone: ZoneInfo) -> int:
    return to_micros(datetime.combine(day, at, zone).astimezone(UTC))
