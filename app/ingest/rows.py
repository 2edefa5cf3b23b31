"""Records to rows: one declared shape for each record type that has a table of its own.

Usage is not here: it is folded (`app/ingest/usage.py`).
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from math import isfinite
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Float, Table

from app.core.types import Day, Instant, without_nul
from app.ingest.defaults import resolution_category
from app.models import communication, people, usage, work
from connectors.kit import records as kit
from connectors.kit.records import Record

Row = tuple[Any, ...]

FUTURE_TOLERANCE = timedelta(days=1)
"""How far ahead of our clock a past event may lie before it is taken for a vendor's mistake."""
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 1, 1, tzinfo=UTC)
"""Outside of these an instant is a mistake, and near the calendar's ends it has no UTC form."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the record at `index` cannot be stored; `field` is the place, where there is one."""

    index: int
    field: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Shape:
    """How records of one type become rows of one table. Columns are named as the fields are in JSON."""

    record: type[Record]
    table: Table
    planned: frozenset[str] = frozenset()
    """Instants that may lie in the future."""
    computed: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    """Columns that are not simply the field of that name."""
    ignore: tuple[str, ...] = ()
    """Columns whose change alone is no change."""
    span: tuple[str, str] | None = None
    """Two texts of dates or instants, of which the first must lie before the second."""

    @property
    def has_id(self) -> bool:
        """Whether the rows have an id of ours."""
        return "id" in self.table.c

    @property
    def is_listed(self) -> bool:
        """Whether the rows tell if the vendor still lists them."""
        return "listed" in self.table.c

    def columns(self) -> tuple[str, ...]:
        """The columns that `rows` fills, in its order."""
        return (
            "source_id",
            *(("id",) if self.has_id else ()),
            *(("listed",) if self.is_listed else ()),
            *(column for _, column in _copied(self.record, self.table, frozenset(self.computed))),
            *self.computed,
        )

    def rows(self, source_id: UUID, records: Sequence[Record]) -> list[Row]:
        """One row for each record."""
        copied: Callable[[Record], Row] = attrgetter(
            *(name for name, _ in _copied(self.record, self.table, frozenset(self.computed)))
        )
        constants: Row = (True,) if self.is_listed else ()
        computed = tuple(self.computed.values())
        if self.has_id:
            ids = record_ids(source_id, self.record.record_type, [record.external_id for record in records])  # type: ignore[attr-defined]
            rows = [
                (source_id, record_id, *constants, *copied(record))
                for record_id, record in zip(ids, records, strict=True)
            ]
        else:
            rows = [(source_id, *constants, *copied(record)) for record in records]
        if computed:
            return [(*row, *(value(record) for value in computed)) for row, record in zip(rows, records, strict=True)]
        return rows

    def faults(self, rows: Sequence[Row], now: datetime) -> list[Fault]:
        """The rows that cannot be stored: impossible instants and numbers, keys of nothing but U+0000."""
        if not rows:
            return []
        found: list[Fault] = []
        keys = {column.name for column in self.table.primary_key}
        for name, values in zip(self.columns(), zip(*rows, strict=True), strict=True):
            kind = self.table.c[name].type
            if isinstance(kind, Instant):
                latest = LATEST if name in self.planned else now + FUTURE_TOLERANCE
                found += outside(values, name, EARLIEST, latest)
            elif isinstance(kind, Day):
                found += outside(values, name, EARLIEST.date(), (now + FUTURE_TOLERANCE).date())
            elif isinstance(kind, Float):
                found += _not_finite(values, name)
            elif name in keys and name != "source_id":
                found += _empty_keys(values, name)
        if self.span is not None:
            found += self._backwards(rows, *self.span)
        return found

    def _backwards(self, rows: Sequence[Row], first: str, last: str) -> list[Fault]:
        start, end = (self.columns().index(name) for name in (first, last))
        found: list[Fault] = []
        for index, row in enumerate(rows):
            wrong = [name for name, place in ((first, start), (last, end)) if row[place] and not _usual(row[place])]
            if wrong:
                found.append(Fault(index, wrong[0], f"It must lie between {EARLIEST:%Y} and {LATEST:%Y}."))
            elif row[start] and row[end] and row[end] <= row[start]:
                found.append(Fault(index, last, f"It does not lie after '{first}'."))
        return found


@cache
def _copied(record: type[Record], table: Table, computed: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """The fields that are stored as they are, each with its column."""
    return tuple(
        (part.name, part.encode_name)
        for part in msgspec.structs.fields(record)
        if part.encode_name in table.c and part.encode_name not in computed
    )


def record_ids(source_id: UUID, record_type: str, external_ids: Sequence[str]) -> list[bytes]:
    """The ids of records: `uuid5(source, "<record_type>/<external_id>")`, as bytes.

    `uuid.uuid5` gives the same at five times the cost, which shows in a bulk read.
    """
    sha1 = hashlib.sha1
    prefix = source_id.bytes + f"{record_type}/".encode()
    ids = []
    for external_id in external_ids:
        digest = sha1(prefix + without_nul(external_id).encode(), usedforsecurity=False).digest()
        ids.append(digest[:6] + _VERSION[digest[6]] + digest[7:8] + _VARIANT[digest[8]] + digest[9:16])
    return ids


_VERSION = [bytes([0x50 | byte & 0x0F]) for byte in range(256)]
_VARIANT = [bytes([0x80 | byte & 0x3F]) for byte in range(256)]


def outside(values: Sequence[Any], name: str, earliest: Any, latest: Any) -> list[Fault]:
    """The values that are neither empty nor within the bounds."""
    present = [value for value in values if value is not None]
    if not present or (max(present) <= latest and min(present) >= earliest):
        return []
    return [
        Fault(index, name, "It lies in the future." if value > latest else f"It lies before {earliest:%Y}.")
        for index, value in enumerate(values)
        if value is not None and not earliest <= value <= latest
    ]


def _not_finite(values: Sequence[float | None], name: str) -> list[Fault]:
    return [
        Fault(index, name, "It is not a finite number.")
        for index, value in enumerate(values)
        if value is not None and not isfinite(value)
    ]


def _empty_keys(values: Sequence[Any], name: str) -> list[Fault]:
    return [
        Fault(index, name, "It must not be empty.")
        for index, value in enumerate(values)
        if isinstance(value, str) and ("\x00" in value or not value) and not without_nul(value)
    ]


def _instant(value: datetime | date | None) -> datetime | None:
    return value if isinstance(value, datetime) else None


def _day_text(value: datetime | date | None) -> str | None:
    return value.isoformat() if value is not None and not isinstance(value, datetime) else None


def _moment_text(value: datetime | date | None) -> str | None:
    if isinstance(value, datetime):
        # Near the calendar's ends there is no UTC form, and the range refuses it.
        return value.isoformat() if value.year in (1, 9999) else value.astimezone(UTC).isoformat()
    return _day_text(value)


def _usual(text: str) -> bool:
    """Whether a date or an instant as a text lies within the bounds, whatever the zone."""
    return f"{EARLIEST:%Y-%m-%d}" < text < f"{LATEST:%Y-%m-%d}"


SHAPES: Mapping[type[Record], Shape] = {
    shape.record: shape
    for shape in (
        Shape(kit.Project, work.project),
        Shape(kit.Status, work.status),
        Shape(kit.ItemType, work.item_type),
        Shape(
            kit.Resolution,
            work.resolution,
            computed={"category": lambda record: record.category or resolution_category(record.name)},
        ),
        Shape(kit.Account, people.account),
        Shape(kit.WorkItem, work.work_item, planned=frozenset({"due_at"})),
        Shape(kit.Transition, work.transition),
        Shape(
            kit.Release,
            work.release,
            planned=frozenset({"released_at"}),
            computed={
                "released_at": lambda record: _instant(record.released_at),
                "released_on": lambda record: _day_text(record.released_at),
            },
        ),
        Shape(kit.Seat, usage.seat, planned=frozenset({"removed_at"}), ignore=("as_of",)),
        Shape(kit.SurveyResponse, communication.survey_response),
        Shape(kit.Channel, communication.channel),
        Shape(
            kit.Conversation,
            communication.conversation,
            computed={"marks": lambda record: msgspec.to_builtins(record.marks)},
        ),
        Shape(kit.MeetingDay, communication.meeting_day),
        Shape(
            kit.Person,
            people.person_record,
            computed={
                "valid_from": lambda record: _moment_text(record.valid_from),
                "valid_to": lambda record: _moment_text(record.valid_to),
            },
            span=("valid_from", "valid_to"),
        ),
    )
}
"""The shape of every record type that is stored one row a record."""
