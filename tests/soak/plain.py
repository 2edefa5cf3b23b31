"""Records and rows in one plain form, so that the store and the truth can be compared."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select

from app.core.db import Database
from app.models.people import account
from app.models.usage import item_activity, seat, usage_day
from app.models.work import item_type, project, release, resolution, status, transition, work_item
from connectors.kit.records import Record

Row = tuple[Any, ...]
Content = dict[str, Counter[Row]]
"""Rows by record type. Counted, so that a doubled row shows."""

_TABLES: Mapping[str, tuple[Table, tuple[str, ...]]] = {
    "projects": (project, ("external_id", "key", "name", "url", "archived")),
    "statuses": (status, ("external_id", "name", "category", "project")),
    "item_types": (item_type, ("external_id", "name", "kind")),
    "resolutions": (resolution, ("external_id", "name")),
    "accounts": (account, ("external_id", "display_name", "email", "kind", "active")),
    "releases": (release, ("external_id", "project", "name", "released", "released_at", "released_on")),
    "work_items": (
        work_item,
        (
            *("external_id", "key", "url", "title", "project", "item_type", "status", "resolution", "resolved_at"),
            *("priority", "assignee", "creator", "parent", "labels", "points", "due_at", "releases"),
            *("affects_releases", "created_at", "updated_at"),
        ),
    ),
    "transitions": (
        transition,
        (
            *("external_id", "work_item", "at", "from_status", "to_status", "actor"),
            *("automated", "automated_by"),
        ),
    ),
}  # fmt: skip


def stored(db: Database, source_id: UUID) -> Content:
    """What a source has in the store, without what is deleted at the vendor."""
    content: Content = {}
    with db.read() as connection:
        live = select(work_item.c.external_id).where(
            work_item.c.source_id == source_id, work_item.c.deleted_at.is_(None)
        )
        for name, (table, columns) in _TABLES.items():
            query = select(*(table.c[column] for column in columns)).where(table.c.source_id == source_id)
            if table is work_item:
                query = query.where(work_item.c.deleted_at.is_(None))
            elif table is transition:
                query = query.where(transition.c.work_item.in_(live))
            elif table is status:
                # One that no list has ever shown has only its id: it was there for histories that name it.
                query = query.where(status.c.category.is_not(None))
            content[name] = Counter(_plain(row) for row in connection.execute(query))
        days = select(usage_day.c.account, usage_day.c.event, usage_day.c.day, usage_day.c.count)
        content["usage_days"] = Counter(map(_plain, connection.execute(days.where(usage_day.c.source_id == source_id))))
        held = select(seat.c.account, seat.c.product).where(seat.c.source_id == source_id, seat.c.removed_at.is_(None))
        content["seats"] = Counter(map(_plain, connection.execute(held)))
    return content


def true(records: Mapping[str, Sequence[Record]], holders: Sequence[str]) -> Content:
    """What the store should have, by the sandbox's truth and the accounts that hold a seat."""
    content: Content = {
        name: Counter(_of(record, columns) for record in records[name]) for name, (_, columns) in _TABLES.items()
    }
    days: Counter[Row] = Counter()
    for share in records["activity"]:
        for account_id, event, day, count in share.days:  # type: ignore[attr-defined]
            days[account_id, event, day.isoformat()] += count
    content["usage_days"] = Counter((*key, count) for key, count in days.items())
    content["seats"] = Counter((holder, "jira-software") for holder in holders)
    return content


def differences(found: Content, expected: Content) -> list[str]:
    """What is missing, and what should not be there; a few of each kind."""
    lines: list[str] = []
    for name in expected:
        missing, surplus = expected[name] - found[name], found[name] - expected[name]
        lines += [f"{name}, missing: {row}" for row in list(missing)[:4]]
        lines += [f"{name}, too many: {row}" for row in list(surplus)[:4]]
    return lines


def everything(db: Database, source_id: UUID) -> list[Row]:
    """Every row of a source that a sync writes, deleted ones included."""
    return list(_everything(db, source_id))


def _everything(db: Database, source_id: UUID) -> Iterator[Row]:
    tables = [table for table, _ in _TABLES.values()]
    with db.read() as connection:
        for table in (*tables, usage_day, item_activity, seat):
            for row in connection.execute(
                select(table).where(table.c.source_id == source_id).order_by(*table.primary_key)
            ):
                yield (table.name, *row)


def _of(record: Any, columns: Sequence[str]) -> Row:
    values = {name: getattr(record, "key_" if name == "key" else name, None) for name in columns}
    if "released_on" in values:
        # The store keeps a day without a time apart from an instant.
        day = values["released_at"]
        values |= {"released_at": None, "released_on": None if day is None else day.isoformat()}
    return _plain(tuple(values[name] for name in columns))


def _plain(row: Sequence[Any]) -> Row:
    return tuple(_value(value) for value in row)


def _value(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(value)
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value
