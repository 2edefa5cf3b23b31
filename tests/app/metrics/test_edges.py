"""The oddities of real histories, each by its name."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.support.metric_site import Site
from tests.support.rows import NOW, Item, Move, history

MONDAY = datetime(2026, 8, 3, 9, tzinfo=UTC)
DAY = timedelta(days=1)
SECONDS = 86_400


def at(days: float) -> datetime:
    return MONDAY + days * DAY


def test_straight_to_done_has_a_lead_time_and_no_cycle_time(sqlite_site: Site) -> None:
    sqlite_site.put(history("a", at(0), "todo", (at(2), "done")))
    assert sqlite_site.answer("cycle_time")["excluded"]["never_started"] == 1
    assert sqlite_site.total("cycle_time")["p50"] is None
    assert sqlite_site.total("lead_time")["p50"] == 2 * SECONDS


def test_created_in_a_started_category_starts_at_the_creation(sqlite_site: Site) -> None:
    sqlite_site.put(history("a", at(0), "active", (at(1), "done")))
    assert sqlite_site.total("cycle_time")["p50"] == SECONDS
    assert sqlite_site.total("reaction_time")["p50"] == 0


def test_a_migration_inside_done_is_no_new_finish(sqlite_site: Site) -> None:
    sqlite_site.put(history("a", at(0), "active", (at(1), "done"), (at(400), "archived")))
    assert sqlite_site.total("throughput")["value"] == 1
    assert sqlite_site.total("reopen_rate")["reopenings"] == 0


def test_a_migration_between_started_statuses_is_no_new_start(sqlite_site: Site) -> None:
    sqlite_site.store.status(sqlite_site.source_id, "building", "active")
    sqlite_site.put(history("a", at(0), "todo", (at(1), "active"), (at(2), "building"), (at(3), "done")))
    assert sqlite_site.total("cycle_time")["p50"] == 2 * SECONDS


def test_a_resolution_turns_done_into_discarded(sqlite_site: Site) -> None:
    sqlite_site.put(history("a", at(0), "active", (at(1), "done"), resolution="wont"))
    assert sqlite_site.total("throughput")["value"] == 0
    assert sqlite_site.total("wip")["value"] == 0
    counted = {entry["category"]: entry["value"] for entry in sqlite_site.total("cumulative_flow")["by"]}
    assert counted["discarded"] == 1


def test_an_unmapped_present_status_finishes_at_the_resolution(sqlite_site: Site) -> None:
    sqlite_site.put(history("a", at(0), "active", (at(1), "ghost"), resolved=at(3)))
    answer = sqlite_site.answer("lead_time")
    assert answer["series"][0]["total"]["p50"] == 3 * SECONDS
    assert answer["flagged"]["unmapped_status"] == 1


def test_an_unmapped_status_is_neither_a_start_nor_a_finish(sqlite_site: Site) -> None:
    sqlite_site.put(history("a", at(0), "todo", (at(1), "ghost")))
    assert sqlite_site.total("wip")["value"] == 0
    assert sqlite_site.total("throughput")["value"] == 0


def test_a_status_no_longer_listed_counts_as_its_last_category_and_is_flagged(sqlite_site: Site) -> None:
    sqlite_site.store.status(sqlite_site.source_id, "shipped", "done", listed=False)
    sqlite_site.put(history("a", at(0), "active", (at(1), "shipped")))
    answer = sqlite_site.answer("throughput")
    assert answer["series"][0]["total"]["value"] == 1
    assert answer["flagged"] == {"unmapped_status": 1, "history_gap": 0}


def test_the_present_status_stands_above_the_last_transition(sqlite_site: Site) -> None:
    sqlite_site.put(history("a", at(0), "todo", (at(1), "active"), (at(2), "review"), status="done"))
    answer = sqlite_site.answer("cycle_time")
    assert answer["series"][0]["total"]["p50"] == SECONDS
    assert answer["flagged"]["history_gap"] == 1


def test_a_finish_before_the_creation_is_left_out_and_counted(sqlite_site: Site) -> None:
    sqlite_site.put(history("a", at(2), "todo", (at(1), "done")))
    answer = sqlite_site.answer("lead_time")
    assert answer["excluded"]["negative"] == 1
    assert answer["series"][0]["total"]["n"] == 0


def test_a_deleted_item_leaves_every_metric(site: Site) -> None:
    site.put(history("a", at(0), "active", (at(1), "done")))
    assert site.total("throughput")["value"] == 1
    site.put(history("a", at(0), "active", (at(1), "done"), deleted=at(5)))
    for metric in ("throughput", "arrivals", "wip", "cumulative_flow", "automation_rate"):
        assert site.total(metric)["n"] == 0


def test_transitions_of_one_instant_follow_their_chain(sqlite_site: Site) -> None:
    moves = [
        Move(at(1), "review", "done", "m1"),
        Move(at(1), "active", "review", "m2"),
        Move(at(1), "todo", "active", "m3"),
    ]
    sqlite_site.put(Item("a", at(0), "done", moves))
    assert sqlite_site.total("cycle_time")["p50"] == 0
    assert sqlite_site.answer("cycle_time")["flagged"]["history_gap"] == 0


def test_an_override_takes_effect_on_history_at_once(site: Site) -> None:
    site.put(history("a", at(0), "todo", (at(1), "active"), (at(2), "review"), (at(4), "done")))
    assert site.total("cycle_time")["p50"] == 3 * SECONDS
    site.store.override(site.source_id, "active", "todo", "shop")
    site.put()
    assert site.total("cycle_time")["p50"] == 2 * SECONDS


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_a_day_of_a_change_of_the_clocks_stays_one_day(sqlite_site: Site, day: str, hours: int) -> None:
    first = date.fromisoformat(day)
    noon = datetime(first.year, first.month, first.day, 12, tzinfo=UTC)
    created = noon.replace(hour=0) - timedelta(hours=3)
    items = [history(f"i{hour}", created + timedelta(hours=hour), "todo") for hour in range(30)]
    sqlite_site.put(*items, now=noon + 10 * DAY)
    answer = sqlite_site.answer("arrivals", start=noon - 2 * DAY, end=noon + 2 * DAY, tz="Europe/Paris", grain="day")
    (point,) = [point for point in answer["series"][0]["points"] if point["start"] == day]
    assert point["value"] == hours
    assert point["end"] == (first + DAY).isoformat()


def test_empty_buckets_are_null_for_a_rate_and_zero_for_a_count(sqlite_site: Site) -> None:
    sqlite_site.put()
    assert sqlite_site.total("cycle_time") == {"n": 0, **dict.fromkeys(("p50", "p75", "p85", "p95", "mean"))}
    assert sqlite_site.total("reopen_rate")["value"] is None
    assert sqlite_site.total("throughput") == {"n": 0, "value": 0}


def test_a_bucket_of_the_future_is_null_and_a_running_one_is_not_complete(sqlite_site: Site) -> None:
    sqlite_site.put(history("a", at(0), "todo"))
    answer = sqlite_site.answer("arrivals", start=NOW - 8 * DAY, end=NOW + 14 * DAY)
    points = answer["series"][0]["points"]
    assert [point["complete"] for point in points] == [False, False, False, False]
    assert [point["value"] for point in points] == [0, 0, None, None]


def test_a_bucket_that_the_window_cuts_is_not_complete_and_counts_what_is_inside(sqlite_site: Site) -> None:
    sqlite_site.put(history("a", at(0), "todo"), history("b", at(3), "todo"))
    answer = sqlite_site.answer("arrivals", start=at(1), end=at(13.5))
    assert [(point["start"], point["complete"], point["value"]) for point in answer["series"][0]["points"]] == [
        ("2026-08-03", False, 1),
        ("2026-08-10", False, 0),
    ]


def test_flow_efficiency_is_null_with_the_reason_where_no_status_waits(sqlite_site: Site) -> None:
    sqlite_site.put(history("a", at(0), "active", (at(1), "done")))
    assert sqlite_site.total("flow_efficiency")["value"] == 1.0
    sqlite_site.store.override(sqlite_site.source_id, "review", "active")
    sqlite_site.put()
    answer = sqlite_site.answer("flow_efficiency")
    assert answer["series"][0]["total"]["value"] is None
    assert answer["reason"] == "no_waiting_status"


@pytest.mark.parametrize(
    ("kind", "override", "mark", "expected"),
    [
        ("human", True, False, (1, "override")),
        ("bot", False, True, (0, "override")),
        ("human", None, True, (1, "rule_marker")),
        ("bot", None, None, (1, "account_kind")),
        ("human", None, None, (0, "account_kind")),
        ("unknown", None, None, None),
    ],
)
def test_who_says_that_a_transition_was_automated(
    sqlite_site: Site, kind: str, override: bool | None, mark: bool | None, expected: Any
) -> None:
    sqlite_site.store.account(sqlite_site.source_id, "actor", kind, override)
    told = None if mark is None else "rule_marker"
    sqlite_site.put(Item("a", at(0), "active", [Move(at(1), "todo", "active", "m", "actor", mark, told)]))
    answer = sqlite_site.answer("automation_rate", group_by=("automated_by",))
    if expected is None:
        assert answer["series"] == []
        assert answer["excluded"] == {"unknown_actor": 1}
    else:
        (series,) = answer["series"]
        assert (series["total"]["numerator"], series["group"]["automated_by"]["id"]) == expected


def test_an_item_in_progress_is_listed_with_the_status_that_it_stands_in_today(site: Site) -> None:
    begun = datetime(2026, 8, 3, 9, tzinfo=UTC)
    site.put(
        history("a", begun, "active"),
        history("b", begun, "todo", (begun + timedelta(hours=1), "active"), (begun + timedelta(days=9), "review")),
    )
    (series,) = site.answer("wip_age", grain="total")["series"]
    assert {entry["item"]["key"]: entry["status"]["external_id"] for entry in series["total"]["by"]} == {
        "A": "active",
        "B": "review",
    }
    listed = site.behind("wip_age", grain="total")["items"]
    assert {fact["item"]["key"]: fact["status"]["name"] for fact in listed} == {"A": "Active", "B": "Review"}
