"""Insights as flat rows, as Grafana, BI tools and spreadsheets want them."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.metrics.query import Table

Plain = dict[str, Any]

_COMPARED = (
    *("verdict", "before", "after", "difference", "relative", "low", "high", "p", "n_before", "n_after", "suppressed"),
)
_EVIDENCE = ("metric", "measure", "value", "relation", "threshold", "n")
_ADVICE = (
    *("rule", "priority", "team", "team_id"),
    *("title_en", "title_fr", "reason_en", "reason_fr", "action_en", "action_fr"),
    *_EVIDENCE,
)
_CRITERION = (
    *("function", "level", "next_level", "criterion", "criterion_level", "kind", "met", "unknown"),
    *(*_EVIDENCE, "answer", "said_en", "said_fr"),
)


def of_impact(content: Plain, group_by: Sequence[str]) -> Table:
    """One row for each group."""
    rows = []
    for series in content["series"]:
        before, after = series.get("before", {}), series.get("after", {})
        interval, test = series.get("interval") or (None, None), series.get("test") or {}
        rows.append(
            {
                "of": content["of"],
                "measure": content["measure"],
                **_flat(series["group"]),
                "verdict": series["verdict"],
                "before": before.get("value"),
                "after": after.get("value"),
                "difference": series.get("difference"),
                "relative": series.get("relative"),
                "low": interval[0],
                "high": interval[1],
                "p": test.get("p"),
                "n_before": before.get("n"),
                "n_after": after.get("n"),
                "suppressed": series.get("suppressed", False),
            }
        )
    groups = [column for dimension in group_by for column in (dimension, f"{dimension}_id")]
    return Table(("of", "measure", *groups, *_COMPARED), rows)


def of_forecast(content: Plain) -> Table:
    """One row for each level of certainty: a day, or how many at least; none where nothing can be said."""
    name = "day" if content["until"] is None else "items"
    rows = [{"certainty": int(level), name: value} for level, value in (content["at"] or {}).items()]
    return Table(("certainty", name), rows)


def of_recommendations(content: Plain) -> Table:
    """One row for each recommendation."""
    rows = [
        {
            "rule": one["rule"],
            "priority": one["priority"],
            "team": one["team"] and one["team"]["name"],
            "team_id": one["team"] and one["team"]["id"],
            **{
                f"{text}_{language}": said
                for text in ("title", "reason", "action")
                for language, said in one[text].items()
            },
            **{name: one["evidence"][name] for name in _EVIDENCE},
        }
        for one in content["recommendations"]
    ]
    return Table(_ADVICE, rows)


def of_maturity(content: Plain) -> Table:
    """One row for each criterion, with its function's level."""
    rows = [
        {
            "function": function["function"],
            "level": function["level"],
            "next_level": function["next_level"],
            "criterion": one["name"],
            "criterion_level": one["level"],
            "kind": one["kind"],
            "met": one["met"],
            "unknown": one["unknown"],
            **{name: one.get(name) for name in (*_EVIDENCE, "answer")},
            **{f"said_{language}": text for language, text in one["said"].items()},
        }
        for function in content["functions"]
        for one in function["criteria"]
    ]
    return Table(_CRITERION, rows)


def _flat(group: Mapping[str, Plain]) -> Plain:
    columns: Plain = {}
    for name, label in group.items():
        columns[name], columns[f"{name}_id"] = label["name"], label["id"]
    return columns
