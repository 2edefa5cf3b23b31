"""The kinds of charts there are: each is declared once, and routes, pages and documents are fed from here."""

from app.charts import flow, insight, items, ranking, seats, trend
from app.charts.chart import Chart, Given, Kind
from app.charts.look import Look
from app.core.errors import InvalidError
from app.metrics.catalogue import CATALOGUE

_DURATIONS = tuple(metric.name for metric in CATALOGUE if "p50" in metric.measures)
_WITH_VALUE = tuple(metric.name for metric in CATALOGUE if {"value", "p50", "mau", "events"} & set(metric.measures))
_COUNTS = tuple(
    metric.name
    for metric in CATALOGUE
    if metric.unit in ("items", "conflicts", "events") and metric.name in _WITH_VALUE
)
_RATED = tuple(metric.name for metric in CATALOGUE if metric.unit in ("ratio", "score") and "value" in metric.measures)
_OF_ITEMS = ("cycle_time", "active_time", "lead_time", "reaction_time")

KINDS: tuple[Kind, ...] = (
    Kind(name="trend", metrics=_WITH_VALUE, draw=trend.trend),
    Kind(name="bars", metrics=_COUNTS, draw=trend.bars),
    Kind(name="sparkline", metrics=_WITH_VALUE, draw=trend.sparkline, groups=False),
    Kind(name="active_users", metrics=("active_users",), draw=trend.active_users),
    Kind(name="cumulative_flow", metrics=("cumulative_flow",), draw=flow.cumulative_flow, groups=False),
    Kind(name="scatter", metrics=_OF_ITEMS, draw=items.scatter, groups=False, facts=True),
    Kind(name="histogram", metrics=_OF_ITEMS, draw=items.histogram, groups=False, values=True),
    Kind(name="ages", metrics=("wip_age",), draw=items.ages, facts=True, statuses=True, grain="total"),
    Kind(name="time_in_status", metrics=("time_in_status",), draw=ranking.status_time, groups=False, statuses=True),
    Kind(name="bottleneck", metrics=("bottleneck",), draw=ranking.bottleneck, groups=False, statuses=True),
    Kind(
        name="comparison",
        metrics=("adoption_rate", *(one for one in _RATED if one != "adoption_rate")),
        draw=ranking.comparison,
    ),
    Kind(name="features", metrics=("feature_usage",), draw=ranking.features, groups=False),
    Kind(name="coverage", metrics=("data_coverage",), draw=ranking.coverage, groups=False),
    Kind(name="freshness", metrics=("freshness",), draw=ranking.freshness, groups=False),
    Kind(name="seats", metrics=("seat_utilisation",), draw=seats.seats),
    Kind(name="forecast", metrics=("forecast",), draw=insight.forecast, groups=False),
    Kind(name="impact", metrics=("impact",), draw=insight.impact),
    Kind(name="maturity", metrics=("maturity",), draw=insight.maturity, groups=False),
)

BY_NAME = {kind.name: kind for kind in KINDS}


def draw(name: str, given: Given, look: Look) -> Chart:
    """The chart of that kind. Raises InvalidError for a kind that there is not, or that does not show the answer."""
    kind = BY_NAME.get(name)
    if kind is None:
        raise InvalidError.at(("path", "kind"), f"There is no chart '{name}'. Choose from: {', '.join(BY_NAME)}.")
    metric = given.answer["metric"]
    if metric not in kind.metrics:
        choices = ", ".join(kind.metrics)
        raise InvalidError.at(("query", "metric"), f"The chart '{name}' does not show '{metric}', only: {choices}.")
    if not kind.groups and any(series["group"] for series in given.answer.get("series", ())):
        raise InvalidError.at(("query", "group_by"), f"The chart '{name}' shows one group: leave 'group_by' empty.")
    return kind.draw(given, look)
