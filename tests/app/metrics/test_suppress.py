"""Numbers that rest on too few people are not shown, and cannot be had by subtraction either."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from app.metrics.suppress import Crowd, Table, complemented, small, sums_of
from tests.support.metric_site import Site
from tests.support.rows import Item, history

MONDAY = datetime(2026, 8, 3, 9, tzinfo=UTC)


def done(key: str, project: str, assignee: str | None, day: int = 1) -> Item:
    finish = MONDAY + timedelta(days=day)
    return history(key, MONDAY, "active", (finish, "done"), project=project, assignee=assignee)


def crowd(project: str, people: int, day: int = 1) -> list[Item]:
    return [done(f"{project}-{day}-{number}", project, f"{project}-{number}", day) for number in range(people)]


def by_project(site: Site, **more: Any) -> dict[str, dict[str, Any]]:
    answer = site.answer("cycle_time", group_by=("project",), **more)
    return {series["group"]["project"]["external_id"]: series for series in answer["series"]}


def test_a_small_group_is_suppressed_and_the_smallest_other_with_it(private_site: Site) -> None:
    private_site.put(*crowd("one", 2), *crowd("two", 6), *crowd("three", 9))
    series = by_project(private_site)
    assert series["one"]["suppressed"]
    assert series["two"]["suppressed"]
    assert "suppressed" not in series["three"]
    assert series["one"]["total"] == {"suppressed": True}
    for point in series["one"]["points"]:
        assert set(point) == {"start", "end", "complete", "suppressed"}


def test_two_small_groups_need_no_third(private_site: Site) -> None:
    private_site.put(*crowd("one", 2), *crowd("two", 3), *crowd("three", 9))
    assert [name for name, series in by_project(private_site).items() if "suppressed" not in series] == ["three"]


def test_a_group_in_which_nobody_is_identified_is_shown(private_site: Site) -> None:
    private_site.put(done("a", "one", None), *crowd("two", 6))
    assert by_project(private_site)["one"]["total"]["n"] == 1


def test_machines_are_not_people(private_site: Site) -> None:
    private_site.store.account(private_site.source_id, "robot", "bot")
    private_site.put(done("a", "one", "robot"))
    assert by_project(private_site)["one"]["total"]["n"] == 1


def test_a_small_point_of_a_shown_series_hides_a_second_one(private_site: Site) -> None:
    private_site.put(*crowd("one", 7, day=1), *crowd("one", 6, day=2), done("x", "one", "one-0", 3))
    (series,) = private_site.answer("throughput", grain="day")["series"]
    hidden = [point["start"] for point in series["points"] if "suppressed" in point]
    assert hidden == ["2026-08-05", "2026-08-06"]
    assert series["total"]["value"] == 14


def test_a_whole_that_is_small_is_suppressed_too(private_site: Site) -> None:
    private_site.put(*crowd("one", 4))
    (series,) = private_site.answer("cycle_time")["series"]
    assert series["suppressed"]


def test_the_facts_behind_a_suppressed_group_are_not_shown(private_site: Site) -> None:
    private_site.put(*crowd("one", 2), *crowd("two", 9))
    page = private_site.behind("cycle_time", group_by=("project",), group={"project": "one"})
    assert page == {"items": [], "next": None, "suppressed": True}


def test_a_status_that_few_people_had_is_suppressed_within_its_point(private_site: Site) -> None:
    rare = history(
        "r", MONDAY, "active", (MONDAY + timedelta(hours=3), "review"), (MONDAY + timedelta(days=1), "done"),
        assignee="r",
    )  # fmt: skip
    private_site.put(*crowd("shop", 8), rare)
    total = private_site.total("time_in_status")
    entries = {entry["status"]["external_id"]: entry for entry in total["by"]}
    assert entries["review"]["suppressed"]
    assert entries["active"]["suppressed"]
    assert all(entry["suppressed"] for entry in total["by_category"])


def test_a_hidden_status_cannot_be_had_from_the_categories(private_site: Site) -> None:
    for name, category in (("building", "active"), ("queued", "todo")):
        private_site.store.status(private_site.source_id, name, category)
    rare = history(
        "r", MONDAY, "todo", (MONDAY + timedelta(hours=1), "building"), (MONDAY + timedelta(hours=9), "active"),
        (MONDAY + timedelta(days=1), "done"), assignee="r",
    )  # fmt: skip
    common = [
        history(
            f"c{number}", MONDAY, "queued", (MONDAY + timedelta(hours=2), "todo"),
            (MONDAY + timedelta(hours=5), "active"), (MONDAY + timedelta(days=1), "done"), assignee=f"c{number}",
        )
        for number in range(7)
    ]  # fmt: skip
    private_site.put(rare, *common)
    total = private_site.total("time_in_status")
    hidden = {entry["status"]["external_id"] for entry in total["by"] if "suppressed" in entry}
    shown = {entry["category"] for entry in total["by_category"] if "suppressed" not in entry}
    category = {"building": "active", "active": "active", "todo": "todo", "queued": "todo"}
    assert "building" in hidden
    for name in shown:
        assert sum(category[status] == name for status in hidden) != 1


def test_without_the_rule_everything_is_shown(sqlite_site: Site) -> None:
    sqlite_site.put(*crowd("one", 1))
    assert by_project(sqlite_site)["one"]["total"]["n"] == 1


def test_small_counts_nobody_as_nobody() -> None:
    assert small(np.array([0, 1, 4, 5]), 5).tolist() == [False, True, True, False]


def test_no_sum_of_a_table_holds_exactly_one_hidden_number_beside_shown_ones() -> None:
    dice = np.random.default_rng(3)
    for _ in range(50):
        shape = (4, 3, 3)
        keys = [axis.ravel() for axis in np.indices(shape)]
        size = dice.integers(1, 50, 36)
        hidden = complemented(keys, size, dice.random(36) < 0.05, sums_of(3)).reshape(shape)
        for axis in range(3):
            counts = hidden.sum(axis=axis)
            assert not (counts == 1).any()


def test_where_all_numbers_together_rest_on_too_few_people_all_are_hidden() -> None:
    people = np.array([2, 0, 0, 1])
    table = Table([np.arange(4)], np.array([3, 8, 0, 5]), Crowd(people, 5, apart=np.zeros(4, dtype=np.int64)))
    assert table.complemented(small(people, 5), [()]).tolist() == [True, True, False, True]


def test_people_of_several_small_numbers_count_once() -> None:
    people = np.array([2, 2, 6, 7])
    size = np.array([2, 2, 6, 9])
    for other, hidden in ((0, [True, True, True, False]), (2, [True, True, False, False])):
        cell = np.repeat(np.arange(2), 2)
        who = np.array([0, 1, other, other + 1])
        table = Table([np.arange(4)], size, Crowd(people, 4, members=(cell, who)))
        assert table.complemented(small(people, 4), [()]).tolist() == hidden
