"""What is pushed lands, whatever stands beside it; and every bad line is told with its place."""

import tracemalloc
from collections.abc import Iterator
from itertools import chain, pairwise, repeat
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.core.db import Database
from app.core.errors import InvalidError, NotFoundError
from app.ingest.lines import LONGEST_LINE
from app.ingest.push import AT_ONCE, Pushed, push
from app.ingest.rows import SHAPES
from app.models.facts import dirty_item, dirty_meaning
from app.models.work import item_type, project, release, resolution, status, work_item
from app.store import version
from connectors.kit.records import PUSHABLE
from tests.support.clock import START
from tests.support.stored import KEYRING, add_source

DAY = "2026-01-01T00:00:00Z"
GOOD = b'{"external_id":"%d","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T02:00:00+02:00"}'
EXAMPLES: dict[str, dict[str, Any]] = {
    "projects": {"external_id": "1", "name": "One", "key": "ONE"},
    "statuses": {"external_id": "1", "name": "Open", "category": "todo"},
    "item_types": {"external_id": "1", "name": "Bug", "kind": "bug"},
    "resolutions": {"external_id": "1", "name": "Won't do"},
    "accounts": {"external_id": "1", "kind": "human", "active": True},
    "work_items": {"external_id": "1", "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"},
    "transitions": {"external_id": "1", "work_item": "1", "at": "2026-01-01T00:00:00Z", "to_status": "1"},
    "releases": {"external_id": "1", "name": "1.0", "released_at": "2026-01-01"},
    "seats": {"account": "1", "as_of": "2026-01-01T00:00:00Z"},
    "usage_events": {"external_id": "1", "account": "1", "event": "e", "at": "2026-01-01T00:00:00Z"},
    "usage_days": {"account": "1", "event": "e", "day": "2026-01-01", "count": 3},
    "survey_responses": {
        "external_id": "1", "survey": "s", "scale_min": 1, "scale_max": 5, "score": 4, "at": "2026-01-01T00:00:00Z"
    },
    "channels": {"external_id": "1", "members": ["a", "b"]},
    "conversations": {
        "external_id": "1", "channel": "c", "started_at": "2026-01-01T00:00:00Z", "marks": [{"name": "done"}]
    },
    "meeting_days": {"account": "1", "day": "2026-01-01", "meetings": 2, "seconds": 3600},
    "people": {"external_id": "1", "valid_from": "2026-01-01", "valid_to": "2026-06-01T00:00:00+02:00"},
}  # fmt: skip


def send(db: Database, source_id: UUID, kind: str, body: bytes | Iterator[bytes], form: Any = "ndjson") -> Pushed:
    pieces = [body] if isinstance(body, bytes) else body
    return push(db, source_id, kind, pieces, form=form, keyring=KEYRING, now=START)


@pytest.mark.parametrize("kind", PUSHABLE)
def test_every_record_type_lands_once(db: Database, kind: str) -> None:
    source_id = add_source(db)
    line = msgspec.json.encode(EXAMPLES[kind])
    assert send(db, source_id, kind, line) == Pushed(accepted=1)
    assert send(db, source_id, kind, line) == Pushed(unchanged=1)


@pytest.mark.parametrize("kind", PUSHABLE)
def test_a_null_is_an_absent_field(sqlite_db: Database, kind: str) -> None:
    source_id = add_source(sqlite_db)
    fields = {part.encode_name: part.required for part in msgspec.structs.fields(PUSHABLE[kind])}
    given = EXAMPLES[kind]
    assert send(sqlite_db, source_id, kind, msgspec.json.encode({**dict.fromkeys(fields), **given})).accepted == 1
    assert send(sqlite_db, source_id, kind, msgspec.json.encode(given)).unchanged == 1
    for name in (name for name, required in fields.items() if required):
        (refused,) = send(sqlite_db, source_id, kind, msgspec.json.encode({**given, name: None})).rejected
        assert refused["errors"][0]["loc"] == [name]


def test_every_pushable_record_has_a_shape_or_is_folded() -> None:
    assert set(PUSHABLE.values()) - set(SHAPES) == {PUSHABLE["usage_days"], PUSHABLE["usage_events"]}


def test_a_bad_line_spoils_no_other_and_is_told_with_its_place(db: Database) -> None:
    source_id = add_source(db)
    body = b"\n".join(
        [
            b"\xef\xbb\xbf" + GOOD % 1,
            b"",
            b"{not json",
            b'{"external_id": 5}',
            b'{"external_id": "6", "unknown": 1}',
            GOOD % 7 + b"\r",
            b'{"external_id":"8","created_at":"2099-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}',
            b'{"external_id":"9","created_at":"2026-01-01T00:00:00","updated_at":"2026-01-01T00:00:00Z"}',
            b'{"external_id":"\xff"}',
            b'{"external_id":"\\u0000","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}',
        ]
    )
    pushed = send(db, source_id, "work_items", body)
    assert pushed.accepted == 2
    assert [(one["line"], one["errors"][0]["loc"]) for one in pushed.rejected] == [
        (3, []),
        (4, ["external_id"]),
        (5, ["unknown"]),
        (7, ["created_at"]),
        (8, ["created_at"]),
        (9, []),
        (10, ["external_id"]),
    ]
    with db.read() as connection:
        assert connection.execute(select(work_item.c.external_id)).scalars().all() == ["1", "7"]
        assert set(connection.execute(select(dirty_item.c.work_item)).scalars()) == {"1", "7"}


def test_nothing_new_leaves_the_data_version(db: Database) -> None:
    source_id = add_source(db)
    send(db, source_id, "work_items", GOOD % 1)
    with db.read() as connection:
        before = version.read(connection)
    send(db, source_id, "work_items", GOOD % 1)
    with db.read() as connection:
        assert version.read(connection) == before


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 600), max_size=8), good=st.lists(st.booleans(), min_size=1, max_size=6))
def test_where_the_body_is_cut_does_not_matter(sqlite_db: Database, cuts: list[int], good: list[bool]) -> None:
    source_id = add_source(sqlite_db, name=str(uuid4()))
    body = b"\n".join(GOOD % number if fine else b"{" for number, fine in enumerate(good))
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    pieces = iter([body[a:b] for a, b in pairwise(edges)])
    pushed = send(sqlite_db, source_id, "work_items", pieces)
    assert pushed.accepted == sum(good)
    assert [one["line"] for one in pushed.rejected] == [number + 1 for number, fine in enumerate(good) if not fine]


def test_the_last_of_two_lines_with_one_key_counts(db: Database) -> None:
    body = b'{"external_id":"1","name":"old"}\n{"external_id":"1","name":"new"}'
    pushed = send(db, add_source(db), "projects", body)
    assert (pushed.accepted, pushed.unchanged) == (1, 1)


def test_an_endless_line_is_refused_without_being_kept(sqlite_db: Database) -> None:
    source_id = add_source(sqlite_db)

    def body() -> Iterator[bytes]:
        for _ in range(64):
            yield b"x" * LONGEST_LINE
        yield b"\n" + GOOD % 1

    tracemalloc.start()
    pushed = send(sqlite_db, source_id, "work_items", body())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (pushed.accepted, [one["line"] for one in pushed.rejected]) == (1, [1])
    assert peak < 16 * LONGEST_LINE


@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_ten_times_the_lines_take_no_more_memory(sqlite_db: Database, form: str) -> None:
    source_id = add_source(sqlite_db)
    header = b"external_id,name\n" if form == "csv" else b""
    line = b"%d,One\n" if form == "csv" else b'{"external_id":"%d","name":"One"}\n'
    lines = b"".join(line % number for number in range(AT_ONCE))

    def peak(times: int) -> int:
        tracemalloc.start()
        pushed = send(sqlite_db, source_id, "projects", chain([header], repeat(lines, times)), form)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert pushed.accepted + pushed.unchanged == times * AT_ONCE
        return most

    send(sqlite_db, source_id, "projects", chain([header], [lines]), form)
    assert peak(10) < 1.2 * peak(1) + LONGEST_LINE / 4


def test_csv_reads_lists_flags_numbers_and_absent_cells(db: Database) -> None:
    source_id = add_source(db)
    body = (
        b"external_id,created_at,updated_at,labels,points,title,resolved_at\r\n"
        b'1,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,a|b; c,2.5,"two\nlines",\r\n'
        b"2,not a date,2026-01-01T00:00:00Z,,,,\r\n"
        b"3,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,,,,one too many\r\n"
    )
    pushed = send(db, source_id, "work_items", body, "csv")
    assert pushed.accepted == 1
    assert [(one["line"], one["errors"][0]["loc"]) for one in pushed.rejected] == [(4, ["created_at"]), (5, [])]
    with db.read() as connection:
        row = connection.execute(select(work_item)).one()
    assert (row.labels, row.points, row.title, row.resolved_at) == (["a", "b", "c"], 2.5, "two\nlines", None)


@pytest.mark.parametrize("written", [
    "03/11/2026", "2026-11-03", "2026-11-03 08:00:00", "20261103", "45000", "45000.5", "4.5e4", "1767225600",
    "3 nov. 2026", "2026-11-03T24:00:00Z", "2026-13-01T00:00:00Z", "=NOW()",
])  # fmt: skip
def test_an_instant_in_another_form_is_told_with_the_one_to_write(sqlite_db: Database, written: str) -> None:
    body = f"external_id,created_at,updated_at\n1,{written},2026-01-01T00:00:00Z\n2,{DAY},{DAY}\n".encode()
    pushed = send(sqlite_db, add_source(sqlite_db), "work_items", body, "csv")
    [told] = pushed.rejected
    assert (pushed.accepted, told["line"], told["errors"][0]["loc"]) == (1, 2, ["created_at"])
    assert "2026-11-03T08:00:00+01:00" in told["errors"][0]["msg"]


def test_a_formula_is_refused_and_a_sign_is_none(sqlite_db: Database) -> None:
    cells = ["=1+1", '"=HYPERLINK(""https://example.test"")"', "-5", "+1 for tabs", "@ada", "'=SUM", "'quoted'"]
    body = "external_id,name\n" + "".join(f"{place},{cell}\n" for place, cell in enumerate(cells))
    pushed = send(sqlite_db, add_source(sqlite_db), "projects", body.encode(), "csv")
    assert [(one["line"], one["errors"][0]["loc"]) for one in pushed.rejected] == [(2, ["name"]), (3, ["name"])]
    assert all("formula" in one["errors"][0]["msg"] for one in pushed.rejected)
    with sqlite_db.read() as connection:
        names = connection.execute(select(project.c.name).order_by(project.c.external_id)).scalars().all()
    assert names == ["-5", "+1 for tabs", "@ada", "=SUM", "'quoted'"]


@pytest.mark.parametrize(("kind", "header", "row", "told"), [
    ("usage_days", "account,event,day,count", "a,e,45000,1", ("day", "Write a day as 2026-11-03.")),
    ("usage_days", "account,event,day,count", "a,e,2026-01-01,1.5", ("count", "It is not a whole number.")),
    ("survey_responses", "external_id,survey,score", '1,s,"1,5"', ("score", "It is not a number.")),
])  # fmt: skip
def test_a_cell_that_is_no_day_or_number_is_told_in_plain_words(
    sqlite_db: Database, kind: str, header: str, row: str, told: tuple[str, str]
) -> None:
    pushed = send(sqlite_db, add_source(sqlite_db), kind, f"{header}\n{row}\n".encode(), "csv")
    assert pushed.rejected == [{"line": 2, "errors": [{"loc": [told[0]], "msg": told[1]}]}]


def test_csv_knows_true_and_false(db: Database) -> None:
    source_id = add_source(db)
    body = b"external_id,active\n1,true\n2,false\n3,perhaps\n"
    pushed = send(db, source_id, "accounts", body, "csv")
    assert (pushed.accepted, pushed.rejected[0]["line"]) == (2, 4)


def test_a_header_that_cannot_be_meant_refuses_the_whole(db: Database) -> None:
    with pytest.raises(InvalidError) as refused:
        send(db, add_source(db), "projects", b"external_id,nam\n1,One\n", "csv")
    assert refused.value.errors[0]["loc"] == ["body", 1, "nam"]


def test_an_unknown_source_or_type_is_not_found(db: Database) -> None:
    with pytest.raises(NotFoundError):
        send(db, uuid4(), "projects", b"")
    with pytest.raises(NotFoundError):
        send(db, add_source(db), "no_such_type", b"")


def test_a_value_that_has_no_row_becomes_one_and_never_overwrites(db: Database) -> None:
    source_id = add_source(db)
    line = {**EXAMPLES["work_items"], "status": "Doing", "item_type": "Bug", "resolution": "Won't Fix"}
    send(db, source_id, "statuses", b'{"external_id": "Doing", "name": "In progress", "category": "active"}')
    send(db, source_id, "work_items", msgspec.json.encode(line))
    send(db, source_id, "transitions", msgspec.json.encode({**EXAMPLES["transitions"], "from_status": "New"}))
    with db.read() as connection:
        statuses = connection.execute(select(status.c.external_id, status.c.name, status.c.category)).all()
        assert sorted(statuses) == [("1", "1", None), ("Doing", "In progress", "active"), ("New", "New", None)]
        assert connection.execute(select(item_type.c.name, item_type.c.kind)).all() == [("Bug", None)]
        assert connection.execute(select(resolution.c.name, resolution.c.category)).all() == [
            ("Won't Fix", "discarded")
        ]


def test_a_status_that_means_something_else_is_marked_and_its_items_are_not(db: Database) -> None:
    source_id = add_source(db)
    send(db, source_id, "work_items", GOOD % 1 + b"\n" + GOOD % 2)
    send(db, source_id, "transitions", msgspec.json.encode({**EXAMPLES["transitions"], "to_status": "s"}))
    with db.write() as connection:
        connection.execute(dirty_item.delete())
    send(db, source_id, "statuses", b'{"external_id": "s", "name": "s", "category": "done"}')
    with db.read() as connection:
        marks = connection.execute(select(dirty_meaning.c.dimension, dirty_meaning.c.external_id)).all()
        assert [tuple(mark) for mark in marks] == [("status", "s")]
        assert connection.execute(select(dirty_item)).all() == []


def test_a_release_has_an_instant_or_a_day(db: Database) -> None:
    source_id = add_source(db)
    body = (
        b'{"external_id":"1","name":"a","released_at":"2027-01-01"}\n'
        b'{"external_id":"2","name":"b","released_at":"2026-01-01T00:00:00Z"}\n'
        b'{"external_id":"3","name":"c","released_at":"soon"}'
    )
    pushed = send(db, source_id, "releases", body)
    assert [(one["line"], one["errors"][0]["loc"]) for one in pushed.rejected] == [(3, ["released_at"])]
    with db.read() as connection:
        rows = connection.execute(select(release.c.released_at, release.c.released_on).order_by(release.c.external_id))
        assert [(row.released_at is None, row.released_on) for row in rows] == [(True, "2027-01-01"), (False, None)]


def test_thousands_of_lines_land_in_several_transactions(db: Database) -> None:
    source_id = add_source(db)
    pushed = send(db, source_id, "work_items", b"\n".join(GOOD % number for number in range(4_500)))
    assert pushed.accepted == 4_500
    with db.read() as connection:
        assert connection.execute(select(func.count()).select_from(work_item)).scalar_one() == 4_500
        assert version.read(connection).version == 4
