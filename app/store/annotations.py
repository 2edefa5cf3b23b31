"""Events to draw over charts, with their tags."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from app.models.annotation import annotation, annotation_tag
from app.store.listing import By, Keyset

_ORDER = Keyset(By(annotation.c.starts_at, descending=True), By(annotation.c.id))
Annotation = dict[str, Any]
"""The columns of the row, and `tags`."""


def create(connection: Connection, values: Mapping[str, Any], tags: Iterable[str]) -> UUID:
    """A new one's id; `values` are its columns but the id."""
    annotation_id = uuid4()
    connection.execute(insert(annotation).values(id=annotation_id, **values))
    _tag(connection, annotation_id, tags)
    return annotation_id


def change(connection: Connection, annotation_id: UUID, values: Mapping[str, Any], tags: Iterable[str] | None) -> None:
    """Replace columns, and the tags unless they are None."""
    if values:
        connection.execute(update(annotation).where(annotation.c.id == annotation_id).values(**values))
    if tags is not None:
        connection.execute(delete(annotation_tag).where(annotation_tag.c.annotation_id == annotation_id))
        _tag(connection, annotation_id, tags)


def remove(connection: Connection, annotation_id: UUID) -> bool:
    """Delete one. False where there is none."""
    return bool(connection.execute(delete(annotation).where(annotation.c.id == annotation_id)).rowcount)


def get(connection: Connection, annotation_id: UUID) -> Annotation | None:
    """The one with this id."""
    row = connection.execute(select(annotation).where(annotation.c.id == annotation_id)).mappings().one_or_none()
    return None if row is None else _with_tags(connection, [row])[0]


def page(
    connection: Connection,
    *,
    limit: int,
    after: Sequence[Any] | None,
    since: datetime | None = None,
    until: datetime | None = None,
    tags: Sequence[str] = (),
) -> tuple[list[Annotation], list[Any] | None]:
    """Those that touch `[since, until)` and have one of the tags, latest first, and where the next page begins."""
    query = select(annotation)
    if since is not None:
        query = query.where(func.coalesce(annotation.c.ends_at, annotation.c.starts_at) >= since)
    if until is not None:
        query = query.where(annotation.c.starts_at < until)
    if tags:
        tagged = select(annotation_tag.c.annotation_id).where(annotation_tag.c.tag.in_(tags))
        query = query.where(annotation.c.id.in_(tagged))
    rows, position = _ORDER.page(connection, query, limit=limit, after=after)
    return _with_tags(connection, rows), position


def _tag(connection: Connection, annotation_id: UUID, tags: Iterable[str]) -> None:
    rows = [{"annotation_id": annotation_id, "tag": tag} for tag in sorted(set(tags))]
    if rows:
        connection.execute(insert(annotation_tag), rows)


def _with_tags(connection: Connection, rows: Sequence[RowMapping]) -> list[Annotation]:
    tags: dict[UUID, list[str]] = {row["id"]: [] for row in rows}
    query = select(annotation_tag).where(annotation_tag.c.annotation_id.in_(tags))
    for annotation_id, tag in connection.execute(query):
        tags[annotation_id].append(tag)
    return [{**row, "tags": sorted(tags[row["id"]])} for row in rows]
