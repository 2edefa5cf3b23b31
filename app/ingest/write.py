"""Writes the records of one page, whatever their types, inside the caller's transaction."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table

from app.core.crypto import Keyring
from app.core.types import without_nul
from app.ingest import credentials, erasure, marks, standing
from app.ingest import usage as folding
from app.ingest.defaults import resolution_category
from app.ingest.rows import EARLIEST, FUTURE_TOLERANCE, SHAPES, Fault, outside, record_ids
from app.models import work
from app.store import dirty, meanings
from app.store.upsert import RowError, upsert
from connectors.kit import records as kit
from connectors.kit.records import Record


@dataclass(frozen=True, slots=True)
class Written:
    """How many records of each type were inserted or changed, and which could not be stored."""

    by_kind: Counter[type[Record]]
    faults: tuple[Fault, ...]

    @property
    def written(self) -> int:
        """Inserted or changed, of all types."""
        return self.by_kind.total()


class Writer:
    """Writes records of one source. The caller holds `sources.lock`.

    `lists` are the record types of which the source gives complete lists: a value that only items tell of is
    then one that the vendor no longer lists.
    """

    def __init__(
        self,
        source_id: UUID,
        *,
        now: Callable[[], datetime],
        keyring: Keyring,
        lists: Collection[type[Record]] = (),
    ) -> None:
        self._source_id = source_id
        self._now = now
        self._keyring = keyring
        self._lists = frozenset(lists)
        self._known: dict[type[Record], set[str]] = {}

    def guard(self, connection: Connection) -> erasure.Guard | None:
        """What of the source must not come back; None where nothing was ever erased. Raises SealError."""
        return erasure.guard_of(connection, self._keyring, self._source_id)

    def write(self, connection: Connection, records: Sequence[Record]) -> Written:
        """Store records and mark the work items whose facts they change.

        Of records with the same key the last one counts. Faults name records by their index. A record that
        the database refuses is a fault too: its neighbours are stored.
        """
        try:
            with connection.begin_nested():
                return self._write(connection, records)
        except RowError as error:
            if len(records) == 1:
                return Written(Counter(), (Fault(0, None, str(error)),))
        half = len(records) // 2
        first = self.write(connection, records[:half])
        second = self.write(connection, records[half:])
        later = (Fault(fault.index + half, fault.field, fault.reason) for fault in second.faults)
        return Written(first.by_kind + second.by_kind, (*first.faults, *later))

    def _write(self, connection: Connection, records: Sequence[Record]) -> Written:
        dropped: set[int] = set()
        guard = self.guard(connection)
        if guard is not None:
            records, dropped = erasure.guarded(connection, guard, records)
        deleted = _deleted(records)
        groups: dict[type[Record], list[int]] = {}
        for index, record in enumerate(records):
            if index not in dropped and not (isinstance(record, kit.ActivityOf) and record.work_item in deleted):
                groups.setdefault(type(record), []).append(index)
        # What items refer to comes first, so that the vendor's own rows of this page end up above the made ones.
        self._add_referred(connection, records)
        written: Counter[type[Record]] = Counter()
        faults: list[Fault] = []
        for kind, indexes in groups.items():
            count, found = self._write_kind(connection, kind, [records[index] for index in indexes])
            written[kind] = count
            faults += (Fault(indexes[fault.index], fault.field, fault.reason) for fault in found)
        if deleted:
            folding.retract_activity(connection, self._source_id, sorted(deleted))
        return Written(written, tuple(faults))

    def _write_kind(self, connection: Connection, kind: type[Record], records: list[Any]) -> tuple[int, list[Fault]]:
        if kind is kit.UsageDay:
            return self._usage_days(connection, records)
        if kind is kit.UsageEvent:
            return self._usage_events(connection, records)
        if kind is kit.ActivityOf:
            return len(folding.fold_activity(connection, self._source_id, records)), []
        if kind is kit.Conversation:
            records = marks.dated(connection, self._source_id, records, self._now())
        table = SHAPES[kind].table
        if table not in _WITH_MEANING:
            return self._rows(connection, kind, records)
        before = meanings.meanings(connection, table, self._source_id)
        done = self._rows(connection, kind, records)
        after = meanings.meanings(connection, table, self._source_id)
        changed = [value for value, meaning in before.items() if after[value] != meaning]
        dirty.mark_meanings(connection, self._source_id, table.name, changed)
        return done

    def _rows(self, connection: Connection, kind: type[Record], records: Sequence[Any]) -> tuple[int, list[Fault]]:
        shape = SHAPES[kind]
        rows = shape.rows(self._source_id, records)
        faults = shape.faults(rows, self._now())
        if faults:
            rows, records = _without(rows, faults), _without(records, faults)
        days = standing.touched(connection, self._source_id, kind, records)
        written = upsert(connection, shape.table, shape.columns(), rows, ignore=shape.ignore)
        if written and days:
            standing.mark(connection, self._source_id, kind, days)
        if written and kind in _ITEM_OF:
            # The page is marked whole: to ask which of its rows changed would cost more than to build some again.
            item_of = _ITEM_OF[kind]
            dirty.mark(connection, self._source_id, {without_nul(item_of(record)) for record in records})
        return written, faults

    def _usage_days(self, connection: Connection, records: Sequence[kit.UsageDay]) -> tuple[int, list[Fault]]:
        latest = (self._now() + FUTURE_TOLERANCE).date()
        faults = outside([record.day for record in records], "day", EARLIEST.date(), latest)
        good = _without(records, faults)
        return folding.fold_days(connection, self._source_id, good), faults

    def _usage_events(self, connection: Connection, records: Sequence[kit.UsageEvent]) -> tuple[int, list[Fault]]:
        latest = self._now() + FUTURE_TOLERANCE
        faults = outside([record.at for record in records], "at", EARLIEST, latest)
        bad = {fault.index for fault in faults}
        good = [index for index in range(len(records)) if index not in bad]
        key = credentials.event_key(connection, self._keyring, self._source_id)
        counted, old = folding.fold_events(connection, self._source_id, [records[index] for index in good], key)
        faults += (Fault(good[fault.index], fault.field, fault.reason) for fault in old)
        return counted, faults

    def _add_referred(self, connection: Connection, records: Sequence[Record]) -> None:
        for kind, values in _referred(records).items():
            if values <= self._known.get(kind, set()):
                continue
            table = SHAPES[kind].table
            # Only what was there before this transaction is remembered: it may be rolled back.
            self._known[kind] = meanings.known(connection, table, self._source_id)
            self._add(connection, kind, table, sorted(values - self._known[kind]))

    def _add(self, connection: Connection, kind: type[Record], table: Table, values: Sequence[str]) -> None:
        if not values:
            return
        columns: tuple[str, ...] = ("source_id", "id", "external_id", "name", "listed")
        listed = kind not in self._lists
        ids = record_ids(self._source_id, kind.record_type, values)
        rows: list[tuple[Any, ...]] = [
            (self._source_id, record_id, value, value, listed) for record_id, value in zip(ids, values, strict=True)
        ]
        if kind is kit.Resolution:
            columns = (*columns, "category")
            rows = [(*row, resolution_category(row[2])) for row in rows]
        meanings.add_missing(connection, table, columns, rows)


_WITH_MEANING = (work.status, work.resolution)

_ITEM_OF: Mapping[type[Record], Callable[[Any], str]] = {
    kit.WorkItem: lambda record: record.external_id,
    kit.Transition: lambda record: record.work_item,
}


def _referred(records: Iterable[Record]) -> dict[type[Record], set[str]]:
    """The values that work items and transitions refer to, by what they are."""
    found: dict[type[Record], set[str | None]] = {kit.Status: set(), kit.ItemType: set(), kit.Resolution: set()}
    statuses, types, resolutions = found.values()
    for record in records:
        if isinstance(record, kit.WorkItem):
            statuses.add(record.status)
            types.add(record.item_type)
            resolutions.add(record.resolution)
        elif isinstance(record, kit.Transition):
            statuses.add(record.from_status)
            statuses.add(record.to_status)
    return {
        kind: cleaned
        for kind, values in found.items()
        if (cleaned := {without_nul(value) for value in values if value is not None} - {""})
    }


def _without(records: Sequence[Any], faults: Iterable[Fault]) -> list[Any]:
    bad = {fault.index for fault in faults}
    return [record for index, record in enumerate(records) if index not in bad]


def _deleted(records: Iterable[Record]) -> set[str]:
    return {record.external_id for record in records if isinstance(record, kit.WorkItem) and record.deleted_at}
