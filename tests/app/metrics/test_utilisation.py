"""Which numbers are read: distinct assets over those that there were, against a slow count of the same reads."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.core.db import Database
from app.core.settings import Settings
from app.facts.dimensions import HOW_READ
from app.facts.read import FactsReader
from app.metrics.catalogue import CATALOGUE
from app.metrics.insights import INSIGHTS
from app.metrics.query import MetricQuery, answer, assets, behind
from app.store import reads
from tests.support import people
from tests.support.rows import NOW, Store

OPEN = Settings(_env_file=None, min_group=1, timezone="Europe/Paris")
NAMES = [metric.name for metric in (*CATALOGUE, *INSIGHTS)]
FIRST = date(2026, 7, 1)
DAYS = 50
Read = tuple[date, str, str, str]


def asked(**more: Any) -> MetricQuery:
    window = {"start": datetime(2026, 7, 6, 22, tzinfo=UTC), "end": datetime(2026, 8, 12, 22, tzinfo=UTC)}
    values: dict[str, Any] = {**window, "tz": "Europe/Paris", "grain": "week", **more}
    return MetricQuery(metric="data_utilisation", **values)


def inside(day: date, point: dict[str, Any]) -> bool:
    """Whether a day lies in a bucket and in the window of `asked`: 7 July to 12 August."""
    start, end = date.fromisoformat(point["start"]), date.fromisoformat(point["end"])
    return max(start, date(2026, 7, 7)) <= day < min(end, date(2026, 8, 13))


@pytest.fixture
def world(db: Database) -> tuple[Database, Counter[Read], list[str]]:
    """Random reads of four metrics and one that is gone, of two teams and everybody, over fifty days."""
    Store(db).put(Store(db).source(), [], NOW)
    teams = ["", str(people.add_team(db, "red")), str(people.add_team(db, "blue"))]
    dice = random.Random(3)
    found: Counter[Read] = Counter()
    for _ in range(120):
        day = FIRST + timedelta(days=dice.randrange(DAYS))
        metric = dice.choice([*NAMES[:4], "a metric of last year"])
        found[day, metric, dice.choice(teams), dice.choice(HOW_READ)] += 1
    with db.write() as connection:
        for key, count in found.items():
            reads.add(connection, {key: count})
    return db, found, teams


@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter", "total"])
def test_assets_read_over_assets_there_are(world: tuple[Database, Counter[Read], list[str]], grain: str) -> None:
    db, found, teams = world
    for group_by in ((), ("team",), ("how_read",), ("how_read", "team")):
        for series in answer(FactsReader(db), OPEN, asked(grain=grain, group_by=group_by))["series"]:
            group = {name: value["id"] or "" for name, value in series["group"].items()}
            available = len(NAMES) * (1 if "team" in group else len(teams))
            for point in series["points"]:
                read = {
                    (metric, team)
                    for day, metric, team, how in found
                    if metric in NAMES
                    and inside(day, point)
                    and team == group.get("team", team)
                    and how == group.get("how_read", how)
                }
                assert (point["numerator"], point["denominator"]) == (len(read), available), (group, point)
                assert point["value"] == pytest.approx(len(read) / available)


def test_the_assets_behind_it_are_as_many_and_show_what_nobody_reads(
    world: tuple[Database, Counter[Read], list[str]],
) -> None:
    db, found, teams = world
    listed = behind(FactsReader(db), OPEN, asked(group_by=("team",)), group={"team": teams[1]}, limit=1000)
    total = next(
        series["total"]
        for series in answer(FactsReader(db), OPEN, asked(group_by=("team",)))["series"]
        if series["group"]["team"]["id"] == teams[1]
    )
    assert listed["n"] == len(listed["items"]) == total["denominator"] == len(NAMES)
    assert listed["sum"] == {"numerator": total["numerator"], "denominator": total["denominator"]}
    times = {item["metric"]: item["reads"] for item in listed["items"]}
    for name in NAMES:
        expected = sum(
            count
            for (day, metric, team, _), count in found.items()
            if metric == name and team == teams[1] and date(2026, 7, 7) <= day < date(2026, 8, 13)
        )
        assert times[name] == expected


def test_a_team_counts_from_when_it_is_known(db: Database) -> None:
    Store(db).put(Store(db).source(), [], NOW)
    (series,) = answer(FactsReader(db), OPEN, asked(grain="month"))["series"]
    assert {point["denominator"] for point in series["points"]} == {len(NAMES)}
    assert all(point["value"] == 0 for point in series["points"])


def test_a_filter_on_a_team_reads_that_team_and_a_grouping_reads_all(db: Database) -> None:
    Store(db).put(Store(db).source(), [], NOW)
    red, blue = str(people.add_team(db, "red")), str(people.add_team(db, "blue"))
    reader = FactsReader(db)
    base: dict[str, Any] = {"metric": "wip", "start": NOW - timedelta(days=7), "end": NOW, "tz": "UTC"}
    assert assets(reader, MetricQuery(**base)) == (("wip", ""),)
    assert assets(reader, MetricQuery(**base, filters={"team": ("red",)})) == (("wip", red),)
    assert assets(reader, MetricQuery(**base, group_by=("team",))) == (("wip", blue), ("wip", red), ("wip", ""))
