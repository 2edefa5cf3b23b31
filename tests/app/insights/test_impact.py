"""Before and after: the difference that an admin can trust, and the answer where there is none to give."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core.errors import InvalidError
from app.insights.impact import impact
from tests.support.metric_site import Site
from tests.support.rows import Item, history

LAUNCH = datetime(2026, 7, 1, tzinfo=UTC)
DAYS = 30
HOUR = timedelta(hours=1)


def finished(key: str, day: float, hours: float, **more: Any) -> Item:
    """An item finished so many days after the launch, after so many hours of work."""
    end = LAUNCH + timedelta(days=day)
    return history(key, end - hours * HOUR, "active", (end, "done"), **more)


def around(seed: int, count: int, before: float, after: float, **more: Any) -> list[Item]:
    """Items on both sides of the launch, with mean hours that differ."""
    dice = random.Random(seed)
    items = []
    for number in range(count):
        day = dice.random() * DAYS
        items.append(finished(f"b{seed}-{number}", day - DAYS, before * dice.uniform(0.5, 1.5), **more))
        items.append(finished(f"a{seed}-{number}", day, after * dice.uniform(0.5, 1.5), **more))
    return items


def asked(site: Site, metric: str = "cycle_time", measure: str = "", **more: Any) -> dict[str, Any]:
    window = {"start": LAUNCH, "end": LAUNCH + timedelta(days=DAYS)}
    return impact(site.reader, site.settings, site.query(metric, **{**window, **more}), measure)


def only(answer: dict[str, Any]) -> dict[str, Any]:
    (series,) = answer["series"]
    found: dict[str, Any] = series
    return found


def test_a_shorter_cycle_time_is_better_and_its_interval_holds_the_difference(site: Site) -> None:
    site.put(*around(1, 120, before=48, after=24))
    answer = asked(site)
    found = only(answer)
    assert answer["before"] == {"from": "2026-06-01T00:00:00Z", "to": "2026-07-01T00:00:00Z"}
    assert (found["before"]["n"], found["after"]["n"]) == (120, 120)
    assert found["difference"] == found["after"]["value"] - found["before"]["value"]
    low, high = found["interval"]
    assert low < -24 * 3600 < high < 0
    assert low < found["difference"] < high
    assert found["test"]["name"] == "mann_whitney"
    assert found["test"]["p"] < 1e-6
    assert found["test"]["effect"] < 0.2
    assert found["verdict"] == "better"
    assert found["relative"] == pytest.approx(-0.5, abs=0.1)


def test_numbers_are_those_of_the_metric(sqlite_site: Site) -> None:
    sqlite_site.put(*around(2, 40, before=30, after=31))
    for measure in ("p50", "p95", "mean"):
        found = only(asked(sqlite_site, measure=measure))
        told = sqlite_site.answer(
            "cycle_time", start=LAUNCH, end=LAUNCH + timedelta(days=DAYS), grain="total", compare="previous"
        )["series"][0]
        assert found["after"]["value"] == told["total"][measure]
        assert found["before"]["value"] == told["previous"][measure]


def test_what_chance_can_do_is_no_clear_change(sqlite_site: Site) -> None:
    sqlite_site.put(*around(3, 60, before=30, after=30.5))
    assert only(asked(sqlite_site))["verdict"] == "no_clear_change"


def test_few_items_are_too_little_data_to_judge(sqlite_site: Site) -> None:
    sqlite_site.put(*around(4, 19, before=300, after=1))
    found = only(asked(sqlite_site))
    assert found["verdict"] == "too_little_data"
    assert (found["interval"], found["test"], found["needed"]) == (None, None, 20)
    assert found["difference"] < 0


def test_nothing_before_is_too_little_data(sqlite_site: Site) -> None:
    sqlite_site.put(*[item for item in around(5, 40, before=30, after=30) if item.key.startswith("a")])
    found = only(asked(sqlite_site))
    assert (found["verdict"], found["difference"], found["before"]["value"]) == ("too_little_data", None, None)


def test_the_same_question_gets_the_same_answer(sqlite_site: Site) -> None:
    sqlite_site.put(*around(6, 50, before=30, after=26))
    assert asked(sqlite_site) == asked(sqlite_site)


def test_a_count_is_compared_by_days(sqlite_site: Site) -> None:
    items = [finished(f"b{day}", day - DAYS + 0.5, 5) for day in range(DAYS)]
    items += [finished(f"a{day}-{twin}", day + 0.5, 5) for day in range(DAYS) for twin in range(2)]
    sqlite_site.put(*items)
    answer = asked(sqlite_site, "throughput")
    found = only(answer)
    assert answer["sample"] == "days"
    assert (found["before"]["value"], found["after"]["value"]) == (30, 60)
    assert (found["before"]["daily_mean"], found["after"]["daily_mean"]) == (1, 2)
    assert (found["difference"], found["interval"]) == (1, [1, 1])
    assert (found["before"]["samples"], found["after"]["samples"]) == (30, 30)
    assert found["verdict"] == "better"


def test_a_state_is_compared_by_the_days_values(sqlite_site: Site) -> None:
    items = [history(f"i{day}", LAUNCH + timedelta(days=day) + HOUR, "active") for day in range(-DAYS, DAYS)]
    sqlite_site.put(*items)
    found = only(asked(sqlite_site, "wip"))
    assert (found["before"]["value"], found["after"]["value"]) == (30, 60)
    assert found["difference"] == 30
    assert found["verdict"] == "worse"


def test_a_ratio_is_compared_by_its_facts(sqlite_site: Site) -> None:
    items = around(7, 60, before=10, after=10)
    for item in items:
        end = item.moves[-1].at
        if item.key.startswith("b") and int(item.key.split("-")[1]) % 2:
            again = history(item.key, item.created, "active", (end - 2 * HOUR, "done"), (end - HOUR, "active"),
                            (end, "done"))  # fmt: skip
            item.moves = again.moves
    sqlite_site.put(*items)
    found = only(asked(sqlite_site, "reopen_rate"))
    assert (found["before"]["value"], found["after"]["value"]) == (0.5, 0)
    assert found["verdict"] == "better"
    assert found["test"] is None


def test_a_measure_that_is_not_of_single_facts_is_compared_by_days_and_has_no_better_side(sqlite_site: Site) -> None:
    """How often work was reopened: once on each day before, never after; the rate's better side is not its own."""
    moves = [LAUNCH + timedelta(days=day) for day in range(-DAYS, 0)]
    sqlite_site.put(
        *(history(f"r{n}", at - HOUR, "active", (at, "done"), (at + HOUR, "active")) for n, at in enumerate(moves)),
        *around(12, 30, before=10, after=10),
    )
    answer = asked(sqlite_site, "reopen_rate", "reopenings")
    found = only(answer)
    assert answer["sample"] == "days"
    assert (found["before"]["daily_mean"], found["after"]["daily_mean"], found["interval"]) == (1, 0, [-1, -1])
    assert found["verdict"] == "changed"


def test_each_group_is_judged_by_itself(sqlite_site: Site) -> None:
    sqlite_site.put(
        *around(8, 60, before=40, after=10, project="shop"), *around(9, 60, before=10, after=40, project="bank")
    )
    found = {one["group"]["project"]["external_id"]: one for one in asked(sqlite_site, group_by=("project",))["series"]}
    assert {name: one["verdict"] for name, one in found.items()} == {"shop": "better", "bank": "worse"}


def test_a_small_group_is_not_compared(private_site: Site) -> None:
    for name in ("ann", "bob"):
        private_site.store.account(private_site.source_id, name)
    private_site.put(*around(10, 40, before=40, after=10, assignee="ann"))
    found = only(asked(private_site))
    assert found == {"group": {}, "suppressed": True, "verdict": None}


def test_an_explicit_window_and_wrong_names(sqlite_site: Site) -> None:
    sqlite_site.put(*around(11, 40, before=40, after=10))
    earlier = (LAUNCH - timedelta(days=20), LAUNCH - timedelta(days=1))
    assert asked(sqlite_site, compare=earlier)["before"]["to"] == "2026-06-30T00:00:00Z"
    for metric, measure, place in (("nothing", "", "metric"), ("cycle_time", "p51", "measure")):
        with pytest.raises(InvalidError) as refusal:
            asked(sqlite_site, metric, measure)
        assert refusal.value.errors[0]["loc"] == ["query", place]
