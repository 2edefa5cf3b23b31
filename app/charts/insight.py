"""Charts of what insights say: a forecast, a comparison of two windows, levels of maturity."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from app.charts import words
from app.charts.chart import Chart, Column, Given, Table
from app.charts.compose import finished, shortened, today, tooltip
from app.charts.look import Look, Plain
from app.charts.scale import Scale, scale_of
from app.charts.series import label, on_axis
from app.charts.words import said
from app.core.language import NBSP, Language

_LEVELS = ("50", "85", "95")
_DASHES = {"50": [1, 0], "85": [6, 3], "95": [2, 2]}
_HIGHEST = 5


def forecast(given: Given, look: Look) -> Chart:
    """From today a ray to each outcome: by when so many items are done, or how many by a day, at each certainty."""
    language, answer = look.language, given.answer
    at = answer.get("at") or {}
    start = today(answer)
    until = answer.get("until")
    if until is not None:
        title = said(words.TITLES["forecast_until"], language, day=language.day(date.fromisoformat(until)))
    else:
        title = said(words.TITLES["forecast_items"], language, items=language.number(answer.get("items") or 0))
    told = {level: _outcome(at[level], language) for level in _LEVELS if at.get(level) is not None}
    names = {level: f"{language.percent(int(level) / 100)} · {text}" for level, text in told.items()}
    rows: list[Plain] = []
    for level in told:
        end = on_axis(date.fromisoformat(until if until is not None else at[level]))
        count = at[level] if until is not None else answer["items"]
        rows += [{"at": start, "count": 0, "level": names[level]}, {"at": end, "count": count, "level": names[level]}]
    layers: list[Plain] = []
    if rows:
        x = {
            "field": "at",
            "type": "temporal",
            "scale": {"type": "utc", "nice": False},
            "axis": {"title": None, "labelExpr": "utcFormat(datum.value, '%-d %b')", "tickCount": 6},
        }
        y = {
            "field": "count",
            "type": "quantitative",
            "axis": {"title": said(words.COUNT, language), "tickMinStep": 1, "format": ",.0f", "tickCount": 5},
        }
        colours = {"50": look.colours.good, "85": look.colours.accent, "95": look.colours.series[1]}
        domain = list(names.values())
        colour = {
            "field": "level",
            "type": "nominal",
            "scale": {"domain": domain, "range": [colours[level] for level in names]},
        }
        dash = {
            "field": "level",
            "type": "nominal",
            "scale": {"domain": domain, "range": [_DASHES[level] for level in names]},
        }
        about = tooltip(look, ("level", said(words.CERTAINTY, language)))
        layers = [
            {
                "data": {"values": rows},
                "mark": {"type": "line", "strokeWidth": 2},
                "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dash, "tooltip": about},
            },
            {
                "data": {"values": rows[1::2]},
                "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
                "encoding": {
                    "x": {"field": "at", "type": "temporal"},
                    "y": {"field": "count", "type": "quantitative"},
                    "color": colour,
                    "tooltip": about,
                },
            },
        ]
    based = answer.get("based_on") or {}
    subtitle = (
        said(words.BASED_ON, language, items=language.number(based["items"]), days=based["days"]) if based else ""
    )
    columns = (Column(said(words.CERTAINTY, language)), Column(said(words.RESULT, language), is_number=True))
    cells = tuple((language.percent(int(level) / 100), text) for level, text in told.items())
    notes = [] if rows else [_nothing(answer, language)]
    name = title.rstrip(f" ?{NBSP}")
    outcome = said(words.ALT_ENTRY, language, name=name, value=language.several(names.values()))
    alt = f"{outcome}. {subtitle}" if rows else f"{title} {notes[0]}"
    return finished(
        look, layers, title=title, subtitle=subtitle, notes=notes, alt=alt, table=Table(title, columns, cells)
    )


def impact(given: Given, look: Look) -> Chart:
    """The difference between two windows for each group, with its 95 % interval beside zero, and what it means."""
    language, answer = look.language, given.answer
    metric, measure = answer["of"], answer["measure"]
    title = said(words.TITLES["impact_of"], language, title=words.title_of(metric, language))
    known = [series for series in answer["series"] if series.get("difference") is not None]
    bounds = [bound for series in known for bound in (*(series.get("interval") or ()), series["difference"])]
    scale = scale_of(look, answer["unit"], measure, bounds, clock=answer["clock"])
    rows = [_compared(series, look, scale) for series in known]
    layers: list[Plain] = []
    if rows:
        y = {
            "field": "name",
            "type": "nominal",
            "sort": None,
            "axis": {"title": None, "ticks": False, "labelFontSize": 12, "labelLimit": 200},
        }
        x = {
            "field": "value",
            "type": "quantitative",
            "axis": scale.axis(grid=True, tickCount=7),
            "scale": {"zero": True},
        }
        colour = {"field": "colour", "type": "nominal", "scale": None}
        about = tooltip(
            look, ("name", " "), ("said", said(words.DIFFERENCE, language)), ("verdict", said(words.VERDICT, language))
        )
        layers = [
            {
                "data": {"values": [{"value": 0}]},
                "mark": {"type": "rule", "color": look.colours.ink},
                "encoding": {"x": {"field": "value", "type": "quantitative"}},
            },
            {
                "data": {"values": [row for row in rows if row["low"] is not None]},
                "mark": {"type": "rule", "strokeWidth": 3, "opacity": 0.6},
                "encoding": {
                    "y": y,
                    "x": {"field": "low", "type": "quantitative"},
                    "x2": {"field": "high"},
                    "color": colour,
                    "tooltip": about,
                },
            },
            {
                "data": {"values": rows},
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                "encoding": {
                    "y": y,
                    "x": x,
                    "color": colour,
                    "shape": {"field": "shape", "type": "nominal", "scale": None},
                    "tooltip": about,
                },
            },
            *_labels(rows, y, look),
        ]
    hidden = any(series.get("suppressed") for series in answer["series"])
    notes = [said(words.HIDDEN, language)] if hidden else []
    notes += [_sides(known[0], look, scale)] if len(known) == 1 else []
    table = _impact_table(given, look, scale, title)
    told = [
        said(words.ALT_ENTRY, language, name=row["full"], value=f"{row['said']}, {row['verdict']}") for row in rows[:5]
    ]
    name = words.measure_of(measure, language)
    return finished(
        look,
        layers,
        title=title,
        subtitle=said(words.INTERVAL_NOTE, language, measure=name),
        notes=notes if rows else [*notes, said(words.REASONS["too_little_data"], language)],
        alt=" ".join(
            [
                f"{title}.",
                f"{said(words.ALT_ENTRIES_APART, language).join(told)}."
                if told
                else said(words.REASONS["too_little_data"], language),
            ]
        ),
        table=table,
        height=max(2, len(rows)) * 44,
    )


def maturity(given: Given, look: Look) -> Chart:
    """The level of each function from 1 to 5, as filled dots."""
    language = look.language
    title = words.title_of("maturity", language)
    levels = [(_function(str(one["function"]), language), one.get("level")) for one in given.answer["functions"]]
    rows: list[Plain] = [
        {"name": name, "step": step, "reached": level is not None and step <= level}
        for name, level in levels
        for step in range(1, _HIGHEST + 1)
    ]
    layers: list[Plain] = []
    if rows:
        y = {
            "field": "name",
            "type": "nominal",
            "scale": {"domain": [name for name, _ in levels]},
            "axis": {"title": None, "ticks": False, "domain": False, "labelFontSize": 12},
        }
        x = {
            "field": "step",
            "type": "ordinal",
            "axis": {"title": None, "labelAngle": 0, "orient": "top", "domain": False, "ticks": False},
        }
        layers = [
            {
                "data": {"values": [row for row in rows if row["reached"] == reached]},
                "mark": {
                    "type": "point",
                    "shape": "circle",
                    "size": 200,
                    "opacity": 1,
                    "filled": reached,
                    "color": look.colours.accent if reached else look.colours.muted,
                },
                "encoding": {"x": x, "y": y},
            }
            for reached in (True, False)
            if any(row["reached"] == reached for row in rows)
        ]
    columns = (Column(said(words.FUNCTION, language)), Column(said(words.LEVEL, language), is_number=True))
    cells = tuple((name, "–" if level is None else language.number(level)) for name, level in levels)
    told = [said(words.ALT_ENTRY, language, name=name, value=level) for name, level in cells]
    return finished(
        look,
        layers,
        title=title,
        subtitle=said(words.LEVELS, language),
        notes=[] if rows else [said(words.EMPTY, language)],
        alt=f"{title}. {language.several(told)}." if told else f"{title}. {said(words.EMPTY, language)}",
        table=Table(title, columns, cells),
        height=max(2, len(levels)) * 34,
    )


def _outcome(value: Any, language: Language) -> str:
    return language.day(date.fromisoformat(value)) if isinstance(value, str) else language.number(value)


def _nothing(answer: Any, language: Language) -> str:
    if answer.get("suppressed"):
        return said(words.HIDDEN, language)
    return said(words.REASONS.get(str(answer.get("reason")), words.EMPTY), language)


def _compared(series: Plain, look: Look, scale: Scale) -> Plain:
    language = look.language
    verdict = series["verdict"]
    colours = {"better": look.colours.good, "worse": look.colours.bad, "changed": look.colours.accent}
    shapes = {"better": "circle", "worse": "diamond", "changed": "square"}
    low, high = series.get("interval") or (None, None)
    difference = _signed(series["difference"], scale)
    name = label(series["group"], language)
    return {
        "name": shortened(name),
        "full": name,
        "value": scale.drawn(series["difference"]),
        "low": scale.drawn(low),
        "high": scale.drawn(high),
        "said": difference,
        "verdict": said(words.VERDICTS[verdict], language),
        "label": f"{difference} · {said(words.VERDICTS[verdict], language)}",
        "colour": colours.get(verdict, look.colours.muted),
        "shape": shapes.get(verdict, "cross"),
    }


def _signed(value: float, scale: Scale) -> str:
    return scale.language.signed(scale.said(abs(value)), value)


def _labels(rows: Sequence[Plain], y: Plain, look: Look) -> list[Plain]:
    """The differences in words, on a border of the background's colour: the line at zero may pass below."""
    text = {"type": "text", "align": "center", "baseline": "bottom", "dy": -9}
    paper = look.colours.background
    place = {"y": y, "x": {"field": "value", "type": "quantitative"}, "text": {"field": "label"}}
    return [
        {"data": {"values": rows}, "mark": {**text, **style}, "encoding": place}
        for style in ({"color": paper, "stroke": paper, "strokeWidth": 4}, {"color": look.colours.ink})
    ]


def _sides(series: Plain, look: Look, scale: Scale) -> str:
    """Both windows in numbers."""
    sides = {
        name: f"{scale.said(series[name]['value'])} (n = {look.language.number(series[name]['n'])})"
        for name in ("before", "after")
    }
    return said(words.SIDES, look.language, **sides)


def _impact_table(given: Given, look: Look, scale: Scale, title: str) -> Table:
    language = look.language
    texts = (words.BEFORE, words.AFTER, words.DIFFERENCE, words.INTERVAL)
    columns = (
        Column(said(words.GROUP, language)),
        *(Column(said(text, language), is_number=True) for text in texts),
        Column(said(words.VERDICT, language)),
    )
    return Table(title, columns, tuple(_impact_row(series, look, scale) for series in given.answer["series"]))


def _impact_row(series: Plain, look: Look, scale: Scale) -> tuple[str, ...]:
    language = look.language
    name = label(series["group"], language)
    if series.get("suppressed"):
        return (name, "–", "–", "–", "–", said(words.TOO_FEW, language))
    interval: Sequence[float] | None = series.get("interval")
    return (
        name,
        *(
            f"{scale.said(series[side]['value'])} (n = {language.number(series[side]['n'])})"
            for side in ("before", "after")
        ),
        "–" if series["difference"] is None else _signed(series["difference"], scale),
        "–" if interval is None else f"{_signed(interval[0], scale)} … {_signed(interval[1], scale)}",
        said(words.VERDICTS[series["verdict"]], language),
    )


def _function(name: str, language: Language) -> str:
    return said(words.FUNCTIONS[name], language) if name in words.FUNCTIONS else name
