"""One table in four forms: JSON, NDJSON, CSV and an Arrow stream say the same, row by row."""

import csv
import io
import json
from datetime import datetime
from typing import Any

import nanoarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nanoarrow.ipc import InputStream

from app.api.arrow import to_arrow
from tests.app.api.conftest import Api
from tests.app.api.test_metrics import WEEK, fill

QUESTIONS = [
    f"cycle_time?{WEEK}&grain=day&group_by=project",
    f"throughput?{WEEK}&group_by=project,item_kind",
    f"time_in_status?{WEEK}",
    f"cumulative_flow?{WEEK}&grain=day",
    f"wip_age?{WEEK}",
    "throughput?from=2026-02-02&to=2026-02-09&project=nothing",
]


def read_arrow(content: bytes) -> list[dict[str, Any]]:
    rows = nanoarrow.Array(InputStream.from_readable(io.BytesIO(content))).to_pylist()
    return [{name: instant(value) for name, value in row.items()} for row in rows]


def instant(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def as_text(value: Any) -> str:
    """What machine CSV says of a value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, separators=(",", ":")) if isinstance(value, list | dict) else str(value)


@pytest.fixture(scope="module")
def filled(shared_api: Api) -> Api:
    fill(shared_api)
    return shared_api


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_forms_of_an_answer_agree_row_by_row(filled: Api, question: str) -> None:
    url = f"/api/v1/metrics/{question}"
    table = filled.get(f"{url}&shape=table").json()
    assert table
    lines = filled.get(f"{url}&format=ndjson").text.splitlines()
    assert [json.loads(line) for line in lines] == table
    raw = filled.get(url, headers={"Accept": "text/csv; header=present; profile=raw"}).text
    cells = list(csv.DictReader(io.StringIO(raw, newline="")))
    assert cells == [{name: as_text(value) for name, value in row.items()} for row in table]
    answer = filled.get(f"{url}&format=arrow")
    assert answer.headers["content-type"] == "application/vnd.apache.arrow.stream"
    arrow = read_arrow(answer.content)
    for row, right in zip(arrow, table, strict=True):
        assert list(row) == list(right)
        for name, value in right.items():
            if name == "time":
                assert datetime.fromisoformat(row[name]) == datetime.fromisoformat(value)
            elif isinstance(value, list | dict):
                assert json.loads(row[name]) == value
            else:
                assert row[name] == value


def test_arrow_is_chosen_by_its_media_type_and_has_a_mark_of_its_own(filled: Api) -> None:
    url = f"/api/v1/metrics/throughput?{WEEK}"
    by_header = filled.get(url, headers={"Accept": "application/vnd.apache.arrow.stream"})
    by_name = filled.get(f"{url}&format=arrow")
    assert by_header.content == by_name.content
    assert by_name.headers["etag"] != filled.get(f"{url}&format=csv").headers["etag"]
    again = filled.get(f"{url}&format=arrow", headers={"If-None-Match": by_name.headers["etag"]})
    assert again.status_code == 304


def test_a_form_that_does_not_exist_is_refused(filled: Api) -> None:
    assert filled.get(f"/api/v1/metrics/throughput?{WEEK}&format=parquet").status_code == 422


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(2**53), max_value=2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=8),
)


@given(st.lists(st.fixed_dictionaries({"a": VALUES, "b": st.integers(-9, 9), "c": st.booleans()}), max_size=6))
def test_any_table_is_read_back_as_it_was(rows: list[dict[str, Any]]) -> None:
    read = read_arrow(to_arrow(rows, ("a", "b", "c")))
    for row, right in zip(read, rows, strict=True):
        assert (row["b"], row["c"]) == (right["b"], right["c"])
        # A column of several kinds is text: JSON, but for what is text already.
        told = row["a"] if type(row["a"]) is type(right["a"]) or right["a"] == row["a"] else json.loads(row["a"])
        assert told == right["a"]


def test_a_table_without_rows_is_a_stream_too() -> None:
    assert read_arrow(to_arrow([], ("time", "n"))) == []
