"""Whether a number differs between two windows by more than chance: before and after a launch, a tool, a rule."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import orjson
from numpy.typing import NDArray

from app.core.errors import InvalidError
from app.core.settings import Settings
from app.core.types import to_micros
from app.facts.read import FactsReader
from app.insights.statistics import interval, mann_whitney, quantiles_resampled, ratios_resampled
from app.metrics.declaration import Metric
from app.metrics.insights import IMPACT
from app.metrics.query import MetricQuery, answer, metric_named, samples

Array = NDArray[Any]
Plain = dict[str, Any]

FEWEST = {"facts": 20, "days": 14}
"""How many samples each window needs at least before anything is said."""

_SIGNIFICANT = 0.05
_QUANTILES = {"p50": 0.5, "p75": 0.75, "p85": 0.85, "p95": 0.95}
_OF_FACTS = frozenset({*_QUANTILES, "mean", "value"})
"""Measures that follow from the values of single facts; others are compared day by day."""
_MICROS = 1e6


def impact(reader: FactsReader, settings: Settings, query: MetricQuery, measure: str = "") -> Plain:
    """The metric in the query's window beside that of its `compare` (default: the window just before).

    `measure` is one of the metric's (default: `p50` of a duration, else `value`). For each group: both numbers
    with how many facts they rest on, the difference, its 95 % bootstrap interval, for durations a Mann-Whitney
    test, and a `verdict`: `better`, `worse`, `changed` (where neither direction of the measure is better),
    `no_clear_change`, `too_little_data`, or None for a group that is suppressed. What is sampled are facts, or days
    (`sample`) where a measure counts or tells a state: then the difference is that of the days' means. Raises
    InvalidError.
    """
    query = replace(query, grain="total", compare=query.compare or "previous")
    metric = metric_named(query.metric)
    measure = measure or ("p50" if "p50" in metric.measures else "value")
    if measure not in metric.measures or measure == "n":
        choices = ", ".join(name for name in metric.measures if name != "n")
        raise InvalidError.at(("query", "measure"), f"'{metric.name}' has no measure '{measure}': {choices}.")
    told = answer(reader, settings, query)
    shown = [series["total"] for series in told["series"] if not series["total"].get("suppressed")]
    if shown and all(not _is_number(total.get(measure, "")) for total in shown):
        raise InvalidError.at(
            ("query", "measure"),
            f"'{measure}' of '{metric.name}' is not one number of a group: choose another measure.",
        )
    earlier = told.get("previous")
    if earlier is None:
        raise InvalidError.at(("query", "compare"), "Nothing of the window to compare with has elapsed.")
    windows = tuple(
        replace(query, start=_instant(one["from"]), end=_instant(one["to"]), compare=None) for one in (earlier, told)
    )
    comparison = _Comparison(reader, settings, metric, measure, (windows[0], windows[1]))
    return {
        "metric": IMPACT.name,
        "of": metric.name,
        "measure": measure,
        "unit": told["unit"],
        "better": metric.better,
        "definition": IMPACT.version,
        "timezone": told["timezone"],
        "clock": told["clock"],
        "as_of": told["as_of"],
        "before": {"from": earlier["from"], "to": earlier["to"]},
        "after": {"from": told["from"], "to": told["to"]},
        "sample": comparison.sample,
        "series": [comparison.of(series) for series in told["series"]],
    }


def _is_number(value: object) -> bool:
    return value is None or isinstance(value, int | float)


@dataclass(frozen=True, slots=True)
class _Samples:
    value: Array
    weight: Array

    @property
    def mean(self) -> float | None:
        below = float(self.weight.sum())
        return float(self.value.sum()) / below if below else None


_Draw = Callable[[dict[str, str]], _Samples | None]
"""Gives the samples of a group (dimension: id); None where they are not to be had without showing what is hidden."""


@dataclass(frozen=True)
class _Comparison:
    """Compares two windows, group by group."""

    reader: FactsReader
    settings: Settings
    metric: Metric
    measure: str
    windows: tuple[MetricQuery, MetricQuery]

    @property
    def sample(self) -> str:
        has_facts = self.metric.sample == "facts" and self.metric.select is not None
        return "facts" if has_facts and self.measure in _OF_FACTS else "days"

    @property
    def is_directed(self) -> bool:
        """Whether the metric's better direction is that of the measure."""
        measures = set(self.metric.measures)
        of_durations = self.metric.unit == "seconds" and self.measure in _OF_FACTS
        return self.measure == "value" or of_durations or not measures & {"value", "p50"}

    def of(self, series: Plain) -> Plain:
        shown = (series["previous"], series["total"])
        if any(one.get("suppressed") for one in (*shown, series)):
            return {"group": series["group"], "suppressed": True, "verdict": None}
        group = _ids(series["group"])
        drawn = [draw(group) for draw in self._drawn]
        sides = [
            {"value": one.get(self.measure), "n": one["n"], "samples": 0 if some is None else len(some.value)}
            for one, some in zip(shown, drawn, strict=True)
        ]
        compared = [side["value"] for side in sides]
        if self.sample == "days":
            compared = [None if some is None else some.mean for some in drawn]
            for side, mean in zip(sides, compared, strict=True):
                side["daily_mean"] = mean
        known = None not in compared
        difference = compared[1] - compared[0] if known else None
        return {
            "group": series["group"],
            "before": sides[0],
            "after": sides[1],
            "difference": difference,
            "relative": difference / compared[0] if known and compared[0] else None,
            **self._judged(drawn, difference),
        }

    def _judged(self, drawn: list[_Samples | None], difference: float | None) -> Plain:
        before, after = drawn
        fewest = FEWEST[self.sample]
        nothing = {"interval": None, "test": None, "verdict": "too_little_data", "needed": fewest}
        if before is None or after is None or difference is None or min(len(before.value), len(after.value)) < fewest:
            return nothing
        dice = np.random.default_rng(_seed(self.windows, self.measure))
        resampled = [self._resampled(some, dice) for some in (before, after)]
        between = interval(resampled[1] - resampled[0])
        if between is None:
            return nothing
        clear = between[0] > 0 or between[1] < 0
        test = None
        if self.sample == "facts" and self.metric.unit == "seconds":
            found = mann_whitney(after.value, before.value)
            test = {"name": "mann_whitney", "u": found.u, "p": found.p, "effect": found.effect}
            clear = clear and found.p < _SIGNIFICANT
        return {"interval": list(between), "test": test, "verdict": self._verdict(difference, clear=clear)}

    def _resampled(self, some: _Samples, dice: np.random.Generator) -> Array:
        if self.measure in _QUANTILES and self.sample == "facts":
            return quantiles_resampled(some.value, _QUANTILES[self.measure], dice)
        return ratios_resampled(some.value, some.weight, dice)

    def _verdict(self, difference: float, *, clear: bool) -> str:
        if not clear or difference == 0:
            return "no_clear_change"
        if self.metric.better == "none" or not self.is_directed:
            return "changed"
        return "better" if (difference < 0) == (self.metric.better == "lower") else "worse"

    @cached_property
    def _drawn(self) -> tuple[_Draw, ...]:
        """What is sampled in each window: looked up once for all groups."""
        counts_events = self.metric.sample == "events" and self.measure == "value"
        of_days = self.sample == "days" and not counts_events
        return tuple(self._days(window) if of_days else self._facts(window) for window in self.windows)

    def _facts(self, window: MetricQuery) -> _Draw:
        found = samples(self.reader, self.settings, window)

        def of(group: dict[str, str]) -> _Samples | None:
            some = None if found is None else found.of(group)
            if some is None or some.hidden:
                return None
            if self.sample == "days":
                counted = _by_day(some.at, window)
                return _Samples(counted, np.ones(len(counted)))
            scale = _MICROS if self.metric.unit == "seconds" else 1.0
            weight = np.ones(len(some.value)) if some.weight is None else some.weight.astype(np.float64)
            return _Samples(some.value / scale, weight)

        return of

    def _days(self, window: MetricQuery) -> _Draw:
        told = answer(self.reader, self.settings, replace(window, grain="day"))
        daily = {tuple(_ids(series["group"]).values()): self._complete(series["points"]) for series in told["series"]}
        return lambda group: daily.get(tuple(group.values()))

    def _complete(self, points: list[Plain]) -> _Samples | None:
        complete = [point for point in points if point["complete"]]
        if any(point.get("suppressed") for point in complete):
            return None
        values = [point[self.measure] for point in complete if point.get(self.measure) is not None]
        return _Samples(np.array(values, dtype=np.float64), np.ones(len(values)))


def _ids(group: Plain) -> dict[str, str]:
    """The ids of a group's values by dimension; an empty one stands for the group without a value."""
    return {name: value["id"] or "" for name, value in group.items()}


def _by_day(at: Array, window: MetricQuery) -> Array:
    """How many events each local day of the window has."""
    zone = ZoneInfo(window.tz)
    edges = [window.start]
    day = window.start.astimezone(zone).date() + timedelta(days=1)
    while (begins := datetime.combine(day, datetime.min.time(), zone).astimezone(UTC)) < window.end:
        edges.append(begins)
        day += timedelta(days=1)
    bounds = np.array([to_micros(edge.astimezone(UTC)) for edge in (*edges, window.end)])
    return np.diff(np.searchsorted(at, bounds, side="left")).astype(np.float64)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _seed(windows: tuple[MetricQuery, MetricQuery], measure: str) -> int:
    parts = [(one.metric, one.start, one.end, one.tz, one.clock, measure) for one in windows]
    return int.from_bytes(hashlib.blake2b(orjson.dumps(parts), digest_size=8).digest(), "big")
