"""The numbers of a page: asked with the page's filters, through the same door as the API's, privacy rules included."""

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from app.api import metric_params
from app.insights.impact import impact
from app.metrics import query as metrics
from app.metrics.query import MetricQuery
from app.web.view import View

Plain = dict[str, Any]


def texts(view: View, metric: str, **parameters: str) -> dict[str, str]:
    """The API's parameters of a metric over the page's period, team, project and clock, as far as it has them.

    `parameters` stand above the page's. Raises InvalidError.
    """
    filters = view.filters
    dimensions = metrics.metric_named(metric).dimensions
    told = {**filters.window(), "clock": filters.clock}
    told |= {name: getattr(filters, name) for name in ("team", "project") if name in dimensions}
    told |= {"compare": "previous"} if filters.compare else {}
    return {**told, **parameters}


def question(view: View, metric: str, **parameters: str) -> MetricQuery:
    """A metric's question with these parameters. Raises InvalidError."""
    told = texts(view, metric, **parameters)
    return metric_params.asked(metric, told, default_zone=view.service.settings.zone, now=view.clock.now()).query


def answer(view: View, metric: str, **parameters: str) -> Plain:
    """The metric's answer as api.md describes it; it counts as read on a page. Raises InvalidError."""
    query = question(view, metric, **parameters)
    service = view.service
    service.reads.add(metrics.assets(service.facts, query), "page", view.request.scope["headers"])
    made: Plain = view.kept.answers.get(
        ("answer", metrics.fingerprint(service.facts, service.settings, query)),
        lambda: metrics.answer(service.facts, service.settings, query),
    )
    return made


def change(view: View, metric: str, measure: str, **parameters: str) -> Plain:
    """How the metric's measure changed against the period before, and whether by more than chance (`verdict`).

    As `app.insights.impact` tells it. Raises InvalidError.
    """
    query = question(view, metric, **{"compare": "previous", **parameters})
    service = view.service
    made: Plain = view.kept.answers.get(
        (f"change of {measure}", metrics.fingerprint(service.facts, service.settings, query)),
        lambda: impact(service.facts, service.settings, query, measure),
    )
    return made


def some_facts(view: View, metric: str, most: int, **parameters: str) -> Sequence[Plain]:
    """At most so many facts of a metric without groups, taken evenly over the period. Raises InvalidError."""
    query = question(view, metric, **parameters)
    service, told = view.service, view.told
    made: Sequence[Plain] = view.kept.facts.get(
        (f"{most} facts", metrics.fingerprint(service.facts, told, query)),
        lambda: metrics.spread(service.facts, told, query, most=most),
    )
    return made


def values(view: View, metric: str, **parameters: str) -> Sequence[float]:
    """The values of all facts of a duration without groups, in seconds. Raises InvalidError."""
    query = question(view, metric, **parameters)
    service = view.service

    def read() -> Sequence[float]:
        found = metrics.samples(service.facts, service.settings, query)
        return array("d") if found is None else array("d", (found.of({}).value / 1e6).tobytes())

    made: Sequence[float] = view.kept.facts.get(
        ("values", metrics.fingerprint(service.facts, service.settings, query)), read
    )
    return made


def apart(view: View, entries: Sequence[Mapping[str, Any]], **parameters: str) -> dict[str, str]:
    """What tells statuses of one name apart, by id: the project that has it, or how many have. Raises InvalidError."""
    names = Counter(entry["status"]["name"] for entry in entries)
    alike = {entry["status"]["id"] for entry in entries if names[entry["status"]["name"]] > 1}
    if not alike:
        return {}
    told = answer(view, "time_in_status", **{**parameters, "grain": "total", "group_by": "project"})
    projects: dict[str, list[str]] = {}
    for series in told["series"]:
        for entry in (series.get("total") or {}).get("by") or ():
            projects.setdefault(entry["status"]["id"], []).append(series["group"]["project"]["name"] or "")
    return {
        status: found[0] if len(found) == 1 else view.gettext("%(number)s projects", number=len(found))
        for status, found in projects.items()
        if status in alike and found != [""]
    }
