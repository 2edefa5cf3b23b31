"""The database: one engine, read transactions and write transactions.

SQLite runs in WAL mode with `synchronous=FULL` (a commit that was answered survives a power cut) unless a write
says that it can be repeated; foreign keys are on, and there is a busy time-out. A write begins with BEGIN
IMMEDIATE: a read that is upgraded to a write would fail with "database is locked" whatever the time-out.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

_BUSY_TIMEOUT_MS = 30_000
_WRITES = "prodops_writes"
_REPEATABLE = "prodops_repeatable"


class Database:
    """A database that can be read (`with db.read() as connection`) and written (`with db.write() as connection`)."""

    def __init__(self, url: str) -> None:
        self.url = _driver_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else create_engine(self.url, pool_pre_ping=True)
        self._writer = self.engine.execution_options(**{_WRITES: True})
        self._repeatable_writer = self._writer.execution_options(**{_REPEATABLE: True})

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent snapshot for reading; nothing written in it is kept."""
        options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self.engine.execution_options(**options).connect() as connection:
            yield connection

    @contextmanager
    def write(self, *, repeatable: bool = False) -> Iterator[Connection]:
        """One transaction: committed when the block ends, rolled back when it raises.

        A `repeatable` one does not wait for the disc: a power cut may undo the latest of them, in order and
        whole, as if they had not been written yet. For pages of a sync, whose cursor goes with them: they are
        read again. A killed process loses none.
        """
        with (self._repeatable_writer if repeatable else self._writer).begin() as connection:
            if repeatable and not self.is_sqlite:
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield connection

    @property
    def sqlite_path(self) -> Path | None:
        """The file, where the database is one."""
        if not self.is_sqlite or not self.url.database or self.url.database == ":memory:":
            return None
        return Path(self.url.database)

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _driver_url(text: str) -> URL:
    url = make_url(text)
    if url.get_backend_name() == "sqlite":
        return url.set(drivername="sqlite+pysqlite")
    if url.get_backend_name() in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise ValueError("PRODOPS_DATABASE_URL must name a sqlite or a postgresql database.")


def _sqlite_engine(url: URL) -> Engine:
    # One idle connection per thread of the API's pool, never shared while in use.
    engine = create_engine(url, connect_args={"check_same_thread": False}, pool_size=20, max_overflow=40)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself: `_begin` chooses their kind.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={_BUSY_TIMEOUT_MS}",
            "cache_size=-65536",
            "temp_store=MEMORY",
            "mmap_size=268435456",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get(_WRITES, False):
            connection.exec_driver_sql("BEGIN")
            return
        connection.exec_driver_sql(f"PRAGMA synchronous={'NORMAL' if options.get(_REPEATABLE, False) else 'FULL'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
