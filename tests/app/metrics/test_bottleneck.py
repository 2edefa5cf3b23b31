"""Where work piles up: the ranking of statuses, what came and went, and what is not shown of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support import people
from tests.support.metric_site import WEEK, Site
from tests.support.rows import Item, history

MONDAY = datetime(2026, 8, 3, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def reviewed(key: str, hours_active: float, hours_waiting: float, begin: datetime = MONDAY, **more: Any) -> Item:
    """An item that was worked on and then waited for its review."""
    review = begin + hours_active * HOUR
    return history(
        key, begin - DAY, "todo", (begin, "active"), (review, "review"), (review + hours_waiting * HOUR, "done"), **more
    )


def entries(total: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry["status"]["external_id"]: entry for entry in total["by"]}


def test_the_status_with_the_largest_share_stands_first(site: Site) -> None:
    site.put(reviewed("a", 6, 18), reviewed("b", 2, 22))
    total = site.total("bottleneck")
    assert [(entry["status"]["external_id"], entry["rank"]) for entry in total["by"]] == [("review", 1), ("active", 2)]
    review = entries(total)["review"]
    assert (review["n"], review["total"], review["share"]) == (2, 40 * 3600, 40 / 48)
    assert review["category"] == "waiting"


def test_the_share_is_compared_with_as_many_days_before(site: Site) -> None:
    site.put(reviewed("a", 6, 18), reviewed("b", 18, 6, MONDAY - 7 * DAY))
    review = entries(site.total("bottleneck"))["review"]
    assert review["share_change"] == pytest.approx(0.5)
    assert entries(site.total("bottleneck", start=MONDAY - 30 * DAY))["review"]["share_change"] is None


def test_growth_is_what_came_in_minus_what_left_and_a_merge_is_neither(sqlite_site: Site) -> None:
    waiting = [history(f"w{number}", MONDAY, "active", (MONDAY + HOUR, "review")) for number in range(3)]
    merged = history("m", MONDAY, "active", (MONDAY + HOUR, "review"), (MONDAY + 2 * HOUR, "review"))
    sqlite_site.put(reviewed("a", 6, 18), *waiting, merged)
    review = entries(sqlite_site.total("bottleneck"))["review"]
    assert (review["arrivals"], review["departures"], review["growth"], review["trend"]) == (5, 1, 4, 4)


def test_growth_adds_up_to_what_stands_in_the_status(sqlite_site: Site) -> None:
    sqlite_site.put(
        *(reviewed(f"a{day}", 6, 40, MONDAY + day * DAY) for day in range(-3, 4)),
        history("created there", MONDAY, "review"),
    )
    window = {"start": MONDAY - 30 * DAY, "end": MONDAY + 4 * DAY, "grain": "total"}
    standing = 1 + sum(1 for day in range(-3, 4) if day * 24 + 6 + 40 > 4 * 24)
    assert entries(sqlite_site.total("bottleneck", **window))["review"]["growth"] == standing


def test_a_bucket_is_compared_with_the_days_before_it(sqlite_site: Site) -> None:
    sqlite_site.put(reviewed("a", 6, 6, MONDAY), reviewed("b", 3, 9, MONDAY + DAY))
    (series,) = sqlite_site.answer("bottleneck", grain="day")["series"]
    first, second = (entries(point)["review"] for point in series["points"][:2])
    assert (first["share_change"], second["share_change"]) == (None, pytest.approx(0.25))


def test_pauses_and_early_states_before_the_start_are_no_part_of_it(sqlite_site: Site) -> None:
    sqlite_site.put(reviewed("a", 6, 6))
    assert set(entries(sqlite_site.total("bottleneck"))) == {"active", "review"}


def test_each_team_has_its_own_ranking_and_queue(site: Site) -> None:
    for name in ("red", "blue"):
        site.store.account(site.source_id, name)
        people.add_team(site.store.db, name)
        people.add_person(site.store.db, name, [(site.source_id, name)], [(name, people.ALWAYS, None)])
    site.put(
        reviewed("a", 2, 10, assignee="red"),
        reviewed("b", 10, 2, assignee="blue"),
        history("c", MONDAY, "review", assignee="blue"),
    )
    by_team = {
        series["group"]["team"]["name"]: series["total"]
        for series in site.answer("bottleneck", group_by=("team",))["series"]
    }
    assert by_team["red"]["by"][0]["status"]["external_id"] == "review"
    assert by_team["blue"]["by"][0]["status"]["external_id"] == "active"
    assert (entries(by_team["red"])["review"]["growth"], entries(by_team["blue"])["review"]["growth"]) == (0, 1)
    alone = site.total("bottleneck", filters={"team": ("blue",)})
    assert alone["by"] == by_team["blue"]["by"]


def crowd(count: int, hours_waiting: float, **more: Any) -> list[Item]:
    return [
        reviewed(f"{more.get('project', 'c')}{number}", 5, hours_waiting, assignee=f"p{number}", **more)
        for number in range(count)
    ]


def test_a_status_of_few_people_is_suppressed_and_a_second_one_with_it_and_both_stand_last(private_site: Site) -> None:
    private_site.store.status(private_site.source_id, "blocked", "waiting")
    rare = history("rare", MONDAY, "active", (MONDAY + HOUR, "blocked"), (MONDAY + 9 * DAY / 2, "done"), assignee="p0")
    private_site.put(*crowd(7, 2), rare)
    shown = private_site.total("bottleneck")["by"]
    hidden = [entry for entry in shown if "suppressed" in entry]
    assert {entry["status"]["external_id"] for entry in hidden} >= {"blocked"}
    assert len(hidden) >= 2
    assert shown[-len(hidden) :] == hidden
    assert all(set(entry) == {"status", "category", "suppressed"} for entry in hidden)


def test_a_queue_that_few_people_move_hides_the_entry(private_site: Site) -> None:
    """Seven finished through the review, and one person put something new into it: the growth would tell of them."""
    begin = MONDAY - 9 * DAY
    earlier = [
        history(
            f"c{number}", begin - DAY, "todo", (begin, "active"), (begin + HOUR, "review"),
            (WEEK[0] + HOUR, "done"), assignee=f"p{number}",
        )
        for number in range(7)
    ]  # fmt: skip
    private_site.put(*earlier)
    assert "suppressed" not in entries(private_site.total("bottleneck"))["review"]
    private_site.put(*(history(f"w{n}", begin, "active", (MONDAY, "active"), assignee="p1") for n in range(3)))
    private_site.put(history("x", begin, "todo", (MONDAY, "active"), assignee="p1"))
    assert entries(private_site.total("bottleneck"))["active"].get("suppressed")


def test_nothing_of_a_hidden_earlier_window_is_told(private_site: Site) -> None:
    before = reviewed("before", 1, 30, MONDAY - 7 * DAY, assignee="p0")
    private_site.put(*crowd(7, 2), before)
    review = entries(private_site.total("bottleneck"))["review"]
    assert (review["share_change"], review["trend"]) == (None, None)
    assert review["growth"] == 0


def test_a_hidden_status_of_one_group_cannot_be_had_from_the_others(private_site: Site) -> None:
    private_site.put(*crowd(8, 2, project="shop"), *crowd(9, 3, project="bank"))
    private_site.store.status(private_site.source_id, "blocked", "waiting")
    for project, count in (("shop", 2), ("bank", 8)):
        private_site.put(
            *(
                history(
                    f"{project}-b{number}", MONDAY, "active", (MONDAY + HOUR, "blocked"),
                    (MONDAY + DAY, "done"), assignee=f"p{number}", project=project,
                )
                for number in range(count)
            )
        )  # fmt: skip
    answer = private_site.answer("bottleneck", group_by=("project",))
    for series in answer["series"]:
        hidden = [entry for entry in series["total"]["by"] if "suppressed" in entry]
        assert "blocked" in {entry["status"]["external_id"] for entry in hidden}
        assert len(hidden) >= 2


def test_a_window_of_fifty_years_and_an_empty_one_are_answered(sqlite_site: Site) -> None:
    sqlite_site.put(reviewed("a", 2, 10))
    long = sqlite_site.answer("bottleneck", start=datetime(1976, 1, 1, tzinfo=UTC), end=WEEK[1], grain="quarter")
    assert long["series"][0]["total"]["n"] == 1
    empty = sqlite_site.total("bottleneck", start=MONDAY - 90 * DAY, end=MONDAY - 80 * DAY)
    assert empty == {"n": 0, "by": []}
