"""When a cursor may advance: whatever changes, dies or arrives late, nothing is skipped."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.kit.cursor import AbnormalCursor, Cursor, after_page, after_walk, decode, lower_bound

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

instants = st.datetimes(datetime(2020, 1, 1), datetime(2026, 11, 2), timezones=st.just(UTC))  # noqa: DTZ001
vendor_instants = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=11))]),
)
cursors = st.builds(
    Cursor,
    at=st.none() | instants,
    resume=st.none() | st.text(min_size=1, max_size=20),
    high=st.none() | instants,
    since=st.none() | instants,
    started=st.none() | instants,
)


# -- storing and reading back -----------------------------------------------------------------------------


@given(cursors)
def test_a_cursor_comes_back_as_it_was_stored(cursor: Cursor):
    assert decode(cursor.encode(), NOW) == cursor


def test_no_cursor_is_an_empty_one():
    assert decode(None, NOW) == Cursor()


@pytest.mark.parametrize(
    "text",
    [
        *("", "null", "[]", "7", "{", '"2026-11-02T08:00:00Z"', "\ud800", '{"at": "yesterday"}', '{"at": 1762070400}'),
        *('{"at": "2026-11-02T07:00:00"}', '{"started": "2026-11-02T07:00:00"}', '{"resume": 5}'),
        *(
            '{"at": "2026-11-02T07:00:00Z", "page": 3}',
            '{"at": "2026-11-02T09:00:00Z"}',
            '{"at": "9999-12-31T23:59:59Z"}',
        ),
        *('{"at": "0001-01-01T00:00:00Z"}', '{"high": "0001-01-01T00:00:00+14:00"}'),
        *('{"since": "2027-01-01T00:00:00Z", "resume": "5"}', '{"started": "2027-01-01T00:00:00Z"}'),
    ],
)
def test_a_cursor_that_is_corrupt_foreign_or_in_the_future_is_not_obeyed(text: str):
    with pytest.raises(AbnormalCursor):
        decode(text, NOW)


@given(st.text(st.characters(codec=None)))
def test_any_text_is_a_cursor_or_an_abnormal_one(text: str):
    with suppress(AbnormalCursor):
        assert isinstance(decode(text, NOW), Cursor)


def test_a_vendors_clock_may_be_ahead_of_ours():
    cursor = Cursor(high=NOW + timedelta(hours=3), resume="5")

    assert decode(cursor.encode(), NOW) == cursor


# -- where to read from -----------------------------------------------------------------------------------


def test_a_first_walk_reads_from_the_sources_start():
    assert lower_bound(Cursor(), HOUR, None) is None
    assert lower_bound(Cursor(), HOUR, NOW) == NOW


def test_the_overlap_is_read_again_but_nothing_before_the_sources_start():
    assert lower_bound(Cursor(at=NOW), HOUR, None) == NOW - HOUR
    assert lower_bound(Cursor(at=NOW), HOUR, NOW - HOUR / 2) == NOW - HOUR / 2


def test_an_interrupted_walk_keeps_the_bound_that_it_began_with():
    cursor = Cursor(at=NOW, resume="77", since=NOW - 9 * HOUR)

    assert lower_bound(cursor, HOUR, None) == NOW - 9 * HOUR


# -- advancing --------------------------------------------------------------------------------------------


def test_in_cursor_order_the_cursor_follows_the_pages():
    page = after_page(Cursor(), in_order=True, high=NOW - HOUR, resume=None, since=None, run_started=NOW)

    assert page == Cursor(at=NOW - HOUR)


def test_in_any_other_order_it_waits_for_the_end_of_the_walk():
    page = after_page(Cursor(), in_order=False, high=NOW - HOUR, resume="9", since=None, run_started=NOW)

    assert (page.at, page.resume, page.high) == (None, "9", NOW - HOUR)
    assert after_walk(page, run_started=NOW) == Cursor(at=NOW - HOUR)


def test_a_resumed_walk_does_not_pass_the_start_of_the_run_that_it_began_in():
    began = NOW - 5 * HOUR
    first = after_page(Cursor(), in_order=False, high=began, resume="9", since=None, run_started=began)
    second = after_page(first, in_order=False, high=NOW - HOUR, resume="12", since=None, run_started=NOW)

    assert after_walk(second, run_started=NOW) == Cursor(at=began)


@given(cursors, st.booleans(), st.none() | vendor_instants, instants)
def test_a_cursor_never_moves_back_nor_passes_the_start_of_the_run(
    cursor: Cursor, in_order: bool, high: datetime | None, run_started: datetime
):
    page = after_page(cursor, in_order=in_order, high=high, resume="x", since=None, run_started=run_started)
    for after in (page, after_walk(page, run_started=run_started)):
        if after.at is None:
            assert cursor.at is None
        elif cursor.at is None:
            assert after.at <= run_started
        else:
            assert cursor.at <= after.at <= max(cursor.at, run_started)


# -- the promise ------------------------------------------------------------------------------------------


@dataclass
class Vendor:
    """Items with the tick of their latest change, and a clock that moves by one tick at each change."""

    clock: int = 5
    changed: dict[int, int] = field(default_factory=lambda: {item: item for item in range(5)})

    def change(self, item: int) -> None:
        self.clock += 1
        self.changed[item] = self.clock

    def page(self, *, in_order: bool, since: int, behind: int) -> list[tuple[int, int]]:
        """Up to two (item, change), behind a key: the change in cursor order, else the item."""
        rows = [(item, tick) for item, tick in self.changed.items() if tick >= since]
        if in_order:
            rows = sorted((row for row in rows if row[1] > behind), key=lambda row: row[1])
        else:
            rows = sorted(row for row in rows if row[0] > behind)
        return rows[:2]


def instant(tick: int) -> datetime:
    return NOW + timedelta(seconds=tick)


def tick_of(moment: datetime | None) -> int:
    return -1 if moment is None else int((moment - NOW).total_seconds())


steps = st.lists(
    st.one_of(st.integers(0, 5).map(lambda item: ("change", item)), st.sampled_from([("page", 0), ("kill", 0)])),
    max_size=25,
)


def run(vendor: Vendor, cursor: Cursor, store: dict[int, int], *, in_order: bool) -> Iterator[Cursor]:
    """One run, page by page; what it yields has been committed together with the page."""
    started = instant(vendor.clock)
    since = lower_bound(cursor, timedelta(0), None)
    behind = int(cursor.resume) if cursor.resume is not None and not in_order else -1
    while page := vendor.page(in_order=in_order, since=tick_of(since), behind=behind):
        store.update(page)
        behind = page[-1][1] if in_order else page[-1][0]
        cursor = after_page(
            cursor,
            in_order=in_order,
            high=instant(max(tick for _, tick in page)),
            resume=None if in_order else str(behind),
            since=since,
            run_started=started,
        )
        yield cursor
    yield after_walk(cursor, run_started=started)


@given(st.booleans(), steps)
def test_nothing_is_lost_whatever_changes_and_dies_between_the_pages(in_order: bool, script: list[tuple[str, int]]):
    vendor, store, stored = Vendor(), dict[int, int](), Cursor().encode()
    going: Iterator[Cursor] | None = None
    for what, item in script:
        if what == "change":
            vendor.change(item)
        elif what == "kill":
            going = None
        else:
            later = instant(vendor.clock)
            going = going or run(vendor, decode(stored, later), store, in_order=in_order)
            committed = next(going, None)
            if committed is None:
                going = None
            else:
                stored = committed.encode()
    for _ in range(2):  # the run under way may be one that is resumed: then the next one sees the rest
        for cursor in run(vendor, decode(stored, instant(vendor.clock)), store, in_order=in_order):
            stored = cursor.encode()

    assert store == vendor.changed


@pytest.mark.parametrize("in_order", [True, False])
def test_a_token_is_kept_from_the_page_that_brings_it_until_another_comes(in_order: bool):
    def page(cursor: Cursor, token: str | None) -> Cursor:
        return after_page(
            cursor, in_order=in_order, high=instant(1), resume=None, since=None, run_started=instant(9), token=token
        )

    cursor = page(Cursor(), "first")
    assert page(cursor, None).token == "first"
    assert after_walk(page(cursor, "second"), run_started=instant(9)).token == "second"
    assert decode(cursor.encode(), instant(9)) == cursor
