"""An Asana workspace, synced into the store by the service's runner, is there as it truly is."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select

from app.core.db import Database
from app.ingest import credentials
from app.ingest.interrupt import Interrupt
from app.ingest.runner import Runner
from app.models import work
from app.models.people import account
from app.store import runs, sources
from app.store.runs import Run
from connectors.asana.sandbox import STAGE, WORKSPACE, project_gid
from connectors.kit.records import Record
from tests.support.asana_site import NOW, Served, asana, personal
from tests.support.clock import ManualClock
from tests.support.stored import KEYRING, add_source

STATUS_FROM = {project_gid("10001"): STAGE, project_gid("10002"): "completion"}
ITEM = (
    *("external_id", "title", "project", "item_type", "status", "assignee", "creator", "parent", "priority", "points"),
    *("resolved_at", "created_at", "updated_at", "due_at", "url"),
)
MOVE = ("external_id", "work_item", "at", "from_status", "to_status", "actor", "automated", "automated_by")


class Synced:
    """A source that reads a served workspace at the instants of a clock."""

    def __init__(self, db: Database, served: Served, clock: ManualClock) -> None:
        self.db = db
        self.served = served
        self.clock = clock
        config = {"base_url": served.sandbox.url, "workspace": WORKSPACE, "status_from": STATUS_FROM}
        self.id: UUID = add_source(db, "asana", config=config)
        with db.write() as connection:
            sealed = credentials.seal(KEYRING, self.id, personal())
            sources.set_credentials(connection, self.id, sealed, set_at=clock.now())
        self.runner = Runner(db, {"asana": served.connector}, KEYRING, clock, ("127.0.0.1",))

    def sync(self) -> Run:
        with self.db.write() as connection:
            assert runs.queue(
                connection, self.id, mode="incremental", trigger="manual", streams=None, now=self.clock.at
            )
            run = runs.claim(connection, "test", self.clock.at)
        assert run is not None
        self.runner.run(run, Interrupt())
        with self.db.read() as connection:
            ended = runs.get(connection, run.id)
        assert ended is not None
        return ended

    def truth(self) -> dict[str, list[Record]]:
        config = self.served.access(status_from=STATUS_FROM).config
        return self.served.sandbox.truth(rule=config.rule)

    def rows(self, table: Table, *columns: str, live: bool = False) -> set[tuple[Any, ...]]:
        chosen = select(*(table.c[name] for name in columns)).where(table.c.source_id == self.id)
        if live:
            chosen = chosen.where(table.c.deleted_at.is_(None))
        with self.db.read() as connection:
            return {tuple(row) for row in connection.execute(chosen)}


def fields(rows: list[Record], *names: str) -> set[tuple[Any, ...]]:
    return {tuple(getattr(row, name) for name in names) for row in rows}


def written(run: Run) -> int:
    return sum(stream["written"] for stream in run.streams)


def test_a_sync_leaves_what_the_workspace_has_and_a_second_one_writes_nothing(db: Database) -> None:
    clock = ManualClock(NOW)
    with asana(clock=clock.now) as served:
        source = Synced(db, served, clock)
        first, second = source.sync(), source.sync()
        truth = source.truth()

    assert (first.status, second.status) == ("succeeded", "succeeded")
    assert written(second) == 0
    assert source.rows(work.work_item, *ITEM) == fields(truth["work_items"], *ITEM)
    assert source.rows(work.transition, *MOVE) == fields(truth["transitions"], *MOVE)
    assert source.rows(account, "external_id", "kind") == fields(truth["accounts"], "external_id", "kind")


def test_runs_over_weeks_follow_what_changes_moves_and_is_deleted(db: Database) -> None:
    clock = ManualClock(NOW - timedelta(days=60))
    with asana(clock=clock.now) as served:
        source = Synced(db, served, clock)
        for days in (0, 25, 34.9, 0.1):
            clock.forward(days=days)
            assert source.sync().status == "succeeded"
        truth = source.truth()

    assert source.rows(work.work_item, *ITEM, live=True) == fields(truth["work_items"], *ITEM)
    assert fields(truth["transitions"], *MOVE) <= source.rows(work.transition, *MOVE)
    assert len(source.rows(work.work_item, "external_id")) > len(truth["work_items"])
