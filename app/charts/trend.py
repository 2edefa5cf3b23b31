"""Charts over time: lines with bands, bars of counts, users by day, week and month, and small lines for cards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.charts import words
from app.charts.chart import Chart, Given
from app.charts.compose import (
    GAPS,
    LINE_LEGEND,
    alt_of,
    events,
    events_key,
    finished,
    measure_of,
    notes_of,
    scale_for,
    subtitle_of,
    table_of,
    time_axis,
    tooltip,
    veils,
    window,
)
from app.charts.look import Look, Plain, Stroke
from app.charts.scale import Scale
from app.charts.series import Line, is_grouped, largest, lines_of, period, reason
from app.charts.words import said
from app.metrics.catalogue import BY_NAME

FEW = 40
"""Buckets up to which each is marked so that one sees it; more are one line."""
_BAND = ("p50", "p85")
_USERS = ("dau", "wau", "mau")
_NOT_IN_TABLES = frozenset({"by", "numerator", "denominator", "items_numerator", "items_denominator", "currency"})
_TEXTS = frozenset({"eligible", "currency"})


def trend(given: Given, look: Look) -> Chart:
    """A line of one measure for each group; a duration without groups with its 85th percentile and a band between."""
    measure = measure_of(given)
    every = lines_of(given.answer, look.language)
    shown, left_out = largest(every)
    banded = len(shown) == 1 and measure == "p50" and any(line.known("p85") for line in shown)
    measures = _BAND if banded else (measure,)
    scale = _scale(given, look, shown, measures)
    if banded:
        parts = [_Part(shown[0], name, words.measure_of(name, look.language), name) for name in reversed(measures)]
        colours = look.colours
        strokes = {
            "p50": Stroke(colours.accent, (1, 0), "circle"),
            "p85": Stroke(colours.muted, (4, 3), "diamond"),
        }
    else:
        parts = [_Part(line, measure, line.name, line.id) for line in shown]
        plain = {"": Stroke(look.colours.accent, (1, 0), "circle")}
        strokes = look.strokes([line.id for line in every]) if is_grouped(given.answer) else plain
    return _lines(given, look, every, parts=parts, strokes=strokes, scale=scale, measure=measure, left_out=left_out)


def active_users(given: Given, look: Look) -> Chart:
    """The people active on a day, in seven and in twenty-eight days; with groups one of the three."""
    every = lines_of(given.answer, look.language)
    if len(every) != 1:
        return trend(given, look)
    scale = _scale(given, look, every, _USERS)
    parts = [_Part(every[0], name, words.measure_of(name, look.language), name) for name in reversed(_USERS)]
    series = look.colours.series
    strokes = {
        "mau": Stroke(series[0], (1, 0), "circle"),
        "wau": Stroke(series[2], (6, 3), "square"),
        "dau": Stroke(series[1], (2, 2), "triangle-up"),
    }
    return _lines(given, look, every, parts=parts, strokes=strokes, scale=scale, measure="mau")


def bars(given: Given, look: Look) -> Chart:
    """A bar for each bucket; groups stand on each other. What is still running is pale and outlined."""
    language, grain = look.language, given.answer["grain"]
    measure = measure_of(given)
    every = lines_of(given.answer, language)
    shown, left_out = largest(every)
    scale = _scale(given, look, shown, (measure,))
    strokes = look.strokes([line.id for line in every]) if is_grouped(given.answer) else {}
    rows: list[Plain] = []
    tops: dict[int, float] = {}
    for line in shown:
        for point in line.known(measure):
            value = scale.drawn(point.get(measure)) or 0.0
            low = tops.get(point.x(), 0.0)
            tops[point.x()] = low + value
            rows.append(
                {
                    "left": point.x(0.1),
                    "right": point.x(0.9),
                    "low": low,
                    "high": low + value,
                    "series": line.name,
                    "colour": strokes[line.id].colour if strokes else look.colours.accent,
                    "complete": point.complete,
                    "when": period(point, grain, language),
                    "said": scale.said(point.get(measure)),
                }
            )
    title = words.title_of(given.answer["metric"], language)
    between = window(given.answer, shown)
    layers: list[Plain] = []
    if rows and not given.answer.get("reason"):
        x = {"field": "left", **time_axis(shown, grain, look, middle=True)}
        colour: Plain = {"field": "colour", "type": "nominal", "scale": None}
        if strokes:
            colour = {**_of_series([(line.name, strokes[line.id]) for line in shown], "colour"), "legend": {}}
        encoding = {
            "x2": {"field": "right"},
            "y": {"field": "low", "type": "quantitative", "axis": scale.axis()},
            "y2": {"field": "high"},
            "color": colour,
            "tooltip": _said(look, grouped=bool(strokes)),
        }
        states = [state for state in (True, False) if any(row["complete"] == state for row in rows)]
        main = [
            {
                "data": {"values": [row for row in rows if row["complete"] == complete]},
                "mark": {"type": "bar", **(_SOLID if complete else {**_PALE, "stroke": look.colours.muted})},
                "encoding": {**encoding, "x": x if place == 0 else {"field": "left", "type": "temporal"}},
            }
            for place, complete in enumerate(states)
        ]
        layers = [*veils(shown, grain, look), *main, *events(given, look, *between)]
    notes = [*notes_of(every, look, left_out=left_out, veiled=True), events_key(given, look, *between)]
    return finished(
        look,
        layers,
        title=title,
        subtitle=subtitle_of(given, look, measure),
        notes=notes if layers else [*notes, reason(given.answer, language)],
        alt=alt_of(given, look, every, measure, scale),
        table=table_of(given, look, every, measures_of(given), title),
    )


def sparkline(given: Given, look: Look) -> Chart:
    """The run of one number without axes, for a card; its last whole bucket is marked."""
    measure = measure_of(given)
    every = lines_of(given.answer, look.language)
    title = words.title_of(given.answer["metric"], look.language)
    shown = every[:1]
    scale = _scale(given, look, shown, (measure,))
    layers: list[Plain] = []
    if shown and shown[0].known(measure) and not given.answer.get("reason"):
        stroke = Stroke(look.colours.accent, (1, 0), "circle")
        rows = _rows(given, look, [_Part(shown[0], measure, title, "")], {"": stroke}, scale)
        last = shown[0].last(measure)
        x = {"field": "at", "type": "temporal", "scale": {"type": "utc"}, "axis": None}
        y = {"field": "value", "type": "quantitative", "axis": None, "scale": {"zero": False, "padding": 4}}
        mark = {"type": "line", "color": look.colours.accent, "strokeWidth": 1.5, "invalid": GAPS}
        lonely = [row for row in rows if row["alone"] or (last is not None and row["at"] == last.x(0.5))]
        layers = [
            {"data": {"values": rows}, "mark": mark, "encoding": {"x": x, "y": y}},
            {
                "data": {"values": lonely},
                "mark": {"type": "point", "filled": True, "size": 30, "opacity": 1, "color": look.colours.accent},
                "encoding": {"x": x, "y": y, "tooltip": _said(look, grouped=False)},
            },
        ]
    return finished(
        look,
        layers,
        title=title,
        subtitle=subtitle_of(given, look, measure),
        notes=[] if layers else [reason(given.answer, look.language)],
        alt=alt_of(given, look, shown, measure, scale),
        table=table_of(given, look, shown, measures_of(given), title),
        height=48,
    )


_SOLID: Plain = {"opacity": 1}
_PALE: Plain = {"fillOpacity": 0.35, "strokeDash": [3, 2], "strokeWidth": 1}


@dataclass(frozen=True, slots=True)
class _Part:
    """One line of a chart: a measure of a group, what it is called, and the key of its stroke."""

    line: Line
    measure: str
    name: str
    key: str


def measures_of(given: Given) -> list[str]:
    """The measures that a table shows: all that are numbers of their own, and on how much they rest."""
    metric = BY_NAME[given.answer["metric"]]
    names = [name for name in metric.measures if name not in _NOT_IN_TABLES | _TEXTS and name != "n"]
    return [*names, "n"]


def _scale(given: Given, look: Look, lines: Sequence[Line], measures: Sequence[str]) -> Scale:
    values: list[Any] = [point.get(name) for line in lines for point in line.points for name in measures]
    return scale_for(given, look, measures[0], values)


def _lines(
    given: Given,
    look: Look,
    every: Sequence[Line],
    *,
    parts: Sequence[_Part],
    strokes: dict[str, Stroke],
    scale: Scale,
    measure: str,
    left_out: int = 0,
) -> Chart:
    language, grain = look.language, given.answer["grain"]
    title = words.title_of(given.answer["metric"], language)
    rows = _rows(given, look, parts, strokes, scale)
    layers: list[Plain] = []
    if any(row["value"] is not None for row in rows) and not given.answer.get("reason"):
        shown = [part.line for part in parts]
        x = {"field": "at", **time_axis(shown, grain, look, middle=True)}
        y: Plain = {"field": "value", "type": "quantitative", "axis": scale.axis(), "scale": {"zero": True}}
        told = [(part.name, strokes[part.key]) for part in parts]
        legend = len(parts) > 1
        colour = _of_series(told, "colour", legend=legend)
        bare = {"field": "at", "type": "temporal"}
        dot = 36 if len(shown[0].points) <= FEW else 8
        layers = [
            *_veiled(shown, grain, look),
            *(_band(parts[0].line, scale, look) if strokes.keys() >= set(_BAND) else []),
            {
                "data": {"values": rows},
                "mark": {"type": "line", "strokeWidth": 2, "invalid": GAPS},
                "encoding": {
                    "x": x,
                    "y": y,
                    "color": colour,
                    "strokeDash": _of_series(told, "dash", legend=legend),
                },
            },
            {
                "data": {"values": [row for row in rows if row["value"] is not None]},
                "mark": {"type": "point", "size": dot, "opacity": 1, "strokeWidth": 1.5},
                "encoding": {
                    "x": bare,
                    "y": {"field": "value", "type": "quantitative"},
                    "color": colour,
                    "shape": {"field": "shape", "type": "nominal", "scale": None},
                    "fill": {"field": "inside", "type": "nominal", "scale": None, "legend": None},
                    "tooltip": _said(look, grouped=len(parts) > 1),
                },
            },
            *events(given, look, *window(given.answer, shown)),
        ]
    key = events_key(given, look, *window(given.answer, [part.line for part in parts]))
    notes = [*notes_of(every, look, left_out=left_out, veiled=len(every) == 1), key]
    return finished(
        look,
        layers,
        title=title,
        subtitle=subtitle_of(given, look, "" if len(parts) > 1 and len(every) == 1 else measure),
        notes=notes if layers else [*notes, reason(given.answer, language)],
        alt=alt_of(given, look, every, measure, scale),
        table=table_of(given, look, every, measures_of(given), title),
    )


def _rows(given: Given, look: Look, parts: Sequence[_Part], strokes: Mapping[str, Stroke], scale: Scale) -> list[Plain]:
    grain = given.answer["grain"]
    rows = []
    for part in parts:
        values = [scale.drawn(point.get(part.measure)) for point in part.line.points]
        for place, (point, value) in enumerate(zip(part.line.points, values, strict=True)):
            around = values[max(0, place - 1) : place] + values[place + 1 : place + 2]
            rows.append(
                {
                    "at": point.x(0.5),
                    "value": value,
                    "series": part.name,
                    "complete": point.complete,
                    "shape": strokes[part.key].shape,
                    "inside": strokes[part.key].colour if point.complete else look.colours.background,
                    "alone": value is not None and not any(one is not None for one in around),
                    "when": period(point, grain, look.language),
                    "said": scale.said(point.get(part.measure)),
                    "n": look.language.number(point.get("n") or 0),
                }
            )
    return rows


def _band(line: Line, scale: Scale, look: Look) -> list[Plain]:
    rows = [
        {"at": point.x(0.5), "low": scale.drawn(point.get("p50")), "high": scale.drawn(point.get("p85"))}
        for point in line.points
    ]
    return [
        {
            "data": {"values": rows},
            "mark": {"type": "area", "color": look.colours.accent, "opacity": 0.14, "invalid": GAPS},
            "encoding": {
                "x": {"field": "at", "type": "temporal"},
                "y": {"field": "low", "type": "quantitative"},
                "y2": {"field": "high"},
            },
        }
    ]


def _veiled(lines: Sequence[Line], grain: str, look: Look) -> list[Plain]:
    """Veils over a single line's hidden buckets: one of several lines says with its gap what is missing."""
    return veils(lines, grain, look) if len({line.id for line in lines}) == 1 else []


def _said(look: Look, *, grouped: bool) -> list[Plain]:
    names = [("when", said(words.PERIOD, look.language))]
    names += [("series", " ")] if grouped else []
    return tooltip(look, *names, ("said", said(words.SHORT["value"], look.language)))


def _of_series(told: Sequence[tuple[str, Stroke]], what: str, *, legend: bool = True) -> Plain:
    """A series' colour, dash or shape, as an encoding."""
    values = [list(getattr(stroke, what)) if what == "dash" else getattr(stroke, what) for _, stroke in told]
    scale = {"domain": [name for name, _ in told], "range": values}
    return {"field": "series", "type": "nominal", "scale": scale, "legend": dict(LINE_LEGEND) if legend else None}
