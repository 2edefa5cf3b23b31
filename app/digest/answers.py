"""Answers to `/prodops`: one number with its change, in the asker's language, under the same rules as every screen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from app.core.errors import InvalidError
from app.core.language import Language
from app.core.settings import Settings
from app.core.texts import texts_of
from app.digest import blocks, periods
from app.digest.amounts import main_measure, title
from app.digest.headline import headline
from app.digest.numbers import Numbers
from app.digest.parse import Ask, Name, Vocabulary
from app.facts.read import FactsReader
from app.metrics.query import MetricQuery, answer, catalogue_entries, metric_named
from app.metrics.window import midnight

Message = dict[str, Any]

_NAMED = ("team", "project", "tool")
_FILTERS = ("team", "project")
"""What a page of the dashboard can be filtered by."""


def vocabulary(reader: FactsReader) -> Vocabulary:
    """What can be asked about now."""
    metrics: dict[str, tuple[str, ...]] = {}
    dimensions: dict[str, frozenset[str]] = {}
    for entry in catalogue_entries():
        try:
            metric = metric_named(entry["name"])
        except InvalidError:
            continue
        if main_measure(metric) is not None:
            metrics[metric.name] = (metric.title.en, metric.title.fr)
            dimensions[metric.name] = frozenset(metric.dimensions)
    with reader.snapshot() as snapshot:
        names = [
            Name(dimension, str(value["id"]), str(value["name"]))
            for dimension in _NAMED
            for value in snapshot.dimension(dimension).values
            if value["id"] is not None and value["name"]
        ]
    return Vocabulary(metrics, dimensions, names)


def _example(known: Vocabulary, dimension: str) -> str:
    """A name to show how one asks; none where there is no name yet, or none that can stand in an example."""
    names = (blocks.escaped(one.name, 40) for one in known.names if one.dimension == dimension)
    return next((name for name in names if name.replace(" ", "").isalnum()), "")


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers questions at an instant. `dashboard` is the address of the service, where it is known."""

    reader: FactsReader
    settings: Settings
    now: datetime
    language: Language
    dashboard: str | None = None

    def answer(self, ask: Ask) -> Message:
        """What to say to a question that was read. Always something."""
        gettext = texts_of(self.language).gettext
        if ask.wants_help:
            return self._message(self._help())
        if ask.metric is None:
            unclear = [gettext("I do not know which number you mean.")]
            if ask.meant:
                unclear.append(self._did_you_mean([self._title(name) for name in ask.meant]))
            return self._message([*unclear, *self._help()])
        lines: list[str] = []
        for phrase, likely in ask.unknown:
            lines.append(
                gettext("I know nothing called “%(words)s”, so I left it out.", words=blocks.escaped(phrase, 80))
            )
            if likely:
                lines.append(self._did_you_mean(likely))
        lines += [
            gettext(
                "%(metric)s cannot be told apart for %(name)s, so it is of everything.",
                metric=self._title(ask.metric),
                name=blocks.escaped(name.name, 80),
            )
            for name in ask.unfit
        ]
        # What the number is not about stands before it: nobody takes it for another one.
        return self._message([*lines, *self._number(ask, ask.metric)])

    def _number(self, ask: Ask, metric: str) -> list[str]:
        gettext = texts_of(self.language).gettext
        zone = self.settings.zone
        today = self.now.astimezone(zone).date()
        period = ask.period or periods.usual(today)
        filters: dict[str, tuple[str, ...]] = {}
        for name in ask.names:
            filters[name.dimension] = (*filters.get(name.dimension, ()), name.id)
        query = MetricQuery(
            metric=metric,
            start=midnight(period.first, zone),
            end=midnight(period.end, zone),
            tz=zone.key,
            grain="total",
            filters=filters,
            compare="previous",
        )
        told = answer(self.reader, self.settings, query)
        one = headline(self.reader, self.settings, query, told)
        days = self.language.days(period.first, period.end - timedelta(days=1))
        whose = self.language.several(blocks.escaped(name.name, 60) for name in ask.names)
        lines = [Numbers(self.language).headline(one), f"{whose} · {days}" if whose else days]
        lines.append(self._fresh(told))
        if self.dashboard is not None:
            asked = {"period": f"{period.first}..{period.end - timedelta(days=1)}"}
            asked |= {name: ids[0] for name, ids in filters.items() if name in _FILTERS and len(ids) == 1}
            address = f"{self.dashboard}/metrics/{metric}?{urlencode(asked)}"
            lines.append(blocks.link(address, gettext("Open the dashboard")))
        return [line for line in lines if line]

    def _fresh(self, told: Mapping[str, Any]) -> str:
        known = [one["complete_until"] for one in told["freshness"] if one["complete_until"] is not None]
        if not known:
            return ""
        at = self.language.moment(datetime.fromisoformat(min(known)), self.settings.zone)
        return texts_of(self.language).gettext("Data up to: %(sources)s", sources=at)

    def _help(self) -> list[str]:
        gettext = texts_of(self.language).gettext
        known = vocabulary(self.reader)
        examples = (
            gettext("cycle-time %(name)s last month", name=_example(known, "team")),
            gettext("adoption %(name)s", name=_example(known, "tool")),
            gettext("throughput 30 days"),
        )
        names = ", ".join(self._title(name) for name in known.metrics)
        return [
            gettext("Ask for a number, a team, project or tool, and a period:"),
            *(f"• `/prodops {' '.join(example.split())}`" for example in examples),
            gettext("Numbers: %(names)s", names=names),
        ]

    def _did_you_mean(self, names: Any) -> str:
        said = ", ".join(blocks.escaped(str(name), 60) for name in names)
        return texts_of(self.language).gettext("Did you mean: %(names)s?", names=said)

    def _title(self, name: str) -> str:
        return title(metric_named(name), self.language)

    def _message(self, lines: list[str]) -> Message:
        texts = texts_of(self.language)

        def rest(number: int) -> str:
            return texts.ngettext("… one more line did not fit", "… %(num)s more lines did not fit", number)

        return {
            "response_type": "ephemeral",
            "text": blocks.fallback(lines[:1]),
            "blocks": [blocks.section(lines, rest)],
        }
