"""Migrations make exactly the tables of `app/models`, once, however many processes try."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.db import Database
from app.models import metadata
from app.store import version
from app.store.migrate import is_migrated, migrate
from tests.support.clock import START, ManualClock


def test_the_migrations_make_the_tables_that_the_code_uses(db: Database) -> None:
    with db.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_fresh_database_is_not_migrated_and_becomes_so(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'fresh.db'}")
    assert not is_migrated(database)
    migrate(database, START)
    assert is_migrated(database)
    database.close()


def test_an_unreachable_database_is_not_migrated(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'no such folder' / 'x.db'}")
    assert not is_migrated(database)


def test_migrating_again_changes_nothing(db: Database) -> None:
    with db.write() as connection:
        version.bump(connection, START)
        before = version.read(connection)
    migrate(db, ManualClock().forward(days=1))
    with db.read() as connection:
        assert version.read(connection) == before


def test_several_processes_may_migrate_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'fresh.db'}"

    def start() -> bool:
        database = Database(url)
        try:
            migrate(database, START)
            return is_migrated(database)
        finally:
            database.close()

    with ThreadPoolExecutor(3) as pool:
        attempts = [pool.submit(start) for _ in range(3)]
        assert all(attempt.result(30) for attempt in attempts)


def test_a_migration_that_fails_leaves_the_database_as_it_was(db: Database) -> None:
    with db.write() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    with pytest.raises(DBAPIError):
        migrate(db, START)
    with db.read() as connection:
        assert version.read(connection).version == 1
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 0
