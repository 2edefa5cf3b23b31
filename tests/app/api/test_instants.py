"""Instants in parameters: four forms, one meaning."""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api import instants
from app.core.types import EPOCH

PARIS = ZoneInfo("Europe/Paris")
ANY = st.datetimes(datetime(1901, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-03-29", "2026-03-28T23:00:00+00:00"),
        ("2026-10-26", "2026-10-25T23:00:00+00:00"),
        ("2026-08-01T10:00:00Z", "2026-08-01T10:00:00+00:00"),
        ("2026-08-01t10:00z", "2026-08-01T10:00:00+00:00"),
        ("2026-08-01 10:00:00.25+02:00", "2026-08-01T08:00:00.250000+00:00"),
        ("2026-08-01T10:00:00 02:00", "2026-08-01T08:00:00+00:00"),
        ("1754042400", "2025-08-01T10:00:00+00:00"),
        ("1754042400000", "2025-08-01T10:00:00+00:00"),
        # Four digits are seconds like any others: a year is no date.
        ("2026", "1970-01-01T00:33:46+00:00"),
        ("0", "1970-01-01T00:00:00+00:00"),
        ("-86400", "1969-12-31T00:00:00+00:00"),
    ],
)
def test_each_form_is_read(text: str, meant: str) -> None:
    assert instants.parse(text, PARIS).isoformat() == meant


@pytest.mark.parametrize(
    "text", ["", "now", "2026-8-1x", "2026-13-01", "2026-08-01T10:00:00", "1e9", "٢٠٢٦", "9" * 15, "0001-01-01"]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Send a date|between 1900|day is out|month must"):
        instants.parse(text, PARIS)


@given(ANY)
def test_an_instant_survives_its_text_in_every_form(instant: datetime) -> None:
    assert instants.parse(instant.isoformat(), PARIS) == instant
    seconds = (instant - EPOCH) // timedelta(seconds=1)
    assert instants.parse(str(seconds), PARIS) == EPOCH + timedelta(seconds=seconds)
    if abs(seconds) >= 100_000_000:
        assert instants.parse(str(seconds * 1000), PARIS) == EPOCH + timedelta(seconds=seconds)


@given(st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.sampled_from(["Europe/Paris", "America/Sao_Paulo", "UTC"]))
def test_a_date_is_the_midnight_of_its_zone(day: date, name: str) -> None:
    zone = ZoneInfo(name)
    assert instants.parse(day.isoformat(), zone) == datetime.combine(day, time.min, zone).astimezone(UTC)


@given(st.text())
def test_any_text_is_an_instant_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert instants.parse(text, PARIS).utcoffset() == timedelta(0)
