"""A run that meets a fault says whose it is, stops no more than it must, and is healed by the next good run."""

import random
from datetime import timedelta

import pytest

from app.core.db import Database
from app.ingest.interrupt import Interrupt
from app.store import rejects, runs, sources, states
from connectors.kit.cursor import Cursor
from connectors.kit.errors import AuthError, ConfigError, RateLimited, Transient
from connectors.kit.stream import Order
from tests.support.stored import Site, report
from tests.support.vendor import Vendor

KINDS = {
    "transient": lambda: Transient("The vendor answers 503.", "Wait."),
    "config": lambda: ConfigError("There is no such project.", "Correct it."),
    "rate": lambda: RateLimited("Too many requests.", "Wait."),
    "bug": lambda: KeyError("updated"),
    "auth": lambda: AuthError("The token expired.", "Enter another one."),
}


@pytest.mark.parametrize("seed", range(5))
def test_after_any_faults_a_good_run_leaves_the_truth(db: Database, seed: int) -> None:
    choose = random.Random(seed)
    site = Site(db, Vendor(seed=seed, order=choose.choice(list(Order))))
    site.vendor.live(40)
    for _ in range(6):
        number = site.vendor.total_calls + choose.randint(1, 20)
        site.vendor.faults = {number: KINDS[choose.choice(list(KINDS))]}
        run = site.sync(choose.choice(["incremental", "full"]))
        if number not in site.vendor.faults:
            assert run.status in ("incomplete", "failed", "succeeded")
            assert run.error is not None or run.status == "succeeded"
        site.vendor.live(10)
    site.vendor.faults = {}
    site.clock.forward(days=2)
    assert site.sync().status == "succeeded"
    assert site.content() == site.vendor.truth()


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [("transient", "incomplete", "transient"), ("config", "failed", "config"), ("bug", "failed", "bug")],
)
def test_a_fault_says_what_kind_it_is(sqlite_db: Database, fault: str, status: str, kind: str) -> None:
    site = Site(sqlite_db)
    site.vendor.faults = {4: KINDS[fault]}
    run = site.sync()
    assert (run.status, run.error and run.error["kind"]) == (status, kind)
    assert run.error is not None
    assert run.error["remedy"]


def test_the_text_of_an_unexpected_exception_is_not_shown(sqlite_db: Database) -> None:
    site = Site(sqlite_db)
    site.vendor.faults = {4: lambda: KeyError("internal detail")}
    run = site.sync()
    assert "internal detail" not in str(run.error)
    assert "internal detail" not in str(run.streams)


def test_a_scope_that_fails_stops_no_other(sqlite_db: Database) -> None:
    site = Site(sqlite_db, Vendor())
    site.vendor.add("p1")
    two = site.vendor.add("p2")
    site.vendor.faults = {4: KINDS["config"]}
    run = site.sync()
    assert site.vendor.calls[3:] == ["work_items/p1", "work_items/p2"]
    assert list(site.content()["items"]) == [two.id]
    assert report(run, "work_items")["error"]["message"] == "One: There is no such project."
    with sqlite_db.read() as connection:
        assert states.complete_until(connection) == {site.source_id: None}


def test_refused_credentials_stop_the_run(sqlite_db: Database) -> None:
    site = Site(sqlite_db)
    site.vendor.faults = {1: KINDS["auth"]}
    run = site.sync()
    assert (run.status, run.error and run.error["kind"]) == ("failed", "auth")
    assert site.vendor.calls == ["projects"]
    assert {one["stream"]: one["status"] for one in run.streams or []}["work_items"] == "skipped"


def test_a_stream_that_may_be_refused_is_skipped_with_its_reason(sqlite_db: Database) -> None:
    site = Site(sqlite_db)
    site.vendor.live(10)
    site.vendor.faults = {3: KINDS["auth"]}
    run = site.sync()
    assert run.status == "succeeded"
    assert report(run, "seats")["status"] == "skipped"
    assert report(run, "seats")["error"]["message"] == "The token expired."
    assert site.content() == site.vendor.truth()


def test_a_vendor_that_wants_a_pause_is_left_alone_until_then(sqlite_db: Database) -> None:
    site = Site(sqlite_db)
    site.vendor.live(10)
    site.sync()
    until = site.vendor.now + timedelta(hours=5)
    site.vendor.faults = {site.vendor.total_calls + 4: lambda: RateLimited("Too many requests.", "Wait.", until)}
    run = site.sync()
    assert run.status == "incomplete"
    assert report(run, "work_items")["retry_at"] == until.strftime("%Y-%m-%dT%H:%M:%SZ")
    with sqlite_db.read() as connection:
        assert states.complete_until(connection)[site.source_id] is not None
    site.vendor.calls.clear()
    assert site.sync().status == "incomplete"
    assert not [call for call in site.vendor.calls if call.startswith("work_items")]
    site.clock.at = until
    assert site.sync().status == "succeeded"


@pytest.mark.parametrize(
    "stored",
    ["not json", '{"at":"2099-01-01T00:00:00Z"}', '{"foreign":1}', '{"at":"2026-01-01T00:00:00"}'],
)
def test_a_cursor_that_cannot_be_obeyed_starts_the_stream_over(sqlite_db: Database, stored: str) -> None:
    site = Site(sqlite_db)
    site.vendor.live(30)
    site.sync()
    with sqlite_db.write() as connection:
        states.save(connection, site.source_id, "work_items", "p1", cursor=stored)
    run = site.sync()
    assert run.status == "succeeded"
    assert "read again from its start" in report(run, "work_items")["error"]["message"]
    assert report(run, "work_items")["read"] >= len(site.vendor.visible("p1"))


def test_a_child_that_was_not_read_before_gets_its_past(sqlite_db: Database) -> None:
    site = Site(sqlite_db, streams=["work_items"])
    site.vendor.live(30)
    site.sync()
    assert site.content()["transitions"] == {}
    with sqlite_db.write() as connection:
        sources.update_source(connection, site.source_id, {"streams": None})
    site.sync()
    assert site.content() == site.vendor.truth()


def test_every_stored_state_is_a_place_to_go_on_from(sqlite_db: Database) -> None:
    """Interrupt the reading after each page in turn, let the vendor change, and read on."""
    for order in Order:
        for stop_at in range(4, 11):
            site = Site(sqlite_db, Vendor(order=order, seed=stop_at), name=f"{order} {stop_at}")
            site.vendor.live(60)
            site.vendor.faults = {stop_at: KINDS["transient"]}
            site.sync()
            site.vendor.live(15)
            site.sync()
            site.clock.forward(days=2)
            site.sync()
            assert site.content() == site.vendor.truth()


def test_a_bad_object_is_set_aside_and_its_neighbours_land(db: Database) -> None:
    site = Site(db)
    site.vendor.live(20)
    bad = site.vendor.add(bad=True)
    run = site.sync()
    told = report(run, "work_items")
    assert (run.status, told["rejected"]) == ("succeeded", 1)
    assert told["read"] == told["written"] + told["unchanged"] + told["rejected"]
    assert site.content() == site.vendor.truth()
    with db.read() as connection:
        (kept,), _ = rejects.page(connection, run.id, limit=10)
    assert (kept.external_id, kept.field, kept.reason) == (bad.id, "created", "The item has no readable date.")
    assert kept.raw["title"] == bad.title

    site.vendor.now += timedelta(minutes=1)
    site.vendor.change(bad.id, bad=False)
    site.sync()
    assert site.content() == site.vendor.truth()
    with db.read() as connection:
        assert rejects.open_ids(connection, site.source_id, "work_items") == set()


def test_a_date_from_the_future_is_set_aside(sqlite_db: Database) -> None:
    site = Site(sqlite_db)
    item = site.vendor.add(history=((site.vendor.now + timedelta(days=30_000), "open", "closed"),))
    run = site.sync()
    with sqlite_db.read() as connection:
        (kept,), _ = rejects.page(connection, run.id, limit=10)
    assert (kept.stream, kept.external_id, kept.field) == ("transitions", f"{item.id}:0", "at")
    assert kept.reason == "It lies in the future."


@pytest.mark.parametrize(("why", "status"), [("cancelled", "cancelled"), ("stopping", "incomplete")])
def test_a_run_that_is_told_to_end_ends_between_pages(sqlite_db: Database, why: str, status: str) -> None:
    site = Site(sqlite_db)
    site.vendor.live(60)
    interrupt = Interrupt()
    site.vendor.before_answer = lambda call: interrupt.set(why) if len(site.vendor.calls) == 5 else None
    run = site.sync(interrupt=interrupt)
    assert run.status == status
    assert run.finished_at is not None
    assert len(site.vendor.calls) <= 7
    site.vendor.before_answer = lambda call: None
    assert site.sync().status == "succeeded"
    assert site.content() == site.vendor.truth()


def test_a_run_that_was_given_up_writes_nothing_more(db: Database) -> None:
    site = Site(db)
    site.vendor.live(60)

    def give_up(call: str) -> None:
        if len(site.vendor.calls) == 6:
            with db.write() as connection:
                now = site.clock.now()
                assert runs.reap(connection, silent_since=now + timedelta(1), error={"kind": "transient"}, now=now)

    site.vendor.before_answer = give_up
    run = site.sync()
    assert (run.status, run.error) == ("incomplete", {"kind": "transient"})
    site.vendor.before_answer = lambda call: None
    site.sync()
    assert site.content() == site.vendor.truth()


def test_an_interrupted_walk_keeps_the_bound_that_it_began_with(sqlite_db: Database) -> None:
    site = Site(sqlite_db, Vendor(order=Order.NONE, page_size=2))
    for _ in range(6):
        site.vendor.add()
    site.vendor.faults = {6: KINDS["transient"]}
    site.sync()
    with sqlite_db.read() as connection:
        state = states.of_source(connection, site.source_id)["work_items", "p1"]
    assert state.cursor is not None
    assert state.cursor != Cursor().encode()
    assert '"resume":"2"' in state.cursor
    assert state.complete_until is None


def test_a_run_that_ends_an_interrupted_walk_reads_what_changed_meanwhile_too(sqlite_db: Database) -> None:
    site = Site(sqlite_db, Vendor(order=Order.NONE, page_size=2))
    items = [site.vendor.add() for _ in range(6)]
    site.vendor.faults = {6: KINDS["transient"]}
    assert site.sync().status == "incomplete"
    assert items[0].id in site.content()["items"]
    site.vendor.now += timedelta(hours=3)
    site.vendor.move_to(items[0].id, "doing")
    assert site.sync().status == "succeeded"
    assert site.content() == site.vendor.truth()
