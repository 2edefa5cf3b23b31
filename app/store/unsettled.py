"""What of the data waits for somebody's word: statuses without a meaning, and records that were set aside."""

from uuid import UUID

from sqlalchemy import Connection, and_, exists, func, select

from app.models.source import source
from app.models.sync import reject
from app.models.work import status, status_override, work_item


def unmapped_statuses(connection: Connection) -> list[tuple[UUID, str, str, int]]:
    """`(source_id, source, status, items)` of each status that no category holds and items stand in, most first."""
    decided = exists().where(
        status_override.c.source_id == status.c.source_id, status_override.c.status == status.c.external_id
    )
    items = func.count().label("items")
    query = (
        select(source.c.id, source.c.name, status.c.name, items)
        .join(status, status.c.source_id == source.c.id)
        .join(
            work_item,
            and_(
                work_item.c.source_id == status.c.source_id,
                work_item.c.status == status.c.external_id,
                work_item.c.deleted_at.is_(None),
            ),
        )
        .where(status.c.category.is_(None), ~decided)
        .group_by(source.c.id, source.c.name, status.c.external_id, status.c.name)
        .order_by(items.desc(), source.c.name, status.c.name)
    )
    return [tuple(row) for row in connection.execute(query)]


def rejects(connection: Connection) -> list[tuple[UUID, str, str, int]]:
    """`(source_id, source, stream, records)` of what was set aside and is not settled yet, most first."""
    records = func.count().label("records")
    query = (
        select(source.c.id, source.c.name, reject.c.stream, records)
        .join(reject, reject.c.source_id == source.c.id)
        .where(reject.c.resolved_at.is_(None))
        .group_by(source.c.id, source.c.name, reject.c.stream)
        .order_by(records.desc(), source.c.name, reject.c.stream)
    )
    return [tuple(row) for row in connection.execute(query)]
