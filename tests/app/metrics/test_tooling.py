"""Every metric of tools equals the slow computation, while people move, join, leave, and hold seats in many ways."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise, product
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from app.core.db import Database
from app.core.settings import Settings
from app.facts.read import FactsReader
from app.metrics.query import MetricQuery, answer, behind
from tests.support import people
from tests.support.usage import UsageStore
from tests.support.usage_oracle import LAST_DAY, Account, Company, Scope, Seat, Use, last_day

ZONE = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 4, 15, 9, 30, tzinfo=UTC)
START, END = datetime(2026, 2, 3, 23, tzinfo=UTC), datetime(2026, 5, 9, 22, tzinfo=UTC)
FIRST_USE = date(2026, 2, 11)
TOOLS = {"slack one": "slack", "slack two": "slack", "jira": "jira", "figma": "figma", "silent": "silent"}
TEAMS = {"red": None, "dark red": "red", "blue": None}
EVENTS = ("open", "edit", "share")
METRICS = ("active_users", "stickiness", "adoption_rate", "seat_utilisation", "feature_usage")
SCOPES: list[tuple[tuple[str, ...], dict[str, tuple[str, ...]]]] = [
    ((), {}),
    (("team",), {}),
    ((), {"team": ("red",)}),
    (("tool",), {}),
    (("source",), {}),
    (("team", "tool"), {}),
    (("team",), {"tool": ("slack", "figma"), "team": ("red", "unassigned")}),
    (("tool",), {"source": ("slack two", "jira")}),
    ((), {"tool": ("silent",)}),
]
QUESTIONS = [*product(("month", "total"), SCOPES), *product(("week", "day"), SCOPES[:3])]


def company(seed: int) -> Company:
    """A small company in which everything that can happen to people and accounts does."""
    chance = random.Random(seed)
    made = Company(TOOLS)
    moments = [datetime(2026, 2, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(2_000)) for _ in range(40)]
    for number in range(14):
        changes = sorted(chance.sample(moments, chance.randrange(4)))
        edges = [people.ALWAYS, *changes, None]
        stays = [
            (chance.choice(list(TEAMS)), since, until)
            for since, until in pairwise(edges)
            if since is not None and chance.random() < 0.8
        ]
        made.stays[f"person {number}"] = stays
    used_sources = [name for name in TOOLS if name != "silent"]
    for source in used_sources:
        for number in range(chance.randrange(9, 15)):
            person = f"person {chance.randrange(14)}" if chance.random() < 0.7 else None
            kind = chance.choice(["human"] * 6 + ["unknown", "bot", "app"])
            override = chance.choice([None] * 8 + [True, False])
            made.accounts.append(Account(source, f"a{number}", person, kind, override, chance.random() < 0.9))
    for source, number in product(used_sources, range(17)):
        often = chance.choice([0, 0, 0.03, 0.1, 0.5])
        for ahead in range(75):
            day = FIRST_USE + timedelta(days=ahead)
            if chance.random() < often and day <= NOW.date() and not 20 < ahead < 24:
                for event in chance.sample(EVENTS, chance.randrange(1, 4)):
                    made.uses.append(Use(source, f"a{number}", event, day, chance.randrange(1, 9)))
    for source, number, pro in product(("slack one", "slack two", "figma"), range(18), (False, True)):
        if chance.random() < 0.4:
            assigned = chance.choice([None, *moments])
            removed = chance.choice([None, None, *(at for at in moments if assigned is None or at > assigned)])
            made.seats.append(Seat(source, f"a{number}", "pro" if pro else "free", assigned, removed))
    return made


def stored(db: Database, made: Company) -> FactsReader:
    rows = UsageStore(db)
    sources = {name: rows.source(name, tool) for name, tool in made.tools.items()}
    for team, above in TEAMS.items():
        people.add_team(db, team, above)
    persons: dict[str, UUID] = {name: people.add_person(db, name, stays=stays) for name, stays in made.stays.items()}
    rows.accounts(
        [
            (
                sources[one.source],
                one.name,
                persons[one.person] if one.person else None,
                one.kind,
                one.override,
                one.active,
            )
            for one in made.accounts
        ]
    )
    for name, source_id in sources.items():
        used = {(use.account, use.event, use.day): use.count for use in made.uses if use.source == name}
        rows.use(source_id, used, now=NOW)
        seats = [(one.account, one.product, one.assigned, one.removed) for one in made.seats if one.source == name]
        if seats:
            rows.seats(source_id, seats, now=NOW)
    return FactsReader(db)


def settings(**more: Any) -> Settings:
    return Settings(_env_file=None, timezone="Europe/Paris", **{"min_group": 1, **more})


def query(metric: str, **more: Any) -> MetricQuery:
    return MetricQuery(**{"metric": metric, "start": START, "end": END, "tz": "Europe/Paris", **more})


def below(teams: tuple[str, ...]) -> set[str]:
    return {team for team in (*TEAMS, "unassigned") if team in teams or TEAMS.get(team) in teams}


def scope_of(group: dict[str, Any], filters: dict[str, tuple[str, ...]]) -> Scope:
    sources = {
        source
        for source, tool in TOOLS.items()
        if group.get("tool", {"name": tool})["name"] == tool
        and group.get("source", {"name": source})["name"] == source
        and tool in filters.get("tool", (tool,))
        and source in filters.get("source", (source,))
    }
    teams = below(filters["team"]) if "team" in filters else None
    if "team" in group:
        teams = {group["team"]["name"]}
    events = set(filters["event"]) if "event" in filters else None
    return Scope(sources, teams, {group["event"]["name"]} if "event" in group else events)


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """An answer's numbers in the form of the slow ones."""
    money = {"bought", "idle_cost", "currency"}
    found = {name: value for name, value in values.items() if name not in {"start", "end", "complete"} | money}
    if not found["n"]:
        # Nobody says whose share it is where there is nobody.
        found.pop("eligible", None)
    if "by" in found:
        found["by"] = [(one["tool"]["name"], one["event"]["name"], one["events"], one["people"]) for one in found["by"]]
    return found


def spans(series: dict[str, Any]) -> Iterator[tuple[date, date, dict[str, Any]]]:
    """The days of each bucket that has begun, inside the window, with its numbers; and the window's."""
    low, high = START.astimezone(ZONE).date(), END.astimezone(ZONE).date()
    for point in series["points"]:
        first = max(date.fromisoformat(point["start"]), low)
        after = min(date.fromisoformat(point["end"]), high)
        if datetime.combine(first, time.min, ZONE) < NOW:
            yield first, after, point
        else:
            assert {value for name, value in plain(point).items() if name not in ("n", "by")} == {None}
    yield low, high, series["total"]


def test_every_number_equals_the_slow_one(db: Database) -> None:
    made = company(1)
    reader = stored(db, made)
    for metric, (grain, (group_by, filters)) in product(METRICS, QUESTIONS):
        asked = query(metric, grain=grain, group_by=group_by, filters=filters)
        for series in answer(reader, settings(), asked)["series"]:
            scope = scope_of(series["group"], filters)
            for first, after, values in spans(series):
                last = LAST_DAY.get(metric, last_day)(first, after, NOW, ZONE)
                expected = getattr(made, metric)(scope, first, last)
                found = plain(values)
                if not expected["n"]:
                    expected.pop("eligible", None)
                assert found.pop("by", None) == expected.pop("by", None)
                assert found == pytest.approx(expected), (asked, series["group"], first)


def test_events_are_a_dimension_of_features(sqlite_db: Database) -> None:
    made = company(3)
    reader = stored(sqlite_db, made)
    for group_by, filters in product(
        [("event",), ("team", "event"), ("event", "tool"), ()], [{}, {"event": ("edit",)}]
    ):
        asked = query("feature_usage", grain="month", group_by=group_by, filters=filters)
        found = answer(reader, settings(), asked)["series"]
        assert found
        for series in found:
            for first, after, values in spans(series):
                last = LAST_DAY["feature_usage"](first, after, NOW, ZONE)
                expected = made.feature_usage(scope_of(series["group"], filters), first, last)
                if "event" in group_by:
                    del expected["by"]
                assert plain(values) == expected


@pytest.mark.parametrize("shows", [False, True])
def test_facts_amount_to_the_answer(sqlite_db: Database, shows: bool) -> None:
    reader = stored(sqlite_db, company(4))
    told = settings(person_metrics=shows)
    for metric, group_by in product(METRICS, [(), ("team",)]):
        asked = query(metric, grain="month", group_by=group_by)
        for series in answer(reader, told, asked)["series"]:
            group = {name: value["id"] or "" for name, value in series["group"].items()}
            for point in (series["points"][1], series["total"]):
                bucket = date.fromisoformat(point["start"]) if "start" in point else None
                facts = behind(reader, told, asked, bucket=bucket, group=group, limit=100_000)
                assert facts["n"] == point["n"]
                assert facts["sum"] == {
                    name: value for name, value in point.items() if name in facts["sum"] and name != "n"
                }
                if metric == "feature_usage":
                    name = "count" if shows else "events"
                    assert sum(one[name] for one in facts["items"]) == point["events"]
                    assert not shows or len(facts["items"]) == point["n"]
                if metric == "seat_utilisation":
                    assert sum(one["active"] for one in facts["items"]) == point["active"]
                    assert sum(one["never_used"] for one in facts["items"]) == point["never_used"]
                    assert sum(1 if shows else one["held"] for one in facts["items"]) == point["held"]
                assert shows or not any("account" in one for one in facts["items"])
                paged: list[Any] = []
                cursor = None
                while len(paged) < len(facts["items"]):
                    page = behind(reader, told, asked, bucket=bucket, group=group, limit=331, cursor=cursor)
                    paged += page["items"]
                    cursor = page["next"]
                assert paged == facts["items"]
