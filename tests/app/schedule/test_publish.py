"""The SQL views: what they show is what the API answers, no person is in them, and they outlive an upgrade."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from app.core.db import Database
from app.facts.read import FactsReader
from app.schedule.publish import publish
from app.store.migrate import migrate
from app.store.views import drop_views
from tests.app.api.conftest import Api, serve
from tests.support import talk
from tests.support.clock import ManualClock
from tests.support.rows import Store, hours
from tests.support.talk import NOW
from tests.support.working import working_company

DOCUMENT = Path(__file__).parents[3] / "docs" / "views.md"
FLOW = {
    "items_finished": ("throughput", "value"),
    "items_arrived": ("arrivals", "value"),
    "items_in_progress": ("wip", "value"),
    "cycle_time_p50_seconds": ("cycle_time", "p50"),
    "cycle_time_p85_seconds": ("cycle_time", "p85"),
    "lead_time_p50_seconds": ("lead_time", "p50"),
    "lead_time_p85_seconds": ("lead_time", "p85"),
    "reopen_rate": ("reopen_rate", "value"),
    "automation_rate": ("automation_rate", "value"),
}
TOOLS = {
    "active_people": ("active_users", "wau"),
    "adoption_rate": ("adoption_rate", "value"),
    "stickiness": ("stickiness", "value"),
    "seat_utilisation": ("seat_utilisation", "value"),
}


@pytest.fixture
def company(db: Database) -> Iterator[Api]:
    """A company that works and talks, with the smallest group that the rules allow, and everything published."""
    working_company(db)
    for api in serve(db, min_group=3, timezone="Europe/Paris"):
        api.clock.at = NOW
        assert publish(db, FactsReader(db), api.clock, api.settings)
        yield api


def rows(db: Database, query: str) -> list[dict[str, Any]]:
    with db.read() as connection:
        return [dict(row) for row in connection.execute(text(query)).mappings()]


def plain(value: Any) -> str:
    """An instant or a day of either database as text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return str(value).removesuffix("Z")


def told_by_the_api(api: Api, scope: str, measures: dict[str, tuple[str, str]], day: str) -> dict[Any, dict[str, Any]]:
    found: dict[Any, dict[str, Any]] = {}
    for metric, _ in measures.values():
        group = "" if scope == "all" else f"&group_by={scope}"
        answer = api.get(f"/api/v1/metrics/{metric}?grain=week&from={day}&to=2026-04-01&tz=Europe/Paris{group}").json()
        for series in answer["series"]:
            value = series["group"].get(scope, {})
            for point in series["points"]:
                row = found.setdefault((value.get("id"), point["start"]), {"suppressed": False})
                row["suppressed"] |= point.get("suppressed", False)
                row |= {name: point.get(of[1]) for name, of in measures.items() if of[0] == metric}
    return found


def test_weeks_are_those_of_the_api(company: Api) -> None:
    check_weeks(company, "kpi_flow_weeks", FLOW, ("all", "team", "project"))
    check_weeks(company, "kpi_tool_weeks", TOOLS, ("all", "team", "tool"))


def check_weeks(company: Api, view: str, measures: dict[str, tuple[str, str]], scopes: tuple[str, ...]) -> None:
    weeks = rows(company.database, f"SELECT * FROM {view}")
    first = min(plain(row["week_start"]) for row in weeks)
    hidden = 0
    shown: set[str] = set()
    for scope in scopes:
        told = told_by_the_api(company, scope, measures, first)
        seen = {(row["group_id"], plain(row["week_start"])): row for row in weeks if row["scope"] == scope}
        assert seen.keys() == told.keys()
        for key, row in seen.items():
            assert bool(row["suppressed"]) == told[key]["suppressed"]
            for name in measures:
                assert row[name] == pytest.approx(told[key].get(name)), (key, name)
        hidden += sum(row["suppressed"] for row in seen.values())
        shown |= {name for row in seen.values() for name in measures if row[name]}
    assert hidden
    assert shown == measures.keys()


def test_work_items_have_the_times_that_the_api_tells(company: Api) -> None:
    items = {row["id"]: row for row in rows(company.database, "SELECT * FROM kpi_work_items")}
    listed = company.get("/api/v1/work-items?limit=1000").json()["items"]
    assert items.keys() == {item["id"] for item in listed}
    for listed_item in listed[::4]:
        item = company.get(f"/api/v1/work-items/{listed_item['id']}").json()
        row = items[item["id"]]
        assert row["lead_seconds"] == pytest.approx(item["durations"]["lead_time"])
        if item["started_at"] and item["finished_at"]:
            assert row["cycle_seconds"] == pytest.approx(item["durations"]["cycle_time"])
        for name in ("created_at", "started_at", "finished_at", "discarded_at"):
            assert (row[name] is None) == (item[name] is None)
            if item[name]:
                assert plain(row[name]) == plain(datetime.fromisoformat(item[name]))
        assert (row["project"], row["status"]) == (item["project"]["name"], item["status"]["name"])
    assert any(row["reopened"] for row in items.values())
    # A changed mapping moves them.
    (before,) = rows(company.database, "SELECT count(finished_at) AS finished FROM kpi_work_items")
    for source in company.get("/api/v1/sources").json()["items"]:
        base = f"/api/v1/sources/{source['id']}/statuses"
        for status in company.get(base).json()["items"]:
            if status["name"] == "Review":
                assert company.ask("PUT", f"{base}/{status['id']}", json={"category": "done"}).status_code == 200
    assert publish(company.database, FactsReader(company.database), company.clock, company.settings)
    (after,) = rows(company.database, "SELECT count(finished_at) AS finished FROM kpi_work_items")
    assert after["finished"] > before["finished"]


def test_people_are_counted_by_day_and_few_are_hidden(company: Api) -> None:
    every = rows(company.database, "SELECT * FROM kpi_tool_days")
    days = [row for row in every if row["tool"] == "teams"]
    answer = company.get("/api/v1/metrics/active_users?grain=day&from=2026-01-01&to=2026-04-01&group_by=tool").json()
    (series,) = [one for one in answer["series"] if one["group"]["tool"]["name"] == "teams"]
    told = {point["start"]: point.get("dau") for point in series["points"]}
    seen = {plain(row["day"]): row["active_people"] for row in days}
    assert {day: value for day, value in seen.items() if day in told} == {
        day: value for day, value in told.items() if day in seen
    }
    assert any(seen.values())
    today = {row["tool"]: row for row in every if plain(row["day"]) == "2026-03-31"}
    assert (today["slack"]["suppressed"], today["slack"]["active_people"]) == (1, None)
    seats = {row["tool"]: row for row in rows(company.database, "SELECT * FROM kpi_seats")}
    assert (seats["teams"]["seats_held"], seats["teams"]["seats_bought"], seats["teams"]["currency"]) == (4, 9, "EUR")
    assert (seats["slack"]["suppressed"], seats["slack"]["seats_held"]) == (1, None)
    shares = {row["rule"]: row for row in rows(company.database, "SELECT * FROM kpi_data_coverage_days")}
    assert (shares["type"]["source"], shares["type"]["share"]) == ("chat", 0.75)
    assert (shares["person"]["suppressed"], shares["person"]["total"], shares["person"]["share"]) == (1, None, None)


def test_no_view_names_a_person(company: Api) -> None:
    people = {*talk.KINDS, "ghost"}
    ids = {row["id"] for row in company.get("/api/v1/people").json()["items"]}
    ids |= {row["id"] for row in company.get("/api/v1/accounts?limit=1000").json()["items"]}
    assert ids
    for view in documented():
        values = {str(value) for row in rows(company.database, f"SELECT * FROM {view}") for value in row.values()}
        assert not values & (people | ids), view


def test_the_same_data_is_published_once_a_day(company: Api) -> None:
    reader = FactsReader(company.database)
    assert not publish(company.database, reader, company.clock, company.settings)
    assert publish(company.database, reader, company.clock, company.settings.model_copy(update={"min_group": 40}))
    (flow,) = rows(company.database, "SELECT max(items_finished) AS most FROM kpi_flow_weeks WHERE scope = 'team'")
    assert not flow["most"]
    company.clock.forward(days=1)
    assert publish(company.database, reader, company.clock, company.settings)
    (row,) = rows(company.database, "SELECT * FROM kpi_publication")
    assert (plain(row["published_at"])[:10], row["timezone"], row["min_group"]) == ("2026-04-01", "Europe/Paris", 3)


def test_freshness_has_a_row_for_each_stream(db: Database) -> None:
    store = Store(db)
    source = store.source()
    store.complete_until(source, NOW)
    store.complete_until(source, NOW - hours(3), "usage_days")
    found = rows(db, "SELECT source, stream, complete_until, last_success_at FROM kpi_freshness ORDER BY stream")
    assert [(row["source"], row["stream"], row["last_success_at"]) for row in found] == [
        ("jira", "usage_days", None),
        ("jira", "work_items", None),
    ]
    assert plain(found[1]["complete_until"]) == plain(NOW)


def test_every_column_is_documented_and_every_documented_one_is_there(db: Database) -> None:
    with db.read() as connection:
        there = {
            name: [column["name"] for column in inspect(connection).get_columns(name)]
            for name in inspect(connection).get_view_names()
            if name.startswith("kpi_")
        }
    assert there == documented()


def documented() -> dict[str, list[str]]:
    parts = re.split(r"^## `(kpi_\w+)`$", DOCUMENT.read_text("utf-8"), flags=re.MULTILINE)
    names, texts = parts[1::2], parts[2::2]
    return {
        name: re.findall(r"^\| `(\w+)` \|", part, flags=re.MULTILINE) for name, part in zip(names, texts, strict=True)
    }


def test_rights_outlive_a_start_that_changes_nothing(db: Database) -> None:
    if db.is_sqlite:
        migrate(db, NOW)
        assert rows(db, "SELECT * FROM kpi_work_items") == []
        return
    with db.write() as connection:
        connection.execute(text("GRANT SELECT ON kpi_work_items TO PUBLIC"))
    migrate(db, NOW)
    granted = rows(db, "SELECT relacl::text AS rights FROM pg_class WHERE relname = 'kpi_work_items'")
    assert "=r/" in granted[0]["rights"]


def test_views_are_made_again_after_an_upgrade(db: Database) -> None:
    with db.write() as connection:
        drop_views(connection)
    with pytest.raises(Exception, match="kpi_publication"):
        rows(db, "SELECT * FROM kpi_publication")
    migrate(db, ManualClock().now())
    assert rows(db, "SELECT * FROM kpi_publication") == []
