"""`upsert` does what writing each row into a plain dict would do, and says how many rows it changed."""

import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from app.core.db import Database
from app.models.communication import channel
from app.models.schedule import tick
from app.models.usage import seat, usage_day
from app.models.work import transition, work_item
from app.store.upsert import RowError, upsert
from tests.support.clock import START
from tests.support.stored import add_source

SETTINGS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
KEY = st.sampled_from(["a", "b", "c", "é", "x\x00y"])
TEXT = st.none() | st.text(alphabet="aé€\x00 'β\n\t\\", max_size=5)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=-11))])
INSTANT = st.builds(
    lambda zone, micros: (datetime(1900, 1, 2, tzinfo=UTC) + timedelta(microseconds=micros)).astimezone(zone),
    ZONES,
    st.integers(0, 2**57),
)
COLUMNS = ("source_id", "external_id", "work_item", "at", "from_status", "to_status", "automated")
ROW = st.tuples(KEY, st.just("item"), INSTANT, TEXT, st.just("s"), st.none() | st.booleans())


def clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    return value.astimezone(UTC) if isinstance(value, datetime) else value


@SETTINGS
@given(batches=st.lists(st.lists(ROW, max_size=8), max_size=4))
def test_it_is_a_dict(db: Database, batches: list[list[tuple[Any, ...]]]) -> None:
    source_id = add_source(db, name=str(uuid.uuid4()))
    oracle: dict[str, tuple[Any, ...]] = {}
    for batch in batches:
        latest = {clean(row[0]): tuple(clean(value) for value in row) for row in batch}
        changed = sum(oracle.get(key) != row for key, row in latest.items())
        oracle |= latest
        with db.write() as connection:
            assert upsert(connection, transition, COLUMNS, [(source_id, *row) for row in batch]) == changed
    with db.read() as connection:
        query = select(*(transition.c[name] for name in COLUMNS[1:])).where(transition.c.source_id == source_id)
        assert {row[0]: tuple(row) for row in connection.execute(query)} == oracle


@SETTINGS
@given(batches=st.lists(st.lists(st.tuples(st.sampled_from("ab"), st.integers(-5, 5)), max_size=6), max_size=4))
def test_added_columns_are_sums(db: Database, batches: list[list[tuple[str, int]]]) -> None:
    source_id = add_source(db, name=str(uuid.uuid4()))
    oracle: dict[str, int] = {}
    for batch in batches:
        latest = dict(batch)
        for key, value in latest.items():
            oracle[key] = oracle.get(key, 0) + value
        rows = [(source_id, key, "e", date(2026, 1, 1), value) for key, value in batch]
        with db.write() as connection:
            upsert(connection, usage_day, ("source_id", "account", "event", "day", "count"), rows, add=("count",))
    with db.read() as connection:
        query = select(usage_day.c.account, usage_day.c.count.label("total")).where(usage_day.c.source_id == source_id)
        assert {row.account: row.total for row in connection.execute(query)} == oracle


@pytest.mark.parametrize("size", [3, 250, 5_000])
def test_any_size_is_written_once(db: Database, size: int) -> None:
    source_id = add_source(db)
    rows = [(source_id, str(n), "item", START + timedelta(seconds=n), "a", "b", None) for n in range(size)]
    with db.write() as connection:
        assert upsert(connection, transition, COLUMNS, rows) == size
        assert upsert(connection, transition, COLUMNS, rows) == 0
        renamed = [(*row[:4], "c", *row[5:]) if index % 2 else row for index, row in enumerate(rows)]
        assert upsert(connection, transition, COLUMNS, renamed) == size // 2


def test_every_kind_of_column_comes_back_as_it_went_in(db: Database) -> None:
    source_id = add_source(db)
    record_id = uuid.uuid4()
    row = {
        "source_id": source_id,
        "external_id": "1",
        "id": record_id,
        "title": "déjà\t\\N\nvu €",
        "labels": ("x", "y\x00z"),
        "points": 2.5,
        "releases": (),
        "affects_releases": ["r"],
        "created_at": datetime(2026, 1, 1, 1, 2, 3, 456789, tzinfo=timezone(timedelta(hours=2))),
        "updated_at": START,
    }
    with db.write() as connection:
        upsert(connection, work_item, tuple(row), [tuple(row.values())])
    with db.read() as connection:
        stored = connection.execute(select(*(work_item.c[name] for name in row))).mappings().one()
    expected = {
        **row, "labels": ["x", "yz"], "releases": [], "created_at": datetime(2025, 12, 31, 23, 2, 3, 456789, tzinfo=UTC)
    }  # fmt: skip
    assert dict(stored) == expected


def test_an_id_may_be_its_bytes(db: Database) -> None:
    source_id, record_id = add_source(db), uuid.uuid4()
    columns = ("source_id", "external_id", "id", "private", "members")
    with db.write() as connection:
        assert upsert(connection, channel, columns, [(source_id, "c", record_id.bytes, False, ())]) == 1
        assert upsert(connection, channel, columns, [(source_id, "c", record_id, False, ())]) == 0
    with db.read() as connection:
        assert connection.execute(select(channel.c.id)).scalar_one() == record_id


def test_an_ignored_column_alone_is_no_change(db: Database) -> None:
    source_id = add_source(db)
    columns = ("source_id", "account", "product", "removed_at", "as_of")
    later = START + timedelta(days=1)
    with db.write() as connection:
        upsert(connection, seat, columns, [(source_id, "a", "p", None, START)], ignore=("as_of",))
        assert upsert(connection, seat, columns, [(source_id, "a", "p", None, later)], ignore=("as_of",)) == 0
        assert connection.execute(select(seat.c.as_of)).scalar_one() == START
        assert upsert(connection, seat, columns, [(source_id, "a", "p", START, later)], ignore=("as_of",)) == 1
        assert connection.execute(select(seat.c.as_of)).scalar_one() == later


def test_with_nothing_to_replace_the_first_row_stays(db: Database) -> None:
    with db.write() as connection:
        assert upsert(connection, tick, ("job", "scheduled_at"), [("j", START)], replace=()) == 1
        assert upsert(connection, tick, ("job", "scheduled_at"), [("j", START)], replace=()) == 0


def test_a_row_that_cannot_be_held_is_blamed_and_the_transaction_can_go_on(db: Database) -> None:
    source_id = add_source(db)
    for bad in ((source_id, "1", "item", None, "a", "b", None), (source_id, "1", "item", "noon", "a", "b", None)):
        with db.write() as connection:
            with pytest.raises(RowError), connection.begin_nested():
                upsert(connection, transition, COLUMNS, [bad])
            good = (source_id, "2", "item", START, "a", "b", None)
            assert upsert(connection, transition, COLUMNS, [good]) == 1
            connection.execute(delete(transition))


def test_the_columns_of_an_admin_are_left_alone(db: Database) -> None:
    source_id = add_source(db)
    row = (source_id, "1", "item", START, None, "b", True)
    with db.write() as connection:
        upsert(connection, transition, COLUMNS, [row])
        connection.execute(transition.update().values(actor="somebody"))
        upsert(connection, transition, COLUMNS, [(*row[:6], False)])
        assert connection.execute(select(transition.c.actor, transition.c.automated)).one() == ("somebody", False)
