"""Transactions: a write is whole or nothing, a reader is never blocked, a second writer waits."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.db import Database


@pytest.fixture
def counter(empty_db: Database) -> Database:
    with empty_db.write() as connection:
        connection.execute(text("CREATE TABLE counter (value INTEGER NOT NULL)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))
    return empty_db


def value(db: Database) -> int:
    with db.read() as connection:
        return int(connection.execute(text("SELECT value FROM counter")).scalar_one())


def test_a_write_that_raises_leaves_nothing(counter: Database) -> None:
    def fail_halfway() -> None:
        with counter.write() as connection:
            connection.execute(text("UPDATE counter SET value = 9"))
            connection.execute(text("UPDATE no_such_table SET value = 9"))

    with pytest.raises(DBAPIError):
        fail_halfway()
    assert value(counter) == 0


def test_writers_that_read_first_wait_for_each_other(counter: Database) -> None:
    def bump() -> None:
        for _ in range(25):
            with counter.write() as connection:
                lock = "" if counter.is_sqlite else " FOR UPDATE"
                now = connection.execute(text(f"SELECT value FROM counter{lock}")).scalar_one()
                connection.execute(text("UPDATE counter SET value = :v"), {"v": now + 1})

    threads = [threading.Thread(target=bump) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert value(counter) == 100


def test_a_reader_sees_one_state_while_another_writes(counter: Database) -> None:
    with counter.read() as reader:
        before = reader.execute(text("SELECT value FROM counter")).scalar_one()
        with counter.write() as connection:
            connection.execute(text("UPDATE counter SET value = 5"))
        assert reader.execute(text("SELECT value FROM counter")).scalar_one() == before
    assert value(counter) == 5


def test_a_reader_cannot_leave_a_change_behind(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'a.db'}")
    with db.write() as connection:
        connection.execute(text("CREATE TABLE counter (value INTEGER)"))
    with db.read() as connection:
        connection.execute(text("INSERT INTO counter VALUES (1)"))
    with db.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM counter")).scalar_one() == 0
    db.close()


def test_sqlite_is_set_up_for_many_readers_and_safe_commits(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'a.db'}")
    with db.read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
    db.close()


@pytest.mark.parametrize("url", ["mysql://localhost/x", "nonsense://"])
def test_another_database_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite or a postgresql"):
        Database(url)


def test_a_page_of_a_sync_does_not_wait_for_the_disc_and_the_next_act_does(empty_db: Database) -> None:
    setting = "PRAGMA synchronous" if empty_db.is_sqlite else "SHOW synchronous_commit"
    seen = []
    for repeatable in (True, False, True):
        with empty_db.write(repeatable=repeatable) as connection:
            seen.append(connection.exec_driver_sql(setting).scalar_one())
    waits, does_not = (2, 1) if empty_db.is_sqlite else (empty_db_default(empty_db), "off")
    assert seen == [does_not, waits, does_not]


def empty_db_default(db: Database) -> str:
    with db.read() as connection:
        return str(connection.exec_driver_sql("SHOW synchronous_commit").scalar_one())
