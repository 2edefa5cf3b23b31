"""Bulk writes: insert, or change only what differs. The only code that asks which database it talks to.

SQLite takes tuples through the driver. PostgreSQL takes COPY into a temporary table and one INSERT from it.
Both leave a row alone when nothing of it would change, and count the rows that they wrote.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table

from app.core.types import Portable, String, without_nul

Row = tuple[Any, ...]
ConvertColumn = Callable[[Sequence[Any]], Sequence[Any]]

_BATCH = {"sqlite": 2_000, "postgresql": 20_000}


def upsert(
    connection: Connection,
    table: Table,
    columns: tuple[str, ...],
    rows: Iterable[Row],
    *,
    replace: Collection[str] | None = None,
    add: Collection[str] = (),
    ignore: Collection[str] = (),
) -> int:
    """Write rows by primary key; gives the number of rows inserted or changed.

    `rows` hold Python values in the order of `columns`. Of rows with the same key the last one counts.
    Where the key exists, the columns of `replace` (all others than the key, if None) take the new value and
    those of `add` grow by it. A row that differs in columns of `ignore` alone is left as it is. With nothing to
    change (`replace=()`), a row that meets another in any unique index is left out.
    """
    conflict = _Conflict(None if replace is None else frozenset(replace), frozenset(add), frozenset(ignore))
    plan = _plan(connection.dialect.name, table, columns, conflict)
    latest = {plan.key(row): row for row in rows}
    unwritten = iter(latest.values())
    written = 0
    while batch := list(islice(unwritten, plan.batch)):
        written += plan.write(connection, plan.converted(batch))
    return written


@dataclass(frozen=True, slots=True)
class _Plan:
    """What depends on the table and the columns alone."""

    batch: int
    key: Callable[[Row], Any]
    converters: tuple[tuple[int, ConvertColumn], ...]
    write: Callable[[Connection, list[Row]], int]

    def converted(self, rows: list[Row]) -> list[Row]:
        """The rows as the driver takes them. By column: one call a value would cost more than the write."""
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        for index, convert in self.converters:
            columns[index] = convert(columns[index])
        return list(zip(*columns, strict=True))


@dataclass(frozen=True, slots=True)
class _Conflict:
    """What happens where the key exists already."""

    replace: frozenset[str] | None
    add: frozenset[str]
    ignore: frozenset[str]

    def clause(self, table: str, keys: Sequence[str], columns: Sequence[str], differs: str) -> str:
        changing = [
            name for name in columns if name not in keys and (self.replace is None or name in (self.replace | self.add))
        ]
        if not changing:
            return "ON CONFLICT DO NOTHING"
        values = ", ".join(
            f'"{name}" = "{table}"."{name}" + excluded."{name}"'
            if name in self.add
            else f'"{name}" = excluded."{name}"'
            for name in changing
        )
        guard = " OR ".join(
            f'excluded."{name}" <> 0' if name in self.add else f'"{table}"."{name}" {differs} excluded."{name}"'
            for name in changing
            if name not in self.ignore
        )
        return f"ON CONFLICT ({_names(keys)}) DO UPDATE SET {values} WHERE {guard}"


@lru_cache(maxsize=256)
def _plan(dialect: str, table: Table, columns: tuple[str, ...], conflict: _Conflict) -> _Plan:
    keys = tuple(column.name for column in table.primary_key)
    if dialect == "sqlite":
        write = _sqlite_writer(table.name, columns, conflict.clause(table.name, keys, columns, "IS NOT"))
    else:
        write = _postgres_writer(
            table.name, columns, keys, conflict.clause(table.name, keys, columns, "IS DISTINCT FROM")
        )
    return _Plan(
        batch=_BATCH[dialect],
        key=itemgetter(*(columns.index(name) for name in keys)),
        converters=tuple(
            (index, converter)
            for index, name in enumerate(columns)
            if (converter := _converter(dialect, table.c[name].type)) is not None
        ),
        write=write,
    )


def _sqlite_writer(table: str, columns: Sequence[str], conflict: str) -> Callable[[Connection, list[Row]], int]:
    marks = ", ".join("?" * len(columns))
    sql = f'INSERT INTO "{table}" ({_names(columns)}) VALUES ({marks}) {conflict}'  # noqa: S608 - names of our tables

    def write(connection: Connection, rows: list[Row]) -> int:
        return connection.exec_driver_sql(sql, rows).rowcount

    return write


def _postgres_writer(
    table: str, columns: Sequence[str], keys: Sequence[str], conflict: str
) -> Callable[[Connection, list[Row]], int]:
    names = _names(columns)
    stage = "stage_" + hashlib.sha256(f"{table}({names})".encode()).hexdigest()[:16]
    # The stage lives as long as the connection; a rolled back transaction may have taken it away.
    create = (
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {stage} ON COMMIT DELETE ROWS AS "  # noqa: S608 - names of our tables
        f'SELECT {names} FROM "{table}" WITH NO DATA'
    )
    copy = f"COPY {stage} ({names}) FROM STDIN"
    # In the order of the key, so that two writers never wait for each other.
    insert = f'INSERT INTO "{table}" ({names}) SELECT {names} FROM {stage} ORDER BY {_names(keys)} {conflict}'  # noqa: S608

    def write(connection: Connection, rows: list[Row]) -> int:
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor:
            cursor.execute(create)
            with cursor.copy(copy) as stream:
                for row in rows:
                    stream.write_row(row)
            cursor.execute(insert)
            written = int(cursor.rowcount)
            cursor.execute(f"TRUNCATE {stage}")
        return written

    return write


def _converter(dialect: str, kind: Any) -> ConvertColumn | None:
    if isinstance(kind, String):
        return _clean_texts
    if not isinstance(kind, Portable):
        return None
    name = "to_sqlite" if dialect == "sqlite" else "to_postgres"
    convert = getattr(kind, name)
    if convert is getattr(Portable, name):
        return None

    def column(values: Sequence[Any]) -> Sequence[Any]:
        return [None if value is None else convert(value) for value in values]

    return column


def _clean_texts(values: Sequence[str | None]) -> Sequence[str | None]:
    # One look at all of them together: U+0000 is rare, and looking at each costs more than the write.
    if "\x00" not in "".join(filter(None, values)):
        return values
    return [None if value is None else without_nul(value) for value in values]


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)
