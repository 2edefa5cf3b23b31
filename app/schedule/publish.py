"""Every few minutes, what the SQL views show is brought up to the data: numbers as the API answers them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import structlog

from app.core.clock import Clock
from app.core.db import Database
from app.core.settings import Settings
from app.facts.read import FactsReader
from app.facts.times import item_times
from app.metrics.query import MetricQuery, answer
from app.metrics.window import midnight
from app.store import published, settings

log = structlog.get_logger(__name__)

ALL = "all"
WEEKS, DAYS = 53, 92


@dataclass(frozen=True, slots=True)
class Published:
    """Answers that views show: each metric by each scope (`all`, or the dimension that it is grouped by)."""

    metrics: tuple[str, ...]
    scopes: tuple[str, ...]
    grain: str
    days: int


PUBLISHED = (
    Published(
        ("cycle_time", "lead_time", "throughput", "arrivals", "wip", "reopen_rate", "automation_rate"),
        (ALL, "team", "project"),
        "week",
        WEEKS * 7,
    ),
    Published(
        ("active_users", "adoption_rate", "stickiness", "seat_utilisation"), (ALL, "team", "tool"), "week", WEEKS * 7
    ),
    Published(("active_users",), ("tool",), "day", DAYS),
)


_ACTIVE = {"week": "wau", "day": "dau"}
"""Which of the measures of `active_users` is that of its bucket."""


def publish(db: Database, reader: FactsReader, clock: Clock, environment: Settings) -> bool:
    """Publish the data as it is now; gives False where the same was published already on this day."""
    now = clock.now()
    with reader.snapshot() as snapshot:
        version, as_of = snapshot.version, snapshot.at
    with db.read() as connection:
        present = settings.effective(connection, environment)
        last = published.last(connection)
        sources = published.sources(connection)
    if last is not None and _is_same(last, version, now, present):
        return False
    points = [point for one in PUBLISHED for point in _points(reader, present, one, now)]
    for source_id in sources:
        with db.read() as reading:
            for some in item_times(reading, source_id):
                with db.write() as connection:
                    published.put_items(connection, source_id, some)
    with db.write() as connection:
        published.put_points(connection, points)
        published.put(
            connection,
            version=version,
            as_of=as_of,
            now=now,
            timezone=present.timezone,
            min_group=present.min_group,
        )
    log.info("views.published", points=len(points))
    return True


def _is_same(last: Any, version: int, now: datetime, present: Settings) -> bool:
    # The environment's settings change without a new version of the data.
    return (last.version, last.timezone, last.min_group) == (version, present.timezone, present.min_group) and (
        last.published_at.astimezone(present.zone).date() == now.astimezone(present.zone).date()
    )


def _points(reader: FactsReader, present: Settings, wanted: Published, now: datetime) -> Iterator[published.Row]:
    tomorrow = now.astimezone(present.zone).date() + timedelta(days=1)
    for metric in wanted.metrics:
        for scope in wanted.scopes:
            query = MetricQuery(
                metric=metric,
                start=midnight(_first(tomorrow, wanted), present.zone),
                end=midnight(tomorrow, present.zone),
                tz=present.timezone,
                grain=wanted.grain,
                group_by=() if scope == ALL else (scope,),
            )
            for series in answer(reader, present, query)["series"]:
                for point in series["points"]:
                    yield _row(metric, wanted.grain, scope, series["group"].get(scope), point)


def _first(tomorrow: date, wanted: Published) -> date:
    """The first day: of a whole bucket, so that every one but the running one is complete."""
    first = tomorrow - timedelta(days=wanted.days)
    return first - timedelta(days=first.weekday()) if wanted.grain == "week" else first


def _row(metric: str, grain: str, scope: str, group: Any, point: dict[str, Any]) -> published.Row:
    value = point.get(_ACTIVE[grain] if metric == "active_users" else "value")
    named = group if isinstance(group, dict) else {"id": group, "name": group}
    return (
        metric,
        grain,
        scope,
        named.get("id") or "",
        date.fromisoformat(point["start"]),
        date.fromisoformat(point["end"]),
        named.get("name"),
        point["complete"],
        point.get("suppressed", False),
        point.get("n"),
        value,
        point.get("p50"),
        point.get("p85"),
    )
