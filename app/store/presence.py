"""What a vendor still holds: rows that a complete list lacks, and work items that are gone."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Connection, Table, select, tuple_, update

from app.models.usage import seat
from app.models.work import work_item
from app.store import days, dirty

T = TypeVar("T")
_AT_ONCE = 500


def listed(connection: Connection, table: Table, source_id: UUID, project: str | None = None) -> set[str]:
    """The rows that the vendor listed last time; those of one project, if one is given."""
    query = select(table.c.external_id).where(table.c.source_id == source_id, table.c.listed)
    if project is not None:
        query = query.where(table.c.project == project)
    return set(connection.execute(query).scalars())


def unlist(connection: Connection, table: Table, source_id: UUID, external_ids: Collection[str]) -> None:
    """Mark rows as no longer listed by the vendor; what they mean stays."""
    for some in _portions(external_ids):
        connection.execute(
            update(table).where(table.c.source_id == source_id, table.c.external_id.in_(some)).values(listed=False)
        )


def held_seats(connection: Connection, source_id: UUID) -> set[tuple[str, str]]:
    """The seats that are held, as (account, product)."""
    query = select(seat.c.account, seat.c.product).where(seat.c.source_id == source_id, seat.c.removed_at.is_(None))
    return {(row.account, row.product) for row in connection.execute(query)}


def remove_seats(
    connection: Connection, source_id: UUID, seats: Collection[tuple[str, str]], removed_at: datetime
) -> None:
    """Note that seats are held no longer."""
    for some in _portions(seats):
        connection.execute(
            update(seat)
            .where(seat.c.source_id == source_id, tuple_(seat.c.account, seat.c.product).in_(some))
            .values(removed_at=removed_at)
        )
    if seats:
        dirty.mark_days(connection, source_id, days.MARKED_AS[seat], [0])


def live_items(connection: Connection, source_id: UUID, project: str) -> set[str]:
    """The work items of a project that are not known to be deleted."""
    query = select(work_item.c.external_id).where(
        work_item.c.source_id == source_id, work_item.c.project == project, work_item.c.deleted_at.is_(None)
    )
    return set(connection.execute(query).scalars())


def delete_items(connection: Connection, source_id: UUID, external_ids: Collection[str], at: datetime) -> list[str]:
    """Mark work items as deleted at the vendor; gives those that were not so before."""
    gone: list[str] = []
    for some in _portions(external_ids):
        statement = (
            update(work_item)
            .where(
                work_item.c.source_id == source_id,
                work_item.c.external_id.in_(some),
                work_item.c.deleted_at.is_(None),
            )
            .values(deleted_at=at)
            .returning(work_item.c.external_id)
        )
        gone += connection.execute(statement).scalars()
    return gone


def _portions(values: Collection[T]) -> Iterable[list[T]]:
    every = list(values)
    return (every[start : start + _AT_ONCE] for start in range(0, len(every), _AT_ONCE))
