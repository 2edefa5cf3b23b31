"""The numbers of a page: asked with the page's filters, through the same door as the API's, privacy rules included."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

from app.api import metric_params
from app.insights.impact import impact
from app.metrics import query as metrics
from app.metrics.query import MetricQuery
from app.web.view import View

Plain = dict[str, Any]
_MOST_KEPT = 2_000


class _Kept:
    """The latest answers of this process by what they depend on. Safe for threads."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, str], Plain] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[str, str], make: Callable[[], Plain]) -> Plain:
        """The answer under this key, made where there is none."""
        with self._lock:
            found = self._held.get(key)
        if found is None:
            found = make()
        with self._lock:
            self._held[key] = found
            self._held.move_to_end(key)
            while len(self._held) > _MOST_KEPT:
                self._held.popitem(last=False)
        return found


_kept = _Kept()


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
    return _kept.get(
        ("answer", metrics.fingerprint(service.facts, service.settings, query)),
        lambda: metrics.answer(service.facts, service.settings, query),
    )


def change(view: View, metric: str, measure: str, **parameters: str) -> Plain:
    """How the metric's measure changed against the period before, and whether by more than chance (`verdict`).

    As `app.insights.impact` tells it. Raises InvalidError.
    """
    query = question(view, metric, **{"compare": "previous", **parameters})
    service = view.service
    return _kept.get(
        (f"change of {measure}", metrics.fingerprint(service.facts, service.settings, query)),
        lambda: impact(service.facts, service.settings, query, measure),
    )
