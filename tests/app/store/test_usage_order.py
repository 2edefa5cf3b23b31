"""An upgrade puts the usage days of an existing database in order, loses none, and has them all packed."""

from datetime import date

from alembic import command
from sqlalchemy import select, text

from app.core.db import Database
from app.models.facts import dirty_day
from app.models.usage import seat, usage_day
from app.store.migrate import config
from app.store.upsert import upsert
from tests.support.clock import START
from tests.support.migrations import back_to
from tests.support.stored import add_source

DAYS = [date(1969, 12, 31), date(2026, 2, 28), date(2026, 3, 1)]


def test_rows_survive_both_ways_and_every_day_is_marked(db: Database) -> None:
    source_id = add_source(db)
    rows = [(source_id, account, "edit", day, 1 + place) for place, day in enumerate(DAYS) for account in ("b", "a")]
    with db.write() as connection:
        upsert(connection, usage_day, ("source_id", "account", "event", "day", "count"), rows)
        back_to(connection, "0005")
        command.upgrade(config(connection), "head")
        stored = select(*(usage_day.c[name] for name in ("source_id", "account", "event", "day", "count")))
        assert sorted(tuple(row) for row in connection.execute(stored)) == sorted(rows)
        marks = select(dirty_day.c.source_id, dirty_day.c.kind, dirty_day.c.day)
        assert {tuple(row) for row in connection.execute(marks)} == {
            (source_id, "usage", (day - date(1970, 1, 1)).days) for day in DAYS
        }


def test_the_rows_of_a_day_stand_together(sqlite_db: Database) -> None:
    query = "EXPLAIN QUERY PLAN SELECT * FROM usage_day WHERE source_id = ? AND day = ?"
    with sqlite_db.read() as connection:
        plan = str(connection.exec_driver_sql(query, (b"", 0)).all())
        assert connection.execute(text("SELECT count(*) FROM usage_day")).scalar_one() == 0
    assert "SEARCH usage_day USING PRIMARY KEY (source_id=? AND day=?)" in plan


def test_seats_of_before_are_marked(db: Database) -> None:
    source_id = add_source(db)
    with db.write() as connection:
        rows = [(source_id, name, "full", START) for name in "ab"]
        upsert(connection, seat, ("source_id", "account", "product", "as_of"), rows)
        back_to(connection, "0008")
        command.upgrade(config(connection), "head")
        marks = select(dirty_day.c.source_id, dirty_day.c.kind, dirty_day.c.day)
        assert [tuple(row) for row in connection.execute(marks)] == [(source_id, "seat", 0)]
