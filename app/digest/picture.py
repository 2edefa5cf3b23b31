"""The chart of a digest as PNG, with its text for those who do not see it."""

from dataclasses import dataclass

from app.charts import render
from app.charts.chart import Given
from app.charts.look import Look
from app.charts.trend import trend
from app.core.language import Language
from app.digest.blocks import MOST_ALT, plain
from app.digest.content import Content

_WIDTH = 480
_SCALE = 3.0
"""Slack shows an image about 360 pixels wide: a wider chart would have letters that nobody can read there."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG, and what it shows in words."""

    png: bytes
    title: str
    alt_text: str


def picture(content: Content, language: Language) -> Picture | None:
    """The weeks of the first number; None where no number is known. Raises UnavailableError."""
    if content.chart is None:
        return None
    chart = trend(Given(answer=content.chart), Look(language=language, width=_WIDTH))
    return Picture(render.png(chart.spec, scale=_SCALE), plain(chart.title, 200), plain(chart.alt, MOST_ALT))
