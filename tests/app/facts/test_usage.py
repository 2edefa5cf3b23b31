"""Usage segments hold exactly the usage days, whatever changed and however often."""

from collections import defaultdict
from datetime import date, timedelta
from itertools import count
from uuid import UUID

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.core.db import Database
from app.core.types import to_micros
from app.facts import segment, usage
from app.facts.dirty import build_dirty
from app.facts.teams import ALWAYS
from app.ingest.write import Writer
from app.models.facts import dirty_day, fact_code, fact_segment
from app.store import presence
from app.store import usage as store
from connectors.kit.records import Seat
from tests.support.clock import START
from tests.support.stored import KEYRING, add_source
from tests.support.usage import UsageStore

FIRST = date(2026, 1, 31)
KEYS = st.tuples(
    st.sampled_from(["ada", "bob", "cy", *(f"account {n}" for n in range(30))]),
    st.sampled_from(["open", "edit"]),
    st.sampled_from([FIRST + timedelta(days=n) for n in range(3)]),
)
SETTINGS = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_name = count()


def packed(db: Database, source_id: UUID) -> dict[tuple[str, str, date], int]:
    """The usage days as the segments tell them, both kinds compared with each other on the way."""
    found: dict[tuple[str, str, date], int] = {}
    with db.read() as connection:
        codes = connection.execute(select(fact_code).where(fact_code.c.source_id == source_id)).all()
        names = {(row.dimension, row.code): row.external_id for row in codes}
        [part] = [row.code for row in codes if row.dimension == "source"] or [-1]
        rows = connection.execute(select(fact_segment).where(fact_segment.c.part == part)).all()
    payloads = {(row.kind, row.bucket): bytes(row.payload) for row in rows}
    assert {bucket for kind, bucket in payloads if kind == "usage"} == {bucket for _, bucket in payloads}
    for kind, bucket in sorted(payloads):
        if kind != "usage":
            continue
        columns = segment.decode(usage.USAGE, payloads[kind, bucket])
        day = date(1970, 1, 1) + timedelta(days=bucket)
        of_event: defaultdict[int, dict[int, int]] = defaultdict(dict)
        for event, account, number in zip(*(columns[name].tolist() for name in columns), strict=True):
            found[names["account", account], names["event", event], day] = number
            of_event[event][account] = number
        sets = usage.decode_activity(payloads["activity", bucket])
        assert sets.accounts(0).tolist() == sorted({account for some in of_event.values() for account in some})
        assert sets.event.tolist() == [-1, *sorted(of_event)]
        for place, event in enumerate(sorted(of_event), start=1):
            assert sets.accounts(place).tolist() == sorted(of_event[event])
            assert sets.events[place] == sum(of_event[event].values())
        assert sets.events[0] == sum(sets.events[1:])
    return found


@SETTINGS
@given(steps=st.lists(st.dictionaries(KEYS, st.integers(0, 2**40), max_size=40), min_size=1, max_size=4))
def test_segments_follow_every_change(db: Database, steps: list[dict[tuple[str, str, date], int]]) -> None:
    rows, stored = UsageStore(db), {}
    source_id = rows.source(f"source {next(_name)}")
    for step in steps:
        rows.use(source_id, step)
        stored |= step
        build_dirty(db)
        assert packed(db, source_id) == {key: number for key, number in stored.items() if number}


def test_differences_mark_their_days_and_no_others(db: Database) -> None:
    rows = UsageStore(db)
    source_id = rows.source("slack")
    with db.write() as connection:
        store.add_counts(connection, source_id, {("ada", "post", FIRST): 2, ("ada", "post", date(2026, 3, 1)): 0})
    with db.read() as connection:
        assert connection.execute(select(dirty_day.c.day)).scalars().all() == [(FIRST - date(1970, 1, 1)).days]
    build_dirty(db)
    with db.write() as connection:
        store.add_counts(connection, source_id, {("ada", "post", FIRST): -2})
    build_dirty(db)
    assert packed(db, source_id) == {}


def test_the_same_days_again_mark_nothing(db: Database) -> None:
    rows = UsageStore(db)
    source_id = rows.source("slack")
    assert rows.use(source_id, {("ada", "post", FIRST): 2}) == 1
    build_dirty(db)
    assert rows.use(source_id, {("ada", "post", FIRST): 2}) == 0
    with db.read() as connection:
        assert connection.execute(select(dirty_day)).all() == []


def seats(db: Database) -> list[tuple[int, int]]:
    """`(assigned, removed)` of every packed seat."""
    build_dirty(db)
    with db.read() as connection:
        payloads = connection.execute(select(fact_segment.c.payload).where(fact_segment.c.kind == "seats")).scalars()
        columns = [segment.decode(usage.SEATS, bytes(payload)) for payload in payloads]
    return [pair for one in columns for pair in zip(one["assigned"].tolist(), one["removed"].tolist(), strict=True)]


def test_seats_follow_what_the_vendor_lists(db: Database) -> None:
    source_id = add_source(db)
    write = Writer(source_id, now=lambda: START, keyring=KEYRING).write
    held = [Seat(account=name, product="full", as_of=START, assigned_at=at) for name, at in (("a", START), ("b", None))]
    with db.write() as connection:
        write(connection, held)
    assert seats(db) == [(to_micros(START), segment.NEVER), (ALWAYS, segment.NEVER)]
    with db.write() as connection:
        presence.remove_seats(connection, source_id, {("a", "full")}, START)
    assert seats(db) == [(to_micros(START), to_micros(START)), (ALWAYS, segment.NEVER)]
    with db.write() as connection:
        write(connection, held[1:])
        assert connection.execute(select(dirty_day)).all() == []


def test_codes_of_other_sources_cost_no_bytes() -> None:
    event = np.zeros(2, dtype=np.int32)
    payloads = [
        usage.encode_activity(event, np.array([start, start + 9], dtype=np.int32), np.ones(2, dtype=np.int64))
        for start in (0, 800_000)
    ]
    assert len(payloads[0]) == len(payloads[1])
    assert usage.decode_activity(payloads[1]).accounts(0).tolist() == [800_000, 800_009]


def test_damaged_bytes_are_refused() -> None:
    payload = usage.encode_activity(np.zeros(1, dtype=np.int32), np.ones(1, dtype=np.int32), np.ones(1, dtype=np.int64))
    with pytest.raises(ValueError, match="rebuild the facts"):
        usage.decode_activity(payload + b"\0")
