"""How French and English write values: examples that a reader can judge, and rules that hold for any value."""

import math
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.core.language import Language

FR, EN = Language.FR, Language.EN
PARIS = ZoneInfo("Europe/Paris")
UNITS = {"s": 1, "min": 60, "h": 3_600, "j": 86_400, "d": 86_400}
languages = some.sampled_from(Language)


def plain(text: str) -> str:
    """The text with ordinary spaces, so that the tests below can be read."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("value", "digits", "french", "english"),
    [
        (1234.5, 1, "1 234,5", "1,234.5"),
        (1234567, 1, "1 234 567", "1,234,567"),
        (0.25, 1, "0,2", "0.2"),
        (0.25, 2, "0,25", "0.25"),
        (-1.5, 1, "−1,5", "−1.5"),
        (-0.01, 1, "0", "0"),
        (99.96, 1, "100", "100"),
        (2.5, 0, "2", "2"),
    ],
)
def test_numbers(value: float, digits: int, french: str, english: str) -> None:
    assert plain(FR.number(value, digits=digits)) == french
    assert EN.number(value, digits=digits) == english


@pytest.mark.parametrize(
    ("share", "digits", "french", "english"),
    [(0.5, 0, "50 %", "50%"), (0.1234, 1, "12,3 %", "12.3%"), (1, 1, "100 %", "100%"), (0, 1, "0 %", "0%")],
)
def test_percents(share: float, digits: int, french: str, english: str) -> None:
    assert plain(FR.percent(share, digits=digits)) == french
    assert EN.percent(share, digits=digits) == english


@pytest.mark.parametrize(
    ("seconds", "french", "english"),
    [
        (0, "0 s", "0 s"),
        (12.4, "12 s", "12 s"),
        (59.7, "1 min", "1 min"),
        (90 * 60, "1 h 30 min", "1 h 30 min"),
        (2 * 86_400 + 4 * 3_600 + 600, "2 j 4 h", "2 d 4 h"),
        (86_400 - 10, "1 j", "1 d"),
        (3_600 - 10, "1 h", "1 h"),
        (1_000 * 86_400, "1 000 j", "1,000 d"),
        (-5_400, "−1 h 30 min", "−1 h 30 min"),
    ],
)
def test_durations(seconds: float, french: str, english: str) -> None:
    assert plain(FR.duration(seconds)) == french
    assert plain(EN.duration(seconds)) == english


def test_a_duration_of_the_working_clock_has_no_days() -> None:
    assert plain(FR.duration(30 * 3_600 + 900, days=False)) == "30 h 15 min"


@given(languages, some.floats(min_value=0, max_value=4e9))
def test_a_duration_says_what_it_is_to_its_smaller_unit(language: Language, seconds: float) -> None:
    said = plain(language.duration(seconds))
    parts = re.findall(r"([\d, ]+?) (s|min|h|j|d)(?= |$)", said)
    assert 1 <= len(parts) <= 2
    total = sum(int(re.sub(r"\D", "", number)) * UNITS[unit] for number, unit in parts)
    coarse = 1 if seconds < 59.5 else 60 if seconds < 86_370 else 3_600
    assert abs(total - seconds) <= coarse / 2
    if len(parts) == 2:
        (_, large), (number, small) = parts
        assert UNITS[large] > UNITS[small]
        assert 0 < int(number) * UNITS[small] < UNITS[large]


@given(languages, some.floats(min_value=-1e12, max_value=1e12), some.integers(0, 3))
def test_a_number_reads_back(language: Language, value: float, digits: int) -> None:
    said = plain(language.number(value, digits=digits))
    group, point = (" ", ",") if language is FR else (",", ".")
    told = Decimal(said.replace(group, "").replace(point, ".").replace("−", "-"))
    # A tie may fall to either side, and the rounded number is a binary fraction again before it is said.
    assert abs(told - Decimal(value)) <= Decimal(5).scaleb(-digits - 1) + Decimal(math.ulp(value))
    assert said not in ("-0", "−0")


@given(languages, some.floats(min_value=0, max_value=1e9), some.dates(), some.integers(0, 400))
def test_nothing_that_belongs_together_breaks_in_two(language: Language, value: float, day: date, length: int) -> None:
    for text in (language.number(value), language.percent(value), language.duration(value), language.week(day)):
        assert " " not in text


def test_days_and_weeks() -> None:
    day = date(2026, 11, 2)
    assert plain(FR.day(day)) == "2 nov. 2026"
    assert EN.day(day) == "2 Nov 2026"
    assert plain(FR.day(day, form="long")) == "lundi 2 novembre 2026"
    assert EN.day(day, form="long") == "Monday 2 November 2026"
    assert (plain(FR.day(day, form="short")), EN.day(day, form="short")) == ("2 nov.", "2 Nov")
    assert (FR.month(day), EN.month(day)) == ("novembre 2026", "November 2026")
    assert (FR.weekday(day), EN.weekday(day)) == ("lundi", "Monday")
    # The first days of 2027 lie in the last week of 2026.
    assert (plain(FR.week(date(2027, 1, 3))), plain(EN.week(date(2027, 1, 3)))) == ("S53 2026", "W53 2026")
    assert EN.week(day, year=False) == "W45"


def test_spans_of_days_name_the_month_and_the_year_once() -> None:
    assert plain(FR.days(date(2026, 11, 2), date(2026, 11, 8))) == "2–8 nov. 2026"
    assert EN.days(date(2026, 10, 28), date(2026, 11, 3)) == "28 Oct – 3 Nov 2026"
    assert EN.days(date(2025, 12, 28), date(2026, 1, 3)) == "28 Dec 2025 – 3 Jan 2026"
    assert EN.days(date(2026, 1, 3), date(2026, 1, 3)) == "3 Jan 2026"


def test_instants_stand_in_a_zone_on_a_clock_of_24_hours() -> None:
    instant = datetime(2026, 11, 22, 23, 5, tzinfo=UTC)
    assert plain(FR.moment(instant, PARIS)) == "23 nov. 2026 à 00:05"
    assert EN.moment(instant, PARIS) == "23 Nov 2026, 00:05"
    assert EN.clock_time(instant - timedelta(hours=6), PARIS) == "18:05"


def test_how_long_ago_and_lists() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert plain(FR.ago(now - timedelta(minutes=5), now)) == "il y a 5 min"
    assert plain(EN.ago(now + timedelta(minutes=5), now)) == "0 s ago"
    assert FR.several(["a", "b", "c"]) == "a, b et c"
    assert EN.several(["a", "b"]) == "a and b"
    assert EN.several([]) == ""


def test_a_difference_carries_its_sign() -> None:
    assert EN.signed("12%", 0.12) == "+12%"
    assert EN.signed("12%", -0.12) == "−12%"
    assert EN.signed("0%", 0) == "±0%"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("fr-CH, fr;q=0.9, en;q=0.8", "fr"),
        ("de, en;q=0.5, fr;q=0.4", "en"),
        ("en;q=0.1, fr;q=0.2", "fr"),
        ("FR", "fr"),
        ("de-DE", None),
        ("fr;q=0", None),
        ("fr;q=much, en;q=0.1", "en"),
        ("", None),
    ],
)
def test_what_a_browser_likes_best(header: str, language: str | None) -> None:
    assert Language.accepted(header) == language


def test_the_first_wish_that_is_a_language_counts() -> None:
    assert Language.chosen(None, "de", "en", "fr", default="fr") is EN
    assert Language.chosen(None, "", default="fr") is FR
