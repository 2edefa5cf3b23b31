"""The door to the metrics: questions as values, answers as plain values.

The API, the digest and the insights use this module and nothing behind it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson

from app.core.errors import InvalidError
from app.core.settings import Settings
from app.facts.read import FactsReader
from app.metrics import calendar
from app.metrics.answer import answered
from app.metrics.asked import MetricQuery, checked
from app.metrics.behind import facts_behind, facts_spread
from app.metrics.catalogue import BY_NAME, CATALOGUE, unknown
from app.metrics.declaration import Metric
from app.metrics.insights import INSIGHTS
from app.metrics.samples import GroupedSamples, Samples, samples_of
from app.metrics.table import Table, table

__all__ = [
    "MetricQuery",
    "Samples",
    "Table",
    "answer",
    "assets",
    "behind",
    "catalogue_entries",
    "data_instant",
    "fingerprint",
    "fingerprint_at",
    "metric_named",
    "samples",
    "spread",
    "table",
    "teams_named",
]


def catalogue_entries() -> list[dict[str, Any]]:
    """The catalogue as plain values, the insights behind the metrics."""
    return [declared.entry() for declared in (*CATALOGUE, *INSIGHTS)]


def answer(reader: FactsReader, settings: Settings, query: MetricQuery) -> dict[str, Any]:
    """The answer as api.md describes it, in plain values. Raises InvalidError with the place of what is wrong."""
    asked = checked(query)
    with reader.snapshot() as snapshot:
        return answered(snapshot, settings, asked)


def samples(reader: FactsReader, settings: Settings, query: MetricQuery) -> GroupedSamples | None:
    """The single values behind each group over the whole window; None for a metric that has none to give.

    For insights, which show only what the samples amount to. Raises InvalidError.
    """
    asked = checked(query)
    with reader.snapshot() as snapshot:
        return samples_of(snapshot, settings, asked)


def metric_named(name: str) -> Metric:
    """A declared metric. Raises InvalidError, with the names that there are."""
    metric = BY_NAME.get(name)
    if metric is None:
        raise InvalidError.at(("query", "metric"), unknown(name))
    return metric


def data_instant(reader: FactsReader) -> datetime:
    """The instant of the present data version: the `as_of` of its answers."""
    with reader.snapshot() as snapshot:
        return snapshot.at


def teams_named(reader: FactsReader, texts: Sequence[str]) -> list[dict[str, Any]]:
    """`{id, name}` of the teams that these texts name. Raises InvalidError for one that names none."""
    with reader.snapshot() as snapshot:
        teams = snapshot.dimension("team")
    found = []
    for text in texts:
        places = [place for place, names in enumerate(teams.names) if text in names]
        if not places:
            raise InvalidError.at(("query", "team"), f"There is no team '{text}': GET /api/v1/teams lists them.")
        found += [teams.values[place] for place in places]
    return found


def assets(reader: FactsReader, query: MetricQuery) -> tuple[tuple[str, str], ...]:
    """What somebody reads who reads the answer: the metric, of each team that it shows; '' stands for everybody."""
    filtered = query.filters.get("team", ())
    if "team" not in query.group_by and not filtered:
        return ((query.metric, ""),)
    with reader.snapshot() as snapshot:
        teams = snapshot.dimension("team")
    wanted = set(filtered)
    return tuple(
        (query.metric, value["id"] or "")
        for value, names in zip(teams.values, teams.names, strict=True)
        if not wanted or names & wanted
    )


def behind(
    reader: FactsReader,
    settings: Settings,
    query: MetricQuery,
    *,
    bucket: date | None = None,
    group: Mapping[str, str] | None = None,
    limit: int = 100,
    cursor: str | None = None,
    to_admin: bool = False,
) -> dict[str, Any]:
    """The facts behind one bucket (by its `start`; None: the whole window) and one group (dimension: id).

    `{"items", "next", "n", "sum"}`: `n` and `sum` are those of all pages. An empty id means the group without
    a value. `to_admin`: an admin asks, who may see the list of idle seats. Raises InvalidError.
    """
    asked = checked(query)
    with reader.snapshot() as snapshot:
        return facts_behind(
            snapshot, settings, asked, bucket, group or {}, limit=limit, cursor=cursor, to_admin=to_admin
        )


def spread(reader: FactsReader, settings: Settings, query: MetricQuery, *, most: int) -> list[dict[str, Any]]:
    """At most so many of the facts behind a question without groups, taken evenly over all of them: for a picture.

    Raises InvalidError.
    """
    asked = checked(query)
    with reader.snapshot() as snapshot:
        return facts_spread(snapshot, settings, asked, most)


def fingerprint(reader: FactsReader, settings: Settings, query: MetricQuery) -> str:
    """What an answer depends on, in a short text: it changes when and only when the answer can have changed.

    It costs no computation of the answer; facts that wait to be built are built. Raises InvalidError.
    """
    checked(query)
    with reader.snapshot() as snapshot:
        return fingerprint_at(snapshot.version, settings, query)


def fingerprint_at(version: int, settings: Settings, query: MetricQuery) -> str:
    """The same, for a version of the data that is known already and a question that was checked."""
    parts = [
        version,
        BY_NAME[query.metric].version,
        calendar.VERSION,
        settings.timezone,
        settings.min_group,
        settings.person_metrics,
        (
            query.metric,
            query.start,
            query.end,
            query.tz,
            query.grain,
            query.group_by,
            query.clock,
            query.compare,
            query.now,
        ),
        sorted((name, sorted(texts)) for name, texts in query.filters.items() if texts),
    ]
    return hashlib.blake2b(orjson.dumps(parts), digest_size=16).hexdigest()
