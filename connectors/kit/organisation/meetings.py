"""How much of their days people spend in meetings, as their calendars sum it up: a number and seconds, no titles."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zlib import crc32

from connectors.kit import records
from connectors.kit.organisation.dice import Dice
from connectors.kit.organisation.directory import reorganisation
from connectors.kit.organisation.generate import ZONE
from connectors.kit.organisation.hours import HOUR, WorkingHours
from connectors.kit.organisation.model import Ms, Organisation, instant, milliseconds

_DAY = timedelta(days=1)
_WEEK = 7 * 24 * HOUR
_HALF_HOUR = 1_800
_USUAL, _AROUND = 2.2, 3.8
"""Meetings a day, on most days and in the weeks around a reorganisation."""
_SLOTS = 14
"""Half hours of a day that meetings can fill."""


def days(organisation: Organisation, now: Ms, *, weeks: int = 16) -> list[records.MeetingDay]:
    """Everybody's meetings on each working day that is over, from `weeks` before the organisation's today."""
    moved = reorganisation(organisation).at
    found: list[records.MeetingDay] = []
    for day in _working_days(organisation, organisation.end - weeks * _WEEK, now):
        begin = _midnight(day)
        mean = _AROUND if abs(begin - moved) < 2 * _WEEK else _USUAL
        for account in organisation.accounts.values():
            if account.kind != "human" or not account.active(begin):
                continue
            dice = Dice(crc32(f"meetings/{account.id}/{day}".encode()))
            lengths = [dice.weighted(((1, 5), (2, 4), (3, 1))) for _ in range(dice.around(mean) - 1)]
            if lengths:
                seconds = min(sum(lengths), _SLOTS) * _HALF_HOUR
                found.append(records.MeetingDay(account=account.id, day=day, meetings=len(lengths), seconds=seconds))
    return found


def _working_days(organisation: Organisation, begin: Ms, end: Ms) -> Iterator[date]:
    """The organisation's working days between two instants, both inside its time; only whole days."""
    hours = WorkingHours(organisation.begin, organisation.horizon, ZONE)
    day = instant(max(begin, organisation.begin)).astimezone(ZONE).date() + _DAY
    last = min(end, organisation.horizon)
    while _midnight(day + _DAY) <= last:
        if hours.worked(_midnight(day + _DAY)) > hours.worked(_midnight(day)):
            yield day
        day += _DAY


def _midnight(day: date) -> Ms:
    return milliseconds(datetime(day.year, day.month, day.day, tzinfo=ZONE))
