"""What the chart of an address shows: the answer that it asks for, and what some kinds need beside it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from app.api import metric_params
from app.api.insight_params import ForecastParams
from app.api.metric_params import ItemFilters
from app.charts.catalogue import draw
from app.charts.chart import Chart, Given, Kind
from app.charts.look import Look
from app.core.errors import InvalidError
from app.metrics import query as metrics
from app.store import annotations, teams
from app.web import insights, numbers
from app.web.view import View

Plain = dict[str, Any]

MOST_FACTS = 1_000
"""Of single items, taken evenly over the period; a chart says when there are more."""

MOST_EVENTS = 100

_PAGE = ("period", "team", "project", "clock", "compare")
_OWN = ("from", "to", "tz", "grain", "group_by", *metric_params.FILTERS)
_FORECAST = ("team", "project", "source", "tool", "item_type", "item_kind", "priority")
NAMES = ("metric", "measure", "of", "items", "until", *_PAGE, *_OWN)
"""The query parameters that say what is shown: those of pages, those of metrics and those of insights."""


def given(view: View, kind: Kind) -> Given:
    """What a chart of this kind shows. Raises InvalidError at the wrong parameter."""
    measure = view.request.query_params.get("measure", "")
    if kind.name == "forecast":
        return Given(answer=_forecast(view))
    if kind.name == "maturity":
        return Given(answer=insights.maturity_of(view))
    if kind.name == "impact":
        of = view.request.query_params.get("of") or "cycle_time"
        return Given(answer=numbers.change(view, of, measure, **_parameters(view, kind)))
    metric = view.request.query_params.get("metric") or kind.metrics[0]
    if metric not in kind.metrics:
        choices = ", ".join(kind.metrics)
        raise InvalidError.at(["query", "metric"], f"The chart '{kind.name}' shows one of: {choices}.")
    if measure and measure not in metrics.metric_named(metric).measures:
        raise InvalidError.at(["query", "measure"], f"'{metric}' has no measure '{measure}'.")
    parameters = _parameters(view, kind)
    answer = numbers.answer(view, metric, **parameters)
    grouped = bool(parameters.get("group_by"))
    facts = numbers.some_facts(view, metric, MOST_FACTS, **parameters) if kind.facts and not grouped else ()
    return Given(
        answer=answer,
        facts=facts,
        values=numbers.values(view, metric, **parameters) if kind.values and not grouped else (),
        events=_events(view, answer),
        measure=measure,
        apart=_apart(view, answer, facts) if kind.statuses else {},
    )


def drawn(view: View, kind: Kind, look: Look) -> tuple[Given, Chart]:
    """What the chart of the address shows, and the chart, as it was drawn before if nothing of it changed.

    Raises InvalidError.
    """
    shown = given(view, kind)
    # The same answer and the same facts are the same objects, which a kept chart keeps: no others have their ids.
    key = (
        kind.name,
        look,
        *(id(part) if part else 0 for part in (shown.answer, shown.facts, shown.values)),
        shown.measure,
        orjson.dumps((shown.events, shown.apart)),
    )
    return view.kept.drawn.get(key, lambda: (shown, draw(kind.name, shown, look)))


def teams_of(view: View) -> tuple[str, ...]:
    """The ids of all teams: colours are dealt to all of them, whichever are shown."""
    with view.service.database.read() as connection:
        return tuple(sorted(str(team_id) for team_id in teams.names(connection)))


def _parameters(view: View, kind: Kind) -> dict[str, str]:
    """The metric's parameters of the address. A period of the page's stands above `from` and `to`."""
    query = view.request.query_params
    left_out = {"from", "to"} if query.get("period") else set()
    texts = {name: query[name] for name in _OWN if query.get(name) and name not in left_out}
    if "/" in query.get("compare", ""):
        texts["compare"] = query["compare"]
    return {**texts, "grain": kind.grain} if kind.grain else texts


def _apart(view: View, answer: Plain, facts: Sequence[Plain]) -> dict[str, str]:
    listed = [entry for series in answer["series"] for entry in (series.get("total") or {}).get("by") or ()]
    of_facts = {fact["status"]["id"]: fact for fact in facts if fact.get("status")}
    return numbers.apart(view, [*of_facts.values()] or [entry for entry in listed if "status" in entry])


def _events(view: View, answer: Plain) -> list[Plain]:
    start, end = (datetime.fromisoformat(answer[name]) for name in ("from", "to"))
    with view.service.database.read() as connection:
        rows, _ = annotations.page(connection, limit=MOST_EVENTS, after=None, since=start, until=end)
    return [
        {"time": row["starts_at"].astimezone(UTC).isoformat(), "title": row["title"] or row["text"]} for row in rows
    ]


def _forecast(view: View) -> Plain:
    query = view.request.query_params
    text = query.get("items", "")
    if text and not text.isdecimal():
        raise InvalidError.at(["query", "items"], "Send a number of items.")
    filters = ItemFilters(**{name: query[name] for name in _FORECAST if query.get(name)})
    params = ForecastParams(
        items=int(text) if text else None, until=query.get("until", ""), tz=query.get("tz", ""), filters=filters
    )
    return insights.forecast_of(view, params.query(view.service.settings.zone))
