"""What a source's statuses, item types and resolutions mean: the vendor's word, and an admin's above it."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, RowMapping, Table, and_, delete, func, or_, select, update

from app.models.work import item_type, project, resolution, status, status_override, work_item
from app.store.listing import By, Keyset
from app.store.upsert import upsert

_HELD_BY: Mapping[Table, Column[Any]] = {
    status: work_item.c.status,
    item_type: work_item.c.item_type,
    resolution: work_item.c.resolution,
}
TABLES = {"statuses": status, "item-types": item_type, "resolutions": resolution}


def page(
    connection: Connection, *, table: Table, source_id: UUID, limit: int, after: Sequence[Any] | None
) -> tuple[list[RowMapping], list[Any] | None]:
    """Rows of one of `TABLES`, by name, and where the next page begins."""
    order = Keyset(By(table.c.name), By(table.c.external_id))
    return order.page(connection, select(table).where(table.c.source_id == source_id), limit=limit, after=after)


def get(connection: Connection, table: Table, source_id: UUID, row_id: UUID) -> RowMapping | None:
    """One row of a source."""
    query = select(table).where(table.c.source_id == source_id, table.c.id == row_id)
    return connection.execute(query).mappings().one_or_none()


def items_held(
    connection: Connection, table: Table, source_id: UUID, external_ids: Collection[str]
) -> dict[tuple[str, str], int]:
    """How many items, not deleted, hold each of these values now, by (value, project; '' for none)."""
    column = _HELD_BY[table]
    place = func.coalesce(work_item.c.project, "")
    query = (
        select(column, place, func.count())
        .where(work_item.c.source_id == source_id, work_item.c.deleted_at.is_(None), column.in_(external_ids))
        .group_by(column, place)
    )
    return {(value, where): count for value, where, count in connection.execute(query)}


def overrides(connection: Connection, source_id: UUID, statuses: Collection[str]) -> list[RowMapping]:
    """The admin's categories for these statuses, with the names of the projects that they are for."""
    join = and_(project.c.source_id == source_id, project.c.external_id == status_override.c.project)
    query = (
        select(status_override, project.c.id.label("project_id"), project.c.name.label("project_name"))
        .select_from(status_override.outerjoin(project, join))
        .where(status_override.c.source_id == source_id, status_override.c.status.in_(statuses))
        .order_by(status_override.c.status, status_override.c.project)
    )
    return list(connection.execute(query).mappings())


def set_status(connection: Connection, source_id: UUID, status_id: str, place: str, category: str | None) -> None:
    """Set an admin's category for a status in a project ('' for the whole source), or remove it with `None`."""
    if category is None:
        key = status_override.c
        connection.execute(
            delete(status_override).where(key.source_id == source_id, key.status == status_id, key.project == place)
        )
        return
    columns = ("source_id", "status", "project", "category")
    upsert(connection, status_override, columns, [(source_id, status_id, place, category)])


def set_override(connection: Connection, table: Table, source_id: UUID, row_id: UUID, value: str | None) -> None:
    """Set an admin's kind of an item type or category of a resolution, or remove it with `None`."""
    column = "kind_override" if table is item_type else "category_override"
    chosen = (table.c.source_id == source_id) & (table.c.id == row_id)
    connection.execute(update(table).where(chosen).values({column: value}))


def projects(connection: Connection, source_id: UUID) -> list[tuple[UUID, str, str]]:
    """The projects of a source by name: `(id, external_id, name)`."""
    name = func.coalesce(project.c.name, project.c.external_id)
    query = (
        select(project.c.id, project.c.external_id, name)
        .where(project.c.source_id == source_id)
        .order_by(name, project.c.id)
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(query)]


def project_key(connection: Connection, source_id: UUID, wanted: str) -> str | None:
    """The vendor's id of a project of a source, found by that or by our id; of one that only items name, by that."""
    choices = [project.c.external_id == wanted]
    with suppress(ValueError):
        choices.append(project.c.id == UUID(wanted))
    told = select(project.c.external_id).where(project.c.source_id == source_id, or_(*choices))
    named = select(work_item.c.project).where(work_item.c.source_id == source_id, work_item.c.project == wanted)
    found = (connection.execute(query.limit(1)).scalar_one_or_none() for query in (told, named))
    return next((key for key in found if key is not None), None)


def meanings(connection: Connection, source_id: UUID, project_key: str | None) -> dict[str, str | None]:
    """What each status of a source means in one project, by the vendor's id."""
    rows = connection.execute(select(status.c.external_id, status.c.category).where(status.c.source_id == source_id))
    meant: dict[str, str | None] = {row.external_id: row.category for row in rows}
    places = ["", project_key or ""]
    above = connection.execute(
        select(status_override).where(status_override.c.source_id == source_id, status_override.c.project.in_(places))
    )
    # The project's word comes last and stands above the source's.
    meant.update({row.status: row.category for row in sorted(above, key=lambda row: bool(row.project))})
    return meant
