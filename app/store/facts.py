"""What the builder of facts reads and writes: rows of marked items, segments and codes.

Bulk reads come as tuples of plain numbers and strings: instants in microseconds, ids as bytes or UUIDs.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    LargeBinary,
    Select,
    Text,
    and_,
    cast,
    delete,
    exists,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from app.models.facts import data_version, dirty_day, dirty_item, dirty_meaning, fact_code, fact_item, fact_segment
from app.models.work import resolution, status, status_override, transition, work_item
from app.store.upsert import upsert

Row = tuple[Any, ...]

_CHUNK = 20_000
_SEGMENTS_AT_ONCE = 100


class micros(GenericFunction[int]):  # noqa: N801
    """An instant as microseconds since the epoch, without a Python object for each."""

    type = BigInteger()
    inherit_cache = True


@compiles(micros)
def _as_stored(element: micros, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(micros, "postgresql")
def _from_timestamptz(element: micros, compiler: SQLCompiler, **options: Any) -> str:
    return f"(extract(epoch FROM {compiler.process(element.clauses, **options)}) * 1000000)::bigint"


def items_between(connection: Connection, source_id: UUID, first: str, last: str) -> Iterator[Sequence[Row]]:
    """Chunks of the marked items whose vendor's ids lie in `[first, last]`, with the days they stood in so far:

    `(external_id, id, created_at, project, item_type, status, resolution, resolved_at, priority, assignee,
    deleted_at, releases, affects_releases, days)`; `id` is None for an item that has no row. The lists of releases
    are JSON, and None where they are empty.
    """
    item = work_item.c
    query = (
        select(
            dirty_item.c.work_item,
            type_coerce(item.id, LargeBinary),
            micros(item.created_at),
            item.project,
            item.item_type,
            item.status,
            item.resolution,
            micros(item.resolved_at),
            item.priority,
            item.assignee,
            micros(item.deleted_at),
            _unless_empty(item.releases),
            _unless_empty(item.affects_releases),
            fact_item.c.days,
        )
        .select_from(dirty_item)
        .outerjoin(
            work_item, and_(item.source_id == dirty_item.c.source_id, item.external_id == dirty_item.c.work_item)
        )
        .outerjoin(
            fact_item,
            and_(fact_item.c.source_id == dirty_item.c.source_id, fact_item.c.work_item == dirty_item.c.work_item),
        )
    )
    return _chunks(connection, _marked(query, source_id, first, last))


def transitions_between(connection: Connection, source_id: UUID, first: str, last: str) -> Iterator[Sequence[Row]]:
    """Chunks of those items' transitions, in no order:

    `(work_item, at, external_id, from_status, to_status, actor, automated, automated_by)`.
    """
    move = transition.c
    query = (
        select(
            move.work_item,
            micros(move.at),
            move.external_id,
            move.from_status,
            move.to_status,
            move.actor,
            move.automated,
            move.automated_by,
        )
        .select_from(dirty_item)
        .join(transition, and_(move.source_id == dirty_item.c.source_id, move.work_item == dirty_item.c.work_item))
    )
    return _chunks(connection, _marked(query, source_id, first, last))


def clear_between(connection: Connection, source_id: UUID, first: str, last: str) -> None:
    """Remove the marks of those items."""
    connection.execute(
        delete(dirty_item).where(dirty_item.c.source_id == source_id, dirty_item.c.work_item.between(first, last))
    )


def present(connection: Connection) -> tuple[int, datetime, bool]:
    """The number and the instant of the data version, and whether nothing is marked."""
    number, at, is_dirty = connection.execute(_PRESENT).one()
    return number, at, not is_dirty


_PRESENT = select(
    data_version.c.version,
    data_version.c.at,
    or_(*(exists().select_from(table) for table in (dirty_item, dirty_meaning, dirty_day))),
)
"""Made once, and one statement: it is asked before every answer."""


def statuses(connection: Connection, source_id: UUID) -> list[Row]:
    """`(external_id, category, listed)` of every status of a source."""
    query = select(status.c.external_id, status.c.category, status.c.listed)
    return _rows(connection, query.where(status.c.source_id == source_id))


def status_overrides(connection: Connection, source_id: UUID) -> list[Row]:
    """`(status, project, category)` of every override; the project is '' for the whole source."""
    query = select(status_override.c.status, status_override.c.project, status_override.c.category)
    return _rows(connection, query.where(status_override.c.source_id == source_id))


def resolutions(connection: Connection, source_id: UUID) -> list[Row]:
    """`(external_id, category, category_override)` of every resolution of a source."""
    columns = (resolution.c.external_id, resolution.c.category, resolution.c.category_override)
    return _rows(connection, select(*columns).where(resolution.c.source_id == source_id))


def codes(connection: Connection, source_id: UUID) -> list[Row]:
    """`(dimension, external_id, code)` of everything of a source that has a code."""
    query = select(fact_code.c.dimension, fact_code.c.external_id, fact_code.c.code)
    return _rows(connection, query.where(fact_code.c.source_id == source_id))


def add_codes(connection: Connection, source_id: UUID, dimension: str, external_ids: Sequence[str]) -> dict[str, int]:
    """Give new codes to values of a source that have none."""
    # The row's lock keeps builders of other sources from taking the same numbers.
    connection.execute(select(data_version.c.id).with_for_update())
    query = select(func.coalesce(func.max(fact_code.c.code), -1)).where(fact_code.c.dimension == dimension)
    start = int(connection.execute(query).scalar_one()) + 1
    given = {external_id: start + place for place, external_id in enumerate(external_ids)}
    upsert(
        connection,
        fact_code,
        ("dimension", "code", "source_id", "external_id"),
        [(dimension, code, source_id, external_id) for external_id, code in given.items()],
    )
    return given


def segments(connection: Connection, part: int, kinds: Collection[str], days: Collection[int]) -> Iterator[Row]:
    """`(kind, bucket, payload)` of every segment of some kinds of a source that stands on one of those days."""
    wanted = sorted(days)
    table = fact_segment.c
    for start in range(0, len(wanted), _SEGMENTS_AT_ONCE):
        some = wanted[start : start + _SEGMENTS_AT_ONCE]
        query = select(table.kind, table.bucket, table.payload).where(table.kind.in_(kinds), table.part == part)
        within = table.bucket.between(some[0], some[-1]) if _dense(some) else table.bucket.in_(some)
        for row in connection.execute(query.where(within)).all():
            yield tuple(row)


def segment_versions(connection: Connection, part: int, kinds: Collection[str]) -> list[Row]:
    """`(kind, bucket, version, n)` of every segment of some kinds of a source."""
    table = fact_segment.c
    query = select(table.kind, table.bucket, table.version, table.n)
    return _rows(connection, query.where(table.kind.in_(kinds), table.part == part))


def write_segments(connection: Connection, rows: Iterable[Row]) -> None:
    """Store `(kind, bucket, part, version, n, payload)`."""
    upsert(connection, fact_segment, ("kind", "bucket", "part", "version", "n", "payload"), rows)


def delete_segments(connection: Connection, part: int, keys: Iterable[tuple[str, int]]) -> None:
    """Remove the segments of those (kind, bucket)."""
    table = fact_segment.c
    for kind, bucket in keys:
        connection.execute(delete(fact_segment).where(table.kind == kind, table.bucket == bucket, table.part == part))


def write_item_days(connection: Connection, source_id: UUID, rows: Iterable[tuple[str, bytes]]) -> None:
    """Store in which days' segments items stand."""
    upsert(
        connection,
        fact_item,
        ("source_id", "work_item", "days"),
        ((source_id, external_id, days) for external_id, days in rows),
    )


def forget_source(connection: Connection, source_id: UUID) -> None:
    """Remove the segments and the codes of a source that is being deleted."""
    table = fact_code.c
    part = select(table.code).where(table.dimension == "source", table.source_id == source_id)
    connection.execute(delete(fact_segment).where(fact_segment.c.part.in_(part)))
    connection.execute(delete(fact_code).where(table.source_id == source_id))


def _unless_empty(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A JSON list as text: most are empty, and nothing has to be made of those."""
    return func.nullif(cast(column, Text), "[]")


def _marked(query: Select[Any], source_id: UUID, first: str, last: str) -> Select[Any]:
    return query.where(dirty_item.c.source_id == source_id, dirty_item.c.work_item.between(first, last))


def _dense(days: list[int]) -> bool:
    return days[-1] - days[0] < 2 * len(days)


def _chunks(connection: Connection, query: Select[Any]) -> Iterator[Sequence[Row]]:
    """The driver's own tuples: an object of SQLAlchemy for each of millions of rows doubles the time of a build."""
    result = connection.execute(query)
    while chunk := result.cursor.fetchmany(_CHUNK):
        yield chunk
    result.close()


def _rows(connection: Connection, query: Select[Any]) -> list[Row]:
    return [tuple(row) for row in connection.execute(query).all()]
