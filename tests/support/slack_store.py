"""A Slack workspace in the store: a source that the service's runner reads, and what has to be there then."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Table, select

from app.core.db import Database
from app.ingest import credentials
from app.ingest.interrupt import Interrupt
from app.ingest.runner import Runner
from app.models.communication import channel, conversation
from app.models.people import account
from app.store import runs, sources
from app.store.runs import Run
from connectors.kit.records import Record
from tests.support.clock import ManualClock
from tests.support.slack_workspace import Served
from tests.support.stored import KEYRING, add_source


class Patient(Interrupt):
    """Sleeping moves the workspace's clock, and takes no time."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock

    def sleep(self, seconds: float) -> None:
        self.check()
        self._clock.at += timedelta(seconds=seconds)


class Synced:
    """A source that reads a served workspace."""

    def __init__(self, db: Database, workspace: Served, *, user: bool = False, **config: Any) -> None:
        self.db = db
        self.workspace = workspace
        self.id = add_source(db, "slack", config={"base_url": workspace.sandbox.url, **config})
        sealed = credentials.seal(KEYRING, self.id, workspace.credentials(user=user))
        with db.write() as connection:
            sources.set_credentials(connection, self.id, sealed, set_at=workspace.clock.now())
        self.runner = Runner(db, {"slack": workspace.connector}, KEYRING, workspace.clock, ("127.0.0.1",))

    def sync(self, mode: str = "incremental", interrupt: Interrupt | None = None) -> Run:
        clock = self.workspace.clock
        with self.db.write() as connection:
            assert runs.queue(connection, self.id, mode=mode, trigger="manual", streams=None, now=clock.at)
            run = runs.claim(connection, "test", clock.at)
        assert run is not None
        self.runner.run(run, interrupt or Patient(clock))
        with self.db.read() as connection:
            ended = runs.get(connection, run.id)
        assert ended is not None
        return ended

    def rows(self, table: Table, *columns: str) -> set[tuple[Any, ...]]:
        with self.db.read() as connection:
            chosen = select(*(table.c[name] for name in columns)).where(table.c.source_id == self.id)
            return {tuple(_plain(value) for value in row) for row in connection.execute(chosen)}


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def fields(rows: list[Record], *names: str) -> set[tuple[Any, ...]]:
    return {tuple(getattr(row, name) for name in names) for row in rows}


ACCOUNT = ("external_id", "display_name", "email", "kind", "active")
CHANNEL = ("external_id", "name", "private", "members")
THREAD = (
    *("external_id", "channel", "started_at", "started_by", "first_reply_at", "first_reply_by", "participants"),
    *("messages", "automated_messages"),
)


def expect_the_truth(source: Synced, truth: dict[str, list[Record]]) -> None:
    assert source.rows(account, *ACCOUNT) == fields(truth["accounts"], *ACCOUNT)
    assert source.rows(channel, *CHANNEL) == fields(truth["channels"], *CHANNEL)
    assert source.rows(conversation, *THREAD) == fields(truth["conversations"], *THREAD)
