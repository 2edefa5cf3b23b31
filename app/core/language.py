"""The two languages of the screens and messages: how each writes numbers, durations, days and instants.

Nothing else formats a value for a person. French separates with no-break spaces, so that no number breaks in two.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, format_time
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent

NBSP = "\u00a0"
_MINUS = "\u2212"
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


class Language(StrEnum):
    """French or English; English as it is written in Europe, with the day before the month and 24 hours."""

    FR = "fr"
    EN = "en"

    @classmethod
    def chosen(cls, *wishes: str | None, default: str) -> "Language":
        """The first wish that is a language, or the default."""
        return next((cls(wish) for wish in wishes if wish in _NAMES), cls(default))

    @classmethod
    def accepted(cls, header: str) -> str | None:
        """The language that an `Accept-Language` header likes best; `None` where it names neither."""
        best: tuple[float, str] | None = None
        for part in header.split(","):
            tag, _, weight = part.partition(";")
            name = tag.strip().lower().partition("-")[0]
            liking = _liking(weight)
            if name in _NAMES and liking > 0 and (best is None or liking > best[0]):
                best = liking, name
        return None if best is None else best[1]

    @property
    def title(self) -> str:  # type: ignore[override]
        """The language's name in itself."""
        return _NAMES[self]

    def number(self, value: float, *, digits: int = 1) -> str:
        """`1 234,5` and `1,234.5`; at most `digits` after the separator, and none that says nothing."""
        rounded = round(value, digits)
        pattern = "#,##0." + "#" * digits if digits else "#,##0"
        return format_decimal(rounded + 0.0, format=pattern, locale=self._locale).replace("-", _MINUS)

    def percent(self, share: float, *, digits: int = 0) -> str:
        """A fraction as `12 %` and `12%`."""
        pattern = "#,##0." + "#" * digits if digits else "#,##0"
        sign = f"{NBSP}%" if self is Language.FR else "%"
        text = format_percent(round(share, digits + 2) + 0.0, format=pattern + sign, locale=self._locale)
        return text.replace("-", _MINUS)

    def money(self, amount: float, currency: str) -> str:
        """An amount in a currency by its ISO code: `912,50 €`, `€912.50`."""
        return format_currency(round(amount, 2) + 0.0, currency, locale=self._locale).replace("-", _MINUS)

    def signed(self, text: str, value: float) -> str:
        """A formatted size with the sign of what it is the size of: `+` or a true minus."""
        return f"{'+' if value > 0 else '−' if value < 0 else '±'}{text}"

    def duration(self, seconds: float, *, days: bool = True) -> str:
        """As a person would say it, its two largest units: `2 j 4 h`, `2 d 4 h`, `35 min`.

        Without `days` hours are the largest unit: a day of the working clock has another length for each calendar.
        """
        sign = "−" if seconds < 0 else ""
        size = abs(seconds)
        if size < _MINUTE:
            return f"{sign}{round(size)}{NBSP}s" if round(size) < _MINUTE else f"{sign}1{NBSP}min"
        if days and size >= _DAY:
            return sign + self._two(size, _DAY, _HOUR)
        return sign + self._two(size, _HOUR, _MINUTE)

    def day(self, day: date, *, form: Literal["short", "medium", "long"] = "medium") -> str:
        """`12 nov.`, `12 nov. 2026` or `jeudi 12 novembre 2026`."""
        if form == "short":
            return format_skeleton("MMMd", day, locale=self._locale)
        return format_date(day, "full" if form == "long" else "medium", locale=self._locale).replace(",", "")

    def month(self, day: date) -> str:
        """`novembre 2026`: the month that a day lies in."""
        return format_skeleton("yMMMM", day, locale=self._locale)

    def week(self, day: date, *, year: bool = True) -> str:
        """The ISO week that a day lies in: `S47 2026`, `W47 2026`."""
        iso = day.isocalendar()
        name = f"{'S' if self is Language.FR else 'W'}{iso.week:02d}"
        return f"{name}{NBSP}{iso.year}" if year else name

    def days(self, first: date, last: date) -> str:
        """A span of days, both included: `3–9 nov. 2026`."""
        if first == last:
            return self.day(first)
        if (first.year, first.month) == (last.year, last.month):
            return f"{first.day}–{self.day(last)}"
        if first.year == last.year:
            return f"{self.day(first, form='short')} – {self.day(last)}"
        return f"{self.day(first)} – {self.day(last)}"

    def moment(self, instant: datetime, zone: ZoneInfo) -> str:
        """An instant in a zone, to the minute, on a clock of 24 hours: `12 nov. 2026 à 14:05`."""
        local = instant.astimezone(zone)
        joint = " à " if self is Language.FR else ", "
        return f"{self.day(local.date())}{joint}{self.clock_time(instant, zone)}"

    def clock_time(self, instant: datetime, zone: ZoneInfo) -> str:
        """The time of day of an instant in a zone: `14:05`."""
        return format_time(instant, "HH:mm", tzinfo=zone, locale=self._locale)

    def weekday(self, day: date) -> str:
        """`jeudi`, `Thursday`."""
        return format_datetime(datetime(day.year, day.month, day.day), "EEEE", locale=self._locale)  # noqa: DTZ001

    def ago(self, instant: datetime, now: datetime) -> str:
        """How long ago it was: `il y a 2 j 4 h`, `2 d 4 h ago`."""
        text = self.duration(max(now - instant, timedelta(0)).total_seconds())
        return f"il y a {text}" if self is Language.FR else f"{text} ago"

    def country(self, code: str) -> str:
        """A country's name, by its two letters of ISO 3166; what is none stays as it is."""
        return str(self._locale.territories.get(code, code))

    def several(self, texts: Iterable[str]) -> str:
        """`a, b et c`, `a, b and c`."""
        return format_list(list(texts), locale=self._locale)

    @property
    def _locale(self) -> Locale:
        return _LOCALES[self]

    def _two(self, size: float, large: int, small: int) -> str:
        # Rounded to the small unit first, so that 23 h 59 min 40 s is not `23 h 60 min`.
        whole = round(size / small) * small
        if large == _HOUR and whole >= _DAY > size:
            large, small = _DAY, _HOUR
        above, below = divmod(whole, large)
        first = f"{self.number(above)}{NBSP}{self._symbol(large)}" if above else ""
        second = f"{below // small}{NBSP}{self._symbol(small)}" if below else ""
        return NBSP.join(part for part in (first, second) if part)

    def _symbol(self, unit: int) -> str:
        if unit == _DAY:
            return "j" if self is Language.FR else "d"
        return "h" if unit == _HOUR else "min"


_NAMES = {"fr": "Français", "en": "English"}
_LOCALES = {Language.FR: Locale.parse("fr_FR"), Language.EN: Locale.parse("en_GB")}


def _liking(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
