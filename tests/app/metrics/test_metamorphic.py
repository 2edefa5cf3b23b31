"""What must not change a number does not, and what must move it moves it: for every metric, without an oracle."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import update

from app.core.db import Database
from app.core.settings import Settings
from app.facts.read import FactsReader
from app.metrics.catalogue import BY_NAME, CATALOGUE
from app.metrics.query import MetricQuery, answer
from app.models.facts import data_version
from app.models.people import team
from app.models.work import item_type, project, status
from connectors.kit.records import Record
from tests.support.records import BEGIN, Base, deeds, moved, words

SETTINGS = Settings(_env_file=None, timezone="UTC", min_group=1)
START, END = BEGIN + timedelta(days=7), BEGIN + timedelta(days=56)
EVERY = sorted(metric.name for metric in CATALOGUE)
ABOUT_SOURCES = {"freshness", "data_coverage", "bugs_per_launch"}
"""They count sources, accounts and releases themselves: told in two places is twice."""

READ = {"data_utilisation"}
"""It rests on who read the service, not on what the sources tell."""

BY_STATUS = {"bottleneck", "time_in_status"}
"""They name statuses, which are a source's own."""

AGAINST_ALL = {"wip_age"}
"""It compares each item with what was finished of its kind anywhere."""

BY_NAME_OF_TEAM = {"bugs_per_launch"}
"""A release of as many people of two teams counts for the team whose name comes first."""

PEOPLE = {"active_users", "stickiness", "adoption_rate"}
"""Somebody who uses two tools, or changes teams, is in two groups and counts once in all."""

SEVERAL = {
    **{(name, dimension): "a person is in several" for name in PEOPLE for dimension in ("source", "tool", "team")},
    ("meeting_share", "source"): "a day of a person counts in each calendar",
    ("meeting_share", "tool"): "a day of a person counts in each calendar",
    ("time_in_status", "status"): "an item visits several",
    ("bottleneck", "status"): "an item visits several",
    ("automation_rate", "automated_by"): "what nobody told is in no group",
    ("feature_usage", "event"): "a day of a person holds several events",
    ("seat_utilisation", "source"): "use of another source of the tool counts",
    ("data_coverage", "team"): "only the rules about items are of teams",
}


def base(db: Database, shift: timedelta = timedelta()) -> Base:
    """Two sources of two tools."""
    made = Base(db, shift)
    for number, name in enumerate(("north", "south")):
        made.tell(name, name, [moved(one, shift) for one in (*words(), *deeds(number))])
    made.join(("north", "south"))
    return made


def ask(reader: FactsReader, metric: str, *group_by: str, shift: timedelta = timedelta(), **more: Any) -> list[Any]:
    """The series, without the dates of their points."""
    query = MetricQuery(
        metric=metric, start=START + shift, end=END + shift, tz="UTC", group_by=group_by, **more
    )  # fmt: skip
    return [
        {
            **one,
            "points": [{name: value for name, value in point.items() if name not in ("start", "end")}
                       for point in one["points"]],
        }
        for one in answer(reader, SETTINGS, query)["series"]
    ]  # fmt: skip


def questions(metric: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Grain and dimensions: the whole by week, and the first and the last dimension in all."""
    yield "week", ()
    for dimension in dict.fromkeys((BY_NAME[metric].dimensions[0], BY_NAME[metric].dimensions[-1])):
        yield "total", (dimension,)


def everything(reader: FactsReader, metric: str, shift: timedelta = timedelta()) -> dict[Any, Any]:
    """The answers to all questions."""
    return {
        (grain, by): ask(reader, metric, *by, grain=grain, shift=shift) for grain, by in questions(metric)
    }  # fmt: skip


def test_the_company_says_something_of_every_metric(sqlite_db: Database) -> None:
    reader = base(sqlite_db).reader()
    assert [name for name in EVERY if name not in READ and not ask(reader, name)[0]["total"]["n"]] == []


def test_something_unrelated_changes_no_other_group(db: Database) -> None:
    made = base(db)
    reader = made.reader()
    before = {name: _by_place(reader, name) for name in EVERY}
    made.tell("far", "far", [*words(), *deeds(9, 12)])
    reader = made.reader()
    for name in EVERY:
        after = _by_place(reader, name)
        if before[name] is None:
            continue
        kept = [one for one in after or [] if one["group"] in [other["group"] for other in before[name] or []]]
        if name in AGAINST_ALL:
            kept, before[name] = without_lists(kept), without_lists(before[name])
        assert kept == before[name], name


def _by_place(reader: FactsReader, name: str) -> list[Any] | None:
    """By source or tool; None for a metric that has neither, means another tool, or is fed by no source."""
    metric = BY_NAME[name]
    place = next((one for one in ("source", "tool") if one in metric.dimensions and one not in metric.own), None)
    return None if place is None or name in READ else ask(reader, name, place)


def test_later_by_a_week_is_the_same_a_week_later(db: Database, other: Database) -> None:
    week = timedelta(days=7)
    now, later = base(other).reader(), base(db, week).reader()
    for name in EVERY:
        assert ordered(everything(later, name, week)) == ordered(everything(now, name)), name


def test_the_order_of_arrival_changes_nothing(db: Database, other: Database) -> None:
    made = Base(db)
    dice = Random(5)
    told = [(name, one) for number, name in enumerate(("north", "south")) for one in deeds(number)]
    dice.shuffle(told)
    for name in ("north", "south"):
        made.tell(name, name, words())
    made.join(("north", "south"))
    for start in range(0, len(told), 97):
        for name in ("south", "north"):
            made.tell(name, name, [one for of, one in told[start : start + 97] if of == name])
        with made.reader().snapshot():
            """What came so far is built before the rest comes."""
    found, expected = made.reader(), base(other).reader()
    for name in EVERY:
        assert ordered(everything(found, name)) == ordered(everything(expected, name)), name


def test_one_source_told_as_two_gives_the_same_numbers_of_the_tool(db: Database, other: Database) -> None:
    whole = Base(other)
    whole.tell("north", "north", [*words(), *deeds(1)])
    whole.join(("north",))
    halves = Base(db)
    for number, name in enumerate(("one", "two")):
        halves.tell(name, "north", [*words(), *(one for one in deeds(1) if _half(one) == number)])
    halves.join(("one", "two"))
    of_halves, of_whole = halves.reader(), whole.reader()
    for name in sorted(set(EVERY) - ABOUT_SOURCES):
        by = [(one,) for one in ("tool", "team") if one in BY_NAME[name].dimensions]
        for group_by in [(), *by]:
            found = ask(of_halves, name, *group_by, grain="month")
            expected = ask(of_whole, name, *group_by, grain="month")
            if name in BY_STATUS:
                found, expected = without_lists(found), without_lists(expected)
            assert plain(found) == plain(expected), (name, group_by)


def _half(record: Record) -> int:
    """Which of two sources tells a record: what belongs together stays together."""
    names = ("work_item", "external_id", "account")
    key: str = next(getattr(record, name) for name in names if hasattr(record, name))
    return sum(key.encode()) % 2


def without_lists(value: Any) -> Any:
    """Values without the lists of their parts."""
    if isinstance(value, dict):
        return {name: without_lists(one) for name, one in value.items() if name not in ("by", "by_category")}
    return [without_lists(one) for one in value] if isinstance(value, list) else value


def ordered(value: Any) -> Any:
    """Values with lists in an order of their own: what is equally stale or equally large may stand either way."""
    if isinstance(value, dict):
        return {name: ordered(one) for name, one in value.items()}
    return sorted((ordered(one) for one in value), key=repr) if isinstance(value, list) else value


def plain(value: Any) -> Any:
    """Values without the ids and the names that differ between sources, in an order that does not depend on them."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items() if name not in ("id", "name", "url", "source", "title")}
    if isinstance(value, list):
        return sorted((plain(one) for one in value), key=repr)
    return value


def test_names_change_no_number(db: Database) -> None:
    made = base(db)
    reader = made.reader()
    before = {name: plain(list(everything(reader, name).values())) for name in EVERY}
    with db.write() as connection:
        for table in (team, status, project, item_type):
            for row in connection.execute(table.select()).all():
                where = [column == getattr(row, column.name) for column in table.primary_key]
                connection.execute(
                    update(table).where(*where).values(name=f"{chr(122 - len(row.name))} anew {row.name}")
                )
        connection.execute(update(data_version).values(version=data_version.c.version + 1))
    reader = made.reader()
    for name in sorted(set(EVERY) - BY_NAME_OF_TEAM):
        assert plain(list(everything(reader, name).values())) == before[name], name


def test_groups_add_up_to_the_whole(db: Database) -> None:
    reader = base(db).reader()
    for name in sorted(set(EVERY) - READ):
        (whole,) = ask(reader, name, grain="total")
        for dimension in BY_NAME[name].dimensions:
            if (name, dimension) not in SEVERAL:
                groups = ask(reader, name, dimension, grain="total")
                assert sum(one["total"]["n"] for one in groups) == whole["total"]["n"], (name, dimension)
                if set(whole["total"]) == {"n", "value"}:
                    assert sum(one["total"]["value"] for one in groups) == whole["total"]["value"], (name, dimension)


def test_what_a_window_is_compared_with_is_what_that_window_says(db: Database) -> None:
    reader = base(db).reader()
    middle = START + (END - START) / 2
    for name in sorted(set(EVERY) - READ):
        by = BY_NAME[name].dimensions[:1]
        window: dict[str, Any] = {"tz": "UTC", "grain": "total", "group_by": by}
        later = answer(reader, SETTINGS, MetricQuery(metric=name, start=middle, end=END, compare="previous", **window))
        begins, ends = (datetime.fromisoformat(later["previous"][edge]) for edge in ("from", "to"))
        earlier = answer(reader, SETTINGS, MetricQuery(metric=name, start=begins, end=ends, **window))
        totals = {str(one["group"]): one["total"] for one in earlier["series"]}
        compared = {str(one["group"]): one["previous"] for one in later["series"]}
        assert totals
        assert {group: compared[group] for group in totals} == totals, name
