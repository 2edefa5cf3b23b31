"""Stays in teams equal a calendar that is filled in day by day, and never overlap."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.ingest import directory, stays
from app.ingest.stays import Stay

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 40
TEAMS = [UUID(int=number) for number in range(1, 4)]

spans = st.tuples(st.integers(0, DAYS - 1), st.integers(1, DAYS) | st.none()).map(
    lambda span: (span[0], None if span[1] is None else span[0] + span[1])
)
places = st.tuples(st.just("place"), spans, st.sampled_from(TEAMS))
holes = st.tuples(st.just("cut"), spans, st.sampled_from(TEAMS) | st.none())


def day(number: int | None) -> datetime | None:
    return None if number is None else FIRST + timedelta(days=number)


@given(st.lists(places | holes, max_size=12))
def test_stays_equal_a_calendar(steps: list[tuple[str, tuple[int, int | None], UUID | None]]) -> None:
    calendar: dict[int, UUID] = {}
    mine: list[Stay] = []
    for what, (start, end), team in steps:
        touched = range(start, 2 * DAYS + 1 if end is None else end)
        if what == "place":
            mine = stays.placed(mine, Stay(day(start), day(end), team))
            calendar |= dict.fromkeys(touched, team)
        else:
            mine = stays.joined(stays.without(mine, day(start), day(end), team))
            for number in touched:
                if team is None or calendar.get(number) == team:
                    calendar.pop(number, None)
        assert stays.clash(mine) is None
        assert all(one.end is None or one.start < one.end for one in mine)
        for number in range(2 * DAYS + 1):
            assert stays.team_at(mine, day(number)) == calendar.get(number)
            just_before = day(number + 1) - timedelta(microseconds=1)
            assert stays.team_at(mine, just_before) == calendar.get(number)
        assert mine == stays.joined(reversed(mine))


def test_a_stay_ends_where_the_next_one_begins() -> None:
    early, late = Stay(day(0), day(5), TEAMS[0]), Stay(day(5), None, TEAMS[1])
    assert stays.clash([late, early]) is None
    assert stays.team_at([early, late], day(5)) == TEAMS[1]
    assert stays.clash([early, Stay(day(4), day(6), TEAMS[0])]) is not None


def test_a_directory_that_changes_its_mind() -> None:
    ids = {"Shop": TEAMS[0], "Bank": TEAMS[1]}

    def after(mine: list[Stay], before: directory.Said | None, said: directory.Said) -> list[Stay]:
        return directory.after(mine, before, said, ids, zone=UTC, now=day(20))

    shop: directory.Said = ("Ann", "Shop", None, None)
    always = after([], None, shop)
    assert always == [Stay(stays.ALWAYS, None, TEAMS[0])]
    # Without a date another team begins now; the past stays.
    assert after(always, shop, ("Ann", "Bank", None, None)) == [
        Stay(stays.ALWAYS, day(20), TEAMS[0]),
        Stay(day(20), None, TEAMS[1]),
    ]
    assert after(always, shop, ("Ann", "Bank", "2026-01-02", None))[1] == Stay(day(1), None, TEAMS[1])
    assert after(always, shop, ("Ann", "Shop", "2026-01-03", "2026-01-05")) == [Stay(day(2), day(4), TEAMS[0])]
    assert after(always, shop, ("Ann", None, "2026-01-03", None)) == [Stay(stays.ALWAYS, day(2), TEAMS[0])]
    assert after(always, shop, ("Ann", None, None, None)) == [Stay(stays.ALWAYS, day(20), TEAMS[0])]
    # What an admin moved in the meantime is not moved back by a record that only dates the old team anew.
    moved = stays.placed(always, Stay(day(10), None, TEAMS[1]))
    assert after(moved, shop, ("Ann", "Shop", None, "2026-01-06")) == [
        Stay(stays.ALWAYS, day(5), TEAMS[0]),
        Stay(day(10), None, TEAMS[1]),
    ]
