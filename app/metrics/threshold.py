"""On which side of a threshold a metric is, over the last days."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.metrics.asked import MetricQuery
from app.metrics.window import midnight


def last_days(question: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> MetricQuery:
    """The question over its last `days` local days, today included, as one bucket."""
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return MetricQuery(
        metric=question["metric"],
        start=midnight(tomorrow - timedelta(days=question["days"]), zone),
        end=midnight(tomorrow, zone),
        tz=zone.key,
        grain="total",
        group_by=tuple(question["group_by"]),
        filters={name: tuple(texts) for name, texts in question["filters"].items()},
        clock=question["clock"],
    )


def judged(
    answer: Mapping[str, Any], measure: str, above: float | None, below: float | None
) -> tuple[str, list[dict[str, Any]]]:
    """The state of the whole (`firing`, `ok`, `suppressed` or `no_data`), and `{group, state, value}` of each group."""
    groups = []
    for series in answer["series"]:
        value = series["total"].get(measure)
        if series["total"].get("suppressed"):
            state = "suppressed"
        elif not isinstance(value, int | float):
            state, value = "no_data", None
        else:
            firing = (above is not None and value > above) or (below is not None and value < below)
            state = "firing" if firing else "ok"
        groups.append({"group": series["group"], "state": state, "value": value})
    states = {group["state"] for group in groups}
    return next((state for state in ("firing", "ok", "suppressed") if state in states), "no_data"), groups
