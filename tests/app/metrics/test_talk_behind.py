"""The facts behind the communication metrics: as many as the number says, adding up to it, and naming nobody."""

from datetime import date
from typing import Any

import pytest

from app.core.db import Database
from app.core.settings import Settings
from app.facts.read import FactsReader
from app.metrics.query import MetricQuery, answer, behind
from tests.support import talk

OPEN = Settings(_env_file=None, min_group=1, timezone="Europe/Paris")
WINDOW: dict[str, Any] = {"start": talk.BEGIN, "end": talk.NOW, "tz": "Europe/Paris", "grain": "month"}
SECRETS = {"ann", "bob", "cid", "dee", "eve", "fay", "gus", "who", "ghost", "The secret room"}


@pytest.fixture
def reader(sqlite_db: Database) -> FactsReader:
    company = talk.company(sqlite_db)
    talk.fill(sqlite_db, company, seed=11)
    return FactsReader(sqlite_db)


def facts(reader: FactsReader, metric: str, team: str, start: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """All pages, and the last of them."""
    query = MetricQuery(metric=metric, group_by=("team",), **WINDOW)
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = behind(
            reader, OPEN, query, bucket=date.fromisoformat(start), group={"team": team}, limit=9, cursor=cursor
        )
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items, page


def matches(metric: str, point: dict[str, Any], items: list[dict[str, Any]], total: dict[str, Any]) -> None:
    if metric == "response_time":
        known = [item["value"] for item in items if item["value"] is not None]
        assert total["value"] == pytest.approx(sum(known))
        if point["p50"] is not None:
            ordered = sorted(known) + [float("inf")] * (len(items) - len(known))
            low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
            assert point["p50"] == pytest.approx((low + high) / 2)
    elif metric == "conflicts_resolved":
        assert sum(item["value"] for item in items) == total["value"] == point["value"]
        known = [item["seconds"] for item in items if item["seconds"] is not None]
        assert total["seconds"] == pytest.approx(sum(known)) == pytest.approx((point["mean"] or 0) * len(known))
    elif metric.endswith("_satisfaction"):
        assert sum(item["satisfied"] for item in items) == total["satisfied"]
        assert total["responses"] == point["responses"]
        if items:
            assert point["value"] == pytest.approx(100 * total["satisfied"] / len(items))
            assert point["mean"] == pytest.approx(sum(item["score"] for item in items) / len(items))
    else:
        for name in ("numerator", "denominator"):
            assert sum(item[name] for item in items) == pytest.approx(total[name]) == pytest.approx(point[name])


METRICS = (
    "response_time", "cross_team_share", "conflicts_resolved", "tool_satisfaction", "communication_satisfaction",
    "meeting_share",
)  # fmt: skip


@pytest.mark.parametrize("metric", METRICS)
def test_number_and_sum_match_every_point(reader: FactsReader, metric: str) -> None:
    given = answer(reader, OPEN, MetricQuery(metric=metric, group_by=("team",), **WINDOW))
    seen = 0
    for series in given["series"]:
        for point in series["points"]:
            items, last = facts(reader, metric, series["group"]["team"]["id"] or "", point["start"])
            assert last["n"] == point["n"]
            if metric != "meeting_share":
                assert len(items) == last["n"]
            matches(metric, point, items, last["sum"])
            seen += len(items)
    assert seen > 15


@pytest.mark.parametrize("metric", METRICS)
def test_nobody_and_no_private_channel_is_named(reader: FactsReader, metric: str) -> None:
    query = MetricQuery(metric=metric, **WINDOW)
    page = behind(reader, OPEN, query, limit=1_000)
    assert page["items"]
    for item in page["items"]:
        item.pop("item", None)  # A work item's title is whatever the tool says.
        assert not SECRETS & set(texts(item))


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in texts(part)]
    return [value] if isinstance(value, str) else []
