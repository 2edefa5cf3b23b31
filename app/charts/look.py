"""How charts look: sizes, themes, colours that stay readable, and the config that every specification carries."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Literal

import vl_convert

from app.core.language import Language

Plain = dict[str, Any]

SMALLEST, LARGEST = 40, 2_000
"""Pixels that a side of a chart may have."""

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""The first one is carried by the renderer itself, so that a picture needs no font of the machine."""


class Theme(StrEnum):
    """What a chart is shown on."""

    LIGHT = "light"
    DARK = "dark"
    PRINT = "print"


@dataclass(frozen=True, slots=True)
class Colours:
    """A theme's colours. Each of `series` and `accent` has a contrast of 3 to 1 or more on the background."""

    background: str
    ink: str
    muted: str
    line: str
    veil: str
    """Laid over what is not shown."""
    accent: str
    good: str
    bad: str
    series: tuple[str, ...]
    category: dict[str, str]


_LIGHT = Colours(
    background="#ffffff",
    ink="#1c2127",
    muted="#5b6470",
    line="#e3e6ea",
    veil="#eef0f3",
    accent="#1f5fbf",
    good="#0a7a5c",
    bad="#b3400e",
    series=("#1f5fbf", "#b85c00", "#0a7a5c", "#8a3ea8", "#a61e4d", "#5d6b00", "#00738f", "#6b5750"),
    category={
        "backlog": "#8b939e",
        "todo": "#5c7fa8",
        "active": "#1f5fbf",
        "waiting": "#b85c00",
        "done": "#0a7a5c",
        "discarded": "#75695f",
        "unmapped": "#8a3ea8",
    },
)
_DARK = Colours(
    background="#1c1f25",
    ink="#e8ebef",
    muted="#a3adb8",
    line="#2b323a",
    veil="#22282f",
    accent="#7fb2f5",
    good="#4fc3a1",
    bad="#f0965a",
    series=("#7fb2f5", "#f0a45a", "#4fc3a1", "#c99be6", "#f28ba8", "#c3cc62", "#5cc4de", "#c4aea5"),
    category={
        "backlog": "#7d8793",
        "todo": "#8fa9c7",
        "active": "#7fb2f5",
        "waiting": "#f0a45a",
        "done": "#4fc3a1",
        "discarded": "#a0948a",
        "unmapped": "#c99be6",
    },
)
COLOURS = {Theme.LIGHT: _LIGHT, Theme.DARK: _DARK, Theme.PRINT: _LIGHT}

DASHES: tuple[tuple[int, ...], ...] = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3))
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")


@dataclass(frozen=True, slots=True)
class Stroke:
    """How one series is told from the others: never by its colour alone."""

    colour: str
    dash: tuple[int, ...]
    shape: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a chart is drawn for.

    `height` 0 is the kind's own. `titled`: whether the picture says its title and notes itself, as one must that
    leaves the page. `known` are all ids that colours are dealt to: with them, no filter changes a team's colour.
    """

    language: Language
    theme: Theme = Theme.LIGHT
    width: int = 720
    height: int = 0
    titled: bool = True
    known: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse sizes that no chart has. Raises ValueError."""
        if not SMALLEST <= self.width <= LARGEST or not (self.height == 0 or SMALLEST <= self.height <= LARGEST):
            raise ValueError(f"A chart is {SMALLEST} to {LARGEST} pixels wide and high.")

    @property
    def colours(self) -> Colours:
        """The colours of its theme."""
        return COLOURS[self.theme]

    def strokes(self, ids: Collection[str]) -> dict[str, Stroke]:
        """The colour, dash and shape of each id: every id has its own place, and yields it only to a smaller id.

        What has no id is grey.
        """
        palette = self.colours.series
        places: dict[str, int] = {}
        # What is known are teams: tools and projects have the palette for themselves.
        known = self.known if not set(ids).isdisjoint(self.known) else ()
        for one in sorted({one for one in (*ids, *known) if one.strip()}):
            taken = {place % len(palette) for place in places.values()} if len(places) < len(palette) else set()
            place = int.from_bytes(hashlib.blake2b(one.encode(), digest_size=4).digest(), "big") % len(palette)
            while place in taken:
                place = (place + 1) % len(palette)
            places[one] = place
        # A second id of the same colour has another dash.
        met = [0] * len(palette)
        grey = Stroke(self.colours.muted, DASHES[2], SHAPES[4])
        strokes: dict[str, Stroke] = {one: grey for one in ids if not one.strip()}
        for one, place in places.items():
            colour = palette[place]
            number = place if met[place] == 0 else place + met[place]
            strokes[one] = Stroke(colour, DASHES[met[place] % len(DASHES)], SHAPES[number % len(SHAPES)])
            met[place] += 1
        return strokes

    def config(self) -> Plain:
        """The part of a specification that all charts share."""
        colours = self.colours
        return {
            "background": colours.background if self.titled else "transparent",
            "font": FONT,
            "locale": _locale(self.language),
            "padding": 12 if self.titled else 4,
            "view": {"stroke": None},
            "title": {
                "anchor": "start",
                "frame": "bounds",
                "color": colours.ink,
                "subtitleColor": colours.muted,
                "fontSize": 16,
                "fontWeight": 600,
                "subtitleFontSize": 12,
                "subtitlePadding": 6,
                "subtitleLineHeight": 16,
                "offset": 14,
            },
            "axis": {
                "labelColor": colours.muted,
                "titleColor": colours.muted,
                "labelFontSize": 11,
                "titleFontSize": 11,
                "titleFontWeight": 400,
                "gridColor": colours.line,
                "domainColor": colours.line,
                "tickColor": colours.line,
                "labelPadding": 6,
            },
            "axisY": {"domain": False, "ticks": False},
            "axisX": {"grid": False},
            "legend": {
                "orient": "top",
                "title": None,
                "labelColor": colours.ink,
                "labelFontSize": 12,
                "symbolStrokeWidth": 2,
                "columns": max(1, self.width // 140),
                "columnPadding": 16,
                "labelLimit": 160,
                "offset": 14,
            },
            "text": {"color": colours.ink, "fontSize": 11},
        }


@cache
def _locale(language: Language) -> Plain:
    """D3's formats of numbers and dates; the language's own words for months and days."""
    name: Literal["fr-FR", "en-GB"] = "fr-FR" if language is Language.FR else "en-GB"
    return {"number": vl_convert.get_format_locale(name), "time": vl_convert.get_time_format_locale(name)}
