"""Work items, meanings, and days of other facts, that have to be built again.

Marks are made in the transaction that changes a row. Whoever marks or builds holds `sources.lock`, so that a
mark is never cleared for a change that the builder did not see.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, literal, select

from app.models.facts import dirty_day, dirty_item, dirty_meaning
from app.models.work import transition, work_item
from app.store.upsert import upsert

_AT_ONCE = 500


def mark(connection: Connection, source_id: UUID, work_items: Iterable[str]) -> None:
    """Mark items by their vendor's ids."""
    upsert(connection, dirty_item, ("source_id", "work_item"), [(source_id, item) for item in work_items])


def mark_with_statuses(connection: Connection, source_id: UUID, statuses: Collection[str], place: str = "") -> None:
    """Mark the items that are, or ever were, in one of these statuses, to see what another meaning would do.

    `place` is the vendor's id of the one project that they are in; empty: any.
    """
    here: ColumnElement[bool] = work_item.c.project == place if place else literal(True)
    of_place = select(work_item.c.external_id).where(work_item.c.source_id == source_id, here)
    inside = transition.c.work_item.in_(of_place) if place else literal(True)
    for column in (transition.c.to_status, transition.c.from_status):
        _mark_where(connection, source_id, transition, transition.c.work_item, column.in_(statuses) & inside)
    _mark_where(connection, source_id, work_item, work_item.c.external_id, work_item.c.status.in_(statuses) & here)


def mark_with_resolutions(connection: Connection, source_id: UUID, resolutions: Collection[str]) -> None:
    """Mark the items that have one of these resolutions, to see what another meaning would do."""
    _mark_where(connection, source_id, work_item, work_item.c.external_id, work_item.c.resolution.in_(resolutions))


def mark_meanings(connection: Connection, source_id: UUID, dimension: str, external_ids: Iterable[str]) -> None:
    """Mark statuses or resolutions whose meaning changed."""
    upsert(
        connection,
        dirty_meaning,
        ("source_id", "dimension", "external_id"),
        [(source_id, dimension, external_id) for external_id in external_ids],
    )


def sources_with_meanings(connection: Connection) -> list[UUID]:
    """The sources that have marked meanings."""
    return list(connection.execute(select(dirty_meaning.c.source_id).distinct()).scalars())


def marked_meanings(connection: Connection, source_id: UUID) -> list[tuple[str, str]]:
    """`(dimension, external_id)` of every marked meaning of a source."""
    query = select(dirty_meaning.c.dimension, dirty_meaning.c.external_id)
    return [(row[0], row[1]) for row in connection.execute(query.where(dirty_meaning.c.source_id == source_id))]


def clear_meanings(connection: Connection, source_id: UUID) -> None:
    """Remove the marks of a source's meanings."""
    connection.execute(delete(dirty_meaning).where(dirty_meaning.c.source_id == source_id))


def sources(connection: Connection) -> list[UUID]:
    """The sources that have marked items."""
    return list(connection.execute(select(dirty_item.c.source_id).distinct()).scalars())


def marked(connection: Connection, source_id: UUID, limit: int) -> list[str]:
    """Some marked items of a source, at most `limit`."""
    query = select(dirty_item.c.work_item).where(dirty_item.c.source_id == source_id)
    return list(connection.execute(query.order_by(dirty_item.c.work_item).limit(limit)).scalars())


def clear(connection: Connection, source_id: UUID, work_items: Collection[str]) -> None:
    """Remove the marks of items whose facts were built."""
    items = sorted(work_items)
    for start in range(0, len(items), _AT_ONCE):
        connection.execute(
            delete(dirty_item).where(
                dirty_item.c.source_id == source_id, dirty_item.c.work_item.in_(items[start : start + _AT_ONCE])
            )
        )


def mark_days(connection: Connection, source_id: UUID, kind: str, days: Iterable[int]) -> None:
    """Mark days (since 1970-01-01) of a kind of fact that is no item's."""
    upsert(connection, dirty_day, ("source_id", "kind", "day"), [(source_id, kind, day) for day in set(days)])


def sources_with_days(connection: Connection) -> list[tuple[UUID, str]]:
    """`(source, kind)` of everything that has marked days."""
    query = select(dirty_day.c.source_id, dirty_day.c.kind).distinct()
    return [(source_id, kind) for source_id, kind in connection.execute(query)]


def marked_days(connection: Connection, source_id: UUID, kind: str, limit: int) -> list[int]:
    """Some marked days of a kind, the earliest ones, at most `limit`."""
    query = select(dirty_day.c.day).where(dirty_day.c.source_id == source_id, dirty_day.c.kind == kind)
    return list(connection.execute(query.order_by(dirty_day.c.day).limit(limit)).scalars())


def clear_days(connection: Connection, source_id: UUID, kind: str, days: Collection[int]) -> None:
    """Remove the marks of days whose facts were built."""
    connection.execute(
        delete(dirty_day).where(dirty_day.c.source_id == source_id, dirty_day.c.kind == kind, dirty_day.c.day.in_(days))
    )


def _mark_where(
    connection: Connection, source_id: UUID, table: Table, item: ColumnElement[str], which: ColumnElement[bool]
) -> None:
    marked_already = select(literal(1)).where(dirty_item.c.source_id == source_id, dirty_item.c.work_item == item)
    touched = (
        select(table.c.source_id, item)
        .where(table.c.source_id == source_id, which, ~marked_already.exists())
        .distinct()
    )
    connection.execute(insert(dirty_item).from_select(["source_id", "work_item"], touched))
