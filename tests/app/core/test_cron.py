"""Cron lines fire when people who know cron expect them to."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.cron import trigger

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")


def days_of(line: str) -> list[str]:
    """The weekdays that a line fires on."""
    fires, names, now = trigger(line, "UTC"), [], MONDAY - timedelta(seconds=1)
    while (following := fires.get_next_fire_time(None, now)) is not None and following < MONDAY + timedelta(days=7):
        names.append(following.strftime("%a").lower())
        now = following + timedelta(seconds=1)
    return names


@pytest.mark.parametrize(
    ("weekday", "days"),
    [
        ("1", ["mon"]),
        ("0", ["sun"]),
        ("7", ["sun"]),
        ("1-5", ["mon", "tue", "wed", "thu", "fri"]),
        ("mon-fri", ["mon", "tue", "wed", "thu", "fri"]),
        ("5-7", ["fri", "sat", "sun"]),
        ("fri-sun", ["fri", "sat", "sun"]),
        ("1,3", ["mon", "wed"]),
        ("*/2", ["tue", "thu", "sat", "sun"]),
        ("*", ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
    ],
)
def test_weekdays_are_counted_as_cron_counts_them(weekday: str, days: list[str]) -> None:
    assert days_of(f"0 9 * * {weekday}") == days


@given(st.integers(0, 7))
def test_a_number_and_its_name_are_the_same_day(number: int) -> None:
    assert days_of(f"30 6 * * {number}") == days_of(f"30 6 * * {NAMES[number]}") == [NAMES[number]]


def test_a_line_fires_by_the_wall_clock_of_its_zone() -> None:
    fires = trigger("0 9 * * *", "Europe/Paris")
    summer = fires.get_next_fire_time(None, datetime(2026, 7, 1, tzinfo=UTC))
    assert summer == datetime(2026, 7, 1, 9, tzinfo=ZoneInfo("Europe/Paris"))


@pytest.mark.parametrize(
    "line",
    ["", "* * * *", "* * * * * *", "61 * * * *", "* 25 * * *", "* * * * 8", "* * * * mon-", "x * * * *", "0 0 1 * mon"],
)
def test_a_line_that_cannot_be_meant_is_refused_with_a_reason(line: str) -> None:
    with pytest.raises(ValueError, match=r"schedule"):
        trigger(line, "UTC")


@given(st.text(max_size=20))
def test_any_text_is_a_line_or_a_value_error(text: str) -> None:
    try:
        trigger(text, "UTC")
    except ValueError as error:
        assert "schedule" in str(error)  # noqa: PT017 - most texts raise, and some may not
