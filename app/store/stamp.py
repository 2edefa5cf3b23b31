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

    def close(self) -> None:
        """Close the connection."""
        self._source.close()


class _FromSqlite:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: sqlite3.Connection | None = None
        self._seen: tuple[int, DataVersion] | None = None

    async def read(self) -> DataVersion:
        if self._connection is None:
            path = self._database.sqlite_path
            if path is None:
                return self._row()
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        (moved,) = self._connection.execute("PRAGMA data_version").fetchone()
        if self._seen is None or self._seen[0] != moved:
            # The mark is taken before the row: what is committed in between is seen at the next request.
            self._seen = (moved, self._row())
        return self._seen[1]

    def _row(self) -> DataVersion:
        with self._database.read() as connection:
            return version.read(connection)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _FromPostgres:
    def __init__(self, database: Database) -> None:
        self._url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection: psycopg.Connection | None = None
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
        return await asyncio.to_thread(self._row)

    def _row(self) -> DataVersion:
        try:
            return self._asked()
        except psycopg.OperationalError:
            # The server may have closed an idle connection; a second failure is the caller's to know.
            self.close()
            return self._asked()

    def _asked(self) -> DataVersion:
        if self._connection is None:
            self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=5)
        row = self._connection.execute(_QUERY, prepare=True).fetchone()
        if row is None:
            raise psycopg.DataError("The data version's row is missing.")
        return DataVersion(*row)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
