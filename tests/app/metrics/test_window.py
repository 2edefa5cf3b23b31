"""Windows, buckets and the window before."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from app.core.types import from_micros, to_micros
from app.metrics.calendar import Definition, working_calendar
from app.metrics.window import MOST_BUCKETS, TooManyBucketsError, before, cut, midnight

PARIS = ZoneInfo("Europe/Paris")


def paris(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=PARIS).astimezone(UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("grain", "first", "count"),
    [
        ("day", date(2026, 3, 10), 53),
        ("week", date(2026, 3, 9), 8),
        ("month", date(2026, 3, 1), 3),
        ("quarter", date(2026, 1, 1), 2),
        ("total", date(2026, 3, 10), 1),
    ],
)
def test_buckets_cover_the_window_without_a_gap(grain: str, first: date, count: int) -> None:
    buckets = cut(paris(2026, 3, 10), paris(2026, 5, 2), PARIS, grain)
    assert (buckets.dates[0][0], len(buckets)) == (first, count)
    assert (buckets.start, buckets.end) == (to_micros(paris(2026, 3, 10)), to_micros(paris(2026, 5, 2)))
    assert all(one[1] == two[0] for one, two in zip(buckets.dates, buckets.dates[1:], strict=False))
    assert (np.diff(buckets.edges) > 0).all()


def test_only_the_buckets_that_the_window_cuts_are_not_whole() -> None:
    buckets = cut(paris(2026, 3, 10), paris(2026, 5, 2), PARIS, "month")
    assert buckets.whole.tolist() == [False, True, False]


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 1), 24)])
def test_a_local_day_has_as_many_hours_as_the_clocks_say(day: date, hours: int) -> None:
    assert midnight(day + timedelta(days=1), PARIS) - midnight(day, PARIS) == timedelta(hours=hours)


def test_a_day_whose_midnight_the_clocks_skip_begins_with_the_change() -> None:
    santiago = ZoneInfo("America/Santiago")
    day = date(2026, 9, 6)
    assert midnight(day, santiago) == datetime(2026, 9, 6, 4, tzinfo=UTC)
    assert midnight(day, santiago).astimezone(santiago).date() == day


def test_too_many_buckets_are_refused() -> None:
    start = datetime(2000, 1, 1, tzinfo=UTC)
    assert len(cut(start, start + timedelta(days=MOST_BUCKETS), ZoneInfo("UTC"), "day")) == MOST_BUCKETS
    with pytest.raises(TooManyBucketsError):
        cut(start, start + timedelta(days=MOST_BUCKETS + 1), ZoneInfo("UTC"), "day")


def test_the_window_before_has_as_many_local_days_across_a_change_of_the_clocks() -> None:
    later = paris(2030, 1, 1)
    assert before(paris(2026, 3, 30), paris(2026, 4, 6), later, PARIS) == (paris(2026, 3, 23), paris(2026, 3, 30))


def test_a_running_window_is_compared_with_the_same_elapsed_part() -> None:
    now = paris(2026, 4, 1, 15, 30)
    assert before(paris(2026, 3, 30), paris(2026, 4, 6), now, PARIS) == (paris(2026, 3, 23), paris(2026, 3, 25, 15, 30))


def hours(start: datetime, end: datetime, zone: ZoneInfo = PARIS) -> float:
    worked = working_calendar(Definition.usual(zone)).worked(np.array([to_micros(start), to_micros(end)]))
    return float(worked[1] - worked[0]) / 3.6e9


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (paris(2026, 9, 1, 8), paris(2026, 9, 1, 10, 30), 1.5),
        (paris(2026, 9, 4, 17), paris(2026, 9, 7, 10), 2),
        (paris(2026, 7, 13, 12), paris(2026, 7, 15, 12), 9),
        (paris(2026, 5, 25), paris(2026, 5, 26), 0),
        (paris(2026, 3, 27, 18), paris(2026, 3, 30, 18), 9),
        (paris(2026, 9, 1, 20), paris(2026, 9, 1, 21), 0),
    ],
    ids=["morning", "week-end", "14 July", "Whit Monday", "change of the clocks", "evening"],
)
def test_working_hours(start: datetime, end: datetime, expected: float) -> None:
    assert hours(start, end) == expected


def test_working_hours_where_the_local_day_spans_two_days_of_utc() -> None:
    auckland = ZoneInfo("Pacific/Auckland")
    monday = datetime(2026, 9, 7, tzinfo=auckland)
    assert hours(monday.astimezone(UTC), (monday + timedelta(days=5)).astimezone(UTC), auckland) == 45


def test_there_is_no_working_time_before_1970() -> None:
    assert hours(from_micros(-(10**15)), from_micros(0)) == 0
