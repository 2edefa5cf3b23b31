"""Bulk writes: insert, or change only what differs. The only code that asks which database it talks to.

SQLite takes tuples through the driver. PostgreSQL takes COPY into a temporary table and one INSERT from it.
Both leave a row alone when nothing of it would change, and count the rows that they wrote.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

from app.core.types import EPOCH, Day, Id, Instant, Json, String, without_nul

Row = tuple[Any, ...]
Write = Callable[[Connection, Iterable[Row], int], int]
"""(connection, converted rows, their number) -> the number written"""
ConvertColumn = Callable[[Sequence[Any]], Sequence[Any]]

_MICROSECOND = timedelta(microseconds=1)
_FEW = 100
"""Up to here a statement for each row, in one round trip, costs PostgreSQL less than the temporary table."""
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

    `rows` hold Python values in the order of `columns`; an id may also be its 16 bytes. Of rows with the same
    key the last one counts.
    Where the key exists, the columns of `replace` (all others than the key, if None) take the new value and
    those of `add` grow by it. A row that differs in columns of `ignore` alone is left as it is. With nothing to
    change (`replace=()`), a row that meets another in any unique index is left out. Raises RowError.
    """
    conflict = _Conflict(None if replace is None else frozenset(replace), frozenset(add), frozenset(ignore))
    plan = _plan(connection.dialect.name, table, columns, conflict)
    unwritten = iter(rows)
    written = 0
    while batch := list(islice(unwritten, plan.batch)):
        try:
            written += plan.write(connection, *plan.prepared(batch))
        except Exception as error:
            if _blames_a_row(error):
                raise RowError from error
            raise
    return written


class RowError(ValueError):
    """The database cannot hold one of the rows. The transaction (or savepoint) has to be rolled back."""

    def __init__(self) -> None:
        super().__init__("The database cannot hold it: a value has a wrong type or is too large.")


def _blames_a_row(error: Exception) -> bool:
    cause: Any = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, TypeError | ValueError | AttributeError | OverflowError):
        return True
    # 22: bad data, 23: a constraint, 54: a limit such as the size of an index entry. The others blame no row.
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        return state[:2] in {"22", "23", "54"}
    return type(cause).__name__ in {"DataError", "IntegrityError", "InterfaceError", "ProgrammingError"}


@dataclass(frozen=True, slots=True)
class _Plan:
    """What depends on the table and the columns alone."""

    batch: int
    keys: tuple[int, ...]
    converters: tuple[tuple[int, ConvertColumn], ...]
    write: Write

    def prepared(self, rows: list[Row]) -> tuple[Iterable[Row], int]:
        """The rows as the driver takes them, each key once, and their number.

        By column: a call for each value costs too much. And as an iterator: the driver takes one row after the
        other, and a list of new rows would cost as much again.
        """
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        for index, convert in self.converters:
            columns[index] = convert(columns[index])
        varying = [columns[index] for index in self.keys if columns[index].count(columns[index][0]) < len(rows)]
        keys = varying[0] if len(varying) == 1 else list(zip(*varying, strict=True)) or [()] * len(rows)
        converted = zip(*columns, strict=True)
        if len(set(keys)) == len(rows):
            return converted, len(rows)
        latest = dict(zip(keys, converted, strict=True))
        return latest.values(), len(latest)


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
        keys=tuple(columns.index(name) for name in keys),
        converters=tuple(
            (index, converter)
            for index, name in enumerate(columns)
            if (converter := _converter(dialect, table.c[name].type)) is not None
        ),
        write=write,
    )


def _sqlite_writer(table: str, columns: Sequence[str], conflict: str) -> Write:
    marks = ", ".join("?" * len(columns))
    sql = f'INSERT INTO "{table}" ({_names(columns)}) VALUES ({marks}) {conflict}'  # noqa: S608 - names of our tables

    def write(connection: Connection, rows: Iterable[Row], _count: int) -> int:
        driver: Any = connection.connection.driver_connection
        return int(driver.executemany(sql, rows).rowcount)

    return write


def _postgres_writer(table: str, columns: Sequence[str], keys: Sequence[str], conflict: str) -> Write:
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
    marks = ", ".join(["%s"] * len(columns))
    insert_few = f'INSERT INTO "{table}" ({names}) VALUES ({marks}) {conflict}'  # noqa: S608 - names of our tables

    def write(connection: Connection, rows: Iterable[Row], count: int) -> int:
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor:
            if count <= _FEW:
                cursor.executemany(insert_few, rows)
                return int(cursor.rowcount)
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
    if isinstance(kind, Id):
        return _id_bytes if dialect == "sqlite" else _id_digits
    if isinstance(kind, Instant):
        return _micros if dialect == "sqlite" else _aware
    if isinstance(kind, Json):
        return _json_texts
    if isinstance(kind, Day) and dialect == "sqlite":
        return _days
    return None


def _clean_texts(values: Sequence[str | None]) -> Sequence[str | None]:
    # One look at all of them together: U+0000 is rare, and looking at each costs more than the write.
    if "\x00" not in "".join(filter(None, values)):
        return values
    return [None if value is None else without_nul(value) for value in values]


def _id_bytes(values: Sequence[Any]) -> Sequence[bytes | None]:
    if isinstance(values[0], bytes):
        return values
    first, known = values[0], None if values[0] is None else values[0].bytes
    return [known if value is first else None if value is None else value.bytes for value in values]


def _id_digits(values: Sequence[Any]) -> Sequence[str | None]:
    if isinstance(values[0], bytes):
        return [value.hex() for value in values]
    first, known = values[0], None if values[0] is None else values[0].hex
    return [known if value is first else None if value is None else value.hex for value in values]


def _micros(values: Sequence[datetime | None]) -> Sequence[int | None]:
    return [None if value is None else (value - EPOCH) // _MICROSECOND for value in values]


def _aware(values: Sequence[datetime | None]) -> Sequence[datetime | None]:
    return [value if value is None or value.tzinfo is UTC else Instant.to_postgres(value) for value in values]


def _days(values: Sequence[date | None]) -> Sequence[int | None]:
    return [None if value is None else Day.to_sqlite(value) for value in values]


def _json_texts(values: Sequence[Any]) -> Sequence[str | None]:
    first, known = values[0], None if values[0] is None else Json.to_sqlite(values[0])
    return [known if value is first else None if value is None else Json.to_sqlite(value) for value in values]


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)
