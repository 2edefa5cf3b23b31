"""How long to wait: what a vendor asks for, in whatever way it is written, else a growing pause."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.kit.retry import RetryPolicy, retry_after

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


@given(
    st.text(max_size=60)
    | st.from_regex(r"[A-Z][a-z]{2}, \d{1,3} [A-Z][a-z]{2} \d{1,6} \d{1,3}:\d{1,3}:\d{1,3} \S{1,6}")
)
@example("Sun, 06 Nov 0001 08:49:37 +2359")
@example("Fri, 31 Dec 9999 23:59:59 -2359")
@example("Mon, 01 Jan 2026 00:00:00 +99999999999")
def test_any_header_is_a_wait_of_some_seconds_or_nothing(header: str):
    seconds = retry_after(header, NOW)

    assert seconds is None or 0 <= seconds < timedelta.max.total_seconds()


@given(st.integers(0, 10**9))
def test_seconds_and_dates_mean_the_same(seconds: int):
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)

    assert retry_after(str(seconds), NOW) == retry_after(date, NOW) == seconds


@pytest.mark.parametrize("header", ["Mon, 02 Nov 2026 09:00:07 +0100", "Mon, 02 Nov 2026 08:00:07 -0000"])
def test_a_date_is_read_in_its_zone(header: str):
    assert retry_after(header, NOW) == 7


def test_pauses_double_up_to_the_longest_and_jitter_takes_up_to_half_away():
    policy = RetryPolicy(first=1, longest=5)

    assert [policy.pause(attempt, jitter=max) for attempt in range(1, 5)] == [1, 2, 4, 5]
    assert [policy.pause(attempt, jitter=min) for attempt in range(1, 5)] == [0.5, 1, 2, 2.5]
    assert policy.pause(5000, jitter=max) == 5
