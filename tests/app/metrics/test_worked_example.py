"""The worked example of metrics.md, number by number."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.metric_site import Site
from tests.support.rows import Item, history

MONDAY = datetime(2026, 8, 3, 9, tzinfo=UTC)
HOUR = 3600


def day(number: int, hour: int = 9) -> datetime:
    return MONDAY + timedelta(days=number, hours=hour - 9)


def example() -> list[Item]:
    return [
        history("A", day(0), "todo", (day(1), "active"), (day(3), "done")),
        history(
            "B", day(0), "todo", (day(1), "active"), (day(2), "done"), (day(2, 15), "active"), (day(4), "done")
        ),
        history("C", day(0), "todo", (day(2), "done")),
        history("D", day(0), "active", (day(1), "discarded")),
        history(
            "E", day(0), "todo", (day(1), "active"), (day(2), "todo"), (day(3), "active"), (day(4), "done"),
            (day(5), "active"),
        ),
    ]  # fmt: skip


@pytest.fixture
def week(site: Site) -> Site:
    site.put(*example())
    return site


def test_cycle_time(week: Site) -> None:
    answer = week.answer("cycle_time")
    (point,) = answer["series"][0]["points"]
    assert (point["n"], point["p50"], point["p85"]) == (2, 60 * HOUR, 246_240)
    assert answer["excluded"] == {"never_started": 1, "negative": 0}


def test_active_time(week: Site) -> None:
    assert week.total("active_time")["p50"] == 57 * HOUR


def test_lead_time(week: Site) -> None:
    assert week.total("lead_time")["p50"] == 72 * HOUR


def test_counts(week: Site) -> None:
    assert week.total("throughput")["value"] == 3
    assert week.total("arrivals")["value"] == 5
    assert week.total("wip")["value"] == 1


def test_reopenings(week: Site) -> None:
    total = week.total("reopen_rate")
    assert (total["numerator"], total["denominator"], total["reopenings"]) == (1, 3, 2)
    assert total["value"] == pytest.approx(1 / 3)


def test_time_in_status_sums_to_the_lead_time(week: Site) -> None:
    total = week.total("time_in_status")
    assert sum(entry["total"] for entry in total["by"]) == (72 + 96 + 48) * HOUR
    assert sum(entry["total"] for entry in total["by_category"]) == (72 + 96 + 48) * HOUR
    assert sum(entry["share"] for entry in total["by"]) == pytest.approx(1)


def test_the_item_in_progress_and_its_age(week: Site) -> None:
    (entry,) = week.total("wip_age")["by"]
    assert (entry["item"]["key"], entry["value"]) == ("E", (5 * 24 + 15) * HOUR)
    assert entry["share"] == 1.0


def test_cumulative_flow(week: Site) -> None:
    counted = {entry["category"]: entry["value"] for entry in week.total("cumulative_flow")["by"]}
    assert counted == {"backlog": 0, "todo": 0, "active": 1, "waiting": 0, "done": 3, "discarded": 1}
