"""`/charts/{kind}.{form}`: every chart as a picture (PNG, SVG) or as the specification that a page draws (JSON)."""

import hashlib
from typing import Any

import orjson
from fastapi import Request, Response

from app.api.requests import check_query
from app.charts import drawing, render
from app.charts.catalogue import BY_NAME
from app.charts.chart import Chart
from app.charts.look import LARGEST, SMALLEST, Look, Theme
from app.core.errors import InvalidError, NotFoundError
from app.web.chart_data import NAMES, drawn, teams_of
from app.web.routing import page, pages
from app.web.view import TheView, View

routes = pages()
_MEDIA_TYPES = {"png": "image/png", "svg": "image/svg+xml", "json": "application/json"}
_LOOK = ("lang", "theme", "width", "height", "scale", "download", "table")


@routes.get("/charts/{kind}.{form}", **page("viewer"))
def read_chart(kind: str, form: str, request: Request, view: TheView) -> Response:
    """One chart with the filters of pages and the parameters of its metric.

    A picture says its title itself; the specification leaves it to the page, with the alt text, the notes and the
    table beside it, unless `table=none` says that the page has it.
    """
    if kind not in BY_NAME or form not in _MEDIA_TYPES:
        raise NotFoundError(f"There is no such chart. Choose from: {', '.join(BY_NAME)}; as png, svg or json.")
    check_query(request, {*NAMES, *_LOOK})
    look, scale = _look(view, titled=form != "json"), _number(view, "scale", 1.0, 3.0, 2.0)
    _, chart = drawn(view, BY_NAME[kind], look)
    etag = _mark(chart, form, scale)
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept-Language,Cookie"}
    if view.request.query_params.get("download"):
        headers["Content-Disposition"] = f'attachment; filename="{kind}.{form}"'
    if etag in [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    body = _body(chart, form, scale, table=view.request.query_params.get("table") != "none")
    return Response(body, media_type=_MEDIA_TYPES[form], headers=headers)


def _body(chart: Chart, form: str, scale: float, *, table: bool) -> bytes:
    if form == "png":
        return render.png(chart.spec, scale=scale)
    if form == "svg":
        return render.svg(chart.spec)
    shown: dict[str, Any] = {"title": chart.title, "notes": chart.notes, "alt": chart.alt, "spec": chart.spec}
    if table:
        shown["table"] = {
            "caption": chart.table.caption,
            "columns": [{"title": column.title, "is_number": column.is_number} for column in chart.table.columns],
            "rows": chart.table.rows,
        }
    return orjson.dumps(shown)


def _look(view: View, *, titled: bool) -> Look:
    asked = view.request.query_params.get("theme") or view.preferences.theme
    theme = Theme(asked) if asked in tuple(Theme) else Theme.LIGHT
    return Look(
        language=view.language,
        theme=theme,
        width=round(_number(view, "width", SMALLEST, LARGEST, 720)),
        height=round(_number(view, "height", SMALLEST, LARGEST, 0)),
        titled=titled,
        known=teams_of(view),
    )


def _number(view: View, name: str, least: float, most: float, usual: float) -> float:
    text = view.request.query_params.get(name, "")
    if not text:
        return usual
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not least <= number <= most:
        raise InvalidError.at(["query", name], f"Send a number from {least:g} to {most:g}.")
    return number


def _mark(chart: Chart, form: str, scale: float) -> str:
    """What the bytes depend on: the specification tells all that is drawn, the table and the alt text what is said."""
    parts: list[Any] = [chart.spec, chart.alt, chart.notes, form, scale, drawing.VERSION]
    return f'"{hashlib.blake2b(orjson.dumps(parts), digest_size=16).hexdigest()}"'
