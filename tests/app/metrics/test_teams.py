"""Every process metric by team equals the slow computation, while people move between teams."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.core.db import Database
from app.core.settings import Settings
from app.facts.read import FactsReader
from app.metrics.process import PROCESS
from app.metrics.query import MetricQuery, answer, behind
from tests.support import histories, people
from tests.support.metric_site import Site
from tests.support.oracle import Oracle
from tests.support.oracle_history import History
from tests.support.rows import Move, Store, history

NOW = datetime(2026, 3, 31, 9, 41, 27, tzinfo=UTC)
OPEN = Settings(_env_file=None, min_group=1, timezone="Europe/Paris")
ZONE = ZoneInfo("Europe/Paris")
START, END = datetime(2025, 10, 14, 22, tzinfo=UTC), datetime(2026, 4, 20, 22, tzinfo=UTC)
CHANGES = [
    datetime(2025, 11, 3, 8, 30, tzinfo=UTC),
    datetime(2025, 12, 31, 23, tzinfo=UTC),
    datetime(2026, 2, 10, 14, 1, 2, 3, tzinfo=UTC),
]
ANN = [("red", people.ALWAYS, CHANGES[0]), ("blue", CHANGES[0], CHANGES[2]), ("red", CHANGES[2], None)]
WHO = [("blue", CHANGES[1], CHANGES[2])]
TEAMS = ("red", "blue", "unassigned")
WHEN: dict[str, Callable[[History], datetime | None]] = {
    "reaction_time": lambda one: one.started,
    "arrivals": lambda one: one.item.created,
}


def team_at(one: History, at: datetime) -> str:
    """The team of the item's assignee at an instant, by looking at every stay."""
    for name, since, until in {"ann": ANN, "who": WHO}.get(one.item.assignee or "", []):
        if since <= at and (until is None or at < until):
            return name
    return "unassigned"


class ByTeam:
    """The slow computation of one team's numbers."""

    def __init__(self, oracle: Oracle, metric: str) -> None:
        self.oracle = oracle
        self.metric = metric

    def of(self, team: str, low: datetime, high: datetime) -> dict[str, Any]:
        if self.metric in ("wip", "wip_age", "cumulative_flow"):
            at = min(high, NOW)
            return self._measured([one for one in self.oracle.histories if team_at(one, at) == team], low, high)
        if self.metric == "automation_rate":
            return self._moves(team, low, high, ("n", "numerator", "denominator"))
        when = WHEN.get(self.metric, lambda one: one.finished)
        mine = [one for one in self.oracle.histories if (at := when(one)) is not None and team_at(one, at) == team]
        found = self._measured(mine, low, high)
        if self.metric == "reopen_rate":
            found |= self._moves(team, low, high, ("reopenings",))
        return found

    def _moves(self, team: str, low: datetime, high: datetime, names: tuple[str, ...]) -> dict[str, Any]:
        """Sums over the stretches of time in which nobody changes teams."""
        edges = [low, *(change for change in CHANGES if low < change < high), high]
        parts = []
        for begin, end in pairwise(edges):
            mine = [one for one in self.oracle.histories if team_at(one, begin) == team]
            parts.append(self._measured(mine, begin, end))
        return {name: sum(part[name] for part in parts) for name in names}

    def _measured(self, mine: list[History], low: datetime, high: datetime) -> dict[str, Any]:
        found: dict[str, Any] = getattr(self.oracle, self.metric)(mine, low, high)
        return found


@pytest.fixture
def filled(db: Database) -> tuple[FactsReader, Oracle]:
    store = Store(db)
    world = histories.world("north", "jira")
    source_id = histories.store_world(store, world)
    items = histories.items(5, 90)
    store.put(source_id, items, NOW)
    for name in ("red", "blue"):
        people.add_team(db, name)
    people.add_person(db, "Ann", [(source_id, "ann")], ANN)
    people.add_person(db, "Who", [(source_id, "who")], WHO)
    oracle = Oracle.of([(world, items)], start=START, end=END, zone=ZONE, grain="month", now=NOW)
    return FactsReader(db), oracle


@pytest.mark.parametrize("metric", [metric.name for metric in PROCESS])
def test_by_team(filled: tuple[FactsReader, Oracle], metric: str) -> None:
    reader, oracle = filled
    slow = ByTeam(oracle, metric)
    for grain in ("month", "total"):
        oracle.grain = grain
        given = answer(reader, OPEN, asked(metric, grain, group_by=("team",)))
        by_name = {one["group"]["team"]["name"]: one for one in given["series"]}
        for name in TEAMS:
            only = answer(reader, OPEN, asked(metric, grain, filters={"team": (name,)}))["series"][0]
            # A team in which there is nothing at all has no series.
            for one in (by_name.get(name, only), only):
                for point, (low, high) in zip(one["points"], oracle.spans, strict=True):
                    if low < NOW:
                        same(point, slow.of(name, low, high), (metric, grain, name, point["start"]))


def same(point: dict[str, Any], right: dict[str, Any], where: tuple[Any, ...]) -> None:
    for name, value in right.items():
        if name == "by" and "by_category" in right:
            assert {entry["status"].get("external_id"): entry["total"] for entry in point["by"] if entry["n"]} == (
                pytest.approx({status: entry["total"] for (_, status), entry in value.items()}, abs=2e-6)
            ), where
        elif name == "by" and where[0] == "bottleneck":
            # What comes and goes does so in the team of its own instant, which these items are not chosen by.
            for (_, status), entry in value.items():
                (shown,) = [one for one in point["by"] if one["status"].get("external_id") == status]
                for measure in ("n", "total", "share", "share_change"):
                    assert shown[measure] == pytest.approx(entry[measure], abs=2e-6), (*where, status, measure)
            assert len(point["by"]) == len(value), where
        elif name == "by":
            shown = {entry["category"]: entry["value"] for entry in point["by"] if entry["value"]}
            assert shown == {category: count for category, count in value.items() if count}, where
        elif name == "ages":
            assert {entry["item"]["external_id"]: entry["value"] for entry in point["by"]} == pytest.approx(value)
        elif name not in ("by_category", "shares"):
            assert point[name] == pytest.approx(value, abs=2e-6), (*where, name, point)


def asked(metric: str, grain: str, **more: Any) -> MetricQuery:
    return MetricQuery(metric=metric, start=START, end=END, tz=ZONE.key, grain=grain, **more)


@pytest.mark.parametrize("metric", ["throughput", "wip", "cumulative_flow", "automation_rate", "cycle_time"])
def test_facts_of_a_team_are_as_many_as_it_says(filled: tuple[FactsReader, Oracle], metric: str) -> None:
    reader, _ = filled
    query = asked(metric, "month", group_by=("team",))
    for one in answer(reader, OPEN, query)["series"]:
        group = {"team": one["group"]["team"]["id"] or ""}
        for point in one["points"][:-1]:
            start = datetime.fromisoformat(point["start"]).date()
            found = behind(reader, OPEN, query, bucket=start, group=group)
            assert found["n"] == point["n"], (metric, group, start)


def test_a_filter_on_a_team_lets_the_teams_below_it_pass(site: Site) -> None:
    people.add_team(site.store.db, "Product")
    people.add_team(site.store.db, "Checkout", above="Product")
    people.add_team(site.store.db, "Cart", above="Checkout")
    people.add_team(site.store.db, "Bank")
    start = datetime(2026, 8, 3, tzinfo=UTC)
    for place, name in enumerate(("Product", "Cart", "Bank")):
        site.store.account(site.source_id, name)
        people.add_person(site.store.db, name, [(site.source_id, name)], [(name, people.ALWAYS, None)])
        site.put(
            history(name, start + timedelta(hours=place), "active", (start + timedelta(days=1), "done"), assignee=name)
        )
    site.put(history("loose", start, "active", (start + timedelta(days=1), "done")))

    def finished(*teams: str) -> int:
        count: int = site.total("throughput", filters={"team": teams})["value"]
        return count

    assert finished("Product") == 2
    assert finished("Checkout") == 1
    assert finished("Cart") == 1
    assert finished("Bank", "Cart") == 2
    assert finished("unassigned") == 1
    assert finished() == 4


def test_unassigned_is_shown_even_where_nothing_is_in_it(site: Site) -> None:
    people.add_team(site.store.db, "Bank")
    (only,) = site.answer("throughput", group_by=("team",), grain="total")["series"]
    assert only["group"] == {"team": {"id": None, "name": "unassigned"}}
    assert only["total"]["value"] == 0


def test_two_accounts_of_a_person_are_one_human_when_people_are_counted(private_site: Site) -> None:
    """Six accounts of four people finish one item each: fewer than five people, so nothing is shown."""
    site = private_site
    people.add_team(site.store.db, "Bank")
    start = datetime(2026, 8, 3, tzinfo=UTC)
    accounts = [f"a{number}" for number in range(6)]
    for account in accounts:
        site.store.account(site.source_id, account)
        site.put(history(account, start, "active", (start + timedelta(days=1), "done"), assignee=account))
    assert site.total("throughput", grain="total")["value"] == 6
    people.add_person(
        site.store.db, "Ann", [(site.source_id, name) for name in accounts[:3]], [("Bank", people.ALWAYS, None)]
    )
    (series,) = site.answer("throughput", grain="total")["series"]
    assert series["suppressed"] is True


def test_a_change_of_team_at_the_instant_of_a_move_counts_for_the_new_team(site: Site) -> None:
    people.add_team(site.store.db, "old")
    people.add_team(site.store.db, "new")
    begin, moved = datetime(2026, 8, 3, 9, tzinfo=UTC), datetime(2026, 8, 4, 9, tzinfo=UTC)
    site.store.account(site.source_id, "ann")
    people.add_person(
        site.store.db, "Ann", [(site.source_id, "ann")], [("old", people.ALWAYS, moved), ("new", moved, None)]
    )
    item = history("one", begin, "active", (moved, "done"), assignee="ann")
    item.moves[0] = Move(moved, "active", "done", actor="ann")
    site.put(item)
    of = {
        one["group"]["team"]["name"]: one["points"]
        for one in site.answer("cumulative_flow", group_by=("team",), grain="day")["series"]
    }
    assert [_standing(point) for point in of["old"]][:2] == [{"active": 1}, {}]
    assert [_standing(point) for point in of["new"]][:2] == [{}, {"done": 1}]


def _standing(point: dict[str, Any]) -> dict[str, int]:
    return {entry["category"]: entry["value"] for entry in point["by"] if entry["value"]}
