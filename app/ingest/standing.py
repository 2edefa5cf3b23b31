"""On which days conversations, answers, meetings and seats stand: those are marked when a page changes them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from app.core.types import EPOCH, without_nul
from app.ingest.rows import SHAPES
from app.store import days, dirty
from connectors.kit import records as kit
from connectors.kit.records import Record


def touched(connection: Connection, source_id: UUID, kind: type[Record], records: Sequence[Any]) -> set[int]:
    """The days that records of this type stand on now, and those on which their rows still stand."""
    if kind not in _WHEN:
        return set()
    when = _WHEN[kind]
    found = {days.day_of(when(record)) for record in records}
    if "external_id" in kind.key:
        keys = [without_nul(record.external_id) for record in records]
        found |= days.standing(connection, SHAPES[kind].table, source_id, keys)
    return found


def mark(connection: Connection, source_id: UUID, kind: type[Record], touched_days: set[int]) -> None:
    """Mark days whose rows have changed."""
    dirty.mark_days(connection, source_id, days.MARKED_AS[SHAPES[kind].table], touched_days)


_WHEN: Mapping[type[Record], Callable[[Any], datetime | date]] = {
    kit.Conversation: lambda record: record.started_at,
    kit.SurveyResponse: lambda record: record.at,
    kit.MeetingDay: lambda record: record.day,
    # A seat is held for years: all seats of a source stand on one day.
    kit.Seat: lambda _: EPOCH,
}
