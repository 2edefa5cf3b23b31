"""A day and a time as they are chosen, and the cron line that says the same."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.core.cron import trigger
from app.web.admin import rhythm

NOW = datetime(2026, 11, 4, 12, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("line", "day", "time"),
    [
        ("0 9 * * mon", "mon", "09:00"),
        ("5 17 * * fri", "fri", "17:05"),
        ("30 08 * * mon-fri", "mon-fri", "08:30"),
        ("0 0 1 * *", "monthly", "00:00"),
    ],
)
def test_what_a_line_says(line: str, day: str, time: str) -> None:
    assert rhythm.chosen(line) == (day, time)


OTHERS = (
    "*/5 * * * *",
    "0 9 * * mon,thu",
    "0 9 * * *",
    "0 9 2 * *",
    "0 24 * * mon",
    "60 9 * * mon",
    "0 9 * * tue-fri",
    "",
)


@pytest.mark.parametrize("line", OTHERS)
def test_another_rhythm_is_none_of_the_choices(line: str) -> None:
    assert rhythm.chosen(line) is None


@given(some.sampled_from([*rhythm.WEEKDAYS, "mon-fri", "monthly"]), some.times())
def test_a_choice_fires_on_its_day_at_its_time(day: str, time: object) -> None:
    line = rhythm.line(day, f"{time:%H:%M}")
    assert rhythm.chosen(line) == (day, f"{time:%H:%M}")
    fires = trigger(line, "UTC").get_next_fire_time(None, NOW)
    assert f"{fires:%H:%M}" == f"{time:%H:%M}"
    if day == "monthly":
        assert fires.day == 1
    elif day == "mon-fri":
        assert fires.isoweekday() <= 5
    else:
        assert f"{fires:%a}".lower() == day
