"""Charts of single work items, which say nothing of people: a scatter, a distribution, the ages of what is open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from app.charts import words
from app.charts.chart import Chart, Column, Given, Table
from app.charts.compose import HEIGHT, events, events_key, finished, from_to, scale_for, shortened, tooltip, window
from app.charts.look import Look, Plain
from app.charts.ranking import status_name
from app.charts.scale import Scale
from app.charts.series import lines_of, reason, span, wall
from app.charts.words import said

Values = npt.NDArray[np.float64]

MOST_DOTS = 1_000
LABEL_ROW = 13
"""Pixels from one label to the next."""
_LEVELS = (50, 70, 85, 95)
_MOST_BINS = 24
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_WIDTHS = (
    *(minutes * _MINUTE for minutes in (1, 5, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 4, 8, 12)),
    *(days * _DAY for days in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000)),
)


@dataclass(frozen=True, slots=True)
class _Level:
    """Below `value` (as it is drawn, and as it is said) are so many per cent."""

    of: int
    value: float
    said: str


def scatter(given: Given, look: Look) -> Chart:
    """A dot for each finished item where and how long it took, with lines at 50, 70, 85 and 95 per cent."""
    language, zone = look.language, ZoneInfo(given.answer["timezone"])
    facts = [fact for fact in given.facts if fact.get("value") is not None]
    scale = scale_for(given, look, "p50", [fact["value"] for fact in facts])
    rows = [
        {
            "at": wall(fact["at"], zone),
            "value": scale.drawn(fact["value"]),
            "name": _item(fact),
            "when": _day(fact["at"], zone, look),
            "said": scale.said(fact["value"]),
        }
        for fact in _some(facts)
    ]
    first, last = window(given.answer, lines_of(given.answer, language))
    lines = _percentiles(given, scale, np.array([fact["value"] for fact in facts], dtype=np.float64))
    layers: list[Plain] = []
    if rows:
        highest = max(float(fact["value"]) for fact in facts)
        top = 1.04 * max(scale.drawn(highest) or 0.0, *(level.value for level in lines), 0.0) or 1.0
        about = tooltip(
            look,
            ("name", said(words.ITEM, language)),
            ("when", said(words.FINISHED, language)),
            ("said", said(words.DURATION, language)),
        )
        layers = [
            {
                "data": {"values": rows},
                "mark": {"type": "point", "filled": True, "size": 28, "opacity": 0.55, "color": look.colours.accent},
                "encoding": {
                    "x": {
                        "field": "at",
                        "type": "temporal",
                        "scale": from_to(first, last),
                        "axis": {"title": None, "labelExpr": "utcFormat(datum.value, '%-d %b')", "tickCount": 6},
                    },
                    "y": {
                        "field": "value",
                        "type": "quantitative",
                        "axis": scale.axis(),
                        "scale": {"domain": [0, top], "nice": False},
                    },
                    "tooltip": about,
                },
            },
            *_levels(lines, look, top),
            *events(given, look, first, last),
        ]
    title = words.title_of(given.answer["metric"], language)
    return finished(
        look,
        layers,
        title=title,
        subtitle=span(given.answer, language),
        notes=[events_key(given, look, first, last), *_notes(given, look, len(rows), len(facts))],
        alt=_alt(given, look, title, lines, len(facts)),
        table=_table(look, title, facts, scale, zone),
    )


def histogram(given: Given, look: Look) -> Chart:
    """How many items took how long, with lines at the percentiles."""
    language = look.language
    values = np.sort(np.asarray(given.values, dtype=np.float64))
    scale = scale_for(given, look, "p50", values[-1:].tolist())
    width = _bin_width(values)
    counts, edges = _bins(values, width)
    rows: list[Plain] = [
        {
            "low": scale.drawn(low),
            "high": scale.drawn(low + width),
            "count": count,
            "when": f"{scale.said(low)} – {scale.said(low + width)}",
            "said": language.number(count),
        }
        for low, count in zip(edges, counts, strict=True)
    ]
    lines = _percentiles(given, scale, values)
    layers: list[Plain] = []
    if rows:
        layers = [
            {
                "data": {"values": rows},
                "mark": {"type": "bar", "color": look.colours.accent, "stroke": look.colours.background},
                "encoding": {
                    "x": {"field": "low", "type": "quantitative", "axis": scale.axis(tickCount=8)},
                    "x2": {"field": "high"},
                    "y2": {"datum": 0},
                    "y": {
                        "field": "count",
                        "type": "quantitative",
                        "axis": {
                            "title": said(words.COUNT, language),
                            "tickMinStep": 1,
                            "format": ",.0f",
                            "tickCount": 5,
                        },
                    },
                    "tooltip": tooltip(
                        look, ("when", said(words.DURATION, language)), ("said", said(words.COUNT, language))
                    ),
                },
            },
            *_posts(lines, look),
        ]
    title = said(words.TITLES["histogram"], language, title=words.title_of(given.answer["metric"], language))
    columns = (Column(said(words.DURATION, language)), Column(said(words.COUNT, language), is_number=True))
    return finished(
        look,
        layers,
        title=title,
        subtitle=span(given.answer, language),
        notes=_notes(given, look, len(values), len(values)),
        alt=_alt(given, look, title, lines, len(values)),
        table=Table(title, columns, tuple((row["when"], row["said"]) for row in rows)),
    )


def ages(given: Given, look: Look) -> Chart:
    """A dot for each item in progress by its age, in a row for each status (or group); lines at the percentiles."""
    language = look.language
    facts = _open_items(given, look)
    scale = scale_for(given, look, "p50", [fact["value"] for fact in facts])
    lanes = list(dict.fromkeys(fact["lane"] for fact in facts))
    rows = [
        {
            "lane": shortened(fact["lane"]),
            "value": scale.drawn(fact["value"]),
            "name": _item(fact),
            "said": scale.said(fact["value"]),
            "passed": "–" if fact.get("share") is None else language.percent(fact["share"]),
            "colour": look.colours.bad if (fact.get("share") or 0) >= 0.85 else look.colours.accent,
            "shape": "diamond" if (fact.get("share") or 0) >= 0.85 else "circle",
        }
        for fact in _some(facts)
    ]
    total = lines_of(given.answer, language)[0].total if len(given.answer["series"]) == 1 else {}
    lines = [
        _Level(level, scale.drawn(total[f"p{level}"]) or 0.0, scale.said(total[f"p{level}"]))
        for level in (50, 85)
        if total.get(f"p{level}") is not None
    ]
    layers: list[Plain] = []
    if rows:
        about = tooltip(
            look,
            ("name", said(words.ITEM, language)),
            ("said", said(words.AGE, language)),
            ("passed", said(words.PASSED, language)),
        )
        layers = [
            {
                "data": {"values": rows},
                "mark": {"type": "point", "filled": True, "size": 60, "opacity": 0.75},
                "encoding": {
                    "x": {"field": "value", "type": "quantitative", "axis": scale.axis(grid=True, tickCount=8)},
                    "y": {
                        "field": "lane",
                        "type": "nominal",
                        "sort": None,
                        "axis": {"title": None, "ticks": False, "labelFontSize": 12, "labelLimit": 200},
                    },
                    "color": {"field": "colour", "type": "nominal", "scale": None},
                    "shape": {"field": "shape", "type": "nominal", "scale": None},
                    "tooltip": about,
                },
            },
            *_posts(lines, look),
        ]
    title = words.title_of(given.answer["metric"], language)
    columns = (
        Column(said(words.ITEM, language)),
        Column(said(words.STATUS, language)),
        Column(said(words.AGE, language), is_number=True),
        Column(said(words.PASSED, language), is_number=True),
    )
    cells = tuple(
        (
            _item(fact),
            fact["lane"],
            scale.said(fact["value"]),
            "–" if fact.get("share") is None else language.percent(fact["share"]),
        )
        for fact in facts
    )
    notes = _notes(given, look, len(rows), len(facts))
    if any(row["shape"] == "diamond" for row in rows):
        notes = [*notes, said(words.OLD, language)]
    return finished(
        look,
        layers,
        title=title,
        subtitle=span(given.answer, language),
        notes=notes,
        alt=_alt(given, look, title, lines, len(facts)),
        table=Table(title, columns, cells),
        height=max(2, len(lanes)) * 44,
    )


def _open_items(given: Given, look: Look) -> list[dict[str, Any]]:
    """The items in progress: those of the facts, which know more, else those that the answer lists."""
    language = look.language
    everything = said(words.CATEGORIES["active"], language)
    if given.facts:
        return [
            {**fact, "lane": _lane(fact, everything, given, look)}
            for fact in given.facts
            if fact.get("value") is not None
        ]
    found = []
    for line in lines_of(given.answer, language):
        grouped = len(given.answer["series"]) > 1 or line.id
        for entry in line.total.get("by") or ():
            lane = line.name if grouped else everything
            found.append({**entry, "lane": lane})
    return [fact for fact in found if fact.get("value") is not None]


def _lane(fact: Mapping[str, Any], otherwise: str, given: Given, look: Look) -> str:
    return status_name(fact["status"], given, look) if fact.get("status") else otherwise


def _percentiles(given: Given, scale: Scale, values: Values) -> list[_Level]:
    """The levels as the answer tells them; what it does not tell is taken from the facts, where all are there."""
    total = (given.answer["series"][0].get("total") or {}) if len(given.answer["series"]) == 1 else {}
    whole = len(values) > 0 and total.get("n") == len(values)
    lines = []
    for level in _LEVELS:
        value = total.get(f"p{level}")
        if value is None and whole:
            value = float(np.quantile(values, level / 100))
        if value is not None:
            lines.append(_Level(level, scale.drawn(value) or 0.0, scale.said(value)))
    return lines


def _levels(lines: Sequence[_Level], look: Look, top: float) -> list[Plain]:
    """Rules across the chart, each said at its right end; labels that would touch stand apart. `top`: the axis' end."""
    rows: list[Plain] = []
    lowest = float(-LABEL_ROW)
    for level in lines:
        lowest = max(lowest + LABEL_ROW, level.value / top * HEIGHT)
        rows.append({"value": level.value, "label": _told(level, look), "at": HEIGHT - lowest})
    rule = {"type": "rule", "color": look.colours.ink, "strokeDash": [4, 3], "opacity": 0.7}
    text = {"type": "text", "align": "left", "baseline": "middle", "dx": 6, "color": look.colours.ink}
    data = {"values": rows}
    # In pixels, so that labels keep apart: `scale: null` has them as they are.
    at = {"field": "at", "type": "quantitative", "scale": None}
    encoding = {"x": {"value": {"expr": "width"}}, "y": at, "text": {"field": "label"}}
    value = {"y": {"field": "value", "type": "quantitative"}}
    return [{"data": data, "mark": rule, "encoding": value}, {"data": data, "mark": text, "encoding": encoding}]


def _posts(lines: Sequence[_Level], look: Look) -> list[Plain]:
    """Rules that stand on the axis, each said above the chart: the more to the left, the higher its label."""
    rule = {"type": "rule", "color": look.colours.ink, "strokeDash": [4, 3], "opacity": 0.7}
    text = {"type": "text", "align": "left", "baseline": "middle", "dx": 4, "color": look.colours.ink}
    layers: list[Plain] = []
    for place, level in enumerate(lines):
        data = {"values": [{"value": level.value, "label": _told(level, look)}]}
        x = {"field": "value", "type": "quantitative"}
        height = -LABEL_ROW * (len(lines) - place) + 4
        foot = {"value": {"expr": "height"}}
        layers += [
            {"data": data, "mark": rule, "encoding": {"x": x, "y": {"value": height - 5}, "y2": foot}},
            {"data": data, "mark": text, "encoding": {"x": x, "y": {"value": height}, "text": {"field": "label"}}},
        ]
    return layers


def _told(level: _Level, look: Look) -> str:
    return f"{look.language.percent(level.of / 100)} · {level.said}"


def _some(facts: Sequence[Any]) -> Sequence[Any]:
    """As many as can be drawn, taken evenly."""
    if len(facts) <= MOST_DOTS:
        return facts
    return [facts[place * len(facts) // MOST_DOTS] for place in range(MOST_DOTS)]


def _bin_width(values: Values) -> float:
    if not len(values):
        return float(_WIDTHS[0])
    return float(next((width for width in _WIDTHS if values[-1] / width < _MOST_BINS), _WIDTHS[-1]))


def _bins(values: Values, width: float) -> tuple[list[int], list[float]]:
    if not len(values):
        return [], []
    place = (values // width).astype(np.int64)
    counts = np.bincount(np.minimum(place, 1_000)).tolist()
    return counts, [number * width for number in range(len(counts))]


def _item(fact: Mapping[str, Any]) -> str:
    item = fact.get("item") or {}
    # An id that is only a number says nothing beside a title.
    key = item.get("key") or ("" if item.get("title") else item.get("external_id"))
    return " · ".join(str(part) for part in (key, item.get("title")) if part)


def _day(instant: str, zone: ZoneInfo, look: Look) -> str:
    return look.language.day(date(1970, 1, 1) + timedelta(milliseconds=wall(instant, zone)))


def _notes(given: Given, look: Look, shown: int, there: int) -> list[str]:
    language = look.language
    hidden = any(line.suppressed for line in lines_of(given.answer, language))
    notes = [said(words.HIDDEN, language)] if hidden else []
    total = lines_of(given.answer, language)[0].total.get("n") if len(given.answer["series"]) == 1 else None
    whole = max(there, total or 0)
    if shown < whole:
        notes.append(said(words.SAMPLED, language, shown=language.number(shown), number=language.number(whole)))
    return notes if there else [*notes, reason(given.answer, language)]


def _alt(given: Given, look: Look, title: str, lines: Sequence[_Level], number: int) -> str:
    language = look.language
    parts = [said(words.ALT, language, title=title, span=span(given.answer, language))]
    parts.append(f"n = {language.number(number)}.")
    told = [
        said(words.ALT_ENTRY, language, name=language.percent(level.of / 100), value=f"≤ {level.said}")
        for level in lines
    ]
    return " ".join([*parts, f"{language.several(told)}."] if told else parts)


def _table(look: Look, title: str, facts: Sequence[Mapping[str, Any]], scale: Scale, zone: ZoneInfo) -> Table:
    language = look.language
    columns = (
        Column(said(words.ITEM, language)),
        Column(said(words.FINISHED, language)),
        Column(said(words.DURATION, language), is_number=True),
    )
    rows = tuple((_item(fact), _day(fact["at"], zone, look), scale.said(fact["value"])) for fact in facts)
    return Table(title, columns, rows)
