"""Launches and the bugs after them, case by case, and the facts behind both numbers."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.models.people import team as team_table
from tests.support import people
from tests.support.metric_site import Site
from tests.support.rows import Item, Release, history

BEGUN = datetime(2026, 3, 2, 9, tzinfo=UTC)
STARTED = BEGUN + timedelta(hours=3)
FINISHED = BEGUN + timedelta(days=2)
SPRING: dict[str, Any] = {"start": datetime(2026, 2, 28, 23, tzinfo=UTC), "end": datetime(2026, 5, 31, 22, tzinfo=UTC),
          "tz": "Europe/Paris", "grain": "total"}  # fmt: skip
HOUR, DAY = 3600, 86_400
RELEASED = datetime(2026, 3, 9, 9, tzinfo=UTC)


def feature(key: str, *releases: str, **more: Any) -> Item:
    """Created on a Monday at 09:00, started at 12:00, done two days after its creation."""
    return history(key, BEGUN, "todo", (STARTED, "active"), (FINISHED, "done"), releases=[*releases], **more)


def bug(key: str, at: datetime, *affects: str, **more: Any) -> Item:
    return Item(key, at, "todo", item_type="bug", affects=[*affects], **more)


def launch(site: Site, *releases: Release) -> None:
    site.store.releases(site.source_id, releases)


def hours(value: float | None) -> float | None:
    return None if value is None else value / HOUR


def test_a_feature_launches_with_its_release_and_else_when_it_is_finished(site: Site) -> None:
    launch(site, Release("1.0", at=RELEASED))
    site.put(feature("a", "1.0"), feature("b"))
    total = site.total("launch_time", **SPRING)
    assert (total["n"], hours(total["p50"])) == (2, ((7 * 24 - 3) + (48 - 3)) / 2)
    assert hours(total["from_created"]) == (7 * 24 + 48) / 2


def test_the_earliest_release_that_is_released_counts(site: Site) -> None:
    launch(
        site,
        Release("planned", at=RELEASED - timedelta(days=5), released=False),
        Release("2.0", at=RELEASED + timedelta(days=9)),
        Release("1.0", at=RELEASED),
    )
    site.put(feature("a", "2.0", "planned", "1.0"))
    assert hours(site.total("launch_time", **SPRING)["p50"]) == 7 * 24 - 3


@pytest.mark.parametrize("release", [Release("1.0", at=RELEASED, released=False), Release("1.0")])
def test_a_feature_whose_release_is_not_out_or_has_no_date_has_not_launched(site: Site, release: Release) -> None:
    launch(site, release)
    site.put(feature("a", "1.0"))
    assert site.total("launch_time", **SPRING)["n"] == 0


def test_a_release_that_is_not_listed_any_more_or_never_was_is_none(site: Site) -> None:
    launch(site, Release("1.0", at=RELEASED, listed=False))
    site.put(feature("a", "1.0"), feature("b", "unheard of"))
    total = site.total("launch_time", **SPRING)
    assert (total["n"], hours(total["p50"])) == (2, 45)


def test_discarded_and_deleted_features_and_other_kinds_launch_never(site: Site) -> None:
    launch(site, Release("1.0", at=RELEASED))
    site.put(
        history("gone", BEGUN, "todo", (STARTED, "active"), (FINISHED, "discarded"), releases=["1.0"]),
        feature("wont", "1.0", resolution="wont"),
        feature("lost", "1.0", deleted=RELEASED),
        feature("bug", "1.0", item_type="bug"),
        feature("chore", item_type="chore"),
    )
    answer = site.answer("launch_time", **SPRING)
    assert answer["series"][0]["total"]["n"] == 0
    assert answer["excluded"] == {"never_started": 0, "negative": 0}


def test_a_feature_taken_up_again_after_it_was_discarded_launches(site: Site) -> None:
    launch(site, Release("1.0", at=RELEASED))
    site.put(history("a", BEGUN, "active", (STARTED, "discarded"), (FINISHED, "active"), releases=["1.0"]))
    assert site.total("launch_time", **SPRING)["n"] == 1


def test_what_was_never_started_or_only_after_its_release_is_counted_apart(site: Site) -> None:
    launch(site, Release("1.0", at=RELEASED))
    late = history("late", BEGUN, "todo", (RELEASED + timedelta(days=1), "active"), releases=["1.0"])
    site.put(late, history("straight", BEGUN, "todo", (FINISHED, "done")), feature("a", "1.0"))
    answer = site.answer("launch_time", **SPRING)
    assert answer["excluded"] == {"never_started": 1, "negative": 1}
    total = answer["series"][0]["total"]
    assert (total["n"], hours(total["p50"])) == (1, 165)
    assert hours(total["from_created"]) == 168, "all three have a creation"


@pytest.mark.parametrize(
    ("day", "zone", "ends"),
    [
        (date(2026, 3, 28), "Europe/Paris", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        (date(2026, 3, 29), "Europe/Paris", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (date(2026, 3, 29), "America/New_York", datetime(2026, 3, 30, 4, tzinfo=UTC)),
        (date(2026, 3, 29), "Asia/Tokyo", datetime(2026, 3, 29, 15, tzinfo=UTC)),
    ],
)
def test_a_release_that_is_a_day_ends_with_that_day_in_the_reports_zone(
    site: Site, day: date, zone: str, ends: datetime
) -> None:
    launch(site, Release("1.0", on=day))
    site.put(feature("a", "1.0"))
    total = site.total("launch_time", **{**SPRING, "tz": zone})
    assert total["p50"] == (ends - STARTED).total_seconds()


def test_a_new_date_of_a_release_moves_its_launch_without_a_change_of_its_items(site: Site) -> None:
    launch(site, Release("1.0", at=RELEASED), Release("1.1", released=False))
    site.put(feature("a", "1.1"))
    assert site.total("launch_time", **SPRING)["n"] == 0
    site.store.releases(site.source_id, [Release("1.1", at=RELEASED)])
    assert site.total("launch_time", **SPRING)["n"] == 1


def test_the_team_is_that_of_the_assignee_at_the_launch(site: Site) -> None:
    launch(site, Release("1.0", at=RELEASED))
    site.store.account(site.source_id, "ann")
    for team in ("red", "blue"):
        people.add_team(site.store.db, team)
    moved = RELEASED - timedelta(days=1)
    people.add_person(
        site.store.db, "ann", [(site.source_id, "ann")], [("red", people.ALWAYS, moved), ("blue", moved, None)]
    )
    site.put(feature("a", "1.0", assignee="ann"))
    series = site.answer("launch_time", group_by=("team",), **SPRING)["series"]
    assert {one["group"]["team"]["name"]: one["total"]["n"] for one in series} == {"blue": 1, "unassigned": 0}


def test_two_launches_a_week_apart_share_no_bug_where_bugs_name_no_release(site: Site) -> None:
    launch(site, Release("1.0", at=RELEASED), Release("1.1", at=RELEASED + timedelta(days=7)))
    site.put(
        feature("a", "1.0"),
        bug("early", RELEASED + timedelta(days=6)),
        bug("later", RELEASED + timedelta(days=8)),
        bug("last", RELEASED + timedelta(days=36)),
        bug("elsewhere", RELEASED + timedelta(days=1), project="bank"),
    )
    assert per_launch(site) == {"1.0": 1, "1.1": 2}


def test_two_launches_a_week_apart_each_have_the_bugs_that_name_them(site: Site) -> None:
    launch(site, Release("1.0", at=RELEASED), Release("1.1", at=RELEASED + timedelta(days=7), project="bank"))
    site.put(
        feature("a", "1.0"),
        bug("both", RELEASED + timedelta(days=8), "1.0", "1.1"),
        bug("first", RELEASED + timedelta(days=8), "1.0"),
        bug("none", RELEASED + timedelta(days=8)),
        bug("before", RELEASED - timedelta(seconds=1), "1.0"),
        Item("chore", RELEASED + timedelta(days=8), "todo", item_type="chore", affects=["1.0"]),
    )
    assert per_launch(site) == {"1.0": 2, "1.1": 1}


@pytest.mark.parametrize("affects", [("1.0",), ()])
def test_a_bug_counts_from_the_launch_on_and_not_from_the_end_of_the_thirtieth_day_on(
    site: Site, affects: tuple[str, ...]
) -> None:
    launch(site, Release("1.0", at=RELEASED))
    end = RELEASED + timedelta(days=30)
    site.put(
        feature("a", "1.0"),
        bug("at once", RELEASED, *affects),
        bug("just in time", end - timedelta(microseconds=1), *affects),
        bug("too late", end, *affects),
    )
    assert per_launch(site) == {"1.0": 2}


def test_launches_of_one_project_and_instant_each_have_the_bugs_of_both(site: Site) -> None:
    launch(site, Release("1.0", at=RELEASED), Release("1.1", at=RELEASED))
    site.put(feature("a", "1.0"), bug("b", RELEASED + timedelta(days=1)))
    assert per_launch(site) == {"1.0": 1, "1.1": 1}


def test_without_a_release_in_the_source_a_launch_is_a_features_finish(site: Site) -> None:
    desk = site.store.source("desk", "asana")
    launch(site, Release("1.0", at=RELEASED))
    site.put(feature("a"))
    site.store.put(desk, [feature("b"), bug("c", FINISHED + timedelta(days=1)), bug("d", FINISHED, project="bank")])
    series = site.answer("bugs_per_launch", group_by=("tool",), **SPRING)["series"]
    told = {one["group"]["tool"]["name"]: (one["total"]["numerator"], one["total"]["denominator"]) for one in series}
    assert told == {"jira": (0, 1), "asana": (1, 1)}
    (entry,) = site.behind("bugs_per_launch", group_by=("tool",), group={"tool": "asana"}, **SPRING)["items"]
    assert (entry["item"]["external_id"], entry["numerator"], entry["denominator"]) == ("b", 1, 1)


def test_launches_younger_than_thirty_days_are_left_out_and_counted(site: Site) -> None:
    launch(site, Release("1.0", at=RELEASED), Release("1.1", at=RELEASED + timedelta(days=7)))
    site.put(feature("a", "1.0"), bug("b", RELEASED + timedelta(days=1)), now=RELEASED + timedelta(days=30))
    answer = site.answer("bugs_per_launch", **SPRING)
    assert answer["excluded"] == {"immature": 1}
    assert answer["series"][0]["total"] == {"n": 1, "value": 1.0, "numerator": 1, "denominator": 1}


def test_a_launch_is_of_the_team_of_most_of_its_items_assignees(site: Site) -> None:
    launch(site, Release("1.0", at=RELEASED), Release("1.1", at=RELEASED), Release("1.2", at=RELEASED))
    for team in ("red", "blue"):
        people.add_team(site.store.db, team)
    for name, teams in (("ann", ["red"]), ("bob", ["blue"]), ("cat", ["blue"]), ("dan", [])):
        site.store.account(site.source_id, name)
        stays = [(team, people.ALWAYS, None) for team in teams]
        people.add_person(site.store.db, name, [(site.source_id, name)], stays)
    site.put(
        *(feature(f"{name}-1.0", "1.0", assignee=name) for name in ("ann", "bob", "cat")),
        *(feature(f"{name}-1.1", "1.1", assignee=name) for name in ("ann", "bob", "dan")),
        feature("dan-1.2", "1.2", assignee="dan"),
        feature("gone-1.2", "1.2", assignee="ann", resolution="wont"),
    )
    # One of each in 1.1: it is of the team that comes first by id, whatever the two are called.
    first = min(("red", "blue"), key=people.team_id)
    expected = {"blue": 2, "unassigned": 1} if first == "blue" else {"red": 1, "blue": 1, "unassigned": 1}
    series = site.answer("bugs_per_launch", group_by=("team",), **SPRING)["series"]
    assert {one["group"]["team"]["name"]: one["total"]["n"] for one in series} == expected
    with site.store.db.write() as connection:
        connection.execute(update(team_table).where(team_table.c.id == people.team_id(first)).values(name="zebra"))
    site.put()
    renamed = {"zebra" if name == first else name: count for name, count in expected.items()}
    series = site.answer("bugs_per_launch", group_by=("team",), **SPRING)["series"]
    assert {one["group"]["team"]["name"]: one["total"]["n"] for one in series} == renamed


def per_launch(site: Site) -> dict[str, int]:
    """The bugs of each launch, as the facts behind the number tell them; they add up to it."""
    behind = site.behind("bugs_per_launch", **SPRING)
    total = site.total("bugs_per_launch", **SPRING)
    found = {entry["release"]["name"]: entry["numerator"] for entry in behind["items"]}
    assert behind["sum"] == {"numerator": sum(found.values()), "denominator": len(found)}
    assert {"numerator": total["numerator"], "denominator": total["denominator"]} == behind["sum"]
    assert behind["n"] == total["n"] == len(found)
    return found


def test_the_facts_behind_launch_time_are_as_many_and_add_up(site: Site) -> None:
    launch(site, Release("1.0", at=RELEASED))
    site.put(feature("a", "1.0"), feature("b"), history("c", BEGUN, "todo", (FINISHED, "done")))
    total, behind = site.total("launch_time", **SPRING), site.behind("launch_time", **SPRING)
    assert behind["n"] == total["n"] == 2
    assert behind["sum"]["value"] == pytest.approx(total["mean"] * 2)
    assert {entry["item"]["external_id"]: hours(entry["value"]) for entry in behind["items"]} == {"a": 165, "b": 45}


def crowd(site: Site, count: int) -> list[str]:
    names = [f"human{number}" for number in range(count)]
    for name in names:
        site.store.account(site.source_id, name)
    return names


def test_a_launch_of_few_people_is_not_shown(private_site: Site) -> None:
    site = private_site
    names = crowd(site, 5)
    launch(site, Release("1.0", at=RELEASED), Release("1.1", at=RELEASED + timedelta(days=40)))
    few = [feature(f"few-{name}", "1.1", assignee=name) for name in names[:4]]
    site.put(*(feature(name, "1.0", assignee=name) for name in names), *few)
    for metric in ("launch_time", "bugs_per_launch"):
        months = {**SPRING, "grain": "month"}
        points = site.answer(metric, **months)["series"][0]["points"]
        assert [point.get("suppressed", False) for point in points] == [True, True, False], metric
        assert site.total(metric, **SPRING)["n"] > 0


def test_the_assignees_of_the_bugs_count_among_the_people_of_a_launch(private_site: Site) -> None:
    site = private_site
    names = crowd(site, 5)
    launch(site, Release("1.0", at=RELEASED))
    bugs = [bug(f"bug-{name}", RELEASED, "1.0", assignee=name) for name in names[3:]]
    site.put(*(feature(name, "1.0", assignee=name) for name in names[:3]), *bugs)
    assert site.total("bugs_per_launch", **SPRING)["numerator"] == 2
    assert site.total("launch_time", **SPRING) == {"suppressed": True}


def test_a_median_from_the_creation_on_is_not_shown_for_few_where_that_from_the_start_tells_of_nobody(
    private_site: Site,
) -> None:
    site = private_site
    (name,) = crowd(site, 1)
    site.put(feature("nobody"), history("one", BEGUN, "todo", (FINISHED, "done"), assignee=name))
    assert site.total("launch_time", **SPRING) == {"suppressed": True}
