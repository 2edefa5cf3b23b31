"""A chart on a page: what it says and its table stand in the page; a script draws the picture from its address."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import orjson

from app.charts.catalogue import BY_NAME
from app.charts.chart import Given
from app.charts.look import Look, Theme
from app.metrics.query import metric_named
from app.web import numbers
from app.web.chart_data import drawn, teams_of
from app.web.view import View

NO_PARAMETERS: Mapping[str, str] = MappingProxyType({})
MOST_ROWS = 40
"""Of a chart's table, in the page: the others are in its CSV."""

_INSIGHTS = frozenset({"forecast", "impact", "maturity"})
_NO_WINDOW = ("from", "to", "period")


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart as a page shows it. The addresses are empty where the page leads nowhere else; `spec` is empty elsewhere.

    `columns` and `rows` are its table as the template's `table` takes it, `left_out` how many rows it does not show.
    """

    title: str
    alt: str
    notes: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int
    wide: bool = False
    address: str = ""
    png: str = ""
    svg: str = ""
    csv: str = ""
    facts: str = ""
    metric: str = ""
    spec: str = ""


def figure(
    view: View,
    kind: str,
    metric: str = "",
    asked: Mapping[str, str] = NO_PARAMETERS,
    *,
    title: str = "",
    wide: bool = False,
    **parameters: str,
) -> Figure:
    """The chart of this kind with the page's filters; `asked` and `parameters` stand above them. Raises InvalidError.

    `title` is said in place of the chart's own.
    """
    declared = BY_NAME[kind]
    metric = metric or declared.metrics[0]
    query = _query(view, metric, {**asked, **parameters})
    if kind not in _INSIGHTS:
        query["metric"] = metric
    asking = view.asking(query)
    look = Look(language=view.language, titled=False, known=teams_of(view))
    shown, chart = drawn(asking, declared, look)
    table = chart.table
    made = Figure(
        title=title or chart.title,
        alt=chart.alt,
        notes=" ".join(chart.notes),
        columns=tuple((column.title, "number" if column.is_number else "") for column in table.columns),
        rows=table.rows[:MOST_ROWS],
        left_out=max(0, len(table.rows) - MOST_ROWS),
        wide=wide,
    )
    if view.shared:
        # Nothing but the page can be had through its link: it brings its charts along, for either theme.
        themes = [theme for theme in (Theme.LIGHT, Theme.DARK) if view.preferences.theme in (theme, "auto")]
        specs = {theme.value: drawn(asking, declared, replace(look, theme=theme))[1].spec for theme in themes}
        return replace(made, spec=_embedded(specs))
    addresses: dict[str, Any] = _addresses(view, kind, metric, query, shown)
    return replace(made, **addresses)


def _query(view: View, metric: str, parameters: dict[str, str]) -> dict[str, str]:
    filters = view.filters.query()
    if "from" in parameters:
        filters = {name: value for name, value in filters.items() if name not in _NO_WINDOW}
    dimensions = () if metric in _INSIGHTS else metric_named(metric).dimensions
    kept = {
        name: value
        for name, value in filters.items()
        if name not in ("team", "project") or name in dimensions or metric in _INSIGHTS
    }
    return {**kept, **parameters}


def _addresses(view: View, kind: str, metric: str, query: dict[str, str], shown: Given) -> dict[str, str]:
    told = urlencode({**query, "lang": str(view.language)})
    own = {name: value for name, value in query.items() if name != "metric"}
    addresses = {
        "address": f"/charts/{kind}.json?{told}&table=none",
        "png": f"/charts/{kind}.png?{told}&download=1",
        "svg": f"/charts/{kind}.svg?{told}&download=1",
    }
    if kind == "maturity":
        return {**addresses, "csv": f"/api/v1/metrics/maturity?{_texts(view, {}, team=True)}"}
    if kind == "forecast":
        facts = view.filters.link("/metrics/throughput/facts")
        asked = {name: value for name, value in own.items() if name in ("items", "until", "team", "project")}
        return {**addresses, "csv": f"/api/v1/metrics/forecast?{urlencode({**asked, 'format': 'csv'})}", "facts": facts}
    if kind == "impact":
        of = shown.answer["of"]
        texts = numbers.texts(view, of, **{name: value for name, value in own.items() if name != "of"})
        texts = {name: value for name, value in texts.items() if value and name != "period"}
        return {
            **addresses,
            "csv": f"/api/v1/metrics/impact?{urlencode({**texts, 'of': of, 'format': 'csv'})}",
            "facts": f"/metrics/{of}/facts?{urlencode(own)}",
            "metric": of,
        }
    facts = f"/metrics/{metric}/facts?{urlencode({name: value for name, value in own.items() if name != 'measure'})}"
    if BY_NAME[kind].facts or BY_NAME[kind].values:
        csv = facts.replace("/facts?", "/facts.csv?", 1)
    else:
        csv = f"/api/v1/metrics/{metric}?{_metric_texts(view, metric, own)}"
    return {**addresses, "csv": csv, "facts": facts, "metric": metric}


def _metric_texts(view: View, metric: str, own: dict[str, str]) -> str:
    page = ("period", "team", "project", "clock", "compare", "measure")
    texts = numbers.texts(view, metric, **{name: value for name, value in own.items() if name not in page})
    return urlencode({**{name: value for name, value in texts.items() if value}, "format": "csv"})


def _texts(view: View, more: dict[str, str], *, team: bool) -> str:
    texts = {**view.filters.window(), **({"team": view.filters.team} if team and view.filters.team else {}), **more}
    return urlencode({**texts, "format": "csv"})


def _embedded(spec: Any) -> str:
    """JSON that can stand inside a script element: no text of it ends the element."""
    return orjson.dumps(spec).decode().replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
