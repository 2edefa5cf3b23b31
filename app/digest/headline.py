"""One number beside the one before it: by how much it moved, whether that is noise, and which items weigh most."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.core.settings import Settings
from app.digest.amounts import known, main_measure
from app.facts.read import FactsReader
from app.insights.impact import impact
from app.metrics.declaration import Metric
from app.metrics.query import MetricQuery, answer, behind, metric_named

Plain = dict[str, Any]
Verdict = Literal["better", "worse", "changed", "no_clear_change", "too_little_data"]

_CLEAR = ("better", "worse", "changed")
_MOST_READ = 5_000


@dataclass(frozen=True, slots=True)
class Item:
    """A work item, and what it brings to a number. Never who works on it."""

    key: str
    title: str
    url: str | None
    value: float | None
    share: float | None = None
    """The part of such items that took less long than this one is old."""


@dataclass(frozen=True, slots=True)
class Headline:
    """One number of a window beside the one before. `value` is None where it is not known, or `suppressed`."""

    metric: Metric
    value: float | None
    before: float | None
    n: int
    suppressed: bool
    verdict: Verdict | None
    clock: str = "elapsed"
    movers: tuple[Item, ...] = ()

    @property
    def moved(self) -> bool:
        """Whether it moved by more than chance."""
        return self.verdict in _CLEAR


def headline(
    reader: FactsReader, settings: Settings, query: MetricQuery, told: Mapping[str, Any], *, movers: int = 0
) -> Headline:
    """The headline of an ungrouped answer with a comparison, with some of the items that weigh most in it."""
    metric = metric_named(query.metric)
    plain = _plain(metric, query, told["series"][0] if told["series"] else {"total": {}})
    if plain.value is None:
        return plain
    verdict = None
    if plain.before is not None:
        series = impact(reader, settings, query, main_measure(metric) or "")["series"]
        verdict = series[0]["verdict"] if series else None
    heavy = _movers(reader, settings, query, movers) if movers and metric.select is not None else ()
    return replace(plain, verdict=verdict, movers=heavy)


def by_team(reader: FactsReader, settings: Settings, query: MetricQuery) -> list[tuple[str | None, Headline]]:
    """The headlines of each team, without a verdict; None is the name of what is of no team."""
    metric = metric_named(query.metric)
    if "team" not in metric.dimensions:
        return []
    told = answer(reader, settings, replace(query, group_by=("team",)))
    named = [(series["group"]["team"], series) for series in told["series"]]
    return [(None if team["id"] is None else team["name"], _plain(metric, query, series)) for team, series in named]


def item_of(fact: Mapping[str, Any], value: float | None, share: float | None = None) -> Item:
    """The item of a fact. Where a tool gives items no key, its title says more than its id."""
    item = fact["item"]
    title = item.get("title") or ""
    key = item.get("key") or ("" if title else item.get("external_id") or "")
    return Item(key=str(key), title=str(title), url=item.get("url"), value=value, share=share)


def _plain(metric: Metric, query: MetricQuery, series: Mapping[str, Any]) -> Headline:
    measure = main_measure(metric) or "n"
    total, previous = series["total"], series.get("previous") or {}
    suppressed = bool(series.get("suppressed") or total.get("suppressed"))
    return Headline(
        metric=metric,
        value=None if suppressed else known(total, measure),
        before=None if suppressed else known(previous, measure),
        n=int(total.get("n") or 0),
        suppressed=suppressed,
        verdict=None,
        clock=query.clock,
    )


def _movers(reader: FactsReader, settings: Settings, query: MetricQuery, most: int) -> tuple[Item, ...]:
    plain = replace(query, compare=None)
    found: list[Plain] = []
    cursor: str | None = None
    while len(found) < _MOST_READ:
        page = behind(reader, settings, plain, limit=1_000, cursor=cursor)
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    heaviest: dict[str, Plain] = {}
    if len({_weight(fact) for fact in found} - {0}) < 2:
        # Each counts as much as any other: none of them made the number what it is.
        return ()
    for fact in sorted(found, key=_weight, reverse=True):
        if fact["item"] and _weight(fact) > 0:
            heaviest.setdefault(fact["item"]["id"], fact)
    return tuple(item_of(fact, fact.get("value")) for fact in list(heaviest.values())[:most])


def _weight(fact: Mapping[str, Any]) -> float:
    return float(fact.get("value", fact.get("numerator")) or 0)
