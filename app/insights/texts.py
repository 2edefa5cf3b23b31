"""Numbers inside sentences, in both languages."""

from typing import Literal

from app.metrics.declaration import Text

Form = Literal["ratio", "points", "duration", "number"]

_HOUR, _DAY = 3_600, 86_400
_NARROW = "\u202f"


def said(value: float, form: Form) -> Text:
    """A value as a reader would say it: a share in per cent or points of it, a duration in hours or days."""
    if form == "ratio":
        share = _rounded(abs(value) * 100)
        return Text(en=f"{share}%", fr=f"{_french(share)}{_NARROW}%")
    if form == "points":
        return _counted(_rounded(abs(value) * 100), Text(en="point", fr="point"))
    if form == "duration":
        return _duration(value)
    number = _rounded(value)
    return Text(en=number, fr=_french(number))


def filled(template: Text, **values: Text | str | int) -> Text:
    """A sentence with its values; a text goes in in the sentence's own language."""
    english = {name: value.en if isinstance(value, Text) else value for name, value in values.items()}
    french = {name: value.fr if isinstance(value, Text) else value for name, value in values.items()}
    return Text(en=template.en.format(**english), fr=template.fr.format(**french))


def plain(text: Text) -> dict[str, str]:
    """The text as answers carry it."""
    return {"en": text.en, "fr": text.fr}


def _duration(seconds: float) -> Text:
    if seconds < 2 * _DAY:
        return _counted(_rounded(seconds / _HOUR), Text(en="hour", fr="heure"))
    return _counted(_rounded(seconds / _DAY), Text(en="day", fr="jour"))


def _counted(number: str, unit: Text) -> Text:
    return Text(
        en=f"{number} {unit.en}{'' if number == '1' else 's'}",
        fr=f"{_french(number)} {unit.fr}{'s' if float(number) >= 2 else ''}",
    )


def _rounded(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 10 or value == round(value) else f"{value:.1f}"


def _french(number: str) -> str:
    return number.replace(".", ",")
