"""`/metrics/{name}/facts`: what is behind a number, one line for each fact, and as CSV. People are never shown."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import Response

from app.api import metric_params
from app.api.tables import to_csv
from app.charts.series import named
from app.charts.words import CATEGORIES, dimension_of
from app.charts.words import said as told
from app.core.errors import InvalidError, NotFoundError
from app.core.texts import marked
from app.metrics import query as metrics
from app.metrics.catalogue import BY_NAME
from app.metrics.query import MetricQuery
from app.metrics.words import GRAINS
from app.web import numbers
from app.web.dashboard import Cell, Listing
from app.web.routing import page, pages
from app.web.view import TheView, View

routes = pages()
Plain = dict[str, Any]

ON_A_PAGE = 50
IN_A_FILE = 10_000
"""Facts of one CSV file: a longer list is read from the API, page by page."""

_OWN = ("from", "to", "grain", "group_by", *(name for name in metric_params.FILTERS if name not in ("team", "project")))
_TITLES = {
    "at": marked("When"),
    "day": marked("Day"),
    "opened_at": marked("Opened"),
    "item": marked("Item"),
    "release": marked("Launch"),
    "category": marked("Category"),
    "stream": marked("Stream"),
    "complete_until": marked("Complete until"),
    "rule": marked("Rule"),
    "metric": marked("Metric"),
    "product": marked("Product"),
    "value": marked("Value"),
    "seconds": marked("Duration"),
    "share": marked("Older than"),
    "numerator": marked("Counted"),
    "denominator": marked("Of"),
    "people": marked("People"),
    "events": marked("Events"),
    "held": marked("Held"),
    "active": marked("Active in 28 days"),
    "never_used": marked("Never used"),
    "score": marked("Score"),
    "satisfied": marked("Satisfied"),
    "reads": marked("Reads"),
}
"""What the parts of a fact are called; dimensions have their own names."""
_INSTANTS = frozenset({"at", "opened_at", "complete_until"})
_ORDER = ("at", "day", "item", "release", "opened_at", "metric", "rule", "source", "team", "tool", "channel")


@routes.get("/metrics/{name}/facts", **page("viewer"))
def show_facts(name: str, view: TheView) -> Response:
    """One page of the facts behind one bucket and group, or behind the whole period."""
    metric = BY_NAME.get(name)
    if metric is None:
        raise NotFoundError("There is no such metric.")
    query, bucket, group = _asked(view, name)
    texts = view.request.query_params
    found = metrics.behind(
        view.service.facts, view.told, query, bucket=bucket, group=group, limit=ON_A_PAGE,
        cursor=texts.get("cursor") or None,
    )  # fmt: skip
    unit = metric.unit
    own = {key: value for key, value in texts.items() if key not in ("cursor", "lang", "theme")}
    return view.render(
        "facts.html",
        title=getattr(metric.title, view.language),
        definition=getattr(metric.formula, view.language),
        n=found.get("n"),
        suppressed=bool(found.get("suppressed")),
        where=_where(view, query, bucket, group),
        shown=_listing(view, found["items"], unit),
        next=None if found["next"] is None else view.here(cursor=found["next"]),
        begun=bool(texts.get("cursor")),
        csv=f"/metrics/{name}/facts.csv?{urlencode(own)}",
        in_a_file=IN_A_FILE,
        back=view.filters.link(f"/metrics/{name}"),
    )


@routes.get("/metrics/{name}/facts.csv", **page("viewer"))
def export_facts(name: str, view: TheView) -> Response:
    """The same facts as CSV that is safe to open in a spreadsheet, IN_A_FILE of them at most."""
    if name not in BY_NAME:
        raise NotFoundError("There is no such metric.")
    query, bucket, group = _asked(view, name)
    found = metrics.behind(view.service.facts, view.told, query, bucket=bucket, group=group, limit=IN_A_FILE)
    view.service.reads.add(metrics.assets(view.service.facts, query), "export", view.request.scope["headers"])
    headers = {"Content-Disposition": f'attachment; filename="{name}-facts.csv"', "Cache-Control": "private, no-cache"}
    return Response(to_csv([_flat(fact) for fact in found["items"]]), media_type="text/csv", headers=headers)


def _asked(view: View, name: str) -> tuple[MetricQuery, date | None, dict[str, str]]:
    texts = view.request.query_params
    left_out = {"from", "to"} if texts.get("period") else set()
    own = {key: texts[key] for key in _OWN if texts.get(key) and key not in left_out}
    query = numbers.question(view, name, **{"grain": "total", **own})
    try:
        bucket = date.fromisoformat(texts["bucket"]) if texts.get("bucket") else None
    except ValueError as error:
        raise InvalidError.at(["query", "bucket"], "Send the day on which the bucket starts.") from error
    if not query.group_by:
        return query, bucket, {}
    text = texts.get("group", "")
    values = [text] if len(query.group_by) == 1 else text.split(",")
    if len(values) != len(query.group_by):
        raise InvalidError.at(["query", "group"], "Send one id for each dimension of 'group_by', with commas.")
    return query, bucket, dict(zip(query.group_by, values, strict=True))


def _where(view: View, query: MetricQuery, bucket: date | None, group: Mapping[str, str]) -> str:
    """Which bucket and group the facts are of, in words."""
    parts = []
    with view.service.facts.snapshot() as snapshot:
        for name, wanted in group.items():
            dimension = snapshot.dimension(name)
            value = next(
                (value for value, names in zip(dimension.values, dimension.names, strict=True) if wanted in names),
                dimension.values[-1],
            )
            told_name = dimension_of(name, view.language)
            parts.append(view.gettext("%(name)s: %(value)s", name=told_name, value=named(name, value, view.language)))
    if bucket is not None:
        day = view.language.day(bucket)
        parts.append(
            view.gettext("from %(day)s on, by %(grain)s", day=day, grain=getattr(GRAINS[query.grain], view.language))
        )
    return " · ".join(parts)


def _listing(view: View, facts: list[Plain], unit: str) -> Listing:
    names = list(dict.fromkeys(name for fact in facts for name in fact if name != "suppressed"))
    names.sort(key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))
    columns = [(_title(view, name), "number" if _is_number(facts, name) else "") for name in names]
    rows = [[_cell(view, name, fact, unit) for name in names] for fact in facts]
    return Listing(
        view.gettext("What the number rests on"),
        columns,
        rows,
        empty=view.gettext("Nothing is behind it: the number is zero or unknown."),
    )


def _title(view: View, name: str) -> str:
    return view.gettext(_TITLES[name]) if name in _TITLES else dimension_of(name, view.language)


def _is_number(facts: list[Plain], name: str) -> bool:
    return any(isinstance(fact.get(name), int | float) for fact in facts)


def _cell(view: View, name: str, fact: Plain, unit: str) -> Cell:
    value = fact.get(name)
    if value is None:
        return view.gettext("too few people") if fact.get("suppressed") and name not in fact else "–"
    if name == "item":
        return _item(value)
    if name in ("share", "seconds") or isinstance(value, int | float):
        return _number(view, name, value, unit)
    return _text(view, name, value)


def _item(item: Plain) -> Cell:
    key = item["key"] or ("" if item["title"] else item["external_id"])
    text = " · ".join(str(part) for part in (key, item["title"]) if part)
    url = str(item.get("url") or "")
    return (text, url) if url.startswith(("https://", "http://")) else text


def _number(view: View, name: str, value: float, unit: str) -> str:
    if name == "share":
        return view.language.percent(value)
    if name == "seconds" or (unit == "seconds" and name in ("value", "numerator", "denominator")):
        return view.language.duration(value)
    return view.language.number(value)


def _text(view: View, name: str, value: Any) -> str:
    language = view.language
    if isinstance(value, Mapping):
        return named(name, value, language)
    if name in _INSTANTS:
        return language.moment(datetime.fromisoformat(value), view.service.settings.zone)
    if name == "day":
        return language.day(date.fromisoformat(value))
    if name == "category" and value in CATEGORIES:
        return told(CATEGORIES[value], language)
    if name == "metric" and value in BY_NAME:
        return str(getattr(BY_NAME[value].title, language))
    return str(value)


def _flat(fact: Plain) -> Plain:
    """A fact as one line: of things that have a name, the name and the id."""
    row: Plain = {}
    for name, value in fact.items():
        if name == "item":
            row |= {f"item_{part}": (value or {}).get(part) for part in ("id", "key", "title", "url")}
        elif isinstance(value, Mapping):
            row |= {name: value.get("name"), f"{name}_id": value.get("id")}
        else:
            row[name] = value
    return row
