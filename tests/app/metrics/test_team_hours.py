"""The working clock by each team's own calendar equals a walk through the days, while people move between teams."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.api.calendar_schemas import DEFINED, CalendarIn
from app.core.db import Database
from app.facts.read import FactsReader
from app.metrics.query import MetricQuery, answer, fingerprint
from app.store import calendars, version
from tests.app.metrics.test_teams import ANN, END, NOW, OPEN, START, TEAMS, WHO, ZONE, ByTeam, same
from tests.support import histories, people
from tests.support.oracle import Oracle
from tests.support.rows import Store

Day = list[tuple[str, str]]
BERLIN_HOLIDAYS = {
    *(date(2025, 1, 1), date(2025, 4, 18), date(2025, 4, 21), date(2025, 5, 1), date(2025, 5, 8), date(2025, 5, 29)),
    *(date(2025, 6, 9), date(2025, 10, 3), date(2025, 12, 25), date(2025, 12, 26), date(2026, 1, 1)),
    *(date(2026, 4, 3), date(2026, 4, 6)),
}
NIGHT = [("00:00", "06:00"), ("22:00", "24:00")]


def red(day: date) -> Day:
    """Split days in India, the holidays of Berlin but Women's Day, and two days of the company."""
    own = {date(2025, 12, 24): [], date(2026, 1, 4): [("08:00", "24:00")]}
    if day in own:
        return own[day]
    if day in BERLIN_HOLIDAYS or day.weekday() == 6:
        return []
    return [("10:00", "12:00")] if day.weekday() == 5 else [("08:30", "12:00"), ("13:00", "17:15")]


def blue(_day: date) -> Day:
    """Nights in New York, where the clocks change twice meanwhile; the calendar is that of the team above."""
    return NIGHT


def everybody_else(day: date) -> Day:
    """The deployment: four short days in Paris."""
    return [("09:00", "17:00")] if day.weekday() < 4 else []


HOURS: dict[str, tuple[str, Callable[[date], Day]]] = {
    "red": ("Asia/Kolkata", red),
    "blue": ("America/New_York", blue),
    "unassigned": ("Europe/Paris", everybody_else),
}


def spans(day: Day) -> list[dict[str, str]]:
    return [{"from": first, "to": last} for first, last in day]


def week(hours: Callable[[date], Day]) -> dict[str, Any]:
    monday = date(2025, 9, 1)
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return {name: spans(hours(monday + timedelta(days=place))) for place, name in enumerate(names)}


def instant(day: date, text: str, zone: ZoneInfo) -> datetime:
    if text == "24:00":
        day, text = day + timedelta(days=1), "00:00"
    return datetime.combine(day, time.fromisoformat(text), zone).astimezone(UTC)


def worked(start: datetime, end: datetime, team: str) -> float:
    """Seconds of working time, one day after the other."""
    zone, hours = ZoneInfo(HOURS[team][0]), HOURS[team][1]
    total = 0.0
    day = start.astimezone(zone).date()
    while day <= end.astimezone(zone).date():
        for first, last in hours(day):
            low, high = max(start, instant(day, first, zone)), min(end, instant(day, last, zone))
            total += max((high - low).total_seconds(), 0)
        day += timedelta(days=1)
    return total


@dataclass
class OfATeam(Oracle):
    """The slow computation for items that are all of one team."""

    team: str = "unassigned"

    def length(self, start: datetime, end: datetime) -> float:
        return (end - start).total_seconds() if end < start else worked(start, end, self.team)


class ByTeamsHours(ByTeam):
    oracle: OfATeam

    def of(self, team: str, low: datetime, high: datetime) -> dict[str, Any]:
        self.oracle.team = team
        return super().of(team, low, high)


def add_calendar(db: Database, name: str, team: str | None, **definition: Any) -> None:
    body = CalendarIn.model_validate({"name": name, **definition})
    stored = body.model_dump(mode="json", by_alias=True, include=set(DEFINED))
    with db.write() as connection:
        made = calendars.create(connection, name=name, definition=stored, now=NOW)
        if team is None:
            calendars.set_default(connection, made, is_default=True)
        else:
            calendars.give_to_teams(connection, made, [people.team_id(team)])
        version.bump(connection, NOW)


@pytest.fixture
def timed(db: Database) -> tuple[FactsReader, OfATeam]:
    store = Store(db)
    world = histories.world("north", "jira")
    source_id = histories.store_world(store, world)
    items = histories.items(5, 60)
    store.put(source_id, items, NOW)
    people.add_team(db, "above")
    people.add_team(db, "red")
    people.add_team(db, "blue", "above")
    people.add_person(db, "Ann", [(source_id, "ann")], ANN)
    people.add_person(db, "Who", [(source_id, "who")], WHO)
    add_calendar(db, "Everybody", None, days=week(everybody_else))
    add_calendar(db, "Above", "above", zone="America/New_York", days=week(blue))
    add_calendar(
        db,
        "Red",
        "red",
        zone="Asia/Kolkata",
        days=week(red),
        holidays={"country": "DE", "subdivision": "BE", "worked": ["Women's Day"]},
        company_days=[{"date": "2025-12-24"}, {"date": "2026-01-04", "hours": spans([("08:00", "24:00")])}],
    )
    oracle = OfATeam.of([(world, items)], start=START, end=END, zone=ZONE, grain="month", now=NOW, clock="working")
    assert isinstance(oracle, OfATeam)
    return FactsReader(db), oracle


def asked(metric: str, grain: str, **more: Any) -> MetricQuery:
    return MetricQuery(metric=metric, start=START, end=END, tz=ZONE.key, grain=grain, clock="working", **more)


METRICS = ("cycle_time", "active_time", "lead_time", "reaction_time", "time_in_status", "flow_efficiency", "wip_age")


@pytest.mark.parametrize("metric", METRICS)
def test_each_team_is_timed_by_its_own_calendar(timed: tuple[FactsReader, OfATeam], metric: str) -> None:
    reader, oracle = timed
    slow = ByTeamsHours(oracle, metric)
    given = answer(reader, OPEN, asked(metric, "month", group_by=("team",)))
    by_name = {one["group"]["team"]["name"]: one for one in given["series"]}
    compared = 0
    for name in TEAMS:
        (only,) = answer(reader, OPEN, asked(metric, "month", filters={"team": (name,)}))["series"]
        for one in (by_name.get(name, only), only):
            for point, (low, high) in zip(one["points"], oracle.spans, strict=True):
                if low < NOW:
                    same(point, slow.of(name, low, high), (metric, name, point["start"]))
                    compared += point["n"]
    assert compared > 0


@pytest.mark.parametrize("metric", ["cycle_time", "lead_time", "reaction_time", "wip_age"])
def test_an_item_is_timed_the_same_whether_or_not_teams_are_asked_for(
    timed: tuple[FactsReader, OfATeam], metric: str
) -> None:
    reader, _ = timed
    (together,) = answer(reader, OPEN, asked(metric, "total"))["series"]
    apart = [one["total"] for one in answer(reader, OPEN, asked(metric, "total", group_by=("team",)))["series"]]
    parts = [one for one in apart if one["n"]]
    assert len(parts) > 1
    assert sum(one["n"] for one in parts) == together["total"]["n"]
    mean = sum(one["n"] * one["mean"] for one in parts) / together["total"]["n"]
    assert together["total"]["mean"] == pytest.approx(mean)


def test_an_answer_names_its_calendars_and_changes_with_them(timed: tuple[FactsReader, OfATeam], db: Database) -> None:
    reader, _ = timed
    query = asked("lead_time", "total")
    before, mark = answer(reader, OPEN, query), fingerprint(reader, OPEN, query)
    assert before["calendar"].count("@") == 3
    with db.write() as connection:
        for row in calendars.every(connection):
            if row["name"] == "Red":
                calendars.change(connection, row["id"], {"definition": row["definition"] | {"zone": None}}, NOW)
        version.bump(connection, NOW)
    after = answer(reader, OPEN, query)
    assert after["calendar"] != before["calendar"]
    assert after["series"] != before["series"]
    assert fingerprint(reader, OPEN, query) != mark
