"""`/metrics/{name}`: one metric: what it means, its number, its charts and its table, by period and group."""

from fastapi import Response

from app.charts import words
from app.charts.catalogue import BY_NAME as KINDS
from app.charts.look import Look
from app.charts.scale import scale_of
from app.charts.series import lines_of, period
from app.core.errors import NotFoundError
from app.metrics.catalogue import BY_NAME
from app.metrics.declaration import Metric
from app.metrics.words import BETTER, DIMENSIONS, GRAINS, UNITS
from app.web import numbers
from app.web.cards import Card, bottleneck, card
from app.web.dashboard import Cell, Listing
from app.web.figures import Figure, figure
from app.web.filter_bar import choices
from app.web.navigation import SECTIONS
from app.web.routing import page, pages
from app.web.view import TheView, View

routes = pages()

MOST_ROWS = 500
_OWN_KINDS = {
    "bottleneck": ("bottleneck",),
    "time_in_status": ("time_in_status",),
    "cumulative_flow": ("cumulative_flow",),
    "feature_usage": ("features",),
    "active_users": ("active_users",),
    "freshness": ("freshness",),
    "data_coverage": ("trend", "coverage"),
    "seat_utilisation": ("trend", "seats"),
    "wip_age": ("trend", "ages"),
    "cycle_time": ("trend", "scatter", "histogram"),
    "active_time": ("trend", "scatter", "histogram"),
    "lead_time": ("trend", "scatter", "histogram"),
    "reaction_time": ("trend", "scatter", "histogram"),
}
"""The charts of a metric, where the line over time is not the only one."""
_NOT_SHOWN = frozenset({"by", "currency", "eligible", "rank", "trend", "share_change"})
_GRAIN_LESS = frozenset({"bottleneck", "time_in_status", "features", "coverage", "freshness", "seats", "ages"})
_HOME = {
    "/flow": ("cycle_time", "active_time", "lead_time", "reaction_time", "time_in_status", "flow_efficiency",
              "throughput", "arrivals", "wip", "wip_age", "cumulative_flow", "reopen_rate", "bottleneck"),
    "/tools": ("adoption_rate", "active_users", "stickiness", "seat_utilisation", "feature_usage", "tool_satisfaction"),
    "/communication": ("response_time", "cross_team_share", "conflicts_resolved", "communication_satisfaction",
                       "meeting_share"),
    "/launches": ("launch_time", "bugs_per_launch"),
    "/data": ("data_coverage", "freshness", "data_utilisation"),
}  # fmt: skip
"""The page that each metric belongs to; the others belong to the overview."""


@routes.get("/metrics/{name}", **page("viewer"))
def show_metric(name: str, view: TheView) -> Response:
    """The metric over the page's period; `grain` and `group_by` in the address cut it."""
    metric = BY_NAME.get(name)
    if metric is None:
        raise NotFoundError("There is no such metric.")
    query = view.request.query_params
    grain = query.get("grain", "") if query.get("grain") in metric.grains else "week"
    group = query.get("group_by", "") if query.get("group_by") in metric.dimensions else ""
    language = view.language
    return view.render(
        "metric.html",
        title=getattr(metric.title, language),
        metric=metric,
        definition=getattr(metric.formula, language),
        unit=getattr(UNITS[metric.unit], language),
        better=getattr(BETTER[metric.better], language),
        card=_card(view, metric),
        figures=_figures(view, metric, grain, group),
        draws=True,
        shown=_numbers(view, metric, grain, group),
        grains=[(one, getattr(GRAINS[one], language)) for one in metric.grains if one != "total"],
        groups=[(one, getattr(DIMENSIONS[one], language)) for one in metric.dimensions if one in DIMENSIONS],
        grain=grain,
        group=group,
        choices=choices(view),
        home=_home(name),
        facts=view.filters.link(f"/metrics/{name}/facts"),
        api=f"/api/v1/metrics/{name}",
        has_projects="project" in metric.dimensions,
        has_clock=metric.unit == "seconds" or metric.timed,
    )


def _home(name: str) -> tuple[str, str]:
    path = next((path for path, names in _HOME.items() if name in names), "/")
    return path, next((section.title for section in SECTIONS if section.path == path), SECTIONS[0].title)


def _card(view: View, metric: Metric) -> Card | None:
    if metric.name == "bottleneck":
        return bottleneck(view)
    measure = next((one for one in ("value", "p50", "mau", "events") if one in metric.measures), "")
    if not measure or metric.name == "cumulative_flow":
        return None
    return card(view, metric.name, measure="" if measure in ("value", "p50") else measure)


def _figures(view: View, metric: Metric, grain: str, group: str) -> list[Figure]:
    shown: list[Figure] = []
    for kind in _OWN_KINDS.get(metric.name, ("trend",)):
        declared = KINDS[kind]
        if metric.name not in declared.metrics:
            continue
        cut = {} if declared.grain else {"grain": "total" if kind in _GRAIN_LESS else grain}
        by = {"group_by": group} if group and declared.groups else {}
        if kind == "seats" and not by:
            by = {"group_by": "tool"}
        shown.append(figure(view, kind, metric.name, {**cut, **by}, wide=not shown))
    return shown


def _numbers(view: View, metric: Metric, grain: str, group: str) -> Listing:
    """Every bucket of every group, each leading to what is behind it."""
    language = view.language
    by = {"group_by": group} if group else {}
    told = numbers.answer(view, metric.name, grain=grain, **by)
    names = [name for name in metric.measures if name not in _NOT_SHOWN]
    look = Look(language=language)
    lines = lines_of(told, language)
    points = [
        (line, series, point) for line, series in zip(lines, told["series"], strict=True) for point in line.points
    ]
    names = [name for name in names if any(point.get(name) is not None for _, _, point in points)]
    scales = {name: scale_of(look, metric.unit, name, (), clock=told["clock"]) for name in names}
    rows: list[list[Cell]] = []
    for line, series, point in points[-MOST_ROWS:]:
        ids = [value["id"] or "" for value in series["group"].values()]
        address = view.filters.link(
            f"/metrics/{metric.name}/facts", grain=grain, bucket=point.start.isoformat(), **by,
            **({"group": ids[0]} if group else {}),
        )  # fmt: skip
        when = period(point, grain, language)
        cells = [scales[name].said(point.get(name)) for name in names]
        if point.suppressed:
            cells = [view.gettext("too few people"), *("" for _ in names[1:])] if names else []
        rows.append([(when, address), *([line.name] if group else []), *cells])
    columns = [
        (words.said(words.PERIOD, language), ""),
        *([(words.dimension_of(group, language), "")] if group else []),
        *((words.measure_of(name, language), "number") for name in names),
    ]
    return Listing(
        view.gettext("Every number, with what is behind it"),
        columns,
        rows,
        empty=view.gettext("Nothing happened in this period: choose a longer one."),
    )
