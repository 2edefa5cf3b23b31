"""A number on a card: its value, how it changed, what it rests on, and what it means."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.language import NBSP, Language
from app.core.texts import marked
from app.metrics.declaration import Metric
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
    "better": marked("better"),
    "worse": marked("worse"),
    "changed": marked("changed"),
    "no_clear_change": marked("not more than chance"),
    "too_little_data": marked("too little data to compare"),
}
"""What a change amounts to, behind its size."""
CLEAR = ("better", "worse", "changed")
"""The verdicts on what moved by more than chance."""

_IN_UNIT = frozenset({"value", "mean", "from_created"})
"""Measures that are told in their metric's unit; percentiles are durations, and the others plain numbers."""
_PERCENTILES = frozenset({"p50", "p75", "p85", "p95"})
_IN_POINTS = frozenset({"ratio", "score"})
_POINTS = frozenset({"nps"})
"""Of units and measures whose zero means nothing, a difference is told in points."""
_OF_A_DAY = frozenset({"dau"})
"""Measures of the last day alone: two such days, a Sunday and a Monday say, are not compared."""
_MONEY = frozenset({"idle_cost"})


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
    """What a card shows, in the page's language. Without `value`, `reason` says why.

    `link` leads to the metric, `facts` to what is behind the number; both are empty where the page leads nowhere.
    `fresh` says up to when the data is complete.
    """

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
    facts: str = ""
    fresh: str = ""


def card(view: View, metric: str, *, measure: str = "", title: str = "", **parameters: str) -> Card:
    """The card of a metric over the page's period; `measure` is one of the metric's, else the median or the value.

    `title` is said in place of the metric's own. Raises InvalidError.
    """
    declared = metric_named(metric)
    measure = measure or ("value" if "value" in declared.measures else "p50")
    told = numbers.answer(view, metric, grain="total", **parameters)
    series = told["series"][0]
    total = series["total"]
    about = {
        "metric": metric,
        "title": title or getattr(declared.title, view.language),
        "definition": getattr(declared.formula, view.language),
        "measure": measure,
        "link": "" if view.shared else view.filters.link(f"/metrics/{metric}"),
    }
    value = None if total.get("suppressed") else total.get(measure)
    if value is None:
        reason = "suppressed" if total.get("suppressed") else told.get("reason") or series.get("reason")
        known = reason if reason in REASONS else "unknown"
        return Card(**about, value=None, reason=view.gettext(REASONS[known]))
    if measure in _PERCENTILES and told["flagged"].get("upper_bound", 0) >= total["n"] > 0:
        # Seen only when it was over: what is known of each is a bound, and their median would say nothing.
        return Card(**about, value=None, reason=view.gettext("The tool does not say when: no time can be told."))
    unit = unit_of(declared, measure)
    days = told["clock"] == "elapsed"
    money = measure in _MONEY and total.get("currency")
    late = said(view.language, unit, total["p85"], days=days) if measure == "p50" and total.get("p85") else ""
    more = view.gettext("85%% within %(more)s", more=late) if late else ""
    if measure in _OF_A_DAY:
        more = view.gettext("on %(day)s", day=view.language.day(view.filters.last, form="long"))
    compared = view.filters.compare and not money and measure not in _OF_A_DAY
    return Card(
        **about,
        value=view.language.money(value, money) if money else said(view.language, unit, value, days=days),
        n=total["n"],
        more=more,
        change=_change(view, metric, measure, unit, days=days, **parameters) if compared else None,
        facts="" if view.shared else view.filters.link(f"/metrics/{metric}/facts", **parameters),
        fresh=complete_until(view, told["freshness"]),
    )


def bottleneck(view: View) -> Card:
    """The card of the status in which most time was spent. Raises InvalidError."""
    metric = "bottleneck"
    declared = metric_named(metric)
    told = numbers.answer(view, metric, grain="total")
    total = told["series"][0]["total"]
    about = {
        "metric": metric,
        "title": getattr(declared.title, view.language),
        "definition": getattr(declared.formula, view.language),
        "measure": "share",
        "link": "" if view.shared else view.filters.link(f"/metrics/{metric}"),
    }
    first = next((entry for entry in total.get("by") or () if entry.get("share") is not None), None)
    if first is None:
        reason = "suppressed" if total.get("suppressed") else told.get("reason") or told["series"][0].get("reason")
        known = reason if reason in REASONS else "no_data"
        return Card(**about, value=None, reason=view.gettext(REASONS[known]))
    share = view.language.percent(first["share"])
    return Card(
        **about,
        value=str(first["status"]["name"] or view.gettext("not set")),
        n=first["n"],
        more=view.gettext("%(share)s of the time of items in progress", share=share),
        facts="" if view.shared else _stays(view, first["status"]),
        fresh=complete_until(view, told["freshness"]),
    )


def _stays(view: View, status: Mapping[str, Any]) -> str:
    """The items that were in a status: the time that the bottleneck is known by."""
    return view.filters.link("/metrics/time_in_status/facts", group_by="status", group=str(status["id"]))


def complete_until(view: View, freshness: Iterable[Mapping[str, Any]]) -> str:
    """Up to when all that an answer rests on is complete; empty where no source of it says so."""
    told = [source["complete_until"] for source in freshness if source["complete_until"] is not None]
    if not told:
        return ""
    at, zone = min(datetime.fromisoformat(text) for text in told), view.service.settings.zone
    if at.astimezone(zone).date() == view.clock.now().astimezone(zone).date():
        return view.gettext("complete until %(time)s", time=view.language.clock_time(at, zone))
    return view.gettext("complete until %(at)s", at=view.language.moment(at, zone))


def said(language: Language, unit: str, value: float, *, days: bool = True) -> str:
    """A measure's value as a person would say it. Without `days`, a duration is told in hours."""
    if unit == "seconds":
        return language.duration(value, days=days)
    if unit == "ratio":
        return language.percent(value, digits=0 if value in (0, 1) else 1)
    if unit == "score":
        return f"{language.number(value)}{NBSP}/{NBSP}100"
    return language.number(value)


def unit_of(declared: Metric, measure: str) -> str:
    """In what a measure is told: its metric's unit, or `number`."""
    if measure in _PERCENTILES:
        return "seconds"
    return declared.unit if measure in _IN_UNIT else "number"


def _change(view: View, metric: str, measure: str, unit: str, *, days: bool, **parameters: str) -> Change | None:
    told: dict[str, Any] = numbers.change(view, metric, measure, **parameters)["series"][0]
    before, after = told.get("before"), told.get("after")
    if before is None or after is None or before["value"] is None or after["value"] is None:
        return None
    difference = after["value"] - before["value"]
    language = view.language
    if unit in _IN_POINTS or measure in _POINTS:
        size = _points(view, abs(difference) * (100 if unit == "ratio" else 1))
    elif before["value"]:
        size = language.percent(abs(difference) / abs(before["value"]))
    else:
        size = said(language, unit, abs(difference), days=days)
    verdict = told["verdict"] or "too_little_data"
    if verdict != "too_little_data" and difference * (told["difference"] or 0) <= 0:
        # Days were compared, and their mean moved otherwise than the number that the card shows.
        verdict = "no_clear_change"
    return Change(
        # What rounds to nothing has no sign.
        text=language.signed(size, difference if re.search("[1-9]", size) else 0),
        before=said(language, unit, before["value"], days=days),
        n=before["n"],
        verdict=verdict,
        said=view.gettext(VERDICTS[verdict]),
    )


def _points(view: View, size: float) -> str:
    number = view.language.number(size)
    # French counts from two on as several, English everything but one.
    many = round(size, 1) >= 2 if view.language is Language.FR else round(size, 1) != 1
    return view.gettext("%(size)s points", size=number) if many else view.gettext("%(size)s point", size=number)
