"""Every metric over random histories equals the slow computation, on both databases and both clocks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid5
from zoneinfo import ZoneInfo

import pytest

from app.core.db import Database
from app.core.settings import Settings
from app.facts.read import FactsReader
from app.metrics.process import PROCESS
from app.metrics.query import MetricQuery, answer
from tests.support import histories
from tests.support.oracle import Oracle
from tests.support.oracle_history import History, World
from tests.support.rows import NAMESPACE, Item, Store

NOW = datetime(2026, 3, 31, 9, 41, 27, 123456, tzinfo=UTC)
OPEN = Settings(_env_file=None, min_group=1, timezone="Europe/Paris")

WINDOWS = {
    "autumn": (datetime(2025, 9, 30, 22, tzinfo=UTC), datetime(2025, 11, 12, 23, tzinfo=UTC)),
    "running": (datetime(2026, 3, 4, 15, 30, tzinfo=UTC), datetime(2026, 4, 20, 22, tzinfo=UTC)),
}
GROUPS: dict[str, Callable[[History], Any]] = {
    "project": lambda one: (one.world.name, one.item.project) if one.item.project else None,
    "source": lambda one: one.world.name,
    "tool": lambda one: one.world.tool,
    "item_type": lambda one: (one.world.name, one.item.item_type) if one.item.item_type else None,
    "item_kind": lambda one: one.world.kinds.get(one.item.item_type or "", "other"),
    "priority": lambda one: one.item.priority,
}
GROUPINGS: tuple[tuple[str, ...], ...] = (
    ("item_type",),
    ("project",),
    ("tool", "item_kind"),
    ("source", "priority", "item_kind"),
)


@dataclass
class Filled:
    reader: FactsReader
    worlds: list[tuple[World, list[Item]]]


@pytest.fixture
def filled(db: Database) -> Filled:
    store = Store(db)
    worlds = []
    for number, (name, tool) in enumerate(NAMES.items()):
        world = histories.world(name, tool)
        source_id = histories.store_world(store, world)
        items = histories.items(number, 45, f"{name}-")
        store.put(source_id, items, NOW)
        worlds.append((world, items))
    return Filled(FactsReader(db), worlds)


def label(name: str, value: dict[str, Any]) -> Any:
    """The oracle's group value as an answer shows it."""
    return value["name"] if name == "source" else VENDORS_OWN.get(value["id"], value["id"])


def test_every_metric_equals_the_slow_computation(filled: Filled) -> None:
    for metric in PROCESS:
        for window in WINDOWS.values():
            for grain in metric.grains:
                check(filled, metric.name, window, grain, "elapsed", ())
            for grain in ("week", "total"):
                check(filled, metric.name, window, grain, "working", ("item_kind",))
            for grouping in GROUPINGS:
                check(filled, metric.name, window, "month", "elapsed", grouping)
        check(filled, metric.name, WINDOWS["autumn"], "day", "elapsed", (), "America/New_York")


def check(
    filled: Filled,
    metric: str,
    window: tuple[datetime, datetime],
    grain: str,
    clock: str,
    grouping: tuple[str, ...],
    zone: str = "Europe/Paris",
) -> None:
    query = MetricQuery(
        metric=metric, start=window[0], end=window[1], tz=zone, grain=grain, clock=clock, group_by=grouping
    )
    given = answer(filled.reader, OPEN, query)
    oracle = Oracle.of(
        filled.worlds, start=window[0], end=window[1], zone=ZoneInfo(zone), grain=grain, now=NOW, clock=clock
    )
    expected = oracle.answer(metric, lambda one: tuple(GROUPS[name](one) for name in grouping))
    where = (metric, window[0].isoformat(), grain, clock, grouping)
    seen = set()
    for series in given["series"]:
        group = tuple(label(name, series["group"][name]) for name in grouping)
        seen.add(group)
        slow = expected[group] if grouping else expected[()]
        assert len(series["points"]) == len(slow["points"]), where
        for point, right in zip(series["points"], slow["points"], strict=True):
            same(point, right, (*where, group, point["start"]))
        same(series["total"], slow["total"], (*where, group, "total"))
    for group in set(expected) - seen:
        assert all(nothing(point) for point in expected[group]["points"]), (*where, group)


def nothing(point: dict[str, Any] | None) -> bool:
    return point is None or (point["n"] == 0 and not point.get("reopenings"))


def same(point: dict[str, Any], right: dict[str, Any] | None, where: tuple[Any, ...]) -> None:
    if right is None:
        assert all(value in (None, [], 0) or name in FRAME for name, value in point.items()), where
        return
    for name, value in right.items():
        if name == "by" and "ages" not in right:
            entries = {key(entry): entry for entry in point["by"]}
            same_entries(entries, value, where)
        elif name == "by_category":
            same_entries({entry["category"]: entry for entry in point[name]}, value, where)
        elif name == "ages":
            assert {entry["item"]["external_id"]: entry["value"] for entry in point["by"]} == pytest.approx(value)
        elif name == "shares":
            assert {entry["item"]["external_id"]: entry["share"] for entry in point["by"]} == pytest.approx(value)
        else:
            assert point[name] == pytest.approx(value, abs=2e-6), (*where, name, point)


FRAME = frozenset({"start", "end", "complete"})


NAMES = {"north": "jira", "south": "jira", "desk": "asana"}
VENDORS_OWN = {
    str(uuid5(uuid5(NAMESPACE, name), f"{record_type}/{external_id}")): (name, external_id)
    for name, tool in NAMES.items()
    for record_type, external_ids in (
        ("statuses", [*histories.world(name, tool).categories, "legacy"]),
        ("projects", ["shop", "bank"]),
        ("item_types", ["story", "bug", "chore", "unseen"]),
    )
    for external_id in external_ids
}


def key(entry: dict[str, Any]) -> Any:
    if "status" not in entry:
        return entry["category"]
    return VENDORS_OWN.get(entry["status"]["id"]) or (None, None)


def same_entries(entries: dict[Any, dict[str, Any]], right: dict[Any, Any], where: tuple[Any, ...]) -> None:
    # A category without an item may be listed with 0.
    entries = {name: entry for name, entry in entries.items() if entry.get("value") != 0}
    right = {name: value for name, value in right.items() if value != 0}
    assert set(entries) == set(right), where
    for name, value in right.items():
        if isinstance(value, dict):
            shown = {measure: entries[name][measure] for measure in value}
            assert shown == pytest.approx(value, abs=2e-6), (*where, name)
        else:
            assert entries[name]["value"] == value, (*where, name)
