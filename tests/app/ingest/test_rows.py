"""Records become rows with ids of ours, sane instants and default meanings."""

import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ingest.defaults import resolution_category
from app.ingest.rows import SHAPES, record_ids
from connectors.kit.records import Account, Record, SurveyResponse, WorkItem
from tests.support.clock import START

SOURCE = uuid.UUID(int=7)


def faults(record: Record) -> list[tuple[str | None, str]]:
    shape = SHAPES[type(record)]
    return [(fault.field, fault.reason) for fault in shape.faults(shape.rows(SOURCE, [record]), START)]


def item(**given: Any) -> WorkItem:
    return WorkItem(**{"external_id": "1", "created_at": START, "updated_at": START, **given})


@given(st.uuids(), st.text(max_size=20).filter(lambda text: "\x00" not in text))
def test_an_id_is_the_uuid5_of_its_source_type_and_key(source_id: uuid.UUID, key: str) -> None:
    assert record_ids(source_id, "work_items", [key]) == [uuid.uuid5(source_id, f"work_items/{key}").bytes]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=lambda shape: shape.record.__name__)
def test_a_shape_fills_every_column_but_those_of_an_admin_and_of_joining(shape: Any) -> None:
    columns = set(shape.columns())
    left = set(shape.table.c.keys()) - columns
    assert left <= {"kind_override", "category_override", "automation_override", "person_id", "conflict", "applied"}
    required = {column.name for column in shape.table.c if not column.nullable and column.server_default is None}
    assert required <= columns


@pytest.mark.parametrize("name", ["created_at", "updated_at", "resolved_at", "deleted_at"])
def test_what_has_happened_does_not_lie_in_the_future(name: str) -> None:
    assert faults(item(**{name: START + timedelta(hours=23)})) == []
    assert faults(item(**{name: START + timedelta(hours=25)})) == [(name, "It lies in the future.")]


def test_a_plan_may_lie_in_the_future_but_not_beyond_the_calendar() -> None:
    assert faults(item(due_at=START + timedelta(days=4_000))) == []
    edge = datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-11)))
    assert faults(item(due_at=edge)) == [("due_at", "It lies in the future.")]
    assert faults(item(created_at=datetime(1, 1, 1, tzinfo=UTC))) == [("created_at", "It lies before 1900.")]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_must_be_one(value: float) -> None:
    assert faults(item(points=value)) == [("points", "It is not a finite number.")]
    answer = SurveyResponse(external_id="1", survey="s", scale_min=1, scale_max=5, score=value, at=START)
    assert faults(answer) == [("score", "It is not a finite number.")]


def test_a_key_of_nothing_is_refused() -> None:
    assert faults(Account(external_id="\x00")) == [("external_id", "It must not be empty.")]


@pytest.mark.parametrize(
    "name",
    ["Won't Do", "Won\N{RIGHT SINGLE QUOTATION MARK}t fix", "DUPLICATE", "Cannot Reproduce", "Obsolète", "Doublon",
     "Ne sera pas fait", "Abandonné", "Duplikat", "Nicht reproduzierbar", "Rechazado", "Not a bug", "Can't Reproduce"],
)  # fmt: skip
def test_a_resolution_that_delivers_nothing_is_told_by_its_name(name: str) -> None:
    assert resolution_category(name) == "discarded"


@pytest.mark.parametrize("name", ["Done", "Fixed", "Terminé", "Erledigt", "Resolved", "10001", ""])
def test_any_other_resolution_is_a_delivery(name: str) -> None:
    assert resolution_category(name) == "done"
