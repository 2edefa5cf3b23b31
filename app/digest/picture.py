"""The chart of a digest as PNG, with its text for those who do not see it."""

from dataclasses import dataclass

import vl_convert

from app.charts.chart import Given
from app.charts.look import Look
from app.charts.trend import trend
from app.core.language import Language
from app.digest.blocks import MOST_ALT, plain
from app.digest.content import Content

_WIDTH = 720
_SCALE = 2.0


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG, and what it shows in words."""

    png: bytes
    title: str
    alt_text: str


def picture(content: Content, language: Language) -> Picture | None:
    """The weeks of the first number; None where no number is known."""
    if content.chart is None:
        return None
    chart = trend(Given(answer=content.chart), Look(language=language, width=_WIDTH))
    png = vl_convert.vegalite_to_png(chart.spec, scale=_SCALE)
    return Picture(png, plain(chart.title, 200), plain(chart.alt, MOST_ALT))
