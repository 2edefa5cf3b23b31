"""Horizontal bars: what is large first, each with its number beside it and the table behind it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.charts import words
from app.charts.chart import Chart, Column, Given, Table
from app.charts.compose import finished, scale_for, shortened, tooltip
from app.charts.look import Look, Plain
from app.charts.scale import Scale
from app.charts.series import lines_of, named, reason, span
from app.charts.words import said
from app.metrics.words import MEASURES

MOST_BARS = 12
ROW = 26
NARROW = 480
"""Pixels below which names stand above their bars: beside them they would leave no place for these."""
TALL_ROW = 42
NAME = 34
_LETTER = 6.2
"""Pixels that a letter of a label takes."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `value` is `None` for what is not known; `beside` stands behind its number.

    `colour_says` is what its colour means, where colours mean something.
    """

    name: str
    value: float | None
    colour: str
    suppressed: bool = False
    beside: str = ""
    cells: tuple[str, ...] = field(default=())
    colour_says: str = ""


def comparison(given: Given, look: Look) -> Chart:
    """The metric's value of the whole window for each group, the largest first, with how much it rests on."""
    measure = given.measure or "value"
    lines = lines_of(given.answer, look.language)
    scale = scale_for(given, look, measure, [line.total.get(measure) for line in lines])
    bars = [
        Bar(
            line.name,
            line.total.get(measure),
            look.colours.accent,
            line.suppressed,
            _rests_on(line.total, look),
            (scale.said(line.total.get(measure)), look.language.number(line.total.get("n") or 0)),
        )
        for line in lines
    ]
    columns = (Column(group_title(given, look)), *number_columns(look, measure, "n"))
    full = 1.0 if scale.unit == "ratio" else 100.0 if given.answer["unit"] == "score" and measure == "value" else None
    return _ranked(given, look, bars, scale, columns, measure=measure, full=full)


def features(given: Given, look: Look) -> Chart:
    """The events of each feature over the window, with the people behind them."""
    language = look.language
    scale = scale_for(given, look, "events", ())
    bars = [
        Bar(
            f"{named('event', entry['event'], language)} ({named('tool', entry['tool'], language)})",
            entry.get("events"),
            look.colours.accent,
            bool(entry.get("suppressed")),
            _people(entry.get("people"), look),
            (scale.said(entry.get("events")), scale.said(entry.get("people"))),
        )
        for entry in _entries(given)
    ]
    columns = (Column(said(words.EVENT, language)), *number_columns(look, "events", "people"))
    return _ranked(given, look, bars, scale, columns, measure="events")


def coverage(given: Given, look: Look) -> Chart:
    """The share of each rule of the data's completeness, with how many of how many."""
    language = look.language
    scale = scale_for(given, look, "value", ())
    bars = []
    for entry in _entries(given):
        numbers = [language.number(entry.get(name) or 0) for name in ("numerator", "denominator")]
        text = " / ".join(numbers)
        name = said(words.RULES[entry["rule"]], language) if entry["rule"] in words.RULES else str(entry["rule"])
        cells = (scale.said(entry.get("value")), text)
        bars.append(Bar(name, entry.get("value"), look.colours.accent, bool(entry.get("suppressed")), text, cells))
    columns = (Column(said(words.RULE, language)), *number_columns(look, "share", "n"))
    return _ranked(given, look, bars, scale, columns, measure="value", full=1.0, ordered=True)


def freshness(given: Given, look: Look) -> Chart:
    """How old the data of each source is: that of its stalest stream. Of what nobody knows it says so."""
    language = look.language
    worst: dict[str, Plain] = {}
    for entry in _entries(given):
        held = worst.setdefault(named("source", entry["source"], language), entry)
        if entry["value"] is not None and (held["value"] is None or entry["value"] > held["value"]):
            worst[named("source", entry["source"], language)] = entry
    scale = scale_for(given, look, "value", [entry["value"] for entry in worst.values()])
    bars = [
        Bar(name, entry["value"], look.colours.accent, False, entry["stream"] or "", (scale.said(entry["value"]),))
        for name, entry in worst.items()
    ]
    columns = (Column(said(words.SOURCE, language)), Column(said(words.AGE, language), is_number=True))
    return _ranked(given, look, bars, scale, columns, measure="value")


def status_time(given: Given, look: Look) -> Chart:
    """The share of the time of finished items in each status, and the median of a stay."""
    language = look.language
    entries = _entries(given)
    shares = scale_for(given, look, "share", ())
    median = scale_for(given, look, "p50", [entry.get("p50") for entry in entries])
    bars = [
        Bar(
            _status(entry, given, look),
            entry.get("share"),
            _category_colour(entry, look),
            bool(entry.get("suppressed")),
            "" if entry.get("p50") is None else _median(median.said(entry["p50"]), entry["n"], look),
            (shares.said(entry.get("share")), median.said(entry.get("p50")), language.number(entry.get("n") or 0)),
            _category(entry, look),
        )
        for entry in entries
    ]
    columns = (Column(said(words.STATUS, language)), *number_columns(look, "share", "p50", "n"))
    return _ranked(given, look, bars, shares, columns, measure="share")


def bottleneck(given: Given, look: Look) -> Chart:
    """The statuses by their share of the cycle time, with its change and how much more came in than went out."""
    language = look.language
    shares = scale_for(given, look, "share", ())
    bars = []
    for entry in _entries(given):
        change, growth = entry.get("share_change"), entry.get("growth")
        changed = "–" if change is None else _points(change, look)
        queue = "–" if growth is None else language.signed(language.number(abs(growth)), growth)
        name = _status(entry, given, look)
        beside = said(words.BESIDE_BOTTLENECK, language, change=changed, growth=queue)
        colour = _category_colour(entry, look)
        number = language.number(entry.get("n") or 0)
        cells = (shares.said(entry.get("share")), changed, queue, number)
        hidden = bool(entry.get("suppressed"))
        bars.append(Bar(name, entry.get("share"), colour, hidden, beside, cells, _category(entry, look)))
    columns = (
        Column(said(words.STATUS, language)),
        *(Column(_short(name, look), is_number=True) for name in ("share", "share_change", "growth", "n")),
    )
    note = said(words.QUEUE, language) if any(bar.value is not None for bar in bars) else ""
    return _ranked(given, look, bars, shares, columns, measure="share", note=note)


def _ranked(
    given: Given,
    look: Look,
    bars: Sequence[Bar],
    scale: Scale,
    columns: tuple[Column, ...],
    *,
    measure: str,
    full: float | None = None,
    ordered: bool = False,
    note: str = "",
) -> Chart:
    """The bars, the largest first (`ordered`: as they come); `full` is where the axis ends at least."""
    language = look.language
    title = words.title_of(given.answer["metric"], language)
    known = [bar for bar in bars if bar.value is not None]
    others = [bar for bar in bars if bar.value is None]
    if not ordered:
        known.sort(key=lambda bar: -(bar.value or 0.0))
    shown = [*known, *others][:MOST_BARS]
    names = _apart([shortened(bar.name, NAME) for bar in shown])
    rows: list[Plain] = [
        {
            "name": name,
            "value": scale.drawn(bar.value),
            "colour": bar.colour,
            "group": bar.colour_says,
            "said": _told(bar, scale, look),
            "label": _told(bar, scale, look) + (f" · {bar.beside}" if bar.beside and bar.value is not None else ""),
        }
        for name, bar in zip(names, shown, strict=True)
    ]
    top = max(
        [scale.drawn(bar.value) or 0.0 for bar in known] + ([scale.drawn(full) or 0.0] if full else []), default=0.0
    )
    narrow = look.width < NARROW
    y = {**name_axis(names), **({"axis": None} if narrow else {})}
    beside = [] if narrow else names
    x: Plain = {
        "field": "value",
        "type": "quantitative",
        "scale": {"domain": [0, (top or 1.0) * _room(look, beside, [row["label"] for row in rows])]},
        "axis": None,
    }
    # Below the middle of its row, where the name stands in the upper half.
    low: Plain = {"yOffset": 9} if narrow else {}
    text = {"type": "text", "align": "left", "baseline": "middle", "color": look.colours.ink}
    layers: list[Plain] = []
    if rows:
        layers = [
            {
                "data": {"values": [row for row in rows if row["value"] is not None]},
                "mark": {
                    "type": "bar",
                    "height": {"band": 0.38 if narrow else 0.62},
                    "cornerRadiusEnd": 2,
                    **low,
                },
                "encoding": {
                    "y": y,
                    "x": x,
                    "color": _coloured(known),
                    "tooltip": tooltip(look, ("name", " "), ("label", " ")),
                },
            },
            {
                "data": {"values": [{**row, "value": row["value"] or 0} for row in rows]},
                "mark": {**text, "dx": 6, **low},
                "encoding": {"y": y, "x": {"field": "value", "type": "quantitative"}, "text": {"field": "label"}},
            },
        ]
    if rows and narrow:
        above = {**text, "yOffset": -10, "color": look.colours.muted, "fontSize": 12}
        layers.append(
            {
                "data": {"values": rows},
                "mark": above,
                "encoding": {"y": y, "x": {"value": 0}, "text": {"field": "name"}},
            }
        )
    left_out = len(bars) - len(shown)
    told = [said(words.ALT_ENTRY, language, name=bar.name, value=_told(bar, scale, look)) for bar in shown[:5]]
    return finished(
        look,
        layers,
        title=title,
        subtitle=_subtitle(given, look, measure),
        notes=[note, *bar_notes(given, look, any(bar.suppressed for bar in bars), left_out, bool(layers))],
        alt=bar_alt(given, look, title, told),
        table=Table(title, columns, tuple((bar.name, *_hidden(bar, look)) for bar in bars)),
        height=max(2, len(shown)) * (TALL_ROW if narrow else ROW),
    )


def _room(look: Look, names: Sequence[str], labels: Sequence[str]) -> float:
    """How many times as long as the longest bar the axis is, so that the text behind it has its place."""
    beside = max((len(name) for name in names), default=0) * _LETTER + 40
    text = max((len(label) for label in labels), default=0) * _LETTER + 12
    plot = max(look.width - beside, 100.0)
    return plot / max(plot - text, 0.25 * plot)


def _told(bar: Bar, scale: Scale, look: Look) -> str:
    if bar.suppressed:
        return said(words.TOO_FEW, look.language)
    return scale.said(bar.value, said(words.UNKNOWN, look.language))


def _hidden(bar: Bar, look: Look) -> tuple[str, ...]:
    if not bar.suppressed:
        return bar.cells
    return (said(words.TOO_FEW, look.language), *("–" for _ in bar.cells[1:]))


def _median(text: str, n: int, look: Look) -> str:
    return said(words.BESIDE_STATUS, look.language, median=text, n=look.language.number(n))


def _points(change: float, look: Look) -> str:
    """A change of a share, in points of a hundred."""
    points = round(100 * change, 1)
    return said(words.POINTS, look.language, number=look.language.signed(look.language.number(abs(points)), points))


def _entries(given: Given) -> list[Plain]:
    """The entries of the whole window's list; grouped by status, the groups themselves."""
    found: list[Plain] = []
    for series in given.answer["series"]:
        total = series.get("total") or {}
        if "by" in total:
            found += total["by"]
        elif "status" in series["group"]:
            found.append({"status": series["group"]["status"], **total})
    return found


def _status(entry: Mapping[str, Any], given: Given, look: Look) -> str:
    return status_name(entry["status"], given, look)


def status_name(status: Mapping[str, Any], given: Given, look: Look) -> str:
    """What a status is called, with what tells it from another of its name."""
    name, beside = named("status", status, look.language), given.apart.get(str(status["id"]))
    return f"{name} · {beside}" if beside else name


def _category(entry: Mapping[str, Any], look: Look) -> str:
    name = str(entry.get("category"))
    return said(words.CATEGORIES[name], look.language) if name in words.CATEGORIES else ""


def _category_colour(entry: Mapping[str, Any], look: Look) -> str:
    return look.colours.category.get(str(entry.get("category")), look.colours.accent)


def _coloured(bars: Sequence[Bar]) -> Plain:
    """The bars' colours, with a legend where they mean something."""
    means = {bar.colour_says: bar.colour for bar in bars}
    if not all(means) or not means:
        # A legend of nothing has no size, and would leave the chart none.
        return {"field": "colour", "type": "nominal", "scale": None}
    return {"field": "group", "type": "nominal", "scale": {"domain": list(means), "range": list(means.values())}}


def _apart(names: Iterable[str]) -> list[str]:
    """Names that differ: two statuses of two sources may be called the same."""
    met: dict[str, int] = {}
    result = []
    for name in names:
        met[name] = met.get(name, 0) + 1
        result.append(name if met[name] == 1 else f"{name} ({met[name]})")
    return result


def name_axis(names: Sequence[str]) -> Plain:
    axis = {"title": None, "labelLimit": 220, "ticks": False, "domain": False, "labelFontSize": 12}
    return {"field": "name", "type": "nominal", "sort": None, "scale": {"domain": list(names)}, "axis": axis}


def number_columns(look: Look, *measures: str) -> tuple[Column, ...]:
    return tuple(Column(_short(name, look), is_number=True) for name in measures)


def _short(name: str, look: Look) -> str:
    text = words.COLUMNS.get(name)
    return words.measure_of(name, look.language) if text is None else said(text, look.language)


def group_title(given: Given, look: Look) -> str:
    names = next((tuple(series["group"]) for series in given.answer["series"]), ())
    return " · ".join(words.dimension_of(name, look.language) for name in names)


def _rests_on(total: Mapping[str, Any], look: Look) -> str:
    return f"n = {look.language.number(total['n'])}" if total.get("n") else ""


def _people(number: Any, look: Look) -> str:
    return "" if number is None else said(words.BY_PEOPLE, look.language, number=look.language.number(number))


def _subtitle(given: Given, look: Look, measure: str) -> str:
    words_of = said(MEASURES[measure], look.language) if measure in MEASURES and measure != "value" else ""
    text = f"{words_of}, {span(given.answer, look.language)}" if words_of else span(given.answer, look.language)
    return text[:1].upper() + text[1:]


def bar_notes(given: Given, look: Look, hidden: bool, left_out: int, shown: bool) -> list[str]:
    language = look.language
    notes = [said(words.HIDDEN, language)] if hidden else []
    notes += [said(words.MORE, language, number=language.number(left_out))] if left_out else []
    return notes if shown else [*notes, reason(given.answer, language)]


def bar_alt(given: Given, look: Look, title: str, told: Sequence[str]) -> str:
    language = look.language
    text = said(words.ALT, language, title=title, span=span(given.answer, language))
    return f"{text} {said(words.ALT_ENTRIES_APART, language).join(told)}." if told else text
