"""Periods as people write them, in French and English: `last month`, `la semaine dernière`, `30 jours`, dates."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from app.core.language import Language

_FR, _EN = Language.FR, Language.EN
_UNITS = {
    "day": "day", "days": "day", "d": "day", "jour": "day", "jours": "day", "j": "day",
    "week": "week", "weeks": "week", "semaine": "week", "semaines": "week",
    "month": "month", "months": "month", "mois": "month",
    "quarter": "quarter", "quarters": "quarter", "trimestre": "quarter", "trimestres": "quarter",
    "year": "year", "years": "year", "an": "year", "ans": "year", "annee": "year", "annees": "year",
}  # fmt: skip
_FRENCH = {
    "jour",
    "jours",
    "j",
    "semaine",
    "semaines",
    "mois",
    "trimestre",
    "trimestres",
    "an",
    "ans",
    "annee",
    "annees",
}
_DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
_MOST_DAYS = 3_660
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_DATE = r"(?:(\d{4}) (\d{1,2}) (\d{1,2})|(\d{1,2}) (\d{1,2}) (\d{4}))"
_LAST = "last|past|previous|dernier|derniers|derniere|dernieres|passe|passee|precedent|precedente"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` up to but without `end`."""

    first: date
    end: date


Read = Callable[[re.Match[str], date], Period | None]


def found(text: str, today: date) -> tuple[Period | None, str, Language | None]:
    """The period that a text names (words without accents, in lower case), what is left of it, and its language."""
    for pattern, read, language in _WAYS:
        for match in pattern.finditer(text):
            period = _safe(read, match, today)
            if period is not None:
                spoken = language or next((_FR for word in match[0].split() if word in _FRENCH), None)
                return period, f"{text[: match.start()]} {text[match.end() :]}", spoken
    return None, text, None


def usual(today: date) -> Period:
    """The period of a question that names none: the last 28 whole days."""
    return Period(today - timedelta(days=28), today)


def _safe(read: Read, match: re.Match[str], today: date) -> Period | None:
    try:
        period = read(match, today)
    except (ValueError, OverflowError):
        return None
    if period is None or not timedelta(0) < period.end - period.first <= timedelta(days=_MOST_DAYS):
        return None
    return period if period.first.year >= 1970 else None


def _start(unit: str, day: date) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    if unit == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return day.replace(month=1, day=1) if unit == "year" else day


def _last(unit: str, today: date) -> Period:
    end = _start(unit, today)
    return Period(_start(unit, end - timedelta(days=1)), end)


def _this(unit: str, today: date) -> Period:
    return Period(_start(unit, today), today + timedelta(days=1))


def _so_many(number: str, unit: str, today: date) -> Period | None:
    if len(number) > 4:
        return None
    return Period(today - timedelta(days=int(number) * _DAYS[_UNITS[unit]]), today)


def _dates(match: re.Match[str]) -> Iterator[date]:
    for parts in re.findall(_DATE, match[0]):
        year, month, day, day_first, month_first, year_last = parts
        yield date(int(year), int(month), int(day)) if year else date(int(year_last), int(month_first), int(day_first))


def _between(match: re.Match[str], _: date) -> Period:
    first, last = sorted(_dates(match))
    return Period(first, last + timedelta(days=1))


def _since(match: re.Match[str], today: date) -> Period:
    return Period(next(_dates(match)), today + timedelta(days=1))


def _on(match: re.Match[str], _: date) -> Period:
    day = next(_dates(match))
    return Period(day, day + timedelta(days=1))


def _way(pattern: str, read: Read, language: Language | None = None) -> tuple[re.Pattern[str], Read, Language | None]:
    return re.compile(rf"\b(?:{pattern})\b"), read, language


_WAYS = (
    _way(rf"(?:(?:from|between|du|de|entre) )?{_DATE} (?:to|and|until|au|a|et|jusqu au) {_DATE}", _between),
    _way(rf"(?:since|from) {_DATE}", _since, _EN),
    _way(rf"(?:depuis(?: le)?|a partir du) {_DATE}", _since, _FR),
    _way(rf"(?:(?:on|le) )?{_DATE}", _on),
    _way(rf"(?:the |les )?(?:{_LAST}) (\d+) ?({_UNIT})", lambda m, today: _so_many(m[1], m[2], today)),
    _way(rf"(?:les |the )?(\d+) ?({_UNIT})(?: (?:{_LAST}))?", lambda m, today: _so_many(m[1], m[2], today)),
    _way(rf"(?:les |the )?(\d+) (?:{_LAST}) ({_UNIT})", lambda m, today: _so_many(m[1], m[2], today)),
    _way(rf"(?:the )?(?:last|past|previous) ({_UNIT})", lambda m, today: _last(_UNITS[m[1]], today), _EN),
    _way(rf"(?:l |la |le )?({_UNIT}) (?:{_LAST})", lambda m, today: _last(_UNITS[m[1]], today), _FR),
    _way(r"this (week|month|quarter|year)", lambda m, today: _this(_UNITS[m[1]], today), _EN),
    _way(r"(?:cette|ce|cet) (semaine|mois|trimestre|annee)(?: ci)?", lambda m, today: _this(_UNITS[m[1]], today), _FR),
    _way(r"yesterday", lambda _, today: _last("day", today), _EN),
    _way(r"hier", lambda _, today: _last("day", today), _FR),
    _way(r"today", lambda _, today: _this("day", today), _EN),
    _way(r"aujourd hui", lambda _, today: _this("day", today), _FR),
)
