"""The cumulative flow: how many items stood in each category, one on the other."""

from app.charts import words
from app.charts.chart import Chart, Column, Given, Table
from app.charts.compose import (
    GAPS,
    alt_of,
    events,
    events_key,
    finished,
    notes_of,
    scale_for,
    subtitle_of,
    time_axis,
    tooltip,
)
from app.charts.look import Look, Plain
from app.charts.series import Line, Point, lines_of, period, reason
from app.charts.words import said

_ORDER = ("discarded", "done", "unmapped", "waiting", "active", "todo", "backlog")
_BOTTOM = ("discarded", "done")
_HIDDEN = "hidden"


def cumulative_flow(given: Given, look: Look) -> Chart:
    """Areas of categories, what is closed at the bottom; the axis starts near the top of that.

    Categories that are not shown apart are drawn together: what all items leave over, and no more is said of them.
    """
    language, grain = look.language, given.answer["grain"]
    title = words.title_of(given.answer["metric"], language)
    lines = lines_of(given.answer, language)[:1]
    scale = scale_for(given, look, "n", ())
    points = [point for line in lines for point in line.points]
    known = [point for point in points if point.get("n") is not None and point.get("by")]
    shown = _shown(known)
    present = [*shown, _HIDDEN] if any(_rest(point, shown) for point in known) else shown
    rows: list[Plain] = []
    for point in points if known else ():
        low = 0.0
        for name in present:
            value = _value(point, name, shown) if point in known else None
            rows.append(
                {
                    "at": point.x(),
                    "low": None if value is None else low,
                    "high": None if value is None else low + value,
                    "category": _named(name, look),
                    "when": period(point, grain, language),
                    "said": scale.said(value),
                }
            )
            low += value or 0.0
    # The last count stands where its day begins: the axis ends there.
    between = (points[0].x(), points[-1].x()) if points else (0, 0)
    layers: list[Plain] = []
    notes = [*notes_of(lines, look), events_key(given, look, *between)] if lines else []
    if rows:
        floor = _floor(known, shown)
        colours = {**look.colours.category, _HIDDEN: look.colours.line}
        # What hidden categories leave over is the top of each stack.
        scale_of = {
            "domain": [_named(name, look) for name in reversed(present)],
            "range": [colours[name] for name in reversed(present)],
        }
        y = {
            "field": "low",
            "type": "quantitative",
            "axis": scale.axis(),
            "scale": {
                "domain": [floor, max(point.get("n") for point in known) or 1],
                "nice": False,
                "zero": floor == 0,
            },
        }
        layers = [
            {
                "data": {"values": rows},
                "mark": {
                    "type": "area",
                    "clip": True,
                    "invalid": GAPS,
                    "stroke": look.colours.background,
                    "strokeWidth": 1,
                },
                "encoding": {
                    "x": {"field": "at", **time_axis(lines, grain, look)},
                    "y": y,
                    "y2": {"field": "high"},
                    "color": {"field": "category", "type": "nominal", "scale": scale_of},
                    "tooltip": tooltip(
                        look,
                        ("when", said(words.PERIOD, language)),
                        ("category", " "),
                        ("said", said(words.COUNT, language)),
                    ),
                },
            },
            *events(given, look, *between),
        ]
        notes += [said(words.FLOOR, language, number=scale.said(floor))] if floor else []
        notes += [said(words.HIDDEN_BAND, language)] if _HIDDEN in present else []
    return finished(
        look,
        layers,
        title=title,
        subtitle=subtitle_of(given, look, ""),
        notes=notes if rows else [*notes, reason(given.answer, language)],
        alt=_alt(given, look, lines),
        table=_table(given, look, lines, title),
    )


def _shown(points: list[Point]) -> list[str]:
    """The categories from the bottom that are shown in every bucket: the others would leave holes in the stack."""
    values = [{entry["category"]: entry.get("value") for entry in point.get("by")} for point in points]
    met = {name for some in values for name in some}
    hidden = {name for some in values for name, value in some.items() if value is None}
    return [name for name in _ORDER if name in met - hidden]


def _value(point: Point, name: str, shown: list[str]) -> float:
    if name == _HIDDEN:
        return _rest(point, shown)
    values = {entry["category"]: entry["value"] for entry in point.get("by") if entry["category"] in shown}
    return float(values.get(name, 0))


def _rest(point: Point, shown: list[str]) -> float:
    """What the shown categories leave over of all items."""
    return float(point.get("n")) - sum(_value(point, name, shown) for name in shown)


def _floor(points: list[Point], shown: list[str]) -> float:
    """Where the axis starts: what was closed long ago would press everything else flat."""
    closed = min(sum(_value(point, name, shown) for name in _BOTTOM if name in shown) for point in points)
    return round(closed * 0.97) if closed > 0.5 * max(point.get("n") for point in points) else 0


def _named(name: str, look: Look) -> str:
    return said(words.TOO_FEW if name == _HIDDEN else words.CATEGORIES[name], look.language)


def _alt(given: Given, look: Look, lines: list[Line]) -> str:
    language = look.language
    text = alt_of(given, look, lines, "", scale_for(given, look, "n", ()))
    last = lines[0].last("n") if lines else None
    if last is None:
        return text
    scale = scale_for(given, look, "n", ())
    told = [
        said(words.ALT_ENTRY, language, name=_named(entry["category"], look), value=scale.said(entry["value"]))
        for entry in last.get("by") or ()
        if entry.get("value") is not None
    ]
    when = period(last, given.answer["grain"], language)
    return f"{text} {said(words.ALT_ENTRY, language, name=when, value=language.several(told))}." if told else text


def _table(given: Given, look: Look, lines: list[Line], title: str) -> Table:
    language = look.language
    scale = scale_for(given, look, "n", ())
    points = [point for line in lines for point in line.points]
    met = {entry["category"] for point in points for entry in point.get("by") or ()}
    names = [name for name in reversed(_ORDER) if name in met]
    columns = (
        Column(said(words.PERIOD, language)),
        *(Column(_named(name, look), is_number=True) for name in names),
        Column("n", is_number=True),
    )
    rows = []
    for point in points:
        values = {entry["category"]: entry for entry in point.get("by") or ()}
        cells = [
            said(words.TOO_FEW, language)
            if point.suppressed or values.get(name, {}).get("suppressed")
            else scale.said(values.get(name, {}).get("value"))
            for name in names
        ]
        rows.append((period(point, given.answer["grain"], language), *cells, scale.said(point.get("n"))))
    return Table(title, columns, tuple(rows))
