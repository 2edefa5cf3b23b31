"""What a vendor says of a stream besides its records: that a day is whole, what a limit costs, that a plan lacks it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.core.db import Database
from app.ingest.runner import Runner
from connectors.kit import records
from connectors.kit.errors import ConfigError, NotOffered
from connectors.kit.stream import Order, Page, Scope, Since, Stream
from tests.support.stored import Site, report
from tests.support.vendor import STREAMS, VendorConnector

DAY = date(2025, 12, 1)
Usage = dict[tuple[str, str], int]


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


class Daily:
    """A stream of whole days, read a few rows a page."""

    def __init__(self) -> None:
        self.days: dict[date, Usage] = {}
        self.fault: Exception | None = None
        self.note: str | None = None

    def fetch(self, api: Any, scope: Scope | None, since: Since) -> Iterator[Page]:
        if self.fault is not None:
            raise self.fault
        for day, usage in self.days.items():
            rows = [(*key, day, count) for key, count in usage.items()]
            for start in range(0, max(len(rows), 1), 2):
                last = start + 2 >= len(rows)
                high = at(day + timedelta(days=1)) if last else None
                yield Page(rows[start : start + 2], high=high, whole_day=day if last else None, note=self.note)

    def stream(self) -> Stream:
        return Stream(
            name="days",
            emits=records.UsageDay,
            cursor_field="day",
            order=lambda api: Order.CURSOR,
            overlap=timedelta(days=30),
            fetch=self.fetch,
            normalise=lambda raw, context: [records.UsageDay(account=raw[0], event=raw[1], day=raw[2], count=raw[3])],
        )


def site_of(db: Database, daily: Daily) -> Site:
    site = Site(db)

    class Connector(VendorConnector):
        streams = (daily.stream(), *STREAMS)

    connector = Connector(site.vendor)
    site.runner = Runner(db, {"fake": connector}, site.runner.keyring, site.clock)
    return site


def stored(site: Site) -> dict[date, Usage]:
    found: dict[date, Usage] = {}
    for (account, event, day), count in site.content()["usage"].items():
        if event.startswith("used"):
            found.setdefault(day, {})[account, event] = count
    return found


def test_what_vanished_from_a_day_that_is_read_again_is_removed(db: Database) -> None:
    daily = Daily()
    daily.days = {
        DAY: {(name, "used"): 1 for name in ("ann", "bob", "cid", "dan", "eve")},
        DAY + timedelta(days=1): {("ann", "used"): 2, ("bob", "used"): 3},
    }
    site = site_of(db, daily)
    site.sync()
    daily.days[DAY] = {("ann", "used"): 1, ("eve", "used too"): 4, ("dan", "used"): 1}
    run = site.sync()
    assert stored(site) == daily.days
    assert report(run, "days")["deleted"] == 3
    again = report(site.sync(), "days")
    assert (again["written"], again["deleted"]) == (0, 0)


def test_a_day_of_which_nothing_comes_keeps_what_it_had(db: Database) -> None:
    daily = Daily()
    daily.days = {DAY: {("ann", "used"): 1}}
    site = site_of(db, daily)
    site.sync()
    daily.days = {DAY: {}}
    site.sync()
    assert stored(site) == {DAY: {("ann", "used"): 1}}


def test_what_a_limit_costs_is_told_by_the_run_that_met_it(sqlite_db: Database) -> None:
    daily = Daily()
    daily.days, daily.note = {DAY: {("ann", "used"): 1}}, "The vendor answers once a minute."
    run = site_of(sqlite_db, daily).sync()
    told = report(run, "days")
    assert (run.status, told["status"]) == ("succeeded", "succeeded")
    assert told["error"]["message"] == daily.note


@pytest.mark.parametrize(("fault", "status", "whole"), [
    (NotOffered("The plan has no days.", "Upgrade it."), "skipped", "succeeded"),
    (ConfigError("There are no such days.", "Correct the setting."), "failed", "failed"),
])  # fmt: skip
def test_a_walk_that_a_plan_lacks_is_skipped_and_a_wrong_setting_is_not(
    sqlite_db: Database, fault: ConfigError, status: str, whole: str
) -> None:
    daily = Daily()
    daily.fault = fault
    site = site_of(sqlite_db, daily)
    run = site.sync()
    told = report(run, "days")
    assert (told["status"], told["error"]["message"], run.status) == (status, fault.message, whole)
    assert report(run, "work_items")["status"] == "succeeded"
    assert site.content()["projects"] == site.vendor.truth()["projects"]


def test_a_child_has_to_say_how_its_parents_page_is_expanded() -> None:
    with pytest.raises(ValueError, match="expand"):
        Stream(name="child", emits=records.UsageDay, parent="days", normalise=lambda raw, context: [])
