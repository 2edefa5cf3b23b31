"""Conversations, answers and meetings that change mark their days, and marked days are packed as they stand."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from alembic import command
from sqlalchemy import select

from app.core.db import Database
from app.core.types import to_micros
from app.facts.dirty import build_dirty
from app.facts.read import FactsReader
from app.facts.segment import NEVER
from app.facts.talk import MEETINGS, RESPONSES, THREAD_MARKS, THREAD_PEOPLE, THREADS
from app.ingest.write import Writer
from app.models.facts import dirty_day, fact_code
from app.store import conversations, sources, version
from app.store.migrate import config
from connectors.kit.records import Conversation, Mark, MeetingDay, Record, SurveyResponse
from tests.support.clock import START
from tests.support.migrations import back_to
from tests.support.stored import KEYRING, add_source

NOW = START + timedelta(days=60)
MORNING = datetime(2026, 3, 1, 9, tzinfo=UTC)
ALL = (-4_000_000_000_000_000, 4_000_000_000_000_000)


def write(db: Database, source_id: uuid.UUID, *records: Record, now: datetime = NOW) -> None:
    with db.write() as connection:
        assert sources.lock(connection, source_id)
        assert Writer(source_id, now=lambda: now, keyring=KEYRING).write(connection, records).faults == ()
        version.bump(connection, now)


def marked(db: Database) -> set[tuple[str, date]]:
    with db.read() as connection:
        rows = connection.execute(select(dirty_day.c.kind, dirty_day.c.day)).all()
    return {(kind, date(1970, 1, 1) + timedelta(days=day)) for kind, day in rows}


def thread(key: str = "t", at: datetime = MORNING, **more: Any) -> Conversation:
    return Conversation(external_id=key, channel="c", started_at=at, **more)


def answer(key: str = "r", at: datetime = MORNING, **more: Any) -> SurveyResponse:
    return SurveyResponse(external_id=key, survey="s", scale_min=1, scale_max=5, score=4, at=at, **more)


def names(db: Database, dimension: str, codes: Sequence[int]) -> list[str | None]:
    with db.read() as connection:
        rows = connection.execute(
            select(fact_code.c.code, fact_code.c.external_id).where(fact_code.c.dimension == dimension)
        )
        known: dict[int, str] = dict(map(tuple, rows.all()))
    return [known.get(code) for code in codes]


def test_a_change_marks_the_day_it_leaves_and_the_day_it_enters(db: Database) -> None:
    source_id = add_source(db)
    later = MORNING + timedelta(days=3)
    write(db, source_id, thread(), answer(), MeetingDay(account="a", day=MORNING.date(), meetings=1, seconds=60))
    assert marked(db) == {(kind, MORNING.date()) for kind in ("conversation", "survey", "meeting")}
    build_dirty(db)
    assert marked(db) == set()
    write(db, source_id, thread(at=later), answer(at=later))
    assert marked(db) == {(kind, day.date()) for kind in ("conversation", "survey") for day in (MORNING, later)}


def test_what_comes_again_unchanged_marks_nothing(db: Database) -> None:
    source_id = add_source(db)
    seen = thread(marks=(Mark(name="warning", by="a"),))
    page = (seen, answer(), MeetingDay(account="a", day=MORNING.date(), meetings=1, seconds=60))
    write(db, source_id, *page)
    build_dirty(db)
    write(db, source_id, *page, now=NOW + timedelta(hours=5))
    assert marked(db) == set()


def test_a_conversation_that_is_removed_leaves_its_day(db: Database) -> None:
    source_id = add_source(db)
    write(db, source_id, thread("kept"), thread("gone"))
    build_dirty(db)
    with db.write() as connection:
        assert conversations.remove(connection, source_id, ["gone", "never there"]) == 1
        version.bump(connection, NOW)
    assert marked(db) == {("conversation", MORNING.date())}
    with FactsReader(db).snapshot() as snapshot:
        assert len(snapshot.rows(THREADS, *ALL)) == 1


def test_a_day_is_packed_as_it_stands(db: Database) -> None:
    source_id = add_source(db)
    told, seen = MORNING + timedelta(hours=1), NOW
    write(
        db,
        source_id,
        thread(
            "a", started_by="ann", first_reply_at=told, first_reply_by="bob", participants=("cid", "bob"),
            marks=(
                Mark(name="warning", by="bob", at=told), Mark(name="warning", by="cid", at=told + timedelta(hours=1)),
                Mark(name="eyes", by="cid"),
            ),
        ),
        thread("b", at=MORNING - timedelta(days=30_000)),
    )  # fmt: skip
    with FactsReader(db).snapshot() as snapshot:
        threads = snapshot.rows(THREADS, *ALL)
        assert threads.time.tolist() == [to_micros(MORNING - timedelta(days=30_000)), to_micros(MORNING)]
        assert threads["reply_at"].tolist() == [NEVER, to_micros(told)]
        assert names(db, "account", threads["starter"].tolist()) == [None, "ann"]
        assert names(db, "account", threads["replier"].tolist()) == [None, "bob"]
        assert names(db, "channel", threads["channel"].tolist()) == ["c", "c"]
        people = snapshot.rows(THREAD_PEOPLE, *ALL)
        assert sorted(filter(None, names(db, "account", people["account"].tolist()))) == ["ann", "bob", "cid"]
        assert set(people["thread"].tolist()) == {threads["thread"].tolist()[1]}
        marks = snapshot.rows(THREAD_MARKS, *ALL)
        found = zip(names(db, "mark", marks["mark"].tolist()), marks["at"].tolist(), marks["first_seen"].tolist(),
                    strict=True)  # fmt: skip
        assert sorted(found, key=str) == [("eyes", to_micros(seen), 1), ("warning", to_micros(told), 0)]


def test_answers_and_meetings_are_packed_as_they_stand(db: Database) -> None:
    source_id = add_source(db)
    write(
        db,
        source_id,
        answer("a", account="ann", topic="communication", tool="figma", team="Checkout"),
        answer("b", at=MORNING + timedelta(hours=3)),
        MeetingDay(account="ann", day=MORNING.date(), meetings=3, seconds=5_400),
    )
    with FactsReader(db).snapshot() as snapshot:
        answers = snapshot.rows(RESPONSES, *ALL)
        assert answers["topic"].tolist() == [1, 3]
        assert names(db, "rated_tool", answers["tool"].tolist()) == ["figma", None]
        assert names(db, "answering_team", answers["team"].tolist()) == ["Checkout", None]
        assert [answers[name].tolist() for name in ("score", "scale_min", "scale_max")] == [[4, 4], [1, 1], [5, 5]]
        meetings = snapshot.rows(MEETINGS, *ALL)
        assert meetings["day"].tolist() == [to_micros(datetime(2026, 3, 1, tzinfo=UTC))]
        assert (meetings["meetings"].tolist(), meetings["seconds"].tolist()) == ([3], [5_400])


def test_an_upgrade_has_what_is_there_packed(db: Database) -> None:
    source_id = add_source(db)
    early = datetime(1969, 12, 30, 23, 59, 59, 999_999, tzinfo=UTC)
    midnight = datetime(1969, 12, 30, tzinfo=UTC)
    write(
        db, source_id, thread("a"), thread("b", at=early), thread("c", at=midnight), answer(at=early),
        MeetingDay(account="a", day=MORNING.date(), meetings=1, seconds=60),
    )  # fmt: skip
    expected = marked(db)
    build_dirty(db)
    with db.write() as connection:
        back_to(connection, "0006")
        command.upgrade(config(connection), "0007")
    assert marked(db) == expected
