"""How a measure's numbers are drawn and said: in the unit that a person would choose."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.charts.look import Look, Plain
from app.core.language import NBSP, Language

_MINUTE, _HOUR, _DAY = 60.0, 3_600.0, 86_400.0
_COUNTS = frozenset({"n", "unanswered", "open", "reopenings", "responses", "bought", "held", "active", "never_used"})
_SCORES = frozenset({"nps"})
_SHARES = frozenset({"share", "items", "response_rate"})
_PLAIN = frozenset({"idle_cost", "numerator", "denominator", "events", "people", "dau", "wau", "mau", "visits"})


@dataclass(frozen=True, slots=True)
class Scale:
    """The unit of an axis: what one of it is (`factor`), what stands behind the numbers on it, and how one is said."""

    language: Language
    unit: str
    factor: float
    suffix: str
    whole: bool = False
    days: bool = True

    def drawn(self, value: Any) -> float | None:
        """The number to draw; `None` for what is not known."""
        return None if value is None else round(float(value) / self.factor, 6)

    def said(self, value: Any, unknown: str = "–") -> str:
        """The number as text."""
        if value is None:
            return unknown
        if self.unit == "seconds":
            return self.language.duration(float(value), days=self.days)
        if self.unit == "ratio":
            small = 0 < abs(value) < 0.1
            return self.language.percent(float(value), digits=1 if small else 0)
        return self.language.number(float(value))

    def axis(self, **more: Any) -> Plain:
        """The axis of this unit, with few and short labels."""
        label = f"format(datum.value, ',.{'0f' if self.whole else '2~f'}')"
        return {
            "title": None,
            "tickCount": 5,
            **({"tickMinStep": 1} if self.whole else {}),
            "labelExpr": f"{label} + '{self.suffix}'",
            **more,
        }


def scale_of(look: Look, unit: str, measure: str, values: Iterable[Any], *, clock: str = "elapsed") -> Scale:
    """The scale for a measure of a metric of that unit. Hours of the working clock stay hours."""
    language = look.language
    unit = _unit(unit, measure)
    if unit == "ratio":
        return Scale(language, unit, 0.01, f"{NBSP}%" if language is Language.FR else "%")
    if unit != "seconds":
        return Scale(language, unit, 1.0, "", whole=unit == "count")
    largest = max((abs(float(value)) for value in values if value is not None), default=0.0)
    days = clock != "working"
    if days and largest >= 2 * _DAY:
        return Scale(language, unit, _DAY, f"{NBSP}{'j' if language is Language.FR else 'd'}", days=days)
    if largest >= 2 * _HOUR:
        return Scale(language, unit, _HOUR, f"{NBSP}h", days=days)
    return Scale(language, unit, _MINUTE, f"{NBSP}min", days=days)


def _unit(unit: str, measure: str) -> str:
    if measure in _COUNTS or measure in _PLAIN:
        return "count"
    if measure in _SHARES:
        return "ratio"
    if measure in _SCORES or (measure == "mean" and unit == "score"):
        return "number"
    if unit in ("seconds", "ratio"):
        return unit
    return "number" if unit == "score" else "count"
