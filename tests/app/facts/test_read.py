"""Readers: never stale, whatever the cache holds."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import numpy as np

from app.core.db import Database
from app.facts.read import FactsReader
from app.facts.segment import ARRIVALS, FINISHED
from app.store import sources
from tests.support import histories
from tests.support.rows import Item, Store, history

MONDAY = datetime(2026, 8, 3, 9, tzinfo=UTC)
ALL = (0, 4_000_000_000_000_000)


def item(key: str, review_hours: int) -> Item:
    review = MONDAY + timedelta(hours=24 - review_hours)
    return history(key, MONDAY, "active", (review, "review"), (MONDAY + timedelta(days=1), "done"))


def finished_visits(reader: FactsReader) -> list[int]:
    with reader.snapshot() as snapshot:
        rows = snapshot.rows(FINISHED, *ALL)
        return sorted(((rows["visit_end"] - rows["visit_start"]) // 3_600_000_000).tolist())


def test_a_change_of_the_visits_alone_is_seen(db: Database) -> None:
    store, reader = Store(db), FactsReader(db)
    source_id = store.source()
    store.put(source_id, [item("a", 4)])
    assert finished_visits(reader) == [4, 20]
    store.put(source_id, [item("a", 7)])
    assert finished_visits(reader) == [7, 17]


def test_rows_of_several_sources_stand_in_the_order_of_time_with_their_visits(sqlite_db: Database) -> None:
    store, reader = Store(sqlite_db), FactsReader(sqlite_db)
    for number, name in enumerate(("one", "two", "three")):
        store.put(store.source(name), histories.items(number, 80, name))
    with reader.snapshot() as snapshot:
        rows = snapshot.rows(FINISHED, *ALL)
        assert (np.diff(rows.time) >= 0).all()
        assert set(rows["source"].tolist()) == {0, 1, 2}
        owner = np.repeat(np.arange(len(rows)), np.diff(rows["visit_starts"]))
        assert (rows["visit_end"] <= rows["finished_at"][owner]).all()
        assert len(owner) == len(rows["visit_status"]) == rows["visits"].sum()


def test_a_source_that_is_gone_takes_its_facts_with_it(db: Database) -> None:
    store, reader = Store(db), FactsReader(db)
    kept, gone = store.source("kept"), store.source("gone")
    for source_id in (kept, gone):
        store.put(source_id, [item("a", 4)])
    assert finished_visits(reader) == [4, 4, 20, 20]
    with db.write() as connection:
        sources.delete_source(connection, gone)
    store.put(kept, [])
    assert finished_visits(reader) == [4, 20]


def test_readers_and_a_writer_in_parallel_see_whole_versions(sqlite_db: Database) -> None:
    store, reader = Store(sqlite_db), FactsReader(sqlite_db, cache_bytes=20_000)
    source_id = store.source()
    store.put(source_id, [item(f"i{number}", 1) for number in range(50)])

    def read(_: int) -> set[int]:
        with reader.snapshot() as snapshot:
            rows = snapshot.rows(FINISHED, *ALL)
            assert len(rows) == len(snapshot.rows(ARRIVALS, *ALL)) == 50
            return set(((rows["visit_end"] - rows["visit_start"]) // 3_600_000_000).tolist())

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(read, number) for number in range(40)]
        for hours in range(2, 8):
            store.put(source_id, [item(f"i{number}", hours) for number in range(50)])
        for future in futures:
            lengths = future.result()
            assert len(lengths) == 2, "one version of the data, never two"
            assert sum(lengths) == 24
