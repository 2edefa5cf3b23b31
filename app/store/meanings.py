"""The values that work items refer to: statuses, item types, resolutions; and what the vendor says they mean."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, Table, select

from app.store.upsert import Row, upsert


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the facts depend on."""

    category: str | None
    listed: bool


def known(connection: Connection, table: Table, source_id: UUID) -> set[str]:
    """The values of a source that have a row."""
    return set(connection.execute(select(table.c.external_id).where(table.c.source_id == source_id)).scalars())


def meanings(connection: Connection, table: Table, source_id: UUID) -> Mapping[str, Meaning]:
    """The category and presence of every status or resolution of a source."""
    query = select(table.c.external_id, table.c.category, table.c.listed).where(table.c.source_id == source_id)
    return {row.external_id: Meaning(row.category, row.listed) for row in connection.execute(query)}


def add_missing(connection: Connection, table: Table, columns: tuple[str, ...], rows: Iterable[Row]) -> int:
    """Insert the rows whose value has none; gives their number."""
    return upsert(connection, table, columns, rows, replace=())
