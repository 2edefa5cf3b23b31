"""What the store holds of a source, in the form of `Vendor.truth`; and the shortest way to a source and a run."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from app.core.crypto import Keyring, new_key
from app.core.db import Database
from app.ingest import credentials
from app.ingest.interrupt import Interrupt
from app.ingest.runner import Runner
from app.models.usage import usage_day
from app.models.work import project, transition, work_item
from app.store import runs, sources
from app.store.runs import Run
from tests.support.clock import START, ManualClock
from tests.support.vendor import TOKEN, Token, Vendor, VendorConnector

KEYRING = Keyring([new_key()])


def content(db: Database, source_id: UUID) -> dict[str, Any]:
    """Projects that are listed, items that are not deleted with their transitions, and usage days."""
    with db.read() as connection:
        live = select(work_item.c.external_id).where(
            work_item.c.source_id == source_id, work_item.c.deleted_at.is_(None)
        )
        items = connection.execute(
            select(work_item).where(work_item.c.source_id == source_id, work_item.c.external_id.in_(live))
        )
        moves = connection.execute(
            select(transition).where(transition.c.source_id == source_id, transition.c.work_item.in_(live))
        )
        return {
            "projects": {
                row.external_id: row.name
                for row in connection.execute(select(project).where(project.c.source_id == source_id, project.c.listed))
            },
            "items": {row.external_id: (row.project, row.title, row.status, row.updated_at) for row in items},
            "transitions": {row.external_id: (row.work_item, row.at, row.from_status, row.to_status) for row in moves},
            "usage": {
                (row.account, row.event, row.day): row.count
                for row in connection.execute(select(usage_day).where(usage_day.c.source_id == source_id))
            },
        }


def add_source(
    db: Database, connector: str = "push", *, name: str = "source", keyring: Keyring = KEYRING, **given: Any
) -> UUID:
    """A new source, with good credentials if it is one of the fake vendor's."""
    source_id = uuid4()
    row = sources.Source(
        id=source_id, connector=connector, tool="tool", name=name, created_at=START, updated_at=START,
        **{"config": {}, **given},
    )  # fmt: skip
    with db.write() as connection:
        sources.insert_source(connection, row)
        if connector == "fake":
            sealed = credentials.seal(keyring, source_id, Token(token=TOKEN))
            sources.set_credentials(connection, source_id, sealed, set_at=START)
    return source_id


class Site:
    """A fake vendor, a source that reads it, and a clock that both go by."""

    def __init__(
        self, db: Database, vendor: Vendor | None = None, *, keyring: Keyring = KEYRING, **source: Any
    ) -> None:
        self.db = db
        self.vendor = vendor or Vendor()
        self.clock = ManualClock(self.vendor.now)
        self.source_id = add_source(db, "fake", keyring=keyring, **source)
        self.runner = Runner(db, {"fake": VendorConnector(self.vendor)}, keyring, self.clock)

    def sync(
        self, mode: str = "incremental", streams: list[str] | None = None, interrupt: Interrupt | None = None
    ) -> Run:
        """One run, at the vendor's present."""
        self.clock.at = max(self.clock.at, self.vendor.now)
        with self.db.write() as connection:
            queued = runs.queue(
                connection, self.source_id, mode=mode, trigger="manual", streams=streams, now=self.clock.at
            )
            assert queued is not None
            run = runs.claim(connection, "test", self.clock.at)
        assert run is not None
        self.runner.run(run, interrupt or Interrupt())
        with self.db.read() as connection:
            ended = runs.get(connection, run.id)
        assert ended is not None
        return ended

    def content(self) -> dict[str, Any]:
        """What is stored."""
        return content(self.db, self.source_id)


def report(run: Run, stream: str) -> dict[str, Any]:
    """What a run tells about a stream."""
    return next(one for one in run.streams or [] if one["stream"] == stream)
