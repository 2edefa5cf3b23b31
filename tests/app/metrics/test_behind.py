"""The facts behind a number: as many as it says, and adding up to it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.core.errors import InvalidError
from app.metrics import query as metrics
from app.metrics.process import PROCESS
from app.metrics.query import MetricQuery
from tests.support import histories
from tests.support.metric_site import Site
from tests.support.rows import NOW

WINDOW = {"start": datetime(2025, 11, 1, tzinfo=UTC), "end": datetime(2026, 2, 1, tzinfo=UTC), "grain": "month"}


@pytest.fixture
def full(sqlite_site: Site) -> Site:
    for key, account in histories.world("jira", "jira").accounts.items():
        sqlite_site.store.account(sqlite_site.source_id, key, account.kind, account.override)
    sqlite_site.put(*histories.items(7, 150), now=NOW)
    return sqlite_site


def pages(site: Site, metric: str, **more: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = site.behind(metric, limit=7, cursor=cursor, **WINDOW, **more)
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            assert page["n"] == len(items)
            return items


@pytest.mark.parametrize("metric", [metric.name for metric in PROCESS])
def test_number_and_sum_of_the_facts_match_every_point(full: Site, metric: str) -> None:
    answer = full.answer(metric, group_by=("priority",), **WINDOW)
    seen = 0
    for series in answer["series"]:
        group = {"priority": series["group"]["priority"]["id"] or ""}
        for point in series["points"]:
            items = pages(full, metric, bucket=date.fromisoformat(point["start"]), group=group, group_by=("priority",))
            matches(metric, point, items)
            seen += len(items)
    assert seen > 10


def matches(metric: str, point: dict[str, Any], items: list[dict[str, Any]]) -> None:
    if metric in ("time_in_status", "bottleneck"):
        assert sum(item["value"] for item in items) == pytest.approx(sum(entry["total"] for entry in point["by"]))
        assert len({item["item"]["id"] for item in items}) <= point["n"]
    elif metric == "cumulative_flow":
        counted = {entry["category"]: entry["value"] for entry in point["by"] if entry["value"]}
        assert {name: sum(item["category"] == name for item in items) for name in counted} == counted
        assert len(items) == point["n"]
    elif "numerator" in point:
        assert len(items) == point["n"]
        for name in ("numerator", "denominator"):
            assert sum(item[name] for item in items) == pytest.approx(point[name])
    elif "mean" in point:
        assert len(items) == point["n"]
        total = point["mean"] * point["n"] if point["n"] else 0
        assert sum(item["value"] for item in items) == pytest.approx(total, abs=1e-3)
    else:
        assert sum(item["value"] for item in items) == point["value"] == len(items)


def test_a_fact_names_its_item_and_its_instant_and_nobody(full: Site) -> None:
    (item, *_) = full.behind("cycle_time", **WINDOW)["items"]
    assert set(item) == {"item", "at", "value"}
    assert set(item["item"]) == {"id", "external_id", "key", "title", "url", "source"}


@pytest.mark.parametrize(
    ("more", "loc"),
    [
        ({"bucket": date(2025, 11, 2)}, "bucket"),
        ({"group": {"priority": "High"}}, "group"),
        ({"group": {"priority": "None such"}, "group_by": ("priority",)}, "group"),
        ({"group": {}, "group_by": ("priority",)}, "group"),
        ({"cursor": "x"}, "cursor"),
    ],
)
def test_what_the_question_does_not_have_is_refused(full: Site, more: dict[str, Any], loc: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        full.behind("cycle_time", **WINDOW, **more)
    assert refusal.value.errors[0]["loc"] == ["query", loc]


def test_facts_for_a_picture_are_spread_over_all_of_them(full: Site) -> None:
    query = MetricQuery(metric="cycle_time", tz="UTC", **{**WINDOW, "grain": "total"})
    every = metrics.spread(full.reader, full.settings, query, most=10_000)
    assert [fact["item"]["id"] for fact in every] == [fact["item"]["id"] for fact in pages(full, "cycle_time")]
    some = metrics.spread(full.reader, full.settings, query, most=len(every) // 3)
    assert some[0] == every[0]
    assert some == every[:: -(-len(every) // (len(every) // 3))]
