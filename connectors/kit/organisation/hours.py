"""When people work: Monday to Friday, 09:00 to 18:00 in one zone, without the fixed French holidays."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.kit.organisation.model import Ms

OPEN, CLOSE = 9, 18
HOUR = 3_600_000
DAY = (CLOSE - OPEN) * HOUR
"""One working day, in milliseconds of working time."""
_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)})


class WorkingHours:
    """Converts between instants and the working time passed since `begin`; both in milliseconds."""

    def __init__(self, begin: Ms, end: Ms, zone: ZoneInfo) -> None:
        self._end = end
        self._opens: list[Ms] = []
        self._before: list[int] = []
        """Working time that had passed when each day opened."""
        passed = 0
        day = datetime.fromtimestamp(begin / 1000, UTC).astimezone(zone).date()
        last = datetime.fromtimestamp(end / 1000, UTC).astimezone(zone).date()
        while day <= last:
            if day.weekday() < 5 and (day.month, day.day) not in _HOLIDAYS:
                opening = datetime(day.year, day.month, day.day, OPEN, tzinfo=zone)
                self._opens.append(round(opening.timestamp() * 1000))
                self._before.append(passed)
                passed += DAY
            day += timedelta(days=1)
        self.total = passed
        """All the working time between `begin` and `end`."""

    def worked(self, at: Ms) -> int:
        """The working time that has passed at that instant."""
        day = bisect_right(self._opens, at) - 1
        if day < 0:
            return 0
        return self._before[day] + min(at - self._opens[day], DAY)

    def instant(self, worked: int) -> Ms:
        """When that much working time has passed; an instant after `end` if it never does."""
        if worked >= self.total:
            return self._end + 1
        day = bisect_right(self._before, worked) - 1
        return self._opens[day] + worked - self._before[day]

    def after(self, at: Ms, working: int) -> Ms:
        """The instant after so much more working time; never outside working hours."""
        return self.instant(self.worked(at) + working)
