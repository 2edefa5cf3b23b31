"""Deleted and moved items are found; a partial answer, a lagging index or a lost permission is no deletion."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.db import Database
from app.models.facts import dirty_item
from app.models.usage import usage_day
from app.models.work import project, work_item
from connectors.kit.errors import Transient
from tests.support.stored import Site, report


@pytest.fixture
def site(db: Database) -> Site:
    site = Site(db)
    for _ in range(30):
        site.vendor.add("p1")
    for _ in range(5):
        site.vendor.add("p2")
    site.sync()
    return site


def a_day_later(site: Site) -> None:
    site.vendor.now += timedelta(days=1, minutes=1)


def test_a_deleted_item_is_marked_and_its_activity_taken_back(site: Site) -> None:
    a_day_later(site)
    del site.vendor.items["3"]
    run = site.sync()
    assert report(run, "work_items")["deleted"] == 1
    assert site.content() == site.vendor.truth()
    with site.db.read() as connection:
        assert "3" in connection.execute(select(dirty_item.c.work_item)).scalars().all()


def test_the_census_is_taken_once_a_day(site: Site) -> None:
    site.vendor.calls.clear()
    site.sync()
    assert "census/p1" not in site.vendor.calls
    a_day_later(site)
    site.sync()
    assert site.vendor.calls.count("census/p1") == 1
    site.vendor.now += timedelta(hours=12)
    site.sync()
    assert site.vendor.calls.count("census/p1") == 1


def test_what_went_while_a_project_could_not_be_seen_is_found_at_once(site: Site) -> None:
    site.vendor.hidden.add("p1")
    site.sync()
    del site.vendor.items["3"]
    site.vendor.hidden.clear()
    run = site.sync()
    assert report(run, "work_items")["deleted"] == 1
    assert site.content() == site.vendor.truth()


def test_what_went_while_the_first_reading_was_interrupted_is_found_by_the_next(db: Database) -> None:
    site = Site(db)
    for _ in range(30):
        site.vendor.add("p1")
    site.vendor.faults = {5: lambda: Transient("The vendor answers 503.", "Wait.")}
    assert site.sync().status == "incomplete"
    read = next(iter(site.content()["items"]))
    del site.vendor.items[read]
    run = site.sync()
    assert report(run, "work_items")["deleted"] == 1
    assert site.content() == site.vendor.truth()


def test_an_item_that_is_back_lives_again(site: Site) -> None:
    item = site.vendor.items.pop("3")
    a_day_later(site)
    site.sync()
    site.vendor.items["3"] = item
    a_day_later(site)
    site.sync()
    assert site.content() == site.vendor.truth()


def test_a_moved_item_is_moved_and_not_deleted(site: Site) -> None:
    a_day_later(site)
    item = site.vendor.items["3"]
    # The move does not touch `updated`: only the census can see it.
    site.vendor.items["3"] = type(item)(**{**vars(item), "project": "p2"})
    run = site.sync()
    assert report(run, "work_items")["deleted"] == 0
    assert site.content() == site.vendor.truth()


def test_an_item_that_moved_to_where_nothing_is_read_is_gone(db: Database) -> None:
    site = Site(db, config={"projects": ["p1"]})
    item = site.vendor.add("p1")
    site.sync()
    a_day_later(site)
    site.vendor.change(item.id, project="p2")
    assert report(site.sync(), "work_items")["deleted"] == 1


def test_an_item_that_the_index_has_lost_for_now_is_kept(site: Site) -> None:
    a_day_later(site)
    site.vendor.unindexed = {"3", "4"}
    run = site.sync()
    assert report(run, "work_items")["deleted"] == 0
    assert site.content() == site.vendor.truth()


def test_an_item_that_was_never_seen_is_read(site: Site) -> None:
    site.vendor.unindexed = {"99"}
    item = site.vendor.items["3"]
    site.vendor.items["99"] = type(item)(**{**vars(item), "id": "99"})
    site.sync()
    a_day_later(site)
    site.vendor.unindexed = set()
    site.sync()
    assert site.content() == site.vendor.truth()


def test_an_unusual_share_is_taken_for_a_partial_answer(site: Site) -> None:
    a_day_later(site)
    kept = dict(site.vendor.items)
    for key in [str(number) for number in range(1, 25)]:
        del site.vendor.items[key]
    run = site.sync()
    assert run.status == "incomplete"
    assert report(run, "work_items")["deleted"] == 0
    assert "24 of 30" in report(run, "work_items")["error"]["message"]
    assert set(site.content()["items"]) == set(kept)


def test_a_full_sync_believes_an_unusual_share(site: Site) -> None:
    a_day_later(site)
    for key in [str(number) for number in range(1, 25)]:
        del site.vendor.items[key]
    assert report(site.sync("full"), "work_items")["deleted"] == 24
    assert site.content() == site.vendor.truth()


@pytest.mark.parametrize("mode", ["incremental", "full"])
def test_a_scope_that_is_no_longer_shown_is_not_deleted(site: Site, mode: str) -> None:
    a_day_later(site)
    site.vendor.hidden = {"p2"}
    run = site.sync(mode)
    assert (run.status, report(run, "work_items")["deleted"]) == ("succeeded", 0)
    assert len(site.content()["items"]) == 35
    with site.db.read() as connection:
        assert connection.execute(select(project.c.listed).where(project.c.external_id == "p2")).scalar_one() is False


def test_a_tombstone_keeps_the_row(site: Site) -> None:
    a_day_later(site)
    del site.vendor.items["3"]
    site.sync()
    with site.db.read() as connection:
        deleted = connection.execute(select(work_item.c.deleted_at).where(work_item.c.external_id == "3")).scalar_one()
        assert deleted == site.clock.now()
        assert connection.execute(select(usage_day.c.count)).scalars().all() == [34]


def test_an_empty_list_is_not_believed(site: Site) -> None:
    site.vendor.statuses |= {f"s{number}": "todo" for number in range(30)}
    site.sync()
    known = dict(site.vendor.statuses)
    site.vendor.statuses = {}
    run = site.sync()
    assert report(run, "statuses")["status"] == "incomplete"
    site.vendor.statuses = known
    again = site.sync()
    assert again.status == "succeeded"
    assert report(again, "statuses")["written"] == 0
