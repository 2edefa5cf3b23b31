"""The parts that charts have in common: axes of time, veils, events, titles, sentences and tables."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from string import ascii_uppercase
from typing import Any
from zoneinfo import ZoneInfo

from app.charts import words
from app.charts.chart import SCHEMA, Chart, Column, Given, Table
from app.charts.look import Look, Plain
from app.charts.scale import Scale, scale_of
from app.charts.series import Line, Point, is_grouped, on_axis, period, span, wall
from app.charts.words import said
from app.metrics.catalogue import BY_NAME

MOST_EVENTS = 12
GAPS = "break-paths-show-path-domains"
"""What is not known interrupts a line; nothing bridges it."""
LINE_LEGEND: Plain = {"symbolType": "stroke", "symbolSize": 260}
"""A legend of lines shows pieces of lines, with their colours and dashes."""
_LABEL = 28
HEIGHT = 220
_INTO_FIRST_MONTH = {"month": 0, "quarter": 32}
"""Days back from the middle of a bucket: months and quarters have no one length, so half of one's is not another's."""


def finished(
    look: Look,
    layers: Sequence[Plain],
    *,
    title: str,
    subtitle: str,
    notes: Sequence[str],
    alt: str,
    table: Table,
    height: int = HEIGHT,
    resolve: Plain | None = None,
) -> Chart:
    """The chart of these layers; of none, a sentence in their place: the last of the notes."""
    notes = tuple(dict.fromkeys(note for note in notes if note))
    height = look.height or height
    spec: Plain = {
        "$schema": SCHEMA,
        "description": alt,
        "width": look.width if look.titled else "container",
        "height": height,
        "autosize": {"type": "fit" if look.height else "fit-x", "contains": "padding"},
        "layer": list(layers) or [_sentence(look, notes[-1] if notes else said(words.EMPTY, look.language))],
        "config": look.config(),
    }
    if resolve:
        spec["resolve"] = resolve
    if look.titled:
        spec["title"] = {"text": title, "subtitle": wrapped([subtitle, " ".join(notes)], look.width)}
    return Chart(title, notes, spec, alt, table)


def wrapped(texts: Sequence[str], width: int) -> list[str]:
    """Lines that fit into a picture of that width."""
    most = max(20, width // 7)
    lines: list[str] = []
    for text in texts:
        line = ""
        for word in text.split(" "):
            if line and len(line) + 1 + len(word) > most:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}".strip()
        if line:
            lines.append(line)
    return lines


def _sentence(look: Look, text: str) -> Plain:
    return {
        "data": {"values": [{"text": text}]},
        "mark": {"type": "text", "color": look.colours.muted, "fontSize": 14},
        "encoding": {"text": {"field": "text"}, "x": {"value": {"expr": "width / 2"}}},
    }


def measure_of(given: Given) -> str:
    """The measure that a chart over time shows."""
    name = given.answer["metric"]
    if given.measure:
        return given.measure
    measures = BY_NAME[name].measures if name in BY_NAME else ("value",)
    return next((one for one in ("value", "p50", "events", "mau") if one in measures), measures[-1])


def scale_for(given: Given, look: Look, measure: str, values: Sequence[Any]) -> Scale:
    """The scale of one of an answer's measures."""
    return scale_of(look, given.answer["unit"], measure, values, clock=given.answer.get("clock", "elapsed"))


def time_axis(lines: Sequence[Line], grain: str, look: Look, *, middle: bool = False) -> Plain:
    """The axis of time over these buckets, with the labels that fit."""
    points = lines[0].points
    place = 0.5 if middle else 0.0
    marks = [point.x(place) for point in points]
    step = max(1, -(-len(marks) // max(2, look.width // 90)))
    # Counted from the end: the latest bucket is the one that is looked for.
    ticks = sorted(marks[::-1][::step])
    long = grain in ("month", "quarter") or (marks and marks[-1] - marks[0] > 400 * 86_400_000)
    begin = f"datum.value - {_back(points[0], place, grain)}"
    return {
        "type": "temporal",
        "scale": from_to(points[0].x(), points[-1].x(1.0)) if middle else from_to(marks[0], marks[-1]),
        "axis": {
            "title": None,
            # An expression: plain numbers become dates, which the browser's expression interpreter makes wrong.
            "values": {"expr": f"[{', '.join(map(str, ticks))}]"},
            "labelExpr": f"utcFormat({begin}, '{'%b %Y' if long else '%-d %b'}')",
            "labelOverlap": True,
        },
    }


def from_to(first: int, last: int) -> Plain:
    """The scale of time from here to there."""
    return {"type": "utc", "nice": False, "domainMin": {"expr": str(first)}, "domainMax": {"expr": str(last)}}


def _back(point: Point, place: float, grain: str) -> int:
    """How far a label goes back from a bucket's mark, to name its start: into the first month of those that differ."""
    if place and grain in _INTO_FIRST_MONTH:
        return _INTO_FIRST_MONTH[grain] * 86_400_000
    return point.x(place) - point.x()


def veils(lines: Sequence[Line], grain: str, look: Look) -> list[Plain]:
    """A pale stripe over each bucket in which a line is not shown."""
    hidden = {point.start: point for line in lines for point in line.points if point.suppressed}.values()
    if not hidden:
        return []
    rows = [
        {
            "left": point.x(),
            "right": point.x(1.0),
            "when": period(point, grain, look.language),
            "said": said(words.TOO_FEW, look.language),
        }
        for point in hidden
    ]
    return [
        {
            "data": {"values": rows},
            "mark": {"type": "rect", "color": look.colours.veil, "clip": True},
            "encoding": {
                "x": {"field": "left", "type": "temporal"},
                "x2": {"field": "right"},
                "tooltip": tooltip(look),
            },
        }
    ]


def tooltip(look: Look, *names: tuple[str, str]) -> list[Plain]:
    """What is said over a mark: the texts of its row."""
    pairs = names or (("when", said(words.PERIOD, look.language)), ("said", " "))
    return [{"field": field, "type": "nominal", "title": title} for field, title in pairs]


def events(given: Given, look: Look, first: int, last: int) -> list[Plain]:
    """A rule for each event between two places on the axis of time, with its letter above: `events_key` spells them."""
    rows = shown_events(given, look, first, last)
    if not rows:
        return []
    x = {"field": "at", "type": "temporal"}
    about = tooltip(look, ("when", said(words.PERIOD, look.language)), ("title", " "))
    data = {"values": rows}
    colours = look.colours
    disc = {"type": "point", "shape": "circle", "size": 190, "filled": False, "opacity": 1, "strokeWidth": 1}
    letter = {"type": "text", "baseline": "middle", "fontSize": 10, "fontWeight": 600, "color": colours.ink}
    return [
        {
            "data": data,
            "mark": {"type": "rule", "color": colours.muted, "strokeDash": [2, 3]},
            "encoding": {"x": x, "tooltip": about},
        },
        {
            "data": data,
            "mark": {**disc, "fill": colours.background, "stroke": colours.muted},
            "encoding": {"x": x, "y": {"value": 0}, "tooltip": about},
        },
        {"data": data, "mark": letter, "encoding": {"x": x, "y": {"value": 0}, "text": {"field": "letter"}}},
    ]


def events_key(given: Given, look: Look, first: int, last: int) -> str:
    """Which event each letter stands for; empty without events."""
    language = look.language
    told = [
        said(words.EVENT_ENTRY, language, letter=row["letter"], title=shortened(row["title"], 60), day=row["short"])
        for row in shown_events(given, look, first, last)
    ]
    return said(words.EVENTS, language, events=", ".join(told)) if told else ""


def shown_events(given: Given, look: Look, first: int, last: int) -> list[Plain]:
    """The events that are drawn, as rows."""
    zone = ZoneInfo(given.answer["timezone"])
    rows: list[Plain] = []
    for event in given.events:
        at = wall(event["time"], zone)
        if first <= at <= last:
            title = str(event.get("title") or event.get("text") or "")
            day = date(1970, 1, 1) + timedelta(milliseconds=at)
            day_said = (look.language.day(day), look.language.day(day, form="short"))
            rows.append({"at": at, "title": title, "when": day_said[0], "short": day_said[1]})
    rows.sort(key=lambda row: row["at"])
    return [{**row, "letter": letter} for row, letter in zip(rows[-MOST_EVENTS:], ascii_uppercase, strict=False)]


def shortened(text: str, most: int = _LABEL) -> str:
    """A label of bounded length."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def window(answer: Mapping[str, Any], lines: Sequence[Line]) -> tuple[int, int]:
    """The first and the last place on the axis of time."""
    if lines and lines[0].points:
        return lines[0].points[0].x(), lines[0].points[-1].x(1.0)
    zone = ZoneInfo(answer["timezone"])
    return wall(answer["from"], zone), wall(answer["to"], zone)


def subtitle_of(given: Given, look: Look, measure: str) -> str:
    """What is shown: the measure, the grain and the days."""
    answer = given.answer
    grain = said(words.BY_GRAIN[answer["grain"]], look.language)
    name = "" if measure in ("", "value") else f"{words.measure_of(measure, look.language)}, "
    text = f"{name}{grain}, {span(answer, look.language)}"
    return text[:1].upper() + text[1:]


def notes_of(lines: Sequence[Line], look: Look, *, left_out: int = 0, veiled: bool = False) -> list[str]:
    """What a reader must know of a chart over time."""
    language = look.language
    notes = []
    if any(point.suppressed for line in lines for point in line.points) or any(line.suppressed for line in lines):
        notes.append(said(words.VEILED if veiled else words.HIDDEN, language))
    if any(not point.complete for line in lines for point in line.points if point.values):
        notes.append(said(words.HOLLOW, language))
    if left_out:
        notes.append(said(words.MORE, language, number=language.number(left_out)))
    return notes


def alt_of(given: Given, look: Look, lines: Sequence[Line], measure: str, scale: Scale) -> str:
    """What a chart over time shows, in a few sentences."""
    language, answer = look.language, given.answer
    title = words.title_of(answer["metric"], language)
    parts = [said(words.ALT, language, title=title, span=_lower(subtitle_of(given, look, measure)))]
    told = [(line, point) for line in lines if (point := line.last(measure)) is not None]
    name = words.measure_of(measure, language) if measure != "value" else ""
    for line, point in told[:5]:
        what = line.name if is_grouped(answer) else name or title
        when = period(point, answer["grain"], language)
        number = language.number(point.get("n") or 0)
        parts.append(
            said(words.ALT_LAST, language, what=what, when=when, value=scale.said(point.get(measure)), n=number)
        )
    if len(lines) == 1:
        parts += _change(lines[0], look, measure, scale)
    hidden = sum(point.suppressed for line in lines for point in line.points)
    if hidden:
        parts.append(said(words.ALT_HIDDEN, language, number=language.number(hidden)))
    if any(line.points and not line.points[-1].complete for line in lines):
        parts.append(said(words.ALT_RUNNING, language))
    shown = shown_events(given, look, *window(answer, lines))
    if shown:
        parts.append(said(words.ALT_EVENTS, language, events=language.several(row["title"] for row in shown)))
    return " ".join(parts)


def _change(line: Line, look: Look, measure: str, scale: Scale) -> list[str]:
    now, before = line.total.get(measure), line.previous.get(measure)
    if now is None or before is None:
        return []
    language = look.language
    if not before or scale.unit == "ratio":
        change = language.signed(scale.said(abs(now - before)), now - before)
    else:
        relative = round((now - before) / abs(before), 2)
        change = language.signed(language.percent(abs(relative)), relative)
    return [said(words.ALT_CHANGE, language, change=change, before=scale.said(before))]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def table_of(given: Given, look: Look, lines: Sequence[Line], measures: Sequence[str], title: str) -> Table:
    """Every bucket of every line, as text."""
    language, answer = look.language, given.answer
    grouped = is_grouped(answer)
    scales = {
        name: scale_for(given, look, name, [point.get(name) for line in lines for point in line.points])
        for name in measures
    }
    names = next((tuple(series["group"]) for series in answer["series"]), ())
    group = " · ".join(words.dimension_of(name, language) for name in names)
    columns = (
        Column(said(words.PERIOD, language)),
        *((Column(group),) if grouped else ()),
        *(Column(words.measure_of(name, language), is_number=True) for name in measures),
        Column(said(words.NOTE, language)),
    )
    rows = tuple(
        (
            period(point, answer["grain"], language),
            *((line.name,) if grouped else ()),
            *(scales[name].said(point.get(name)) for name in measures),
            _remark(point, look),
        )
        for line in lines
        for point in line.points
    )
    return Table(title, columns, rows)


def _remark(point: Point, look: Look) -> str:
    remarks = [words.TOO_FEW] if point.suppressed else []
    remarks += [] if point.complete else [words.RUNNING]
    return ", ".join(said(text, look.language) for text in remarks)


def today(answer: Mapping[str, Any]) -> int:
    """The day of the answer's data on the axis of time."""
    zone = ZoneInfo(answer["timezone"])
    at = date(1970, 1, 1) + timedelta(milliseconds=wall(answer["as_of"], zone))
    return on_axis(at)
