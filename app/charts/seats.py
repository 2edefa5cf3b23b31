"""Seats by tool: how many are held, used, idle and bought."""

from app.charts import words
from app.charts.chart import Chart, Column, Given, Table
from app.charts.compose import finished, scale_for, shortened, tooltip
from app.charts.look import Look, Plain
from app.charts.ranking import (
    MOST_BARS,
    NAME,
    ROW,
    bar_alt,
    bar_notes,
    group_title,
    name_axis,
    number_columns,
)
from app.charts.series import Line, lines_of, span
from app.charts.words import said


def seats(given: Given, look: Look) -> Chart:
    """The seats held of each tool: active, idle and never used; a mark stands where as many were bought."""
    language, colours = look.language, look.colours
    lines = lines_of(given.answer, language)
    scale = scale_for(given, look, "held", ())
    parts = {"active": colours.good, "idle": colours.category["backlog"], "never_used": colours.bad}
    rows: list[Plain] = []
    bought: list[Plain] = []
    cells: list[tuple[str, ...]] = []
    shown = [line for line in lines if line.total.get("held") is not None][:MOST_BARS]
    for line in lines:
        total = line.total
        names = ("held", "active", "never_used", "bought")
        cells.append((line.name, *(_cell(line, scale.said(total.get(name)), look) for name in names)))
    for line in shown:
        total = line.total
        held, active, never = (total.get(name) or 0 for name in ("held", "active", "never_used"))
        low = 0
        for name, size in (("active", active), ("idle", held - active - never), ("never_used", never)):
            text = said(words.ALT_ENTRY, language, name=said(words.SEATS[name], language), value=scale.said(size))
            rows.append(
                {"name": shortened(line.name, NAME), "part": name, "low": low, "high": low + size, "said": text}
            )
            rows[-1]["label"] = said(words.SEATS[name], language)
            low += size
        if total.get("bought") is not None:
            text = f"{scale.said(total['bought'])} {said(words.BOUGHT, language)}"
            bought.append({"name": shortened(line.name, NAME), "value": total["bought"], "said": text})
    y = name_axis([shortened(line.name, NAME) for line in shown])
    about = tooltip(look, ("name", " "), ("said", " "))
    layers: list[Plain] = []
    if rows:
        scale_of_parts = {
            "domain": [said(words.SEATS[name], language) for name in parts],
            "range": list(parts.values()),
        }
        bar: Plain = {
            "data": {"values": rows},
            "mark": {"type": "bar", "height": {"band": 0.62}, "stroke": colours.background, "strokeWidth": 1},
            "encoding": {
                "y": y,
                "x": {"field": "low", "type": "quantitative", "axis": scale.axis(grid=True)},
                "x2": {"field": "high"},
                "color": {"field": "label", "type": "nominal", "scale": scale_of_parts},
                "tooltip": about,
            },
        }
        tick: Plain = {
            "data": {"values": bought},
            "mark": {"type": "tick", "color": colours.ink, "thickness": 2, "height": {"band": 0.8}},
            "encoding": {"y": y, "x": {"field": "value", "type": "quantitative"}, "tooltip": about},
        }
        label: Plain = {
            "data": {"values": bought},
            "mark": {"type": "text", "align": "left", "dx": 6, "color": colours.muted},
            "encoding": {"y": y, "x": {"field": "value", "type": "quantitative"}, "text": {"field": "said"}},
        }
        layers = [bar, tick, label] if bought else [bar]
    title = words.title_of(given.answer["metric"], language)
    columns = (Column(group_title(given, look)), *number_columns(look, "held", "active", "never_used", "bought"))
    told = [
        said(
            words.ALT_ENTRY,
            language,
            name=line.name,
            value=f"{scale.said(line.total['active'])} / {scale.said(line.total['held'])}",
        )
        for line in shown
    ]
    return finished(
        look,
        layers,
        title=title,
        subtitle=span(given.answer, language),
        notes=bar_notes(given, look, any(line.suppressed for line in lines), len(lines) - len(shown), bool(rows)),
        alt=bar_alt(given, look, title, told),
        table=Table(title, columns, tuple(cells)),
        height=max(3, len(shown)) * (ROW + 8),
    )


def _cell(line: Line, text: str, look: Look) -> str:
    return said(words.TOO_FEW, look.language) if line.suppressed else text
