"""Folded usage days are what counting everything anew would give, however it came and however often."""

import uuid
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.core.db import Database
from app.ingest.push import push
from app.ingest.write import Writer
from app.models.usage import item_activity, usage_day, usage_event_seen
from app.store import sources
from connectors.kit.records import ActivityOf, Record, UsageDay, UsageEvent, WorkItem
from tests.support.clock import START
from tests.support.stored import KEYRING, add_source

SETTINGS = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NOW = START + timedelta(days=60)
DAYS = st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 1, 4))
SHARES = st.dictionaries(st.tuples(st.sampled_from("ab"), st.just("edit"), DAYS), st.integers(0, 3), max_size=4)
STEPS = st.lists(st.tuples(st.sampled_from(["i1", "i2", "i3"]), SHARES | st.just("deleted")), min_size=1, max_size=12)


def write(db: Database, source_id: uuid.UUID, records: list[Record], now: datetime = NOW) -> Any:
    with db.write() as connection:
        assert sources.lock(connection, source_id)
        return Writer(source_id, now=lambda: now, keyring=KEYRING).write(connection, records)


def days(db: Database, source_id: uuid.UUID) -> dict[tuple[str, str, date], int]:
    with db.read() as connection:
        rows = connection.execute(select(usage_day).where(usage_day.c.source_id == source_id)).all()
    return {(row.account, row.event, row.day): row.count for row in rows}


def activity(item: str, share: dict[tuple[str, str, date], int]) -> ActivityOf:
    return ActivityOf(work_item=item, days=tuple((*key, count) for key, count in sorted(share.items())))


def item(external_id: str, deleted_at: datetime | None = None) -> WorkItem:
    return WorkItem(external_id=external_id, created_at=START, updated_at=START, deleted_at=deleted_at)


@SETTINGS
@given(steps=STEPS)
def test_the_days_are_the_sum_of_the_items_shares(db: Database, steps: list[tuple[str, Any]]) -> None:
    source_id = add_source(db, name=str(uuid.uuid4()))
    shares: dict[str, dict[tuple[str, str, date], int]] = {}
    for key, share in steps:
        if share == "deleted":
            shares.pop(key, None)
            write(db, source_id, [item(key, deleted_at=START), activity(key, {("a", "edit", date(2026, 1, 1)): 9})])
        else:
            shares[key] = share
            write(db, source_id, [item(key), activity(key, share)])
        total: Counter[tuple[str, str, date]] = Counter()
        for one in shares.values():
            total.update(one)
        assert days(db, source_id) == {key: count for key, count in total.items() if count}


def test_the_same_share_again_is_no_change(db: Database) -> None:
    source_id = add_source(db)
    share = activity("i", {("a\x00", "edit", date(2026, 1, 1)): 2})
    assert write(db, source_id, [share]).written == 1
    assert write(db, source_id, [share]).written == 0
    assert days(db, source_id) == {("a", "edit", date(2026, 1, 1)): 2}


def test_an_item_without_activity_keeps_no_row(db: Database) -> None:
    source_id = add_source(db)
    write(db, source_id, [activity("i", {("a", "edit", date(2026, 1, 1)): 2})])
    write(db, source_id, [activity("i", {})])
    with db.read() as connection:
        assert connection.execute(select(item_activity)).all() == []
    assert days(db, source_id) == {}


def event(number: int, at: datetime, count: int = 1) -> UsageEvent:
    return UsageEvent(external_id=f"e{number}", account="a", event="open", at=at, count=count)


@SETTINGS
@given(batches=st.lists(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 3)), max_size=6), max_size=5))
def test_an_event_counts_once_however_often_it_comes(db: Database, batches: list[list[tuple[int, int]]]) -> None:
    source_id = add_source(db, name=str(uuid.uuid4()))
    first: dict[int, int] = {}
    for batch in batches:
        new = {number: count for number, count in reversed(batch) if number not in first}
        first |= new
        records: list[Record] = [event(number, START + timedelta(hours=number), count) for number, count in batch]
        assert write(db, source_id, records).written == len(new)
    expected: Counter[tuple[str, str, date]] = Counter()
    for number, count in first.items():
        expected["a", "open", (START + timedelta(hours=number)).date()] += count
    assert days(db, source_id) == expected


def test_an_event_from_before_the_look_back_is_refused_with_a_reason(db: Database) -> None:
    source_id = add_source(db)
    write(db, source_id, [event(1, START)])
    written = write(db, source_id, [event(2, START - timedelta(days=11)), event(3, START - timedelta(days=9))])
    assert written.written == 1
    (fault,) = written.faults
    assert (fault.index, fault.field) == (0, "at")
    assert "usage_days" in fault.reason


def test_years_of_events_can_be_sent_forward(db: Database) -> None:
    source_id = add_source(db)
    for month in range(24):
        at = START - timedelta(days=30 * (24 - month))
        assert write(db, source_id, [event(month, at)]).written == 1
    with db.read() as connection:
        assert len(connection.execute(select(usage_event_seen)).all()) == 1


def test_the_hashes_of_two_sources_differ_and_hold_no_id(db: Database) -> None:
    for name in ("one", "two"):
        write(db, add_source(db, name=name), [event(1, START)])
    with db.read() as connection:
        digests = [bytes(one) for one in connection.execute(select(usage_event_seen.c.digest)).scalars()]
    assert len(set(digests)) == 2
    assert all(b"e1" not in one for one in digests)


def test_a_pushed_day_replaces_and_nothing_removes_it(db: Database) -> None:
    source_id = add_source(db)
    key = ("a", "open", date(2026, 1, 1))

    def day(count: int) -> UsageDay:
        return UsageDay(account="a", event="open", day=date(2026, 1, 1), count=count)

    assert write(db, source_id, [day(5)]).written == 1
    assert write(db, source_id, [day(5)]).written == 0
    assert write(db, source_id, [day(3)]).written == 1
    assert days(db, source_id) == {key: 3}
    assert write(db, source_id, [day(0)]).written == 1
    assert days(db, source_id) == {}


def test_a_day_of_the_future_is_refused(db: Database) -> None:
    line = b'{"account": "a", "event": "open", "day": "2099-01-01", "count": 1}'
    pushed = push(db, add_source(db), "usage_days", [line], form="ndjson", keyring=KEYRING, now=NOW)
    assert pushed.rejected == [{"line": 1, "errors": [{"loc": ["day"], "msg": "It lies in the future."}]}]
