"""Rows that stand on a day: conversations, answers to surveys, days of meetings. Days count from 1970-01-01, in UTC."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, Table, and_, or_, select

from app.core.types import EPOCH, Day
from app.models.communication import conversation, meeting_day, survey_response
from app.models.usage import seat

MARKED_AS: Mapping[Table, str] = {
    conversation: "conversation",
    survey_response: "survey",
    meeting_day: "meeting",
    seat: "seat",
}
"""The tables, and what their days are marked as when a row changes."""

_TIME: Mapping[Table, Column[Any]] = {
    conversation: conversation.c.started_at,
    survey_response: survey_response.c.at,
    meeting_day: meeting_day.c.day,
}
_FIRST = EPOCH.date()
_AT_ONCE = 500


def day_of(when: datetime | date) -> int:
    """The day of an instant, or of a date."""
    day = when.astimezone(UTC).date() if isinstance(when, datetime) else when
    return (day - _FIRST).days


def standing(connection: Connection, table: Table, source_id: UUID, external_ids: Sequence[str]) -> set[int]:
    """The days on which these rows of a source stand so far."""
    column = _TIME[table]
    days: set[int] = set()
    for start in range(0, len(external_ids), _AT_ONCE):
        some = external_ids[start : start + _AT_ONCE]
        query = select(column).where(table.c.source_id == source_id, table.c.external_id.in_(some))
        days.update(day_of(when) for when in connection.execute(query).scalars())
    return days


def conversations(connection: Connection, source_id: UUID, days: Collection[int]) -> Iterator[Any]:
    """The rows of the conversations that began on those days."""
    return _rows(connection, conversation, source_id, days)


def responses(connection: Connection, source_id: UUID, days: Collection[int]) -> Iterator[Any]:
    """The rows of the answers that were given on those days."""
    return _rows(connection, survey_response, source_id, days)


def meetings(connection: Connection, source_id: UUID, days: Collection[int]) -> Iterator[Any]:
    """The rows of the meetings on those days."""
    return _rows(connection, meeting_day, source_id, days)


def _rows(connection: Connection, table: Table, source_id: UUID, days: Collection[int]) -> Iterator[Any]:
    column = _TIME[table]
    stretches = _stretches(sorted(days))
    for start in range(0, len(stretches), _AT_ONCE):
        within = [
            and_(column >= _begin(column, first), column < _begin(column, last + 1))
            for first, last in stretches[start : start + _AT_ONCE]
        ]
        yield from connection.execute(select(table).where(table.c.source_id == source_id, or_(*within)))


def _begin(column: Column[Any], day: int) -> datetime | date:
    first = _FIRST + timedelta(days=day)
    return first if isinstance(column.type, Day) else EPOCH + timedelta(days=day)


def _stretches(days: list[int]) -> list[tuple[int, int]]:
    """Neighbouring days as one stretch: the first and the last of each."""
    found: list[tuple[int, int]] = []
    for day in days:
        if found and day == found[-1][1] + 1:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
