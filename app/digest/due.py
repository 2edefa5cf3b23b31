"""When a digest is due: the local minutes that its cron line names."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.core.cron import trigger

GRACE = timedelta(hours=6)
"""A digest that is later than this (the service was down) is not sent any more."""


@dataclass(frozen=True, slots=True)
class Due:
    """A period to send, and the instant that it was due at."""

    period: str
    at: datetime


def check_schedule(line: str, zone: str) -> None:
    """Raises ValueError for a line that cannot be read, or that would post more than once an hour."""
    minute = line.split(maxsplit=1)[0] if line.split() else ""
    trigger(line, zone)
    if not minute.isdecimal():
        raise ValueError(
            "A digest is posted at most once an hour: begin its schedule with one minute, as in '0 9 * * 1'."
        )


def latest(line: str, zone: str, since: datetime, now: datetime) -> Due | None:
    """The last minute of the schedule in `(since, now]`, but none that is older than `GRACE`.

    The period is named by its local wall time: of an hour that the clocks show twice, both are one period.
    """
    when = trigger(line, zone)
    found: datetime | None = None
    after = (max(since, now - GRACE) + timedelta(microseconds=1)).astimezone(UTC)
    while (fires := when.get_next_fire_time(None, after)) is not None:
        at = fires.astimezone(UTC)
        if at > now:
            break
        found = fires
        # In an hour that is shown twice the trigger may name an instant that is over: go on all the same.
        after = max(at, after) + timedelta(minutes=1)
    return None if found is None else Due(found.strftime("%Y-%m-%dT%H:%M"), found.astimezone(UTC))
