"""Cron lines as people write them, and the trigger that fires then.

APScheduler counts weekdays from Monday = 0 where cron counts from Sunday = 0: numbers are translated to names.
"""

import re

from apscheduler.triggers.cron import CronTrigger

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAYS = re.compile(r"(?P<first>\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\d+))?")


def trigger(line: str, zone: str) -> CronTrigger:
    """The trigger of a line of five fields: minute, hour, day, month, weekday. Raises ValueError with what is wrong."""
    fields = line.split()
    if len(fields) != 5:
        raise ValueError("A schedule has five fields: minute, hour, day, month, weekday; such as '0 6 * * mon-fri'.")
    minute, hour, day, month, weekday = fields
    if day != "*" and weekday != "*":
        # Cron fires on either, APScheduler on both at once: neither would be what half of the readers expect.
        raise ValueError("Give a schedule a day of the month or a weekday, not both.")
    try:
        return CronTrigger(minute=minute, hour=hour, day=day, month=month, day_of_week=_named(weekday), timezone=zone)
    except ValueError as error:
        raise ValueError(f"The schedule cannot be read: {error}.") from error


def _named(field: str) -> str:
    """The weekdays of a field as names; '*' stays."""
    if field == "*":
        return field
    days: list[str] = []
    for part in field.lower().split(","):
        days += _days(part)
    return ",".join(dict.fromkeys(days))


def _days(part: str) -> list[str]:
    if part.startswith("*/"):
        part = f"0-6/{part[2:]}"
    match = _WEEKDAYS.fullmatch(part)
    if match is None:
        raise ValueError(f"'{part}' is no weekday")
    first = _number(match["first"])
    last = first if match["last"] is None else _number(match["last"])
    if match["last"] is None and match["step"] is not None:
        last = 6
    if last < first and match["last"] is not None and last == 0:
        last = 7
    step = int(match["step"] or 1)
    if last < first or step < 1:
        raise ValueError(f"'{part}' is no range of weekdays")
    return [_DAYS[number] for number in range(first, last + 1, step)]


def _number(name: str) -> int:
    if name.isdecimal() and int(name) <= 7:
        return int(name)
    if name in _DAYS:
        return _DAYS.index(name)
    raise ValueError(f"'{name}' is no weekday")
