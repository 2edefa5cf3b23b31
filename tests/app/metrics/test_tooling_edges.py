"""Metrics of tools where something is missing, new, not human, or too small to be shown."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core.db import Database
from app.core.errors import InvalidError
from app.core.settings import Settings
from app.facts.read import FactsReader
from app.metrics.query import MetricQuery, answer, behind
from app.store import tools
from tests.support import people
from tests.support.rows import NOW
from tests.support.usage import UsageStore

MONDAY = date(2026, 8, 3)
WEEK = (datetime(2026, 8, 3, tzinfo=UTC), datetime(2026, 8, 10, tzinfo=UTC))
METRICS = ("active_users", "stickiness", "adoption_rate", "seat_utilisation", "feature_usage")


class Site:
    """A database with a tool, and questions about the week from the 3rd of August 2026."""

    def __init__(self, db: Database, **settings: Any) -> None:
        self.rows = UsageStore(db)
        self.db = db
        self.reader = FactsReader(db)
        self.settings = Settings(_env_file=None, timezone="UTC", **{"min_group": 1, **settings})

    def query(self, metric: str, **more: Any) -> MetricQuery:
        return MetricQuery(**{"metric": metric, "start": WEEK[0], "end": WEEK[1], "tz": "UTC", **more})

    def answer(self, metric: str, **more: Any) -> dict[str, Any]:
        return answer(self.reader, self.settings, self.query(metric, **more))

    def points(self, metric: str, **more: Any) -> list[dict[str, Any]]:
        (series,) = self.answer(metric, **more)["series"]
        return [dict(point) for point in series["points"]]

    def by_name(self, metric: str, dimension: str, **more: Any) -> dict[str, dict[str, Any]]:
        found = self.answer(metric, group_by=(dimension,), **more)["series"]
        return {series["group"][dimension]["name"]: series["points"][0] for series in found}

    def use(self, source_id: UUID, *names: str, day: date = MONDAY, event: str = "open", now: datetime = NOW) -> None:
        self.rows.use(source_id, {(name, event, day): 1 for name in names}, now=now)


@pytest.fixture
def site(sqlite_db: Database) -> Site:
    return Site(sqlite_db)


@pytest.mark.parametrize("metric", METRICS)
def test_without_any_source_there_is_no_number_and_a_reason(site: Site, metric: str) -> None:
    found = site.answer(metric)
    assert found["reason"] == "no_source"
    assert found["series"][0]["total"]["n"] == 0
    assert site.answer(metric, group_by=("team", "tool"))["series"] == []


def test_accounts_of_one_person_count_once_and_machines_never(site: Site) -> None:
    slack, jira = site.rows.source("slack"), site.rows.source("jira")
    site.rows.accounts([(slack, "ada", None, "human", None, True), (jira, "ada-j", None, "human", None, True)])
    site.rows.accounts([(slack, "hook", None, "bot", None, True), (slack, "cron", None, "human", True, True)])
    people.add_person(site.db, "Ada", [(slack, "ada"), (jira, "ada-j")])
    site.use(slack, "ada", "hook", "cron", "nobody we know")
    site.use(jira, "ada-j")
    found = site.answer("active_users")
    assert found["series"][0]["total"]["mau"] == 2
    assert found["flagged"] == {"unjoined_accounts": 1}
    assert site.answer("feature_usage")["series"][0]["total"]["events"] == 3


def test_sources_of_one_tool_are_one_tool(site: Site) -> None:
    one, two = site.rows.source("one", tool="slack"), site.rows.source("two", tool="slack")
    site.rows.accounts([(one, "a", None, "human", None, True), (two, "b", None, "human", None, True)])
    people.add_person(site.db, "Ada", [(one, "a"), (two, "b")])
    site.use(one, "a")
    site.use(two, "b")
    assert site.by_name("active_users", "tool")["slack"]["wau"] == 1
    assert {name: point["wau"] for name, point in site.by_name("active_users", "source").items()} == {
        "one": 1,
        "two": 1,
    }


def test_a_month_is_28_days_and_a_week_7(site: Site) -> None:
    slack = site.rows.source("slack")
    sunday = MONDAY + timedelta(days=6)
    for number, ago in enumerate((0, 1, 6, 7, 27, 28)):
        site.use(slack, f"a{number}", day=sunday - timedelta(days=ago))
    assert [site.points("active_users")[0][name] for name in ("dau", "wau", "mau")] == [1, 3, 5]


def test_a_running_bucket_ends_with_its_last_elapsed_day(site: Site) -> None:
    slack = site.rows.source("slack")
    now = datetime(2026, 8, 5, 9, tzinfo=UTC)
    site.use(slack, "a", "b", day=MONDAY + timedelta(days=1), now=now)
    site.use(slack, "c", day=MONDAY + timedelta(days=2), now=now)
    (week,) = site.points("active_users")
    assert (week["dau"], week["mau"], week["complete"]) == (2, 2, False)
    days = site.points("active_users", grain="day")
    assert [day["dau"] for day in days] == [0, 2, 1, None, None, None, None]
    assert [day["n"] for day in site.points("feature_usage", grain="day")] == [0, 2, 1, 0, 0, 0, 0]


def test_days_are_the_vendors_and_no_zone_cuts_them_again(site: Site) -> None:
    slack = site.rows.source("slack")
    site.use(slack, "a")
    for tz in ("Pacific/Kiritimati", "Pacific/Midway", "UTC"):
        days = site.points("active_users", grain="day", tz=tz)
        assert [day["start"] for day in days if day["dau"]] == ["2026-08-03"]


def test_the_answer_says_whose_days_they_are(site: Site) -> None:
    mixpanel = site.rows.source("mixpanel", config={"project_timezone": "US/Pacific"})
    assert site.answer("active_users")["day_zone"] == "US/Pacific"
    slack = site.rows.source("slack")
    found = site.answer("active_users")
    assert found["day_zone"] is None
    assert {one["source"]: one["day_zone"] for one in found["freshness"]} == {
        str(mixpanel): "US/Pacific",
        str(slack): "UTC",
    }
    assert site.answer("active_users", filters={"tool": ("slack",)})["day_zone"] == "UTC"
    assert "day_zone" not in site.answer("throughput")


def test_stickiness_flags_a_short_history(site: Site) -> None:
    slack = site.rows.source("slack")
    site.use(slack, "a", day=MONDAY - timedelta(days=21))
    assert site.answer("stickiness")["flagged"]["short_history"] == 0
    earlier = {"start": WEEK[0] - timedelta(days=7), "end": WEEK[1]}
    assert site.answer("stickiness", **earlier)["flagged"]["short_history"] == 1


def test_stickiness_of_a_bucket_without_users_is_unknown(site: Site) -> None:
    slack = site.rows.source("slack")
    site.use(slack, "a", day=MONDAY - timedelta(days=60))
    (week,) = site.points("stickiness")
    assert (week["value"], week["denominator"]) == (None, 0)


def test_holders_of_seats_are_eligible_and_of_nobody_else_is_asked(site: Site) -> None:
    slack = site.rows.source("slack")
    sunday = datetime(2026, 8, 9, 12, tzinfo=UTC)
    site.rows.seats(slack, [("a", "x", None, None), ("b", "x", None, sunday), ("c", "x", sunday, None)])
    site.use(slack, "a", "b", "visitor")
    (week,) = site.points("adoption_rate")
    assert (week["numerator"], week["denominator"], week["eligible"]) == (1, 2, "seats")
    assert site.answer("adoption_rate")["flagged"] == {"unjoined_accounts": 2, "no_seats": 0}


def test_a_tool_without_seats_is_for_everybody(site: Site) -> None:
    jira = site.rows.source("jira")
    people.add_team(site.db, "red")
    for name in ("Ada", "Bob", "Cy"):
        people.add_person(site.db, name, stays=[("red", people.ALWAYS, None)])
    site.rows.accounts(
        [
            (jira, "silent", None, "human", None, True),
            (jira, "left", None, "human", None, False),
            (jira, "bot", None, "bot", None, True),
        ]
    )
    site.use(jira, "stranger")
    (week,) = site.points("adoption_rate")
    assert (week["numerator"], week["denominator"], week["eligible"]) == (1, 5, "people")
    assert site.answer("adoption_rate")["flagged"] == {"unjoined_accounts": 2, "no_seats": 1}
    by_team = site.by_name("adoption_rate", "team")
    assert (by_team["red"]["denominator"], by_team["unassigned"]["denominator"]) == (3, 2)


def test_over_several_tools_one_counts_who_uses_what_they_may(site: Site) -> None:
    slack, figma = site.rows.source("slack"), site.rows.source("figma")
    for source_id in (slack, figma):
        site.rows.accounts([(source_id, name, None, "human", None, True) for name in ("ada", "bob")])
    people.add_person(site.db, "Ada", [(slack, "ada"), (figma, "ada")])
    people.add_person(site.db, "Bob", [(slack, "bob"), (figma, "bob")])
    site.rows.seats(slack, [("ada", "x", None, None)])
    site.rows.seats(figma, [("bob", "x", None, None)])
    site.use(slack, "ada", "bob")
    (week,) = site.points("adoption_rate")
    assert (week["numerator"], week["denominator"]) == (1, 2)


def test_seats_and_what_the_idle_ones_cost(site: Site) -> None:
    slack, figma = site.rows.source("slack"), site.rows.source("figma")
    site.rows.accounts([(slack, "robot", None, "app", None, True)])
    site.rows.seats(slack, [(name, "pro", None, None) for name in ("a", "b", "c", "robot")])
    site.rows.seats(figma, [("a", "pro", None, None)])
    site.use(slack, "a")
    site.use(slack, "b", day=MONDAY - timedelta(days=90))
    with site.db.write() as connection:
        tools.put(connection, "slack", {"seats_bought": 10, "seat_price": 7.5, "currency": "EUR"}, NOW)
    slack_seats = site.by_name("seat_utilisation", "tool")["slack"]
    numbers = ("held", "active", "never_used", "bought", "idle_cost", "currency")
    assert [slack_seats[name] for name in numbers] == [3, 1, 1, 10, 15.0, "EUR"]
    both = site.answer("seat_utilisation")
    assert both["excluded"] == {"automation": 1}
    assert (both["series"][0]["total"]["bought"], both["series"][0]["total"]["idle_cost"]) == (None, None)
    with site.db.write() as connection:
        tools.put(connection, "figma", {"seats_bought": 2, "seat_price": 4.0, "currency": "USD"}, NOW)
    both = Site(site.db).answer("seat_utilisation")["series"][0]["total"]
    assert (both["bought"], both["idle_cost"], both["currency"]) == (12, None, None)


def test_seats_bought_are_those_of_the_only_source_of_a_tool(site: Site) -> None:
    slack = site.rows.source("slack")
    site.rows.seats(slack, [("a", "pro", None, None)])
    with site.db.write() as connection:
        tools.put(connection, "slack", {"seats_bought": 10}, NOW)
    asked = {"filters": {"source": (str(slack),)}}
    assert Site(site.db).answer("seat_utilisation", **asked)["series"][0]["total"]["bought"] == 10
    again = site.rows.source("slack-2", "slack")
    site.rows.seats(again, [("b", "pro", None, None)])
    assert Site(site.db).answer("seat_utilisation", **asked)["series"][0]["total"]["bought"] is None


def test_seats_bought_are_no_teams(site: Site) -> None:
    slack = site.rows.source("slack")
    site.rows.seats(slack, [("a", "pro", None, None)])
    with site.db.write() as connection:
        tools.put(connection, "slack", {"seats_bought": 10, "seat_price": 7.5, "currency": "EUR"}, NOW)
    assert site.by_name("seat_utilisation", "team")["unassigned"]["bought"] is None
    assert site.by_name("seat_utilisation", "team")["unassigned"]["idle_cost"] == 7.5


@pytest.mark.parametrize("metric", METRICS)
def test_a_team_of_few_is_not_shown_and_cannot_be_had_by_subtraction(sqlite_db: Database, metric: str) -> None:
    site = Site(sqlite_db, min_group=5)
    slack = site.rows.source("slack")
    sizes = {"big": 9, "middle": 6, "small": 3}
    names = [(team, f"{team} {number}") for team, size in sizes.items() for number in range(size)]
    for team in sizes:
        people.add_team(site.db, team)
    site.rows.accounts([(slack, name, None, "human", None, True) for _, name in names])
    for team, name in names:
        people.add_person(site.db, name, [(slack, name)], [(team, people.ALWAYS, None)])
    site.rows.seats(slack, [(name, "pro", None, None) for _, name in names])
    site.use(slack, *(name for _, name in names))
    shown = {team: "suppressed" not in point for team, point in site.by_name(metric, "team").items()}
    assert shown == {"big": True, "middle": False, "small": False, "unassigned": True}
    (small,) = [
        series["group"]["team"]["id"]
        for series in site.answer(metric, group_by=("team",))["series"]
        if series["group"]["team"]["name"] == "small"
    ]
    query = site.query(metric, group_by=("team",))
    assert behind(site.reader, site.settings, query, group={"team": small}) == {
        "items": [], "next": None, "suppressed": True,
    }  # fmt: skip


def test_a_feature_of_few_is_not_shown_and_neither_is_a_second_one(sqlite_db: Database) -> None:
    site = Site(sqlite_db, min_group=5)
    slack = site.rows.source("slack")
    for event, size in (("open", 9), ("edit", 6), ("delete", 2)):
        site.use(slack, *(f"a{number}" for number in range(size)), event=event)
    (week,) = site.points("feature_usage")
    assert [(one["event"]["name"], one.get("people"), "suppressed" in one) for one in week["by"]] == [
        ("open", 9, False),
        ("edit", None, True),
        ("delete", None, True),
    ]
    facts = behind(site.reader, site.settings, site.query("feature_usage"))
    assert [(one["event"]["name"], "suppressed" in one) for one in facts["items"]] == [
        ("delete", True), ("edit", True), ("open", False),
    ]  # fmt: skip


def test_usage_that_changes_changes_the_answer(site: Site) -> None:
    slack = site.rows.source("slack")
    site.use(slack, "a")
    assert site.points("active_users")[0]["mau"] == 1
    site.use(slack, "b")
    assert site.points("active_users")[0]["mau"] == 2
    people.add_team(site.db, "red")
    site.rows.accounts([(slack, name, None, "human", None, True) for name in "ab"])
    people.add_person(site.db, "Ada", [(slack, "a"), (slack, "b")], [("red", people.ALWAYS, None)])
    assert site.points("active_users")[0]["mau"] == 1
    assert site.by_name("active_users", "team")["red"]["mau"] == 1


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"group_by": ("event",)}, "'active_users' cannot be grouped by 'event'"),
        ({"filters": {"project": ("x",)}}, "'active_users' cannot be filtered by 'project'"),
    ],
)
def test_dimensions_that_mean_nothing_here_are_refused(site: Site, more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidError, match=sentence):
        site.answer("active_users", **more)


def test_a_filter_that_fits_nothing_leaves_nothing(site: Site) -> None:
    site.use(site.rows.source("slack"), "a")
    for metric in METRICS:
        for name in ("team", "tool", "source"):
            found = site.answer(metric, filters={name: ("no such",)})
            assert found["series"][0]["total"]["n"] == 0
            assert found["reason"] == "filter"


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("group_by", [(), ("team",), ("tool", "team")])
def test_windows_long_before_long_after_and_without_end(site: Site, metric: str, group_by: tuple[str, ...]) -> None:
    slack = site.rows.source("slack")
    people.add_team(site.db, "red")
    site.use(slack, "a", day=NOW.date() - timedelta(days=1))
    site.rows.seats(slack, [("a", "pro", None, None)])

    def asked(first: int, last: int, grain: str) -> list[dict[str, Any]]:
        window = {"start": datetime(first, 1, 1, tzinfo=UTC), "end": datetime(last, 1, 1, tzinfo=UTC), "grain": grain}
        found: list[dict[str, Any]] = site.answer(metric, group_by=group_by, **window)["series"]
        return found

    # A seat of which nobody tells since when it is held was always held.
    held = metric in ("adoption_rate", "seat_utilisation")
    assert {series["total"]["n"] for series in asked(1950, 1951, "quarter")} <= {0, 1 if held else 0}
    numbers = [
        value
        for series in asked(2030, 2031, "month")
        for point in series["points"]
        for name, value in point.items()
        if name in ("dau", "value", "events", "held")
    ]
    assert set(numbers) <= {None}
    assert max(series["total"]["n"] for series in asked(1900, 2200, "total")) == 1


def test_the_window_before_is_compared_by_its_own_days(site: Site) -> None:
    slack = site.rows.source("slack")
    site.use(slack, "a", "b", day=MONDAY - timedelta(days=1))
    site.use(slack, "a", day=MONDAY + timedelta(days=6))
    (series,) = site.answer("active_users", compare="previous")["series"]
    assert (series["total"]["dau"], series["previous"]["dau"], series["previous"]["mau"]) == (1, 2, 2)
