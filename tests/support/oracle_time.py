"""Hours of work and buckets of a window, by metrics.md, counted day by day. Nothing here is shared with `app/`."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EASTER_MONDAYS = {2024: date(2024, 4, 1), 2025: date(2025, 4, 21), 2026: date(2026, 4, 6)}
FIXED_HOLIDAYS = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))


def holidays(year: int) -> set[date]:
    easter = EASTER_MONDAYS[year]
    moving = {easter, easter + timedelta(days=38), easter + timedelta(days=49)}
    return moving | {date(year, month, day) for month, day in FIXED_HOLIDAYS}


def working_seconds(start: datetime, end: datetime, zone: ZoneInfo) -> float:
    total = 0.0
    day = start.astimezone(zone).date()
    while day <= end.astimezone(zone).date():
        if day.weekday() < 5 and day not in holidays(day.year):
            opens = datetime.combine(day, time(9), zone).astimezone(UTC)
            closes = datetime.combine(day, time(18), zone).astimezone(UTC)
            low, high = max(start, opens), min(end, closes)
            if low < high:
                total += (high - low).total_seconds()
        day += timedelta(days=1)
    return total


def bucket_dates(start: datetime, end: datetime, zone: ZoneInfo, grain: str) -> list[tuple[date, date]]:
    first = start.astimezone(zone).date()
    if grain == "week":
        while first.weekday() != 0:
            first -= timedelta(days=1)
    elif grain == "month":
        first = first.replace(day=1)
    elif grain == "quarter":
        first = first.replace(month={1: 1, 2: 4, 3: 7, 4: 10}[(first.month + 2) // 3], day=1)
    dates = []
    while datetime.combine(first, time(0), zone) < end:
        following = first + timedelta(days=1)
        while not _begins(following, grain):
            following += timedelta(days=1)
        dates.append((first, following))
        first = following
    return dates


def _begins(day: date, grain: str) -> bool:
    return {
        "day": True,
        "week": day.weekday() == 0,
        "month": day.day == 1,
        "quarter": day.day == 1 and day.month in (1, 4, 7, 10),
    }[grain]
