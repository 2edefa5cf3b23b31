"""When a digest is posted: a day and a time as a person chooses them, and the cron line that is stored."""

import re

MONTHLY = "monthly"
EACH_WORKING_DAY = "mon-fri"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_LINE = re.compile(r"(?P<minute>[0-5]?\d) (?P<hour>[01]?\d|2[0-3]) (?:\* \* (?P<day>[a-z]{3}(?:-fri)?)|1 \* \*)")
_TIME = re.compile(r"(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)")


def chosen(line: str) -> tuple[str, str] | None:
    """The `(day, time)` of a cron line: a weekday, `mon-fri` or `monthly`, and `09:00`. None for another rhythm."""
    found = _LINE.fullmatch(line)
    if found is None or found["day"] not in (None, EACH_WORKING_DAY, *WEEKDAYS):
        return None
    return found["day"] or MONTHLY, f"{int(found['hour']):02}:{int(found['minute']):02}"


def line(day: str, time: str) -> str:
    """The cron line of a day and a time; what is none goes on as it was typed, and the API says what is wrong."""
    found = _TIME.fullmatch(time)
    if found is None:
        return f"{time} {day}"
    when = f"{int(found['minute'])} {int(found['hour'])}"
    return f"{when} 1 * *" if day == MONTHLY else f"{when} * * {day}"
