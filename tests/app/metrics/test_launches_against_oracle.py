"""Launches over random histories equal the slow computation, on both databases, by every dimension and by team."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid5
from zoneinfo import ZoneInfo

import pytest

from app.core.db import Database
from app.core.settings import Settings
from app.facts.read import FactsReader
from app.metrics.query import MetricQuery, answer
from tests.support import histories, people
from tests.support.launch_oracle import Launch, LaunchOracle
from tests.support.oracle import Oracle
from tests.support.oracle_history import History, World
from tests.support.rows import NAMESPACE, Item, Release, Store

NOW = datetime(2026, 3, 31, 9, 41, 27, tzinfo=UTC)
OPEN = Settings(_env_file=None, min_group=1, timezone="Europe/Paris")
START, END = datetime(2025, 9, 30, 22, tzinfo=UTC), datetime(2026, 4, 20, 22, tzinfo=UTC)
MOVED = datetime(2025, 12, 3, 8, 30, tzinfo=UTC)
STAYS: dict[str, list[tuple[str, datetime, datetime | None]]] = {
    "ann": [("red", people.ALWAYS, MOVED), ("blue", MOVED, None)],
    "eve": [("blue", people.ALWAYS, None)],
}
SOURCES = {"told": "jira", "untold": "jira", "without": "asana"}
"""A source whose bugs name the releases that they affect, one whose bugs do not, and one without releases."""


def releases(dice: random.Random) -> list[Release]:
    """Of every sort; two on the nights in which the clocks change, and two at one instant."""
    at = datetime(2025, 10, 8, 14, tzinfo=UTC)
    return [
        Release("1.0", at=at),
        Release("1.1", at=at + timedelta(days=7)),
        Release("2.0", on=date(2025, 10, 25), project="bank"),
        Release("2.1", on=date(2025, 10, 25), project="bank"),
        Release("2.2", on=date(2026, 3, 28), project=None),
        Release("3.0", at=at + timedelta(days=dice.randrange(60, 120)), project=dice.choice(("shop", "gone"))),
        Release("planned", on=date(2026, 1, 1), released=False),
        Release("undated"),
        Release("withdrawn", at=at, listed=False),
        Release("quiet", at=at + timedelta(days=100)),
    ]


@dataclass
class Filled:
    reader: FactsReader
    worlds: list[tuple[World, list[Item]]]
    releases: dict[str, list[Release]]


@pytest.fixture
def filled(db: Database) -> Filled:
    store, dice = Store(db), random.Random(11)
    worlds, released = [], {}
    for number, (name, tool) in enumerate(SOURCES.items()):
        world = histories.world(name, tool)
        source_id = histories.store_world(store, world)
        store.account(source_id, "eve")
        items = histories.items(number, 700 if name == "told" else 220, f"{name}-")
        if name != "told":
            items = [replace(item, affects=[]) for item in items]
        if name != "without":
            released[name] = releases(dice)
            store.releases(source_id, released[name])
        store.put(source_id, items, NOW)
        worlds.append((world, items))
    for team in ("red", "blue"):
        people.add_team(db, team)
    for name, stays in STAYS.items():
        accounts = [(uuid5(NAMESPACE, source), name) for source in SOURCES]
        people.add_person(db, name, accounts, stays)
    return Filled(FactsReader(db), worlds, released)


def asked(filled: Filled, **more: Any) -> LaunchOracle:
    how = {"grain": "month", "zone": ZoneInfo("Europe/Paris"), **more}
    oracle = Oracle.of(filled.worlds, start=START, end=END, now=NOW, **how)
    return LaunchOracle(oracle, filled.releases, team_at)


def team_at(one: History, at: datetime) -> str:
    for name, since, until in STAYS.get(one.item.assignee or "", ()):
        if since <= at and (until is None or at < until):
            return name
    return "unassigned"


def given(reader: FactsReader, oracle: Oracle, metric: str, *group_by: str) -> dict[str, Any]:
    query = MetricQuery(
        metric=metric, start=oracle.start, end=oracle.end, tz=oracle.zone.key, grain=oracle.grain, clock=oracle.clock,
        group_by=group_by,
    )  # fmt: skip
    return answer(reader, OPEN, query)


def same(series: dict[str, Any], oracle: Oracle, compute: Callable[[datetime, datetime], dict[str, Any]]) -> int:
    """Hold every point and the total to the slow computation; gives how many facts there were."""
    for point, (low, high) in zip(series["points"], oracle.spans, strict=True):
        if low >= oracle.now:
            assert point["n"] == 0
            continue
        for name, value in compute(low, high).items():
            assert point[name] == pytest.approx(value, abs=2e-6), (name, point, low)
    for name, value in compute(oracle.start, oracle.end).items():
        assert series["total"][name] == pytest.approx(value, abs=2e-6), (name, series["group"])
    return int(series["total"]["n"])


def test_launch_time(filled: Filled) -> None:
    for zone in ("Europe/Paris", "America/New_York"):
        for clock, grain in (("elapsed", "week"), ("elapsed", "total"), ("working", "total")):
            slow = asked(filled, clock=clock, grain=grain, zone=ZoneInfo(zone))
            told = given(filled.reader, slow.oracle, "launch_time")
            assert same(told["series"][0], slow.oracle, partial(slow.launch_time, slow.oracle.histories)) > 20
            assert told["excluded"] == slow.excluded(START, END)
            assert all(told["excluded"].values())
    for dimension in ("team", "source", "priority"):
        launch_time_by(filled, dimension)


def launch_time_by(filled: Filled, dimension: str) -> None:
    slow, total = asked(filled), 0
    for series in given(filled.reader, slow.oracle, "launch_time", dimension)["series"]:
        name = series["group"][dimension]["name"]
        of_group = [one for one in slow.oracle.histories if group_of(slow, one, dimension) == name]
        total += same(series, slow.oracle, partial(slow.launch_time, of_group))
    assert total > 20


def group_of(launches: LaunchOracle, one: History, dimension: str) -> str | None:
    at = launches.launched(one)
    if dimension == "team":
        return None if at is None else team_at(one, at)
    return one.world.name if dimension == "source" else one.item.priority


def test_bugs_per_launch(filled: Filled) -> None:
    for zone in ("America/New_York", "Europe/Paris"):
        slow = asked(filled, zone=ZoneInfo(zone))
        every = slow.launches()
        told = given(filled.reader, slow.oracle, "bugs_per_launch")
        assert same(told["series"][0], slow.oracle, partial(slow.bugs_per_launch, every)) > 20
        young = [one for one in every if START <= one.at < END and one.at + timedelta(days=30) > NOW]
        assert told["excluded"] == {"immature": len(young)}
        assert {one.source for one in every if one.bugs} == set(SOURCES)
    for dimension in ("team", "source", "project", "tool"):
        total = 0
        for series in given(filled.reader, slow.oracle, "bugs_per_launch", dimension)["series"]:
            some = [one for one in every if in_group(one, dimension, series["group"][dimension])]
            total += same(series, slow.oracle, partial(slow.bugs_per_launch, some))
        assert total == slow.bugs_per_launch(every, START, END)["n"]


def in_group(one: Launch, dimension: str, label: dict[str, Any]) -> bool:
    if dimension == "project":
        known = one.project if one.project in ("shop", "bank") else None
        own = None if known is None else str(uuid5(uuid5(NAMESPACE, one.source), f"projects/{known}"))
        return bool(label["id"] == own)
    value = {"team": one.team, "source": one.source, "tool": SOURCES[one.source]}[dimension]
    return bool(label["name"] == value)
