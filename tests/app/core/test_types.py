"""Columns hold the same value on both databases, and refuse what would differ."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, insert, select

from app.core.db import Database
from app.core.types import Day, Id, Instant, Json, String, from_micros, json_without_nul, to_micros, without_nul

metadata = MetaData()
sample = Table(
    "sample",
    metadata,
    Column("id", Id, primary_key=True),
    Column("text", String),
    Column("at", Instant),
    Column("day", Day),
    Column("value", Json),
)


@given(st.datetimes(timezones=st.timezones()))
def test_an_instant_survives_to_the_microsecond(instant: datetime) -> None:
    assert from_micros(to_micros(instant)) == instant.astimezone(UTC)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        to_micros(datetime(2026, 1, 1))  # noqa: DTZ001


@given(st.text())
def test_text_loses_its_nul_and_nothing_else(text: str) -> None:
    assert without_nul(text) == "".join(character for character in text if character != "\x00")


@given(
    st.recursive(
        st.none() | st.text() | st.integers(-(2**53), 2**53),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_holds_no_nul(value: object) -> None:
    assert "\x00" not in json.dumps(json.loads(json_without_nul(value)), ensure_ascii=False)


def test_a_backslash_u0000_written_out_is_kept() -> None:
    assert json.loads(json_without_nul({"a": "\\u0000"})) == {"a": "\\u0000"}


def test_values_come_back_as_they_went(empty_db: Database) -> None:
    with empty_db.write() as connection:
        metadata.create_all(connection)
    row = {
        "id": uuid4(),
        "text": "é\x00ü",
        "at": datetime(2026, 3, 29, 3, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2))),
        "day": date(1969, 12, 31),
        "value": {"a": ["\x00b", 1, None]},
    }
    with empty_db.write() as connection:
        connection.execute(insert(sample).values(**row))
        connection.execute(insert(sample).values(id=uuid4()))
    with empty_db.read() as connection:
        read = connection.execute(select(sample).where(sample.c.id == row["id"])).one()
        blank = connection.execute(select(sample).where(sample.c.id != row["id"])).one()
    assert read.text == "éü"
    assert read.at == row["at"]
    assert read.at.tzinfo is UTC
    assert read.day == row["day"]
    assert read.value == {"a": ["b", 1, None]}
    assert (blank.text, blank.at, blank.day, blank.value) == (None, None, None, None)
