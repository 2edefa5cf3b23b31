"""Freshness: how old each stream is in the minute of the question; of the past and of the unread it says so."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid5

from sqlalchemy import insert

from app.core.db import Database
from app.metrics.catalogue import BY_NAME
from app.metrics.query import table
from app.models.source import stream_state
from app.store import version
from tests.support.metric_site import Site
from tests.support.rows import NAMESPACE, NOW

DAY = {"start": datetime(2026, 8, 31, tzinfo=UTC), "end": datetime(2026, 9, 3, tzinfo=UTC), "grain": "day"}
AT = NOW + timedelta(hours=5)
MINUTE = NOW.replace(second=0)


def settle(db: Database, at: datetime = NOW) -> None:
    with db.write() as connection:
        version.bump(connection, at)


def entries(values: dict[str, Any]) -> list[tuple[str, str | None, float | None]]:
    return [(entry["source"]["name"], entry["stream"], entry["value"]) for entry in values["by"]]


def test_each_stream_is_as_old_as_its_stalest_scope(site: Site) -> None:
    site.store.complete_until(site.source_id, MINUTE - timedelta(minutes=5))
    for scope, minutes in (("a", 30), ("b", 90)):
        site.store.complete_until(site.source_id, MINUTE - timedelta(minutes=minutes), "transitions", scope)
    settle(site.store.db)
    total = site.total("freshness", **DAY)
    assert entries(total) == [("jira", "transitions", 5_400), ("jira", "work_items", 300)]
    assert (total["value"], total["n"]) == (5_400, 2)
    assert total["by"][1]["complete_until"] == (MINUTE - timedelta(minutes=5)).isoformat().replace("+00:00", "Z")


def test_it_grows_with_the_minute_of_the_question_although_nothing_changes(site: Site) -> None:
    site.store.complete_until(site.source_id, MINUTE)
    settle(site.store.db)
    assert site.total("freshness", **DAY)["value"] == 0
    assert site.total("freshness", now=AT, **DAY)["value"] == 5 * 3_600
    a_fortnight = {**DAY, "start": AT, "end": AT + timedelta(days=20)}
    assert site.total("freshness", now=AT + timedelta(days=14), **a_fortnight)["value"] == 14 * 86_400 + 5 * 3_600


def test_what_nobody_knows_is_no_number_and_is_counted(site: Site) -> None:
    site.store.source("pushed", "desk")
    site.store.complete_until(site.source_id, MINUTE - timedelta(hours=1))
    with site.store.db.write() as connection:
        for scope, values in (("", {"complete_until": None}), ("later", {"retry_at": NOW})):
            connection.execute(
                insert(stream_state).values(source_id=site.source_id, stream="accounts", scope=scope, **values)
            )
    settle(site.store.db)
    answer = site.answer("freshness", group_by=("source",), **DAY)
    totals = {series["group"]["source"]["name"]: series["total"] for series in answer["series"]}
    assert entries(totals["jira"]) == [("jira", "accounts", None), ("jira", "work_items", 3_600)]
    assert totals["jira"]["value"] == 3_600
    assert entries(totals["pushed"]) == [("pushed", None, None)]
    assert totals["pushed"]["value"] is None
    assert answer["flagged"] == {"unknown": 2}


def test_it_is_said_of_the_present_bucket_alone(site: Site) -> None:
    site.store.complete_until(site.source_id, MINUTE - timedelta(hours=1))
    settle(site.store.db)
    (series,) = site.answer("freshness", **DAY)["series"]
    assert [(point["start"], point["value"]) for point in series["points"]] == [
        ("2026-08-31", None), ("2026-09-01", 3_600), ("2026-09-02", None),
    ]  # fmt: skip
    answer = site.answer("freshness")
    assert answer["reason"] == "not_recorded"
    assert answer["series"][0]["total"] == {"n": 0, "value": None, "by": []}


def test_a_source_is_chosen_whether_or_not_it_has_facts(site: Site) -> None:
    other = site.store.source("desk", "asana")
    site.store.complete_until(site.source_id, MINUTE - timedelta(hours=1))
    site.store.complete_until(other, MINUTE - timedelta(hours=2))
    settle(site.store.db)
    for filters in ({"tool": ("asana",)}, {"source": (str(other),)}, {"source": ("desk",)}):
        assert entries(site.total("freshness", filters=filters, **DAY)) == [("desk", "work_items", 7_200)]
    series = site.answer("freshness", group_by=("tool",), **DAY)["series"]
    assert {one["group"]["tool"]["id"]: one["total"]["value"] for one in series} == {"asana": 7_200, "jira": 3_600}


def test_the_facts_behind_it_are_its_streams(site: Site) -> None:
    site.store.complete_until(site.source_id, MINUTE - timedelta(hours=1))
    site.store.complete_until(site.source_id, MINUTE - timedelta(hours=3), "accounts")
    settle(site.store.db)
    page = site.behind("freshness", limit=1, **DAY)
    assert (page["n"], page["sum"], page["next"]) == (2, {"value": 10_800}, "1")
    rest = site.behind("freshness", cursor="1", group_by=("source",), group={"source": "jira"}, **DAY)
    assert [entry["stream"] for entry in [*page["items"], *rest["items"]]] == ["accounts", "work_items"]


def test_a_table_has_a_row_for_each_stream(site: Site) -> None:
    site.store.complete_until(site.source_id, MINUTE - timedelta(hours=1))
    settle(site.store.db)
    rows = table(site.answer("freshness", **DAY), BY_NAME["freshness"], ()).rows
    assert [(row["source"], row["stream"], row["value"]) for row in rows] == [("jira", "work_items", 3_600)]


def test_an_answer_is_as_fresh_as_the_streams_that_it_rests_on(site: Site) -> None:
    """A source that is read and has none of them is not named; one of which nobody knows is."""
    slack, _ = site.store.source("slack", "slack"), site.store.source("pushed", "desk")
    site.store.complete_until(site.source_id, MINUTE)
    for stream, hours in (("conversations", 2), ("channels", 1), ("accounts", 9)):
        site.store.complete_until(slack, MINUTE - timedelta(hours=hours), stream)
    with site.store.db.write() as connection:
        paused = {"stream": "conversations", "scope": "later", "retry_at": NOW}
        connection.execute(insert(stream_state).values(source_id=slack, **paused))
    settle(site.store.db)
    assert {one["source"]: one["complete_until"] for one in site.answer("response_time")["freshness"]} == {
        str(slack): (MINUTE - timedelta(hours=2)).isoformat().replace("+00:00", "Z"),
        str(uuid5(NAMESPACE, "pushed")): None,
    }
    assert site.answer("freshness")["freshness"] == []
