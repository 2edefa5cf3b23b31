"""One run at work: what its streams share, and the transaction that a page is committed in."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.core.db import Database
from app.ingest.interrupt import Interrupt
from app.ingest.objects import Batch, SetAside, normalise, object_id, plain, record_key
from app.ingest.report import StreamReport, instant, told
from app.ingest.write import Writer, Written
from app.store import rejects, runs, sources, states, version
from app.store.runs import Run
from app.store.sources import Source
from app.store.states import StreamState
from connectors.kit.stream import Scope, Stream

Change = Callable[[Connection], int]
"""Something else to do in a page's transaction; gives the number of rows that it changed."""


@dataclass(frozen=True, slots=True)
class StateChange:
    """Columns of `stream_state` to set together with a page."""

    stream: str
    scope: str
    values: Mapping[str, Any]


@dataclass(slots=True)
class Session:
    """A run of one source."""

    db: Database
    source: Source
    run: Run
    api: Any
    writer: Writer
    interrupt: Interrupt
    now: Callable[[], datetime]
    started: datetime
    states: Mapping[tuple[str, str], StreamState]
    reports: dict[str, StreamReport]
    scopes: Callable[[], Sequence[Scope]]
    """The scopes that the source reads. Raises a ConnectorError."""
    between_pages: Callable[[], None]
    progress: dict[str, Any] = field(default_factory=lambda: {"done": 0, "total": None, "stream": None, "scope": None})
    _open_rejects: dict[str, set[str]] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        """Whether cursors are ignored."""
        return self.run.mode == "full"

    def state(self, stream: Stream, scope: str) -> StreamState:
        """The stored state of a stream in a scope, as it was when the run began."""
        return self.states.get((stream.name, scope), StreamState())

    def at(self, stream: str, scope: Scope | None, expected: int | None) -> None:
        """Say what is being read, and how many items more are expected of it."""
        self.interrupt.check()
        self.progress |= {"stream": stream, "scope": None if scope is None else scope.name}
        if expected is not None:
            self.progress["total"] = max(self.progress["total"] or 0, self.progress["done"] + expected)

    def normalised(self, stream: Stream, objects: Sequence[Any]) -> Batch:
        """The records of some vendor objects."""
        return normalise(stream, objects, self.api.context)

    def commit(
        self,
        batches: Sequence[Batch] = (),
        changes: Sequence[StateChange] = (),
        *,
        also: Change | None = None,
    ) -> None:
        """Write records, states, set-aside records, progress and the data version in one transaction.

        Raises RunLostError if the run was given up meanwhile: then nothing is written.
        """
        records = [record for batch in batches for record in batch.records]
        with self.db.write(repeatable=True) as connection:
            if not sources.lock(connection, self.source.id):
                raise runs.RunLostError
            done = self.writer.write(connection, records)
            self._count(connection, batches, done)
            for change in changes:
                states.save(connection, self.source.id, change.stream, change.scope, **change.values)
            changed = done.written + (0 if also is None else also(connection))
            runs.report(connection, self.run, self.progress, told(list(self.reports.values())))
            if changed:
                version.bump(connection, self.now())
        self.between_pages()

    def _count(self, connection: Connection, batches: Sequence[Batch], done: Written) -> None:
        by_kind = dict(done.by_kind)
        faults = {fault.index: fault for fault in done.faults}
        first = 0
        for batch in batches:
            bad: list[SetAside] = list(batch.set_aside)
            for index in faults.keys() & set(range(first, first + len(batch.records))):
                record, raw, fault = batch.records[index - first], batch.origins[index - first], faults[index]
                bad.append(SetAside(record_key(record), fault.field, fault.reason, plain(raw)))
            self.reports[batch.stream.name].count(
                read=len(batch.records) + len(batch.set_aside),
                written=sum(by_kind.pop(kind, 0) for kind in {type(record) for record in batch.records}),
                rejected=len(bad),
            )
            self._set_aside(connection, batch, bad)
            first += len(batch.records)

    def _set_aside(self, connection: Connection, batch: Batch, bad: Collection[SetAside]) -> None:
        name = batch.stream.name
        if name not in self._open_rejects:
            self._open_rejects[name] = rejects.open_ids(connection, self.source.id, name)
        waiting = self._open_rejects[name]
        if waiting:
            bad_ids = {one.external_id for one in bad}
            read = {object_id(raw) for raw in batch.origins} | {record_key(record) for record in batch.records}
            rejects.resolve(
                connection, self.source.id, name, [key for key in waiting & read if key not in bad_ids], self.now()
            )
        if bad:
            rejects.add(
                connection,
                self.source.id,
                run_id=self.run.id,
                stream=name,
                found=[(one.external_id, one.field, one.reason, one.raw) for one in bad],
                now=self.now(),
            )


def shown(at: datetime | None) -> str | None:
    """An instant as reports show it."""
    return None if at is None else instant(at)
