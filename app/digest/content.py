"""What a digest says, as numbers: no language and no Slack in it. A page and a message are made from the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from app.core.settings import Settings
from app.digest.amounts import known, main_measure
from app.facts.read import FactsReader
from app.insights.impact import impact
from app.insights.numbers import Numbers, Window
from app.insights.recommendations import recommendations
from app.metrics.declaration import Metric
from app.metrics.query import MetricQuery, answer, behind, metric_named
from app.metrics.window import midnight

Plain = dict[str, Any]

STALE_AFTER = timedelta(hours=24)
"""Data that is older than this is called stale."""
AT_RISK = 0.85
"""An item is at risk once it is older than this share of such items took."""

_CHART_WEEKS = 12
_ADVICE_DAYS = 28
_MOVERS = 3
_MOST_AT_RISK = 5
_MOST_READ = 5_000
_CLEAR = ("better", "worse", "changed")

Verdict = Literal["better", "worse", "changed", "no_clear_change", "too_little_data"]


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
    """One number of the period beside the one before. `value` is None where it is not known, or `suppressed`."""

    metric: Metric
    measure: str
    value: float | None
    before: float | None
    n: int
    suppressed: bool
    verdict: Verdict | None
    movers: tuple[Item, ...]
    reason: str | None = None
    """Why nothing is known: a word of the metric's answer."""

    @property
    def moved(self) -> bool:
        """Whether it moved by more than chance."""
        return self.verdict in _CLEAR


@dataclass(frozen=True, slots=True)
class Fresh:
    """A source, and up to when it was read; None where nobody knows."""

    name: str
    until: datetime | None
    stale: bool


@dataclass(frozen=True, slots=True)
class AtRisk:
    """The oldest items in progress that are older than most such items took. `n` of all items are in progress."""

    items: tuple[Item, ...]
    n: int
    more: int
    suppressed: bool


@dataclass(frozen=True, slots=True)
class Content:
    """A digest of one period. `last` is the last day of it, included."""

    digest_id: str
    name: str
    first: date
    last: date
    zone: ZoneInfo
    now: datetime
    teams: tuple[str, ...]
    headlines: tuple[Headline, ...]
    at_risk: AtRisk
    advice: Plain | None
    fresh: tuple[Fresh, ...]
    chart: Plain | None
    """The answer that the picture is drawn from."""

    @property
    def stale(self) -> tuple[Fresh, ...]:
        """The sources that were not read for long."""
        return tuple(one for one in self.fresh if one.stale)


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called, as the store has it. `sources` are those whose freshness is told."""

    sources: Mapping[str, str]
    teams: Mapping[str, str]


def gather(reader: FactsReader, settings: Settings, digest: Mapping[str, Any], names: Names, now: datetime) -> Content:
    """The content of a digest (a row of its table) for the whole days before the present one. Raises InvalidError."""
    asking = _Asking(reader, settings, digest, now)
    answers = [(metric_named(name), *asking.compared(name)) for name in digest["metrics"]]
    headlines = tuple(asking.headline(metric, told, query) for metric, told, query in answers)
    return Content(
        digest_id=str(digest["id"]),
        name=digest["name"],
        first=asking.first,
        last=asking.today - timedelta(days=1),
        zone=asking.zone,
        now=now,
        teams=tuple(names.teams.get(team, team) for team in digest["teams"]),
        headlines=headlines,
        at_risk=asking.at_risk(),
        advice=asking.advice(),
        fresh=_fresh([told for _, told, _ in answers], names, now),
        chart=asking.charted(headlines),
    )


class _Asking:
    """Puts the digest's questions."""

    def __init__(self, reader: FactsReader, settings: Settings, digest: Mapping[str, Any], now: datetime) -> None:
        self._reader = reader
        self._settings = settings
        self._teams: tuple[str, ...] = tuple(digest["teams"])
        self._now = now
        self.zone = ZoneInfo(digest["timezone"])
        self.today = now.astimezone(self.zone).date()
        self.first = self.today - timedelta(days=digest["days"])

    def compared(self, name: str) -> tuple[Plain, MetricQuery]:
        query = replace(self._query(name, self.first, self.today), compare="previous")
        return answer(self._reader, self._settings, query), query

    def headline(self, metric: Metric, told: Plain, query: MetricQuery) -> Headline:
        measure = main_measure(metric) or "n"
        series = told["series"][0] if told["series"] else {"total": {}, "previous": {}}
        total, previous = series["total"], series.get("previous") or {}
        suppressed = bool(series.get("suppressed") or total.get("suppressed"))
        value, before = known(total, measure), known(previous, measure)
        return Headline(
            metric=metric,
            measure=measure,
            value=None if suppressed else value,
            before=before,
            n=int(total.get("n") or 0),
            suppressed=suppressed,
            verdict=None if suppressed or value is None or before is None else self._verdict(query, measure),
            movers=() if suppressed or metric.select is None else self._movers(query),
            reason=series.get("reason") or told.get("reason"),
        )

    def at_risk(self) -> AtRisk:
        query = self._query("wip_age", self.today, self.today + timedelta(days=1))
        told = answer(self._reader, self._settings, replace(query, now=self._now.replace(second=0, microsecond=0)))
        total = told["series"][0]["total"] if told["series"] else {}
        if total.get("suppressed"):
            return AtRisk((), 0, 0, suppressed=True)
        old = [entry for entry in total.get("by") or () if entry["share"] is not None and entry["share"] >= AT_RISK]
        items = tuple(_item(entry, entry["value"], entry["share"]) for entry in old[:_MOST_AT_RISK] if entry["item"])
        return AtRisk(items, int(total.get("n") or 0), max(0, len(old) - len(items)), suppressed=False)

    def advice(self) -> Plain | None:
        first = self.today - timedelta(days=_ADVICE_DAYS)
        window = Window(midnight(first, self.zone), midnight(self.today, self.zone), self.zone.key, self._now)
        found = recommendations(Numbers(self._reader, self._settings, window, self._teams))["recommendations"]
        return found[0] if found else None

    def charted(self, headlines: Sequence[Headline]) -> Plain | None:
        """The weeks of the first number that is known, up to the present one."""
        shown = next((one for one in headlines if one.value is not None), None)
        if shown is None:
            return None
        monday = self.today - timedelta(days=self.today.weekday())
        query = self._query(shown.metric.name, monday - timedelta(weeks=_CHART_WEEKS), self.today)
        grain = "week" if "week" in shown.metric.grains else shown.metric.grains[0]
        return answer(self._reader, self._settings, replace(query, grain=grain))

    def _verdict(self, query: MetricQuery, measure: str) -> Verdict | None:
        series = impact(self._reader, self._settings, query, measure)["series"]
        return series[0]["verdict"] if series else None

    def _movers(self, query: MetricQuery) -> tuple[Item, ...]:
        """The items that weigh most in the number."""
        plain = replace(query, compare=None)
        found: list[Plain] = []
        cursor: str | None = None
        while len(found) < _MOST_READ:
            page = behind(self._reader, self._settings, plain, limit=1_000, cursor=cursor)
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
        heavy = sorted(found, key=lambda fact: -_weight(fact))
        distinct = {fact["item"]["id"]: fact for fact in reversed(heavy) if fact["item"] and _weight(fact) > 0}
        chosen = list(distinct.values())[::-1][:_MOVERS]
        return tuple(_item(fact, fact.get("value")) for fact in chosen)

    def _query(self, name: str, first: date, end: date) -> MetricQuery:
        has_teams = "team" in metric_named(name).dimensions
        return MetricQuery(
            metric=name,
            start=midnight(first, self.zone),
            end=midnight(end, self.zone),
            tz=self.zone.key,
            grain="total",
            filters={"team": self._teams} if self._teams and has_teams else {},
        )


def _weight(fact: Mapping[str, Any]) -> float:
    return float(fact.get("value", fact.get("numerator")) or 0)


def _item(fact: Mapping[str, Any], value: float | None, share: float | None = None) -> Item:
    item = fact["item"]
    key, title = item.get("key") or item.get("external_id") or "", item.get("title") or ""
    return Item(key=str(key), title=str(title), url=item.get("url"), value=value, share=share)


def _fresh(answers: Sequence[Mapping[str, Any]], names: Names, now: datetime) -> tuple[Fresh, ...]:
    until: dict[str, datetime | None] = {}
    for told in answers:
        for one in told["freshness"]:
            at = None if one["complete_until"] is None else datetime.fromisoformat(one["complete_until"])
            source = one["source"]
            if source not in names.sources:
                continue
            earlier = until.get(source, at)
            until[source] = None if at is None or earlier is None else min(at, earlier)
    found = [Fresh(names.sources[source], at, at is None or now - at > STALE_AFTER) for source, at in until.items()]
    return tuple(sorted(found, key=lambda one: one.name.casefold()))
