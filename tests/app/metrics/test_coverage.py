"""How complete the data is: rule by rule as one would count them by hand, now and as it was recorded."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.core.db import Database
from app.core.settings import Settings
from app.facts.read import FactsReader
from app.metrics.coverage import ITEM_RULES, RULES
from app.metrics.query import MetricQuery, answer, behind
from app.models.source import source
from app.schedule.coverage import write_down_coverage
from app.store import coverage, tools
from app.store.coverage import Share
from tests.support import people
from tests.support.clock import ManualClock
from tests.support.rows import NOW, Item, Store, history

OPEN = Settings(_env_file=None, min_group=1, timezone="Europe/Paris")
DAY = timedelta(days=1)


def asked(**more: Any) -> MetricQuery:
    values: dict[str, Any] = {"start": NOW - 20 * DAY, "end": NOW + 2 * DAY, "tz": "Europe/Paris", "grain": "total"}
    return MetricQuery(metric="data_coverage", **{**values, **more})


def shares(db: Database, **more: Any) -> dict[str, tuple[int, int]]:
    """By rule `(numerator, denominator)` of the only group."""
    (series,) = answer(FactsReader(db), OPEN, asked(**more))["series"]
    return {entry["rule"]: (entry["numerator"], entry["denominator"]) for entry in series["total"]["by"]}


@pytest.fixture
def store(db: Database) -> Store:
    """Two tools: one read a minute ago, one a week ago; five items to look at and three to leave out."""
    store = Store(db)
    fresh, stale = store.source("jira", "jira"), store.source("board", "trello")
    store.complete_until(fresh, NOW - timedelta(minutes=1))
    store.complete_until(stale, NOW - 7 * DAY)
    people.add_team(db, "Checkout")
    for name, kind in (("ann", "human"), ("bob", "human"), ("rob", "bot"), ("who", "unknown")):
        store.account(fresh, name, kind)
    people.add_person(db, "Ann", [(fresh, "ann")], [("Checkout", people.ALWAYS, None)])
    store.status(fresh, "ghost", None)
    begun = NOW - 40 * DAY
    looked_at = [
        history("complete", begun, "active", assignee="ann"),
        history("of nobody's team", begun, "todo", assignee="bob"),
        history("without type", begun, "todo", item_type=None, assignee="ann"),
        history("unmapped", begun, "ghost"),
        history("finished lately", begun, "active", (NOW - 29 * DAY, "done"), assignee="ann"),
    ]
    left_out = [
        history("finished long ago", begun, "active", (NOW - 31 * DAY, "done")),
        history("discarded", begun, "todo", (begun + DAY, "discarded")),
        Item("deleted", begun, "todo", deleted=begun + DAY),
    ]
    store.put(fresh, [*looked_at, *left_out], NOW)
    return store


def test_each_rule_counts_what_has_what_it_asks_for(store: Store) -> None:
    assert shares(store.db) == {
        "fresh": (1, 2),
        "assignee": (4, 5),
        "team": (3, 5),
        "type": (4, 5),
        "mapped_status": (4, 5),
        "person": (1, 2),
    }


def test_the_value_is_the_mean_of_the_shares(store: Store) -> None:
    (series,) = answer(FactsReader(store.db), OPEN, asked())["series"]
    assert series["total"]["value"] == pytest.approx((1 / 2 + 4 / 5 + 3 / 5 + 4 / 5 + 4 / 5 + 1 / 2) / 6)
    assert series["total"]["n"] == 2 + 4 * 5 + 2


def test_an_item_that_was_discarded_and_taken_up_again_is_looked_at(store: Store) -> None:
    again = history("again", NOW - 40 * DAY, "todo", (NOW - 9 * DAY, "discarded"), (NOW - 8 * DAY, "active"))
    source_id = store.source("other", "jira")
    store.put(source_id, [again], NOW)
    assert shares(store.db)["assignee"] == (4, 6)


def test_a_tool_is_fresh_if_one_of_its_sources_is(store: Store) -> None:
    second = store.source("old jira", "jira")
    store.complete_until(second, NOW - 90 * DAY)
    assert shares(store.db)["fresh"] == (1, 2)
    assert shares(store.db, filters={"tool": ("jira",)})["fresh"] == (1, 1)


def test_the_admin_says_how_old_a_tools_data_may_be_and_which_tools_count(store: Store) -> None:
    with store.db.write() as connection:
        tools.put(connection, "trello", {"freshness_hours": 24.0 * 8}, NOW)
    assert shares(store.db)["fresh"] == (2, 2)
    with store.db.write() as connection:
        tools.put(connection, "trello", {"in_catalogue": False}, NOW)
    assert shares(store.db)["fresh"] == (1, 1)


def test_a_source_that_is_switched_off_is_not_waited_for(store: Store) -> None:
    with store.db.write() as connection:
        connection.execute(update(source).where(source.c.tool == "trello").values(enabled=False))
    assert shares(store.db)["fresh"] == (1, 1)


def test_by_team_only_the_rules_about_items_speak(store: Store) -> None:
    series = answer(FactsReader(store.db), OPEN, asked(group_by=("team",)))["series"]
    found = {
        one["group"]["team"]["name"]: {entry["rule"]: entry["denominator"] for entry in one["total"]["by"]}
        for one in series
    }
    assert found == {"Checkout": dict.fromkeys(ITEM_RULES, 3), "unassigned": dict.fromkeys(ITEM_RULES, 2)}
    assert shares(store.db, filters={"team": ("Checkout",)})["type"] == (2, 3)


def test_the_facts_are_the_shares_by_source_and_team(store: Store) -> None:
    found = behind(FactsReader(store.db), OPEN, asked())
    for rule in (rule for rule in RULES if rule != "fresh"):
        listed = [item for item in found["items"] if item["rule"] == rule]
        numerator = sum(item["numerator"] for item in listed)
        assert (numerator, sum(item["denominator"] for item in listed)) == shares(store.db)[rule]
    assert found["n"] == 24


def test_past_days_are_what_was_recorded_and_never_computed_again(store: Store) -> None:
    yesterday = NOW.date() - DAY
    with store.db.write() as connection:
        coverage.record(connection, yesterday, [Share("type", "jira", "", "", 1, 10)])
        coverage.record(connection, yesterday, [Share("type", "jira", "", "", 9, 10)])
    (series,) = answer(FactsReader(store.db), OPEN, asked(grain="day"))["series"]
    by_day = {point["start"]: point for point in series["points"]}
    assert by_day[yesterday.isoformat()]["by"] == [{"rule": "type", "value": 0.9, "numerator": 9, "denominator": 10}]
    assert by_day[(yesterday - DAY).isoformat()]["value"] is None
    assert by_day[NOW.date().isoformat()]["n"] == 24
    assert by_day[(NOW.date() + DAY).isoformat()]["value"] is None


def test_a_week_that_is_over_has_the_last_day_that_was_recorded(store: Store) -> None:
    with store.db.write() as connection:
        for day, present in ((24, 1), (26, 7)):
            coverage.record(connection, date(2026, 8, day), [Share("type", "jira", "", "", present, 10)])
    (series,) = answer(FactsReader(store.db), OPEN, asked(grain="week"))["series"]
    by_week = {point["start"]: point["value"] for point in series["points"]}
    assert by_week["2026-08-24"] == 0.7
    assert by_week["2026-08-17"] is None


def test_the_clock_writes_the_present_day_down_in_the_deployments_zone(store: Store) -> None:
    clock = ManualClock(datetime(2026, 9, 1, 22, 30, tzinfo=UTC))
    for _ in range(2):
        write_down_coverage(store.db, FactsReader(store.db), clock, OPEN)
    with store.db.read() as connection:
        kept = coverage.recorded(connection, date(2026, 8, 30), date(2026, 9, 9))
    assert list(kept) == [date(2026, 9, 2)]
    assert sum(share.total for share in kept[date(2026, 9, 2)] if share.rule == "type") == 5


def test_nothing_at_all_is_no_coverage_and_no_zero(sqlite_db: Database) -> None:
    Store(sqlite_db)
    (series,) = answer(FactsReader(sqlite_db), OPEN, asked())["series"]
    assert (series["total"]["value"], series["total"]["n"]) == (None, 0)
