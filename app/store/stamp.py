"""The stamp: what every answer and every remembered token is checked against, cheap enough for each request.

On SQLite `PRAGMA data_version` moves whenever any other connection, of any process, has committed; only then
is the row read again. On PostgreSQL the row is read each time, by one connection of its own, and requests
that arrive while a read is under way share the next one.
"""

import asyncio
import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError, NoResultFound

from app.core.db import Database
from app.store import version
from app.store.version import DataVersion

_PATIENCE = 10.0
_QUERY = "SELECT version, at, access_version FROM data_version WHERE id = 1"


class StampUnreadableError(Exception):
    """The database is out of reach, or holds no data version: it is not migrated."""


class StampReader:
    """Reads the present stamp. Use it from one event loop; `close` it in the end."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._source = _FromSqlite(database) if database.is_sqlite else _FromPostgres(database)

    async def read(self) -> DataVersion:
        """The stamp of what is committed now. Raises StampUnreadableError."""
        try:
            return await self._source.read()
        except (DBAPIError, NoResultFound, sqlite3.Error, psycopg.Error) as error:
            raise StampUnreadableError("The data version cannot be read.") from error

    async def close(self) -> None:
        """Close the connection."""
        await self._source.close()


class _FromSqlite:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: sqlite3.Connection | None = None
        self._cursor: sqlite3.Cursor | None = None
        self._seen: tuple[int, DataVersion] | None = None

    async def read(self) -> DataVersion:
        if self._cursor is None:
            path = str(self._database.url.database)
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._cursor = self._connection.cursor()
        (moved,) = self._cursor.execute("PRAGMA data_version").fetchone()
        if self._seen is None or self._seen[0] != moved:
            # The mark is taken before the row: what is committed in between is seen at the next request.
            self._seen = (moved, self._row())
        return self._seen[1]

    def _row(self) -> DataVersion:
        with self._database.read() as connection:
            return version.read(connection)

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = self._cursor = None


class _FromPostgres:
    # A coroutine and no thread: a thread would wait milliseconds for its turn beside a busy event loop.
    def __init__(self, database: Database) -> None:
        self._url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection: psycopg.AsyncConnection | None = None
        self._running: asyncio.Task[DataVersion] | None = None
        self._next: asyncio.Task[DataVersion] | None = None

    async def read(self) -> DataVersion:
        # A read that is under way may have begun before the caller's own last write: only the next will do.
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._running))
        return await asyncio.shield(self._next)

    async def _after(self, running: "asyncio.Task[DataVersion] | None") -> DataVersion:
        if running is not None and not running.done():
            await asyncio.wait([running])
        self._running, self._next = self._next, None
        try:
            return await asyncio.wait_for(self._row(), _PATIENCE)
        except psycopg.OperationalError:
            # The server may have closed an idle connection; a second failure is the caller's to know.
            await self.close()
            return await asyncio.wait_for(self._row(), _PATIENCE)
        except TimeoutError as error:
            await self.close()
            raise psycopg.OperationalError("The database does not answer.") from error

    async def _row(self) -> DataVersion:
        if self._connection is None:
            self._connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True, connect_timeout=5)
        cursor = await self._connection.execute(_QUERY, prepare=True)
        row = await cursor.fetchone()
        if row is None:
            raise psycopg.DataError("The data version's row is missing.")
        return DataVersion(*row)

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
