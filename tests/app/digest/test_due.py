"""When digests are due: the wall clock of their own zone, through the changes of the clocks."""

from datetime import UTC, datetime, timedelta

import pytest

from app.digest.due import Due, check_schedule, latest

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
MONDAYS_AT_NINE = "0 9 * * 1"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def periods_of(day: str) -> set[str]:
    """The periods of a local day in Paris that a clock which looks every ten minutes of that night finds."""
    looks = [at(f"{day}T00:00:00") + timedelta(minutes=minutes) for minutes in range(0, 300, 10)]
    found = [latest("30 2 * * *", "Europe/Paris", LONG_AGO, look) for look in looks]
    return {one.period for one in found if one is not None and one.period.startswith(day)}


@pytest.mark.parametrize(("day", "hour"), [("2026-03-23", 8), ("2026-03-30", 7), ("2026-10-19", 7), ("2026-10-26", 8)])
def test_nine_stays_nine_when_the_clocks_change(day: str, hour: int) -> None:
    due = at(f"{day}T{hour:02d}:00:00")
    assert latest(MONDAYS_AT_NINE, "Europe/Paris", LONG_AGO, due - timedelta(seconds=1)) is None
    found = latest(MONDAYS_AT_NINE, "Europe/Paris", LONG_AGO, due)
    assert found == Due(f"{day}T09:00", due)


def test_an_hour_that_is_shown_twice_is_one_period() -> None:
    # On 25 October 2026 it is 02:30 in Paris at 00:30 and at 01:30 UTC.
    assert periods_of("2026-10-25") == {"2026-10-25T02:30"}


def test_an_hour_that_is_skipped_is_posted_once_all_the_same() -> None:
    # On 29 March 2026 there is no 02:30 in Paris.
    assert len(periods_of("2026-03-29")) == 1


def test_it_is_not_posted_late_nor_before_it_was_made() -> None:
    due = at("2026-11-09T08:00:00")
    assert latest(MONDAYS_AT_NINE, "Europe/Paris", LONG_AGO, due + timedelta(hours=5)) is not None
    assert latest(MONDAYS_AT_NINE, "Europe/Paris", LONG_AGO, due + timedelta(hours=7)) is None
    assert latest(MONDAYS_AT_NINE, "Europe/Paris", due, due + timedelta(hours=1)) is None


def test_of_several_minutes_that_were_missed_only_the_last_one_counts() -> None:
    found = latest("15 * * * *", "UTC", LONG_AGO, at("2026-11-09T08:20:00"))
    assert found is not None
    assert found.period == "2026-11-09T08:15"


@pytest.mark.parametrize("line", ["* * * * *", "*/5 9 * * 1", "0,30 9 * * 1", "", "0 9 * *", "0 25 * * *", "0 9 1 * 1"])
def test_schedules_that_nobody_wants_are_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"schedule"):
        check_schedule(line, "Europe/Paris")
