"""Folding an export: every event once, whatever its lines look like, in memory that its size does not set."""

import tracemalloc
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.kit.errors import Transient
from connectors.mixpanel.fold import DayFold
from connectors.mixpanel.lines import fold_lines
from connectors.mixpanel.raw import AccountDay, Malformed

DAY = date(2026, 10, 30)
AT = 1793318400


def line(event: str = "Search run", **properties: Any) -> bytes:
    return msgspec.json.encode({"event": event, "properties": {"time": AT, "distinct_id": "ada", **properties}}) + b"\n"


def folded(*pieces: bytes, server_side: bool = True) -> dict[tuple[str, str], int]:
    return {(one.account, one.event): one.count for one in rows(*pieces, server_side=server_side) if counts(one)}


def rows(*pieces: bytes, server_side: bool = True) -> list[AccountDay | Malformed]:
    fold = DayFold(DAY, server_side=server_side)
    fold_lines(iter(pieces), fold)
    return list(fold.rows())


def counts(row: AccountDay | Malformed) -> bool:
    return isinstance(row, AccountDay)


def reasons(*pieces: bytes) -> list[str]:
    return [row.reason for row in rows(*pieces) if isinstance(row, Malformed)]


# -- every event once -------------------------------------------------------------------------------------


def test_an_event_that_was_received_twice_counts_once():
    assert folded(line(**{"$insert_id": "a"}), line(**{"$insert_id": "a", "mp_processing_time_ms": 9})) == {
        ("ada", "Search run"): 1
    }


@pytest.mark.parametrize(
    "other", [{"$insert_id": "b"}, {"time": AT + 1}, {"distinct_id": "bob"}, {"event": "Page viewed"}]
)
def test_events_that_differ_in_any_part_of_their_key_are_different(other: dict[str, Any]):
    found = folded(line(**{"$insert_id": "a"}), line(**{"$insert_id": "a", **other}))

    assert sum(found.values()) == 2


def test_without_an_insert_id_every_line_counts():
    assert folded(line(), line(), line(**{"$insert_id": None})) == {("ada", "Search run"): 3}


def test_an_insert_id_under_a_spoilt_key_is_one():
    assert folded(line(**{"$insert_id": "a"}), line(**{"insert_id\ufffd": "a"})) == {("ada", "Search run"): 1}


@pytest.mark.parametrize("insert_id", [7, ["a"], {"a": 1}])
def test_an_insert_id_may_be_anything(insert_id: Any):
    assert folded(line(**{"$insert_id": insert_id}), line(**{"$insert_id": insert_id})) == {("ada", "Search run"): 1}


# -- who --------------------------------------------------------------------------------------------------


def test_people_are_counted_by_the_id_that_a_login_gave():
    assert folded(line(distinct_id="$device:1", **{"$user_id": "ada"}), line()) == {("ada", "Search run"): 2}


def test_numbers_are_ids_too():
    assert folded(line(distinct_id=7), line(distinct_id=7.0)) == {("7", "Search run"): 2}


def test_an_account_that_became_another_is_set_to_nothing():
    found = folded(line(**{"$distinct_id_before_identity": "$device:1"}))

    assert found == {("ada", "Search run"): 1, ("$device:1", "Search run"): 0}


def test_an_account_that_became_another_and_still_sends_keeps_its_count():
    merged = line(**{"$distinct_id_before_identity": "$device:1"})
    own = line(distinct_id="$device:1")

    assert folded(merged, own) == folded(own, merged) == {("ada", "Search run"): 1, ("$device:1", "Search run"): 1}


@pytest.mark.parametrize("nobody", [{"distinct_id": ""}, {"distinct_id": None}])
def test_events_of_nobody_are_told_together(nobody: dict[str, Any]):
    assert reasons(line(**nobody), line(**nobody)) == [
        "2 events have no distinct_id. They are not counted on 2026-10-30."
    ]


@pytest.mark.parametrize(
    "mark",
    [
        {"mp_lib": "python"},
        {"mp_lib": "Node"},
        {"$import": True},
        {"$source": "sql"},
        {"$mp_api_endpoint": "api.mixpanel.com"},
        {"$partner_id": "segment"},
        {"$warehouse_import_id": 4},
    ],
)
def test_what_servers_send_can_be_left_out(mark: dict[str, Any]):
    pieces = (line(**mark), line(distinct_id="bob", mp_lib="web", **{"$import": False}))

    assert folded(*pieces, server_side=False) == {("bob", "Search run"): 1}
    assert folded(*pieces) == {("ada", "Search run"): 1, ("bob", "Search run"): 1}


# -- lines ------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(sizes=st.lists(st.integers(1, 400), max_size=40), broken=st.integers(1, 100))
def test_neither_pieces_nor_broken_lines_change_the_count(sizes: list[int], broken: int):
    whole = [line(**{"$insert_id": str(number), "city": "Orléans\nLoire"}) for number in range(8)]
    body = b"".join([*whole[:4], whole[4][:broken] + b"\n" + whole[4][broken:], *whole[5:]])

    def pieces() -> Iterator[bytes]:
        start = 0
        for size in sizes:
            yield body[start : start + size]
            start += size
        yield body[start:]

    assert folded(*pieces()) == {("ada", "Search run"): 8}


def test_the_last_line_needs_no_end():
    assert folded(line() + line().rstrip()) == {("ada", "Search run"): 2}


def test_a_line_that_is_no_event_is_told_and_its_neighbours_count():
    pieces = (line(), b'{"event":1,"properties":{}}\n', b'{"no":1}\n', line(), b"rubbish\n", line())

    assert folded(*pieces) == {("ada", "Search run"): 3}
    assert reasons(*pieces) == ["3 lines of the export are no events. They are not counted on 2026-10-30."]


def test_rubbish_between_two_pieces_is_told_too():
    assert reasons(line() + b"rubbish\n" + line(), line()) == [
        "1 lines of the export are no events. They are not counted on 2026-10-30."
    ]


def test_bytes_that_are_no_text_spoil_only_themselves():
    spoilt = line(distinct_id="ada?").replace(b"ada?", b"ada\xff")

    assert folded(spoilt, line()) == {("ada\ufffd", "Search run"): 1, ("ada", "Search run"): 1}


@pytest.mark.parametrize(
    "end",
    [
        b"terminated early\n",
        b"terminated early",
        b'{"error":"terminated early"}\n',
        line()[:-9],
        b"<!doctype html><html></html>",
        b"x" * (17 * 2**20),
    ],
)
def test_an_export_that_was_cut_short_is_worth_nothing(end: bytes):
    with pytest.raises(Transient):
        folded(line(), end)


def test_an_event_may_speak_of_being_terminated_early():
    assert folded(line("terminated early")) == {("ada", "terminated early"): 1}


# -- memory -----------------------------------------------------------------------------------------------


def peak(number: int) -> int:
    """Bytes held at most while so many events are folded."""
    size = 500

    def pieces() -> Iterator[bytes]:
        for start in range(0, number, size):
            yield b"".join(
                line(distinct_id=f"user-{one % 300}", page="x" * 200, **{"$insert_id": f"{one:016x}"})
                for one in range(start, start + size)
            )

    tracemalloc.start()
    fold = DayFold(DAY)
    fold_lines(pieces(), fold)
    found = sum(row.count for row in fold.rows() if isinstance(row, AccountDay))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == number
    return most


def test_ten_times_the_events_cost_their_digests_and_no_more():
    few, many = peak(4_000), peak(40_000)

    # 12 bytes a line, and as much again while an array grows.
    assert many - few < 36_000 * 30


def test_the_count_is_that_of_a_slow_and_obvious_one():
    events = [(f"user-{number % 7}", f"event-{number % 3}", str(number % 50)) for number in range(400)]
    body = b"".join(line(name, distinct_id=who, **{"$insert_id": key}) for who, name, key in events)

    assert folded(body) == Counter((who, name) for who, name, _ in set(events))
