"""Whatever happens to a run, the next good one leaves the store equal to the vendor's truth."""

from dataclasses import replace

import pytest

from app.core.db import Database
from app.store import runs
from connectors.kit.stream import Order
from tests.support.stored import Site, report
from tests.support.vendor import Vendor


@pytest.fixture(params=[Order.CURSOR, Order.NONE])
def site(db: Database, request: pytest.FixtureRequest) -> Site:
    site = Site(db, Vendor(order=request.param))
    site.vendor.live(60)
    return site


def test_a_sync_leaves_what_the_vendor_has(site: Site) -> None:
    run = site.sync()
    assert (run.status, run.error) == ("succeeded", None)
    assert site.content() == site.vendor.truth()


def test_a_second_sync_writes_nothing(site: Site) -> None:
    site.sync()
    again = site.sync()
    assert again.status == "succeeded"
    assert sum(one["written"] + one["deleted"] for one in again.streams or []) == 0
    assert site.content() == site.vendor.truth()


def test_a_full_sync_reads_everything_again_and_writes_nothing(site: Site) -> None:
    site.sync()
    again = site.sync("full")
    assert report(again, "work_items")["read"] == len(site.vendor.items)
    assert sum(one["written"] + one["deleted"] for one in again.streams or []) == 0


def test_many_syncs_follow_a_vendor_that_changes(site: Site) -> None:
    for _ in range(5):
        site.sync()
        site.vendor.live(25)
    site.sync("full")
    assert site.content() == site.vendor.truth()


def test_progress_expects_all_scopes_from_the_first_page_on(db: Database) -> None:
    """An estimate that grows project by project tells nobody how long it takes."""
    site = Site(db, Vendor(tells_counts=True))
    for project in ("p1", "p2", "p2"):
        site.vendor.add(project)
    told: list[tuple[int, int]] = []

    def look() -> None:
        with db.read() as connection:
            (run,), _ = runs.page(connection, limit=1, status=("running",))
            if run.progress is not None and run.progress["stream"] == "work_items":
                told.append((run.progress["done"], run.progress["total"]))

    site.runner = replace(site.runner, between_pages=look)
    site.sync()
    before = told[0][1] - len(site.vendor.items)
    assert before >= 0
    assert {total for _, total in told} == {told[0][1]}
    assert told[-1] == (told[0][1], told[0][1])
