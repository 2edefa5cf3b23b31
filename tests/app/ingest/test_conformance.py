"""Every connector in the store: a second sync writes nothing, and no cursor can make a sync lose or invent."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.core.db import Database
from app.ingest import credentials
from app.ingest.interrupt import Interrupt
from app.ingest.rows import SHAPES
from app.ingest.runner import Runner
from app.models.source import stream_state
from app.models.usage import usage_day
from app.store import runs, sources
from app.store.runs import Run
from connectors import registry
from connectors.kit.testing import Bench, Conformance
from tests.connectors.asana.test_conformance import TestPersonalAccessToken as _Asana
from tests.connectors.jira.test_conformance import TestCloud as _JiraCloud
from tests.connectors.jira.test_conformance import TestDataCenter as _JiraDataCenter
from tests.connectors.mixpanel.test_conformance import TestNewProject as _Mixpanel
from tests.connectors.slack.test_conformance import TestBotTokenAlone as _Slack
from tests.connectors.slack.test_conformance import TestWithTheAccessLog as _SlackLog
from tests.support.stored import KEYRING, add_source

SUITES: list[type[Conformance]] = [_Asana, _JiraCloud, _JiraDataCenter, _Mixpanel, _Slack, _SlackLog]
ABNORMAL = {
    "future": '{"at":"2999-01-01T00:00:00+00:00"}',
    "foreign": '{"since_id":42}',
    "corrupt": '{"at":"2026-0',
}


def test_every_connector_that_reads_is_here() -> None:
    assert {suite.connector.kind for suite in SUITES} == {one.kind for one in registry.BUILT_IN if one.streams}


class _Unhurried(Interrupt):
    """The sandbox holds still: waiting would change nothing."""

    def sleep(self, seconds: float) -> None:
        self.check()


class Clock:
    def __init__(self, bench: Bench) -> None:
        self.now = bench.access.now


class Synced:
    """A source that reads what a suite serves."""

    def __init__(self, db: Database, suite: Conformance, bench: Bench, name: str = "whole") -> None:
        kind = suite.connector.kind
        self.db, self.clock = db, Clock(bench)
        config = bench.access.config.model_dump(mode="json", exclude_none=True)
        self.id: UUID = add_source(db, kind, name=name, config=config)
        sealed = credentials.seal(KEYRING, self.id, bench.access.credentials)
        with db.write() as connection:
            sources.set_credentials(connection, self.id, sealed, set_at=self.clock.now())
        self.runner = Runner(db, {kind: suite.connector}, KEYRING, self.clock, ("127.0.0.1",))

    def sync(self, stop_after: int | None = None) -> Run:
        """One run; it may be told to stop after so many pages."""
        interrupt, pages = _Unhurried(), iter(range(1, 1_000_000))

        def between_pages() -> None:
            if next(pages) == stop_after:
                interrupt.set("stopping")

        with self.db.write() as connection:
            runs.queue(connection, self.id, mode="incremental", trigger="manual", streams=None, now=self.clock.now())
            run = runs.claim(connection, "test", self.clock.now())
        assert run is not None
        replace(self.runner, between_pages=between_pages).run(run, interrupt)
        with self.db.read() as connection:
            ended = runs.get(connection, run.id)
        assert ended is not None
        return ended

    def content(self) -> dict[str, set[Any]]:
        tables = [*(shape.table for shape in SHAPES.values()), usage_day]
        with self.db.read() as connection:
            return {
                table.name: {
                    repr(row)
                    for row in connection.execute(
                        select(*(column for column in table.c if column.name not in ("id", "source_id"))).where(
                            table.c.source_id == self.id
                        )
                    )
                }
                for table in tables
            }

    def go_on_from(self, cursor: str) -> None:
        with self.db.write() as connection:
            connection.execute(update(stream_state).where(stream_state.c.source_id == self.id).values(cursor=cursor))


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.__name__)
def test_a_second_sync_writes_nothing_and_no_abnormal_cursor_is_obeyed(
    sqlite_db: Database, suite: type[Conformance]
) -> None:
    tried = suite()
    with tried.sandbox() as bench:
        source = Synced(sqlite_db, tried, bench)
        assert source.sync().status == "succeeded"
        whole = source.content()
        assert any(whole.values())
        assert sum(one["written"] for one in source.sync().streams or []) == 0
        walks = {stream.name for stream in tried.connector.streams if stream.cursor_field} - set(tried.silent)
        for name, cursor in ABNORMAL.items():
            source.go_on_from(cursor)
            run = source.sync()
            assert run.status == "succeeded", (name, run.error)
            assert source.content() == whole, name
            for told in run.streams or []:
                if told["stream"] in walks:
                    assert "read again from its start" in told["error"]["message"], (name, told)


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.__name__)
def test_a_run_that_stops_again_and_again_ends_with_the_same_store(
    sqlite_db: Database, suite: type[Conformance]
) -> None:
    tried = suite()
    with tried.sandbox() as bench:
        whole, stopped = Synced(sqlite_db, tried, bench), Synced(sqlite_db, tried, bench, name="stopped")
        assert whole.sync().status == "succeeded"
        for pages in (2, 5, 9, 14):
            assert stopped.sync(stop_after=pages).status in ("incomplete", "succeeded")
        assert stopped.sync().status == "succeeded"
        assert stopped.content() == whole.content()
