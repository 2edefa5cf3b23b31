"""Colours that can be told apart and read, and that stay with what they stand for."""

import pytest

from app.charts.look import COLOURS, Colours, Look, Theme
from app.core.language import Language

TEAMS = tuple(f"{number:08d}-0000-4000-8000-000000000000" for number in range(30))


def luminance(colour: str) -> float:
    """As WCAG 2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", list(Theme))
def test_every_colour_is_seen_on_its_background(theme: Theme) -> None:
    colours: Colours = COLOURS[theme]
    drawn = (*colours.series, *colours.category.values(), colours.accent, colours.good, colours.bad)
    assert min(contrast(colour, colours.background) for colour in drawn) >= 3
    assert min(contrast(colour, colours.background) for colour in (colours.ink, colours.muted)) >= 4.5


def test_a_team_keeps_its_colour_whichever_others_are_shown() -> None:
    look = Look(language=Language.EN, known=TEAMS[:6])
    everybody = look.strokes(TEAMS[:6])
    for team in TEAMS[:6]:
        assert look.strokes([team])[team] == everybody[team]


def test_teams_differ_in_colour_while_there_are_colours_and_in_dashes_then() -> None:
    look = Look(language=Language.EN)
    palette = len(look.colours.series)
    assert len({stroke.colour for stroke in look.strokes(TEAMS[:palette]).values()}) == palette
    assert len({(stroke.colour, stroke.dash) for stroke in look.strokes(TEAMS[: palette + 4]).values()}) == palette + 4
    assert look.strokes(["", *TEAMS[:2]])[""].colour == look.colours.muted


@pytest.mark.parametrize(("width", "height"), [(39, 0), (2_001, 0), (400, 20), (400, 2_001)])
def test_a_chart_has_a_bounded_size(width: int, height: int) -> None:
    with pytest.raises(ValueError, match="pixels"):
        Look(language=Language.EN, width=width, height=height)


def test_numbers_and_months_are_those_of_the_language() -> None:
    french, english = (Look(language=language).config()["locale"] for language in (Language.FR, Language.EN))
    assert (french["number"]["decimal"], english["number"]["decimal"]) == (",", ".")
    assert (french["time"]["shortMonths"][1], english["time"]["shortMonths"][1]) == ("févr.", "Feb")
