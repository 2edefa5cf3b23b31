"""A number on a card: its value, how it changed, what it rests on, and what it means."""

from dataclasses import dataclass
from typing import Any

from app.core.language import Language
from app.core.texts import marked
from app.metrics.query import metric_named
from app.web import numbers
from app.web.view import View

REASONS = {
    "suppressed": marked("Too few people are behind this number to show it."),
    "no_source": marked("No source brings this yet: connect one to see it."),
    "no_data": marked("Nothing happened in this period: choose a longer one."),
    "filter": marked("Nothing passes these filters: take one away."),
    "unknown": marked("This cannot be said for this period."),
}
"""Why a card has no number, and what to do."""

VERDICTS = {
    "better": marked("better than the period before"),
    "worse": marked("worse than the period before"),
    "changed": marked("changed against the period before"),
    "no_clear_change": marked("no clear change: it may be chance"),
    "too_little_data": marked("too little data to compare"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """The difference to the period before, as it is said."""

    text: str
    before: str
    n: int
    verdict: str
    said: str
    """The verdict in a few words."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a card shows, in the page's language. Without `value`, `reason` says why."""

    metric: str
    title: str
    definition: str
    measure: str
    link: str
    value: str | None
    n: int = 0
    more: str = ""
    change: Change | None = None
    reason: str = ""


def card(view: View, metric: str, *, measure: str = "", **parameters: str) -> Card:
    """The card of a metric over the page's period; `measure` is one of the metric's, else the median or the value."""
    declared = metric_named(metric)
    measure = measure or ("p50" if "p50" in declared.measures else "value")
    told = numbers.answer(view, metric, grain="total", **parameters)
    series = told["series"][0]
    total = series["total"]
    title, definition = (getattr(text, view.language) for text in (declared.title, declared.formula))
    link = view.filters.link(f"/metrics/{metric}")
    value = None if total.get("suppressed") else total.get(measure)
    if value is None:
        reason = "suppressed" if total.get("suppressed") else told.get("reason") or series.get("reason")
        known = reason if reason in REASONS else "unknown"
        return Card(metric, title, definition, measure, link, None, reason=view.gettext(REASONS[known]))
    days = told["clock"] == "elapsed"
    return Card(
        metric=metric,
        title=title,
        definition=definition,
        measure=measure,
        link=link,
        value=said(view.language, declared.unit, value, days=days),
        n=total["n"],
        more=said(view.language, declared.unit, total["p85"], days=days)
        if measure == "p50" and total.get("p85")
        else "",
        change=_change(view, metric, measure, declared.unit, days=days, **parameters) if view.filters.compare else None,
    )


def said(language: Language, unit: str, value: float, *, days: bool = True) -> str:
    """A measure's value as a person would say it. Without `days`, a duration is told in hours."""
    if unit == "seconds":
        return language.duration(value, days=days)
    if unit == "ratio":
        return language.percent(value, digits=0 if value in (0, 1) else 1)
    return language.number(value)


def _change(view: View, metric: str, measure: str, unit: str, *, days: bool, **parameters: str) -> Change | None:
    told: dict[str, Any] = numbers.change(view, metric, measure, **parameters)["series"][0]
    before, after = told.get("before"), told.get("after")
    if before is None or after is None or before["value"] is None or after["value"] is None:
        return None
    difference = after["value"] - before["value"]
    language = view.language
    if unit == "ratio":
        size = view.gettext("%(size)s points", size=language.number(abs(difference) * 100))
    elif before["value"]:
        size = language.percent(abs(difference) / abs(before["value"]))
    else:
        size = said(language, unit, abs(difference), days=days)
    verdict = told["verdict"] or "too_little_data"
    if verdict != "too_little_data" and difference * (told["difference"] or 0) <= 0:
        # Days were compared, and their mean moved otherwise than the number that the card shows.
        verdict = "no_clear_change"
    return Change(
        text=language.signed(size, difference),
        before=said(language, unit, before["value"], days=days),
        n=before["n"],
        verdict=verdict,
        said=view.gettext(VERDICTS[verdict]),
    )
