"""A metric's number as a person says it, and how it changed."""

from collections.abc import Mapping
from typing import Any

from app.core.language import NBSP, Language
from app.metrics.declaration import Metric

_SCALARS = ("value", "p50", "mau")
_BY_STATUS = frozenset({"time_in_status", "cumulative_flow"})
"""Metrics that say one number for each status, and none of all."""


def main_measure(metric: Metric) -> str | None:
    """The one measure that says most of a metric; None for a metric that is a list."""
    if metric.name in _BY_STATUS:
        return None
    return next((name for name in _SCALARS if name in metric.measures), None)


def amount(language: Language, unit: str, value: float, *, clock: str = "elapsed") -> str:
    """A value with its unit, as far as the number alone does not say it."""
    if unit == "seconds":
        return language.duration(value, days=clock == "elapsed")
    if unit == "ratio":
        return language.percent(value, digits=1)
    return language.number(value)


def change(language: Language, unit: str, before: float, after: float) -> str:
    """How far a number moved: in points where it is a share, else relative to what it was."""
    difference = after - before
    if unit == "ratio":
        points = language.signed(language.number(abs(difference) * 100), round(difference, 3))
        return f"{points}{NBSP}pt"
    if before == 0:
        return language.signed(amount(language, unit, abs(difference)), difference)
    share = difference / abs(before)
    return language.signed(language.percent(abs(share)), round(share, 2))


def title(metric: Metric, language: Language) -> str:
    """The metric's name."""
    return metric.title.fr if language is Language.FR else metric.title.en


def known(total: Mapping[str, Any], measure: str) -> float | None:
    """A measure of a total; None where it is suppressed or nobody knows it."""
    value = total.get(measure)
    return float(value) if isinstance(value, int | float) and not total.get("suppressed") else None
