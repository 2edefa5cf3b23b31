"""Ways to look at numbers: each gives, group by group, one value with how many facts it rests on.

A group that is suppressed, or of which nothing is known, gives a finding without a value.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from app.insights.numbers import Numbers, Plain

PASSED = 0.85
"""An item that is older than this share of past items took is getting old."""

_LARGE_SHARE = 0.3
_OPEN = ("backlog", "todo", "active", "waiting", "unmapped")


@dataclass(frozen=True, slots=True)
class Finding:
    """A value of a group; None where it is not shown (`suppressed`) or not known. `more` is what else there is to say.

    `about` are the group's labels by dimension, and what of it is meant (a status, say).
    """

    about: dict[str, Plain]
    value: float | None
    n: int
    suppressed: bool = False
    more: Plain = field(default_factory=dict)


Look = Callable[[Numbers, tuple[str, ...]], list[Finding]]
"""Looks at the numbers by some dimensions beside its own."""


@dataclass(frozen=True, slots=True)
class Source:
    """A number to look at: its metric and measure, and how. `metrics` are all that it rests on."""

    metric: str
    measure: str
    look: Look
    by: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()

    def found(self, numbers: Numbers, more: tuple[str, ...] = ()) -> list[Finding]:
        """What is found by the source's own dimensions and by these."""
        return self.look(numbers, (*more, *self.by))

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The metrics."""
        return (self.metric, *self.metrics)


def total(metric: str, measure: str = "value", by: tuple[str, ...] = (), more: tuple[str, ...] = ()) -> Source:
    """A measure of the whole window; `more` measures are told with it."""

    def of(series: Plain) -> Finding:
        one = series["total"]
        return Finding(series["group"], one[measure], one["n"], more={name: one[name] for name in more})

    return Source(metric, measure, _each(metric, of), by)


def part(metric: str, measure: str) -> Source:
    """How large a part of the facts a measure counts."""

    def of(series: Plain) -> Finding:
        one = series["total"]
        known = one["n"] and one[measure] is not None
        return Finding(series["group"], one[measure] / one["n"] if known else None, one["n"])

    return Source(metric, measure, _each(metric, of))


def aged(share: float = PASSED) -> Source:
    """The part of the items in progress that is older than such a share of past items took."""

    def of(series: Plain) -> Finding:
        shares = [item["share"] for item in series["total"]["by"] if item["share"] is not None]
        value = sum(one >= share for one in shares) / len(shares) if shares else None
        return Finding(series["group"], value, len(shares))

    return Source("wip_age", "share", _each("wip_age", of))


def growing_queue() -> Source:
    """By how many items the open status with the largest share of the cycle time grew, if that share is large."""

    def of(series: Plain) -> Finding:
        for entry in series["total"]["by"]:
            if entry["category"] in _OPEN and not entry.get("suppressed"):
                if entry["share"] is None or entry["share"] < _LARGE_SHARE:
                    break
                about = {**series["group"], "status": entry["status"]}
                return Finding(about, entry["growth"], entry["arrivals"], more={"share": entry["share"]})
        return Finding(series["group"], None, 0)

    return Source("bottleneck", "growth", _each("bottleneck", of))


def by_hand() -> Source:
    """The automation rate, with the open status that items came into most often."""

    def look(numbers: Numbers, by: tuple[str, ...]) -> list[Finding]:
        busiest = {_key(series): _busiest(series) for series in numbers.series("bottleneck", by)}
        found = []
        for finding in total("automation_rate").look(numbers, by):
            status = busiest.get(_labels(finding.about))
            about = finding.about if status is None else {**finding.about, "status": status}
            found.append(Finding(about, finding.value if status else None, finding.n, finding.suppressed))
        return found

    return Source("automation_rate", "value", look, metrics=("bottleneck",))


def ratio(above: str, below: str, scale: float = 1.0) -> Source:
    """One count over another."""

    def look(numbers: Numbers, by: tuple[str, ...]) -> list[Finding]:
        others = {_labels(finding.about): finding for finding in total(below).look(numbers, by)}
        found = []
        for finding in total(above).look(numbers, by):
            other = others.get(_labels(finding.about))
            known = other is not None and finding.value is not None and bool(other.value)
            value = finding.value / other.value * scale if known else None  # type: ignore[operator, union-attr]
            hidden = finding.suppressed or (other is not None and other.suppressed)
            found.append(Finding(finding.about, value, other.n if other else 0, hidden))
        return found

    return Source(above, "value", look, metrics=(below,))


def without_team(metric: str) -> Source:
    """The part of a metric's facts that belongs to no team."""

    def look(numbers: Numbers, _by: tuple[str, ...]) -> list[Finding]:
        series = numbers.series(metric, ("team",))
        if any(_is_hidden(one) for one in series):
            return [Finding({}, None, 0, suppressed=True)]
        n = sum(one["total"]["n"] for one in series)
        nobody = sum(one["total"]["n"] for one in series if one["group"]["team"]["id"] is None)
        return [Finding({}, nobody / n if n else None, n)]

    return Source(metric, "n", look)


def change(
    metric: str, measure: str, of: Literal["relative", "difference"] = "relative", by: tuple[str, ...] = ()
) -> Source:
    """By how much it is worse than in the window before, where that is more than chance."""

    def look(numbers: Numbers, dimensions: tuple[str, ...]) -> list[Finding]:
        found = []
        for series in numbers.changes(metric, measure, dimensions):
            if series.get("suppressed"):
                found.append(Finding(series["group"], None, 0, suppressed=True))
                continue
            n = min(series["before"]["samples"], series["after"]["samples"])
            value = series[of] if series["verdict"] == "worse" else None
            found.append(Finding(series["group"], value, n, more={"verdict": series["verdict"]}))
        return found

    return Source(metric, measure, look, by, ("impact",))


def _each(metric: str, of: Callable[[Plain], Finding]) -> Look:
    def look(numbers: Numbers, by: tuple[str, ...]) -> list[Finding]:
        return [
            Finding(series["group"], None, 0, suppressed=True) if _is_hidden(series) else of(series)
            for series in numbers.series(metric, by)
        ]

    return look


def _is_hidden(series: Plain) -> bool:
    return bool(series.get("suppressed") or series["total"].get("suppressed"))


def _busiest(series: Plain) -> Plain | None:
    if _is_hidden(series):
        return None
    entries = [one for one in series["total"]["by"] if not one.get("suppressed") and one["category"] in _OPEN]
    status: Plain | None = max(entries, key=lambda one: one["arrivals"])["status"] if entries else None
    return status


def _key(series: Plain) -> tuple[Any, ...]:
    return _labels(series["group"])


def _labels(group: dict[str, Plain]) -> tuple[Any, ...]:
    return tuple(group[name]["id"] for name in group)


def best(findings: Iterable[Finding]) -> Finding | None:
    """The finding with a value, if there is one; else one that says why there is none."""
    found = list(findings)
    return next((one for one in found if one.value is not None), found[0] if found else None)
