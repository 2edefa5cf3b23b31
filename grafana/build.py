"""Panels as Grafana's JSON: over HTTP for the Infinity data source, in SQL for the PostgreSQL one."""

import json
from collections.abc import Iterator
from typing import Any, Literal

from grafana.panels import DASHBOARDS, INSTANT, TEXT, Column, Dashboard, Panel, say

Json = dict[str, Any]
Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = ("en", "fr")

HTTP = {"type": "yesoreyeram-infinity-datasource", "uid": "prodops"}
SQL = {"type": "grafana-postgresql-datasource", "uid": "prodops-sql"}

_REFRESH = [{"key": "Prodops-Refresh", "value": "automatic"}]
"""Grafana asks again by itself: such a request is no reading, and `data_utilisation` does not count it."""

_EVERYTHING = ","
"""An empty list: the API takes it for no filter, where Grafana takes an empty text for no setting."""

_TYPES = {TEXT: "string", INSTANT: "timestamp"}
_HEIGHT, _COLUMNS = 9, 24
_LABELS = {
    "team": say("Team", "Équipe"),
    "project": say("Project", "Projet"),
    "group": say("Team or project", "Équipe ou projet"),
    "annotations": say("Events", "Événements"),
}
_GROUPS = """
SELECT 'all' AS __value, '{everything}' AS __text
UNION
SELECT scope || ':' || group_id, max(group_name) FROM kpi_flow_weeks WHERE group_id IS NOT NULL GROUP BY scope, group_id
ORDER BY 2"""
_EVERYBODY = say("Everything", "Tout")


def written() -> dict[str, str]:
    """Each dashboard's text by its path."""
    return {
        f"{language}/{kind}/{dashboard.name}.json": _text(_dashboard(dashboard, language, kind))
        for dashboard in DASHBOARDS
        for language in LANGUAGES
        for kind in ("http", "sql")
    }


def _text(content: Json) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _dashboard(dashboard: Dashboard, language: Language, kind: str) -> Json:
    suffix = " (SQL)" if kind == "sql" else ""
    return {
        "uid": f"prodops-{dashboard.name}-{kind}-{language}",
        "title": getattr(dashboard.title, language) + suffix,
        "tags": ["prodops"],
        "schemaVersion": 39,
        "editable": True,
        "time": {"from": "now-90d", "to": "now"},
        "refresh": "5m",
        "templating": {"list": list(_variables(dashboard, language, kind))},
        "annotations": {"list": [_annotations(language)] if kind == "http" else []},
        "panels": list(_panels(dashboard, language, kind)),
    }


def _panels(dashboard: Dashboard, language: Language, kind: str) -> Iterator[Json]:
    x = y = 0
    for number, panel in enumerate(dashboard.panels, 1):
        if x + panel.width > _COLUMNS:
            x, y = 0, y + _HEIGHT
        source = HTTP if kind == "http" else SQL
        yield {
            "id": number,
            "type": "timeseries" if panel.time else "table",
            "title": getattr(panel.title, language),
            "datasource": source,
            "gridPos": {"x": x, "y": y, "w": panel.width, "h": _HEIGHT},
            "targets": [_http(panel, language) if kind == "http" else _sql(panel, language)],
            "fieldConfig": {"defaults": {}, "overrides": [_unit(column, language) for column in panel.columns]},
            "options": {},
        }
        x += panel.width


def _unit(column: Column, language: Language) -> Json:
    name = getattr(column.title, language)
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [{"id": "unit", "value": column.unit}],
    }


def _http(panel: Panel, language: Language) -> Json:
    params = {
        "shape": "table",
        **panel.params,
        **({} if panel.now else {"from": "${__from}", "to": "${__to}"}),
        **{name: f"${{{name}:csv}}" for name in panel.filtered},
    }
    times = [{"selector": "time", "text": "time", "type": "timestamp"}] if panel.time else []
    return {
        "refId": "A",
        "datasource": HTTP,
        **_request(panel.path, params),
        "format": "timeseries" if panel.time else "table",
        "root_selector": "",
        "columns": [
            *times,
            *(
                {
                    "selector": column.name,
                    "text": getattr(column.title, language),
                    "type": _TYPES.get(column.unit, "number"),
                }
                for column in panel.columns
            ),
        ],
    }


def _request(path: str, params: Json) -> Json:
    return {
        "type": "json",
        "source": "url",
        "parser": "backend",
        "url": path,
        "url_options": {
            "method": "GET",
            "headers": _REFRESH,
            "params": [{"key": key, "value": value} for key, value in params.items()],
        },
    }


def _sql(panel: Panel, language: Language) -> Json:
    columns = [f'{column.sql} AS "{getattr(column.title, language)}"' for column in panel.columns]
    where = panel.where
    if panel.time:
        columns.insert(0, f"{panel.time}::timestamptz AS time")
        inside = f"$__timeFilter({panel.time})"
        where = where if inside in where else " AND ".join(filter(None, (inside, where)))
    order = panel.order or "1"
    return {
        "refId": "A",
        "datasource": SQL,
        "rawQuery": True,
        "editorMode": "code",
        "format": "time_series" if panel.time else "table",
        "rawSql": f"SELECT {', '.join(columns)} FROM {panel.view} WHERE {where} ORDER BY {order}",
    }


def _variables(dashboard: Dashboard, language: Language, kind: str) -> Iterator[Json]:
    if kind == "sql":
        # A row of the views is of one team or of one project, never of both.
        if "project" in dashboard.variables:
            query = _GROUPS.format(everything=getattr(_EVERYBODY, language)).strip()
            yield {**_variable("group", language), "datasource": SQL, "query": query, "definition": query}
        return
    asked = {
        "team": (_request("/api/v1/teams", {"limit": "1000"}), "items", ("name", "id")),
        "project": (
            _request(
                "/api/v1/metrics/arrivals",
                {"shape": "table", "grain": "total", "group_by": "project", "from": "2000-01-01"},
            ),
            "",
            ("project", "project_id"),
        ),
    }
    for name in dashboard.variables:
        request, root, (text, value) = asked[name]
        columns = [
            {"selector": text, "text": "__text", "type": "string"},
            {"selector": value, "text": "__value", "type": "string"},
        ]
        yield {
            **_variable(name, language),
            "datasource": HTTP,
            "multi": True,
            "includeAll": True,
            "allValue": _EVERYTHING,
            "current": {"text": "All", "value": "$__all"},
            "query": {
                "queryType": "infinity",
                "infinityQuery": {
                    "refId": "variable",
                    **request,
                    "format": "table",
                    "root_selector": root,
                    "columns": columns,
                },
            },
        }


def _variable(name: str, language: Language) -> Json:
    return {"name": name, "label": getattr(_LABELS[name], language), "type": "query", "refresh": 1}


def _annotations(language: Language) -> Json:
    columns = [
        {"selector": name, "text": name, "type": kind}
        for name, kind in (("time", "timestamp"), ("timeEnd", "timestamp"), ("title", "string"), ("text", "string"))
    ]
    params = {"shape": "table", "from": "${__from}", "to": "${__to}"}
    return {
        "name": getattr(_LABELS["annotations"], language),
        "datasource": HTTP,
        "enable": True,
        "iconColor": "purple",
        "target": {
            "refId": "annotations",
            **_request("/api/v1/annotations", params),
            "format": "table",
            "root_selector": "",
            "columns": columns,
        },
    }
