"""An answer as flat rows: one for each bucket and group, as Grafana, BI tools and spreadsheets want it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from app.core.types import to_micros
from app.metrics.declaration import Metric
from app.metrics.window import midnight, text


@dataclass(frozen=True, slots=True)
class Table:
    """Rows, each with these columns in this order: without a row they are the same."""

    columns: Sequence[str]
    rows: list[dict[str, Any]]


def table(answer: dict[str, Any], metric: Metric, group_by: Sequence[str]) -> Table:
    """The rows of an answer. A point with a list `by` gives a row for each entry of it.

    `time` is the first instant of the bucket. A dimension gives the columns `<name>` and `<name>_id`.
    """
    groups = [column for dimension in group_by for column in (dimension, f"{dimension}_id")]
    names = tuple(
        dict.fromkeys(("time", *groups, "complete", "suppressed", *(metric.entry_columns or metric.measures)))
    )
    zone = ZoneInfo(answer["timezone"])
    rows: list[dict[str, Any]] = []
    for series in answer["series"]:
        group = _flat(series["group"])
        for point in series["points"]:
            frame = {
                "time": text(to_micros(midnight(date.fromisoformat(point["start"]), zone))),
                **group,
                "complete": point["complete"],
                "suppressed": point.get("suppressed", False),
            }
            rows += _rows(frame, point)
    return Table(names, [{name: row.get(name) for name in names} for row in rows])


def _rows(frame: dict[str, Any], point: dict[str, Any]) -> list[dict[str, Any]]:
    values = {name: value for name, value in point.items() if name not in _FRAME and not isinstance(value, list)}
    if "by" not in point:
        return [{**frame, **values}]
    return [{**frame, **_flat(entry), "suppressed": entry.get("suppressed", False)} for entry in point["by"]]


_FRAME = frozenset({"start", "end", "complete", "suppressed"})


def _flat(labels: dict[str, Any]) -> dict[str, Any]:
    """Labels as a name and an id each; plain values as they are."""
    columns: dict[str, Any] = {}
    for name, value in labels.items():
        if isinstance(value, dict):
            columns[name] = value.get("name", value.get("key"))
            columns[f"{name}_id"] = value.get("id")
        else:
            columns[name] = value
    return columns
