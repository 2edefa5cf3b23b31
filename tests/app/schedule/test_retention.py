"""Retention: what is older than its days goes, what is younger stays, and numbers over kept days are what they were."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select

from app.core.db import Database
from app.core.settings import Settings
from app.models.access import audit
from app.models.communication import conversation, survey_response
from app.models.sync import reject, sync_run
from app.models.usage import usage_day, usage_event_seen
from app.schedule.retention import apply_retention
from app.store import settings, version
from app.store.dirty import marked_days
from tests.support.clock import ManualClock
from tests.support.stored import add_source

NOW = datetime(2026, 11, 2, 3, 30, tzinfo=UTC)
TODAY = NOW.date()
AGES = (0, 9, 10, 11, 37, 38, 39, 40)
"""Days before today that something stands on."""


def days_ago(age: int) -> datetime:
    return datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC) - timedelta(days=age)


@pytest.fixture
def source_id(db: Database) -> UUID:
    """A source with a row of every kind on each of the days."""
    source = add_source(db)
    with db.write() as connection:
        for age in AGES:
            at, day, name = days_ago(age), days_ago(age).date(), str(age)
            run = uuid4()
            rows: list[tuple[Any, dict[str, Any]]] = [
                (usage_day, {"account": "ann", "event": "edit", "day": day, "count": 1}),
                (usage_event_seen, {"digest": name.encode(), "day": day}),
                (
                    conversation,
                    {"external_id": name, "channel": "c", "started_at": at, "participants": [], "messages": 1,
                     "automated_messages": 0, "marks": []},
                ),
                (
                    survey_response,
                    {"external_id": name, "survey": "s", "scale_min": 1, "scale_max": 5, "score": 4, "comment": "words",
                     "at": at},
                ),
                (
                    sync_run,
                    {"id": run, "mode": "full", "trigger": "manual", "status": "succeeded", "queued_at": at,
                     "finished_at": at},
                ),
                (
                    reject,
                    {"id": uuid4(), "stream": "s", "reason": "r", "raw": {}, "at": at},
                ),
            ]  # fmt: skip
            for table, values in rows:
                connection.execute(insert(table).values(source_id=source, **values))
            connection.execute(insert(audit).values(id=uuid4(), at=at, actor="a", action="old", target="t", detail={}))
    return source


def kept(db: Database, column: Any, *where: Any) -> set[int]:
    """The ages of what is left."""
    with db.read() as connection:
        found = connection.execute(select(column).where(*where)).scalars().all()
    return {(TODAY - (value if type(value) is date else value.date())).days for value in found}


def run(db: Database, **retention: int) -> None:
    with db.write() as connection:
        settings.put(connection, "retention", retention, NOW)
    apply_retention(db, ManualClock(NOW), Settings(_env_file=None))


COLUMNS = {
    "conversations": (conversation.c.started_at,),
    "survey_comments": (survey_response.c.at, survey_response.c.comment.is_not(None)),
    "rejects": (reject.c.at,),
    "audit": (audit.c.at, audit.c.action == "old"),
    "sync_runs": (sync_run.c.queued_at,),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_what_is_older_than_its_days_goes_and_no_other_kind_with_it(db: Database, source_id: UUID, kind: str) -> None:
    run(db, **{kind: 10})
    for other, wanted in COLUMNS.items():
        assert kept(db, *wanted) == ({0, 9, 10} if other == kind else set(AGES)), other
    assert kept(db, usage_day.c.day) == set(AGES)
    with db.read() as connection:
        (detail,) = connection.execute(select(audit.c.detail).where(audit.c.action == "retention.apply")).scalars()
    assert detail == {kind: 5}


def test_usage_is_kept_as_long_as_a_kept_number_looks_back(db: Database, source_id: UUID) -> None:
    run(db, usage_days=10)
    assert kept(db, usage_day.c.day) == {0, 9, 10, 11, 37, 38}
    assert kept(db, usage_event_seen.c.day) == {0, 9, 10, 11, 37, 38}
    with db.read() as connection:
        marked = marked_days(connection, source_id, "usage", 100)
    first = date(1970, 1, 1)
    assert {(TODAY - (first + timedelta(days=day))).days for day in marked} >= {39, 40}


def test_an_answer_to_a_survey_stays_when_its_words_go(db: Database, source_id: UUID) -> None:
    run(db, survey_comments=1)
    assert kept(db, survey_response.c.at) == set(AGES)


def test_the_last_run_of_a_source_stays_however_old_it_is(db: Database, source_id: UUID) -> None:
    quiet = add_source(db, name="quiet")
    with db.write() as connection:
        for age in (100, 200):
            at = days_ago(age)
            values = {"mode": "full", "trigger": "manual", "status": "failed", "queued_at": at, "finished_at": at}
            connection.execute(insert(sync_run).values(id=uuid4(), source_id=quiet, **values))
    run(db, sync_runs=10)
    assert kept(db, sync_run.c.queued_at, sync_run.c.source_id == quiet) == {100}
    assert kept(db, sync_run.c.queued_at, sync_run.c.source_id == source_id) == {0, 9, 10}


def test_without_a_setting_everything_stays_and_nothing_is_written(db: Database, source_id: UUID) -> None:
    with db.read() as connection:
        before = version.read(connection)
    run(db)
    for wanted in COLUMNS.values():
        assert kept(db, *wanted) == set(AGES)
    with db.read() as connection:
        assert version.read(connection) == before
