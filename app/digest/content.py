"""What a digest says, as numbers: no language and no Slack in it. A page and a message are made from the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.core.errors import InvalidError
from app.core.settings import Settings
from app.digest.headline import Headline, Item, by_team, headline, item_of
from app.facts.read import FactsReader
from app.insights.numbers import Numbers, Window
from app.insights.recommendations import recommendations
from app.metrics.query import MetricQuery, answer, metric_named
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
    at: datetime
    """The instant that it is told at: ages of items end there."""
    asked: tuple[str, ...]
    """The ids of the teams that it is about; none: everybody."""
    teams: tuple[str, ...]
    headlines: tuple[Headline, ...]
    at_risk: AtRisk
    advice: Plain | None
    fresh: tuple[Fresh, ...]
    chart: Plain | None
    """The answer that the picture is drawn from."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is behind any number, now or before: another thing than numbers that are not shown."""
        return not any(one.suppressed or one.n or one.before for one in self.headlines)

    @property
    def stale(self) -> tuple[Fresh, ...]:
        """The sources that were not read for long."""
        return tuple(one for one in self.fresh if one.stale)


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called, as the store has it. `sources` are those whose freshness is told."""

    sources: Mapping[str, str]
    teams: Mapping[str, str]


def gather(
    reader: FactsReader,
    settings: Settings,
    digest: Mapping[str, Any],
    names: Names,
    now: datetime,
    *,
    at: datetime | None = None,
) -> Content:
    """The content of a digest (a row of its table) for the whole days before that of `at`, or of now.

    Raises InvalidError where one of its teams is gone: the numbers of the others would pass for those of all.
    """
    if not names.teams.keys() >= set(digest["teams"]):
        raise InvalidError.at(["digest", "teams"], "A team of the digest was removed: choose its teams again.")
    asked_at = at or now
    asking = _Asking(reader, settings, digest, asked_at)
    answers = [asking.compared(name) for name in digest["metrics"]]
    headlines = tuple(one for _, one in answers)
    return Content(
        digest_id=str(digest["id"]),
        name=digest["name"],
        first=asking.first,
        last=asking.today - timedelta(days=1),
        zone=asking.zone,
        at=asked_at,
        asked=tuple(digest["teams"]),
        teams=tuple(names.teams[team] for team in digest["teams"]),
        headlines=headlines,
        at_risk=asking.at_risk(),
        advice=asking.advice(),
        fresh=_fresh([told for told, _ in answers], names, now),
        chart=asking.charted(headlines),
    )


def details(
    reader: FactsReader, settings: Settings, digest: Mapping[str, Any], now: datetime
) -> list[tuple[Headline, list[tuple[str | None, Headline]]]]:
    """The numbers of a digest, each with those of the teams (None: of no team). Raises InvalidError."""
    asking = _Asking(reader, settings, digest, now)
    found = []
    for name in digest["metrics"]:
        query = asking.query(name)
        found.append((asking.compared(name)[1], by_team(reader, settings, query)))
    return found


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

    def query(self, name: str) -> MetricQuery:
        """The question to a metric about the digest's days."""
        return replace(self._query(name, self.first, self.today), compare="previous")

    def compared(self, name: str) -> tuple[Plain, Headline]:
        """The answer, and the headline made of it."""
        query = self.query(name)
        told = answer(self._reader, self._settings, query)
        return told, headline(self._reader, self._settings, query, told, movers=_MOVERS)

    def at_risk(self) -> AtRisk:
        query = self._query("wip_age", self.today, self.today + timedelta(days=1))
        told = answer(self._reader, self._settings, replace(query, now=self._now.replace(second=0, microsecond=0)))
        total = told["series"][0]["total"] if told["series"] else {}
        if total.get("suppressed"):
            return AtRisk((), 0, 0, suppressed=True)
        old = [entry for entry in total.get("by") or () if entry["share"] is not None and entry["share"] >= AT_RISK]
        items = tuple(item_of(entry, entry["value"], entry["share"]) for entry in old[:_MOST_AT_RISK] if entry["item"])
        return AtRisk(items, int(total.get("n") or 0), max(0, len(old) - len(items)), suppressed=False)

    def advice(self) -> Plain | None:
        first = self.today - timedelta(days=_ADVICE_DAYS)
        window = Window(midnight(first, self.zone), midnight(self.today, self.zone), self.zone.key, self._now)
        found = recommendations(Numbers(self._reader, self._settings, window, self._teams))["recommendations"]
        return found[0] if found else None

    def charted(self, headlines: Sequence[Headline]) -> Plain | None:
        """The weeks of the first number that is known, up to the present one."""
        shown = next((one for one in headlines if one.value is not None and (one.n or one.before)), None)
        if shown is None:
            return None
        monday = self.today - timedelta(days=self.today.weekday())
        query = self._query(shown.metric.name, monday - timedelta(weeks=_CHART_WEEKS), self.today)
        grain = "week" if "week" in shown.metric.grains else shown.metric.grains[0]
        return answer(self._reader, self._settings, replace(query, grain=grain))

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
