"""The communication metrics over random conversations equal the slow computation, on both databases and clocks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid5

import pytest

from app.core.db import Database
from app.core.settings import Settings
from app.facts.read import FactsReader
from app.metrics.query import MetricQuery, answer
from connectors.kit.records import SurveyResponse
from tests.support import talk
from tests.support.talk import TOOLS, Company, human, team_at
from tests.support.talk_oracle import Conflict, Slow, Thread

OPEN = Settings(_env_file=None, min_group=1, timezone="Europe/Paris")
WINDOWS = {
    "autumn": (datetime(2025, 10, 9, 22, tzinfo=UTC), datetime(2025, 11, 12, 23, tzinfo=UTC)),
    "running": (datetime(2026, 3, 4, 15, 30, tzinfo=UTC), datetime(2026, 4, 20, 22, tzinfo=UTC)),
    "all": (datetime(2025, 9, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)),
}
TEAMS = ("red", "blue", "green", None)
Value = Any


@dataclass
class Filled:
    reader: FactsReader
    company: Company


@pytest.fixture
def filled(db: Database) -> Filled:
    company = talk.company(db)
    talk.fill(db, company, seed=7, size=80)
    return Filled(FactsReader(db), company)


def thread_groups(thread: Thread) -> dict[str, Value]:
    channel = thread.record.channel
    return {
        "team": team_at(thread.starter, thread.record.started_at),
        "source": thread.source,
        "tool": TOOLS[thread.source],
        "channel": (thread.source, channel),
    }


def conflict_groups(conflict: Conflict, at: datetime) -> dict[str, Value]:
    return {"team": team_at(conflict.who, at), "source": conflict.source, "tool": TOOLS[conflict.source]}


def shown(filled: Filled, name: str, label: dict[str, Any]) -> Value:
    """A group's label as the groups above name it."""
    if name == "source":
        return label["name"]
    if name == "tool":
        return label["id"]
    if name == "team":
        return label["name"] if label["id"] else None
    key = label["external_id"]
    ids = {str(uuid5(source_id, f"channels/{key}")): name for name, source_id in filled.company.source_ids.items()}
    return ids[label["id"]], key


METRICS = (
    "response_time", "cross_team_share", "conflicts_resolved", "tool_satisfaction", "communication_satisfaction",
    "meeting_share",
)  # fmt: skip


@pytest.mark.parametrize("metric", METRICS)
def test_every_number_equals_the_slow_computation(filled: Filled, metric: str) -> None:
    for window, grain in (
        ("autumn", "day"),
        ("running", "week"),
        ("all", "month"),
        ("all", "quarter"),
        ("all", "total"),
    ):
        check(filled, metric, window, grain)
    for grouping in (("team",), ("tool", "team")):
        check(filled, metric, "running", "month", clock="working", grouping=grouping)
    check(filled, metric, "all", "week", grouping=("source",))
    if metric in ("response_time", "cross_team_share"):
        check(filled, metric, "all", "total", grouping=("channel",))
    check(filled, metric, "all", "month", filters={"team": ("blue",)})
    check(filled, metric, "all", "month", filters={"source": ("chat",), "team": ("red", "unassigned")})
    check(filled, metric, "autumn", "day", zone="America/New_York")


def check(
    filled: Filled,
    metric: str,
    window: str,
    grain: str,
    *,
    clock: str = "elapsed",
    grouping: tuple[str, ...] = (),
    filters: dict[str, tuple[str, ...]] | None = None,
    zone: str = "Europe/Paris",
) -> None:
    start, end = WINDOWS[window]
    query = MetricQuery(
        metric=metric, start=start, end=end, tz=zone, grain=grain, clock=clock, group_by=grouping,
        filters=filters or {},
    )  # fmt: skip
    given = answer(filled.reader, OPEN, query)
    slow = Slow.of(filled.company, start=start, end=end, zone=zone, grain=grain, clock=clock)
    spans = slow.spans()
    groups = set()
    for series in given["series"]:
        group = {name: shown(filled, name, series["group"][name]) for name in grouping}
        groups.add(tuple(group.values()))
        points = [*series["points"], series["total"]]
        assert len(points) == len(spans)
        for point, (low, high) in zip(points, spans, strict=True):
            right = expected(slow, metric, group, filters or {}, low, high)
            where = (metric, window, grain, clock, group, filters, low.isoformat(), point)
            if low >= talk.NOW:
                assert all(value is None for name, value in point.items() if name in right and name != "n"), where
                continue
            for name, value in right.items():
                assert point[name] == pytest.approx(value, abs=2e-6), (*where, name, value)
    missing = {
        group
        for group in wanted(slow, metric, grouping)
        if group not in groups and not filters
        and (expected(slow, metric, dict(zip(grouping, group, strict=True)), {}, start, end).get("n"))
    }  # fmt: skip
    assert not missing


def expected(
    slow: Slow, metric: str, group: dict[str, Value], filters: dict[str, tuple[str, ...]], low: datetime, high: datetime
) -> dict[str, Any]:
    chosen: Callable[..., bool]

    def passes(groups: dict[str, Value]) -> bool:
        return all(groups[name] == value for name, value in group.items()) and all(
            (groups[name] or "unassigned") in texts for name, texts in filters.items()
        )

    if metric == "conflicts_resolved":
        chosen = lambda conflict, at: passes(conflict_groups(conflict, at))  # noqa: E731
    elif metric == "meeting_share":
        grouped = {name: group[name] for name in group if name != "team"}
        sources = {name for name in TOOLS if all(value in (name, TOOLS[name]) for value in grouped.values())}
        sources &= set(filters.get("source", TOOLS))
        only = {"team": group["team"]} if "team" in group else {}
        teams = {"team": filters["team"]} if "team" in filters else {}
        return slow.meeting_share(
            lambda _, team: (
                all(team == name for name in only.values())
                and all((team or "unassigned") in texts for texts in teams.values())
            ),
            sources,
            low,
            high,
        )
    elif metric.endswith("_satisfaction"):
        topic = metric.removesuffix("_satisfaction")
        return slow.satisfaction(topic, lambda one: passes(answer_groups(one)), low, high)
    else:
        chosen = lambda thread: passes(thread_groups(thread))  # noqa: E731
    right: dict[str, Any] = getattr(slow, metric)(chosen, low, high)
    return right


def answer_groups(one: SurveyResponse) -> dict[str, Value]:
    named = {"red": "red", "Blue": "blue"}.get(one.team or "")
    return {
        "team": named or team_at(human("chat", one.account), one.at),
        "source": "chat",
        "tool": one.tool,
    }


def wanted(slow: Slow, metric: str, grouping: tuple[str, ...]) -> set[tuple[Value, ...]]:
    every = [thread_groups(thread) for thread in slow.threads]
    if metric == "conflicts_resolved":
        every = [conflict_groups(one, one.ended) for one in slow.conflicts() if one.resolved and one.ended]
    if metric.endswith("_satisfaction"):
        every = [answer_groups(one) for one in slow.company.answers]
    if metric == "meeting_share":
        every = [{"team": team, "source": name, "tool": tool} for team in TEAMS for name, tool in TOOLS.items()]
    return {tuple(groups[name] for name in grouping) for groups in every}
