"""The tables of the sync: sources, states, runs, rejects, marks."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.core.db import Database
from app.models.sync import reject
from app.models.work import work_item
from app.store import dirty, rejects, runs, sources, states, version
from tests.support.clock import START
from tests.support.stored import add_source


def test_a_source_is_kept_as_it_was_given(db: Database) -> None:
    source_id = add_source(
        db, config={"a": [1, "é"]}, schedule="0 9 * * 1", start_date=START.date(), streams=("work_items",)
    )
    with db.write() as connection:
        kept = sources.get(connection, source_id)
        assert kept is not None
        assert sources.get_by_name(connection, "source") == kept
        assert sources.every(connection) == [kept]
        assert (kept.config, kept.streams, kept.start_date) == ({"a": [1, "é"]}, ("work_items",), START.date())
        assert sources.update_source(connection, source_id, {"streams": None})
        assert not sources.update_source(connection, uuid4(), {"streams": None})
        changed = sources.get(connection, source_id)
        assert changed is not None
        assert changed.streams is None
        assert not sources.lock(connection, uuid4())


def test_a_name_is_given_once(db: Database) -> None:
    add_source(db, name="one")
    other = add_source(db, name="other")
    with pytest.raises(sources.NameTakenError):
        add_source(db, name="one")
    with db.write() as connection:
        with pytest.raises(sources.NameTakenError):
            sources.update_source(connection, other, {"name": "one"})
        assert sources.get(connection, other) is not None


def test_a_source_takes_its_rows_along(db: Database) -> None:
    source_id = add_source(db)
    with db.write() as connection:
        run = runs.queue(connection, source_id, mode="full", trigger="manual", streams=["a"], now=START)
        assert run is not None
        rejects.add(connection, source_id, run_id=run.id, stream="s", found=[("1", "f", "why", {"x": 1})], now=START)
        states.save(connection, source_id, "s", "", cursor="c")
        dirty.mark(connection, source_id, ["1"])
        assert sources.delete_source(connection, source_id)
        assert runs.get(connection, run.id) is None
        assert dirty.sources(connection) == []
        assert connection.execute(select(reject)).all() == []


def test_freshness_is_what_every_part_has_reached(db: Database) -> None:
    source_id, day = add_source(db), timedelta(days=1)
    with db.write() as connection:
        assert states.complete_until(connection) == {}
        states.save(connection, source_id, "items", "p1", complete_until=START)
        states.save(connection, source_id, "items", "p2", complete_until=START - day)
        assert states.complete_until(connection) == {source_id: START - day}
        states.save(connection, source_id, "items", "", retry_at=START)
        assert states.complete_until(connection) == {source_id: START - day}
        states.save(connection, source_id, "items", "p3", cursor="begun")
        assert states.complete_until(connection) == {source_id: None}
        states.keep_scopes(connection, source_id, "items", ["p1"])
        assert states.complete_until(connection) == {source_id: START}
        assert set(states.of_source(connection, source_id)) == {("items", "p1")}


def test_forgotten_cursors_leave_the_freshness(db: Database) -> None:
    source_id = add_source(db)
    with db.write() as connection:
        states.save(connection, source_id, "items", "p1", cursor="c", complete_until=START, census_at=START)
        states.forget_cursors(connection, source_id)
        assert states.of_source(connection, source_id) == {("items", "p1"): states.StreamState(complete_until=START)}


def test_runs_are_listed_newest_first_page_by_page(db: Database) -> None:
    ids = []
    for number in range(5):
        source_id = add_source(db, name=f"source {number}")
        with db.write() as connection:
            run = runs.queue(
                connection, source_id, mode="full", trigger="manual", streams=None, now=START + timedelta(hours=number)
            )
        assert run is not None
        ids.append(run.id)
    with db.read() as connection:
        first, following = runs.page(connection, limit=3)
        second, end = runs.page(connection, limit=3, after=following)
        assert [run.id for run in first + second] == ids[::-1]
        assert end is None
        assert runs.page(connection, limit=3, status=["running"])[0] == []
        assert {run.id for run in runs.latest(connection).values()} == set(ids)


def test_only_the_worker_of_a_run_can_write_it(db: Database) -> None:
    source_id = add_source(db)
    with db.write() as connection:
        runs.queue(connection, source_id, mode="full", trigger="manual", streams=None, now=START)
        run = runs.claim(connection, "one", START)
        assert run is not None
        assert runs.heartbeat(connection, run, START) is False
        runs.cancel(connection, run.id, START)
        assert runs.heartbeat(connection, run, START) is True
        runs.finish(connection, run, status="cancelled", streams=[], error=None, now=START)
        for write in (
            lambda: runs.heartbeat(connection, run, START),
            lambda: runs.report(connection, run, {}, []),
            lambda: runs.finish(connection, run, status="succeeded", streams=[], error=None, now=START),
        ):
            with pytest.raises(runs.RunLostError):
                write()


def test_marks_are_made_once_and_cleared_by_name(db: Database) -> None:
    source_id = add_source(db)
    items = [f"i{number}" for number in range(1_200)]
    with db.write() as connection:
        dirty.mark(connection, source_id, items)
        dirty.mark(connection, source_id, items[:3])
        assert dirty.marked(connection, source_id, 5_000) == sorted(items)
        dirty.clear(connection, source_id, items[5:])
        assert dirty.marked(connection, source_id, 3) == ["i0", "i1", "i2"]


def test_the_items_with_a_resolution_are_marked(db: Database) -> None:
    source_id = add_source(db)
    with db.write() as connection:
        for key in ("1", "2"):
            given = {"source_id": source_id, "external_id": key, "id": uuid4(), "resolution": key}
            lists = {"labels": [], "releases": [], "affects_releases": []}
            connection.execute(work_item.insert().values(**given, **lists, created_at=START, updated_at=START))
        dirty.mark_with_resolutions(connection, source_id, ["2"])
        assert dirty.marked(connection, source_id, 9) == ["2"]


def test_rejects_are_settled_by_object(db: Database) -> None:
    source_id = add_source(db)
    with db.write() as connection:
        run = runs.queue(connection, source_id, mode="full", trigger="manual", streams=None, now=START)
        assert run is not None
        found = [("1", "f", "why", {"x": "\x00"}), ("2", None, "why", [1]), (None, None, "why", "text")]
        rejects.add(connection, source_id, run_id=run.id, stream="s", found=found, now=START)
        assert rejects.open_ids(connection, source_id, "s") == {"1", "2"}
        rejects.resolve(connection, source_id, "s", ["1"], START)
        assert rejects.open_ids(connection, source_id, "s") == {"2"}
        assert len(rejects.page(connection, run.id, limit=10)[0]) == 3
        assert rejects.forget_before(connection, START + timedelta(days=1)) == 3


def test_the_data_version_rises_and_knows_when(db: Database) -> None:
    later = START + timedelta(hours=1)
    with db.write() as connection:
        before = version.read(connection)
        assert version.bump(connection, later) == before.version + 1
        version.bump_access(connection)
        after = version.read(connection)
    assert (after.version, after.at, after.access) == (before.version + 1, later, before.access + 1)


def test_a_source_was_read_once_whatever_became_of_later_runs(db: Database) -> None:
    read, failed, waiting = (add_source(db, name=name) for name in ("read", "failed", "waiting"))
    with db.write() as connection:
        for source_id, *ends in ((read, "succeeded", "failed"), (failed, "incomplete")):
            for end in ends:
                runs.queue(connection, source_id, mode="incremental", trigger="manual", streams=None, now=START)
                run = runs.claim(connection, "worker", START)
                assert run is not None
                runs.finish(connection, run, status=end, streams=[], error=None, now=START)
        runs.queue(connection, waiting, mode="incremental", trigger="manual", streams=None, now=START)
        assert runs.read_once(connection) == {read}
