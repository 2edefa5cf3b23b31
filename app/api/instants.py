"""Instants in parameters: a date, an RFC 3339 instant, epoch seconds or epoch milliseconds."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.core.errors import InvalidError
from app.core.types import EPOCH

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# A '+' that was not encoded arrives as a space.
_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)([Zz]|[+\- ]\d{2}:?\d{2})", re.ASCII
)
_EPOCH = re.compile(r"-?\d{1,15}", re.ASCII)
_FIRST_MILLISECONDS = 100_000_000_000
"""Epoch numbers from here on are milliseconds: as seconds they would lie beyond the year 5000."""

_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_OUT_OF_RANGE = "The instant must lie between 1900 and 2200."


def zone_of(name: str | None, default: ZoneInfo, loc: Sequence[str] = ("query", "tz")) -> ZoneInfo:
    """The zone of that name; the default for none. Raises InvalidError at its place."""
    if not name:
        return default
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidError.at(loc, "This is not a time zone: use a name such as Europe/Paris.") from error


def parse(text: str, zone: ZoneInfo) -> datetime:
    """The instant that a text means, in UTC; a date is its midnight in the zone. Raises ValueError."""
    try:
        instant = _parse(text.strip(), zone)
    except OverflowError as error:
        raise ValueError(_OUT_OF_RANGE) from error
    if not _FIRST <= instant <= _LAST:
        raise ValueError(_OUT_OF_RANGE)
    return instant


def _parse(text: str, zone: ZoneInfo) -> datetime:
    if _EPOCH.fullmatch(text):
        number = int(text)
        return EPOCH + (
            timedelta(milliseconds=number) if abs(number) >= _FIRST_MILLISECONDS else timedelta(seconds=number)
        )
    if _DATE.fullmatch(text):
        day = date.fromisoformat(text)
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError("Send a date, an RFC 3339 instant with its offset, or epoch seconds or milliseconds.")
    day_part, clock, offset = match.groups()
    return datetime.fromisoformat(f"{day_part}T{clock}{offset.replace(' ', '+').upper()}").astimezone(UTC)


def at(name: str, text: str | None, zone: ZoneInfo) -> datetime | None:
    """The instant of a query parameter; `None` for an empty one. Raises InvalidError at its name."""
    if not text:
        return None
    try:
        return parse(text, zone)
    except ValueError as error:
        raise InvalidError.at(["query", name], str(error)) from error
