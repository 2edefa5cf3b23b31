"""Whatever happens to a run, the next good one leaves the store equal to the vendor's truth."""

import pytest

from app.core.db import Database
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
