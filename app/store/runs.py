"""Sync runs: the queue, the claim, the heartbeat, and the end.

The database keeps to one queued and one running run a source (partial unique indexes), and every write of a
run names its worker: a worker that was taken for dead cannot write once its run is given up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, RowMapping, exists, func, select, true, update

from app.models.sync import sync_run
from app.store.listing import By, Keyset
from app.store.upsert import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A row of `sync_run`. `streams` holds the report of each stream, `error` `{kind, message, remedy}`."""

    id: UUID
    source_id: UUID
    mode: str
    trigger: str
    status: str
    requested_streams: tuple[str, ...] | None
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    worker: str | None
    heartbeat_at: datetime | None
    cancel_requested: bool
    progress: dict[str, Any] | None
    streams: list[dict[str, Any]] | None
    error: dict[str, str] | None


class RunLostError(Exception):
    """The run was given up while its worker still worked on it: nothing more may be written for it."""


_COLUMNS = [sync_run.c[name] for name in Run.__slots__]
_NEWEST_FIRST = Keyset(By(sync_run.c.queued_at, descending=True), By(sync_run.c.id, descending=True))


def queue(
    connection: Connection, source_id: UUID, *, mode: str, trigger: str, streams: Sequence[str] | None, now: datetime
) -> Run | None:
    """Queue a run; `None` if one of the source is queued already."""
    run_id = uuid4()
    values = {
        "id": run_id,
        "source_id": source_id,
        "mode": mode,
        "trigger": trigger,
        "status": "queued",
        "requested_streams": None if streams is None else list(streams),
        "queued_at": now,
        "cancel_requested": False,
    }
    upsert(connection, sync_run, tuple(values), [tuple(values.values())], replace=())
    return get(connection, run_id)


def claim(connection: Connection, worker: str, now: datetime, *, only: UUID | None = None) -> Run | None:
    """Take the run that waits longest among the sources that none is running for, and mark it as running.

    With `only` it is that run or none.
    """
    running = sync_run.alias()
    busy = exists().where(running.c.source_id == sync_run.c.source_id, running.c.status == "running")
    waiting = (
        select(sync_run.c.id)
        .where(sync_run.c.status == "queued", ~busy, true() if only is None else sync_run.c.id == only)
        .order_by(sync_run.c.queued_at, sync_run.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    run_id = connection.execute(waiting).scalar_one_or_none()
    if run_id is None:
        return None
    connection.execute(
        update(sync_run)
        .where(sync_run.c.id == run_id)
        .values(status="running", worker=worker, started_at=now, heartbeat_at=now)
    )
    return get(connection, run_id)


def heartbeat(connection: Connection, run: Run, now: datetime) -> bool:
    """Say that the worker lives; whether somebody asked to cancel. Raises RunLostError."""
    statement = _own(run).values(heartbeat_at=now).returning(sync_run.c.cancel_requested)
    cancel = connection.execute(statement).scalar_one_or_none()
    if cancel is None:
        raise RunLostError
    return bool(cancel)


def report(connection: Connection, run: Run, progress: dict[str, Any], streams: list[dict[str, Any]]) -> None:
    """Store how far the run is, in the transaction of what it wrote. Raises RunLostError."""
    _must_own(connection.execute(_own(run).values(progress=progress, streams=streams)).rowcount)


def waits(connection: Connection, run: Run, until: str) -> None:
    """Store until when the vendor lets a run wait; the next `report` takes it back. A run that was given up stays."""
    told = connection.execute(select(sync_run.c.progress).where(sync_run.c.id == run.id).with_for_update())
    progress = told.scalar_one_or_none() or {}
    connection.execute(_own(run).values(progress={**progress, "waits_until": until}))


def finish(
    connection: Connection,
    run: Run,
    *,
    status: str,
    streams: list[dict[str, Any]],
    error: dict[str, str] | None,
    now: datetime,
) -> None:
    """End a run. Raises RunLostError."""
    values = {"status": status, "streams": streams, "error": error, "finished_at": now}
    _must_own(connection.execute(_own(run).values(values)).rowcount)


def cancel(connection: Connection, run_id: UUID, now: datetime) -> Run | None:
    """End a queued run at once and ask a running one to end; the run as it is then, if there is one."""
    this = sync_run.c.id == run_id
    connection.execute(
        update(sync_run).where(this, sync_run.c.status == "queued").values(status="cancelled", finished_at=now)
    )
    connection.execute(update(sync_run).where(this, sync_run.c.status == "running").values(cancel_requested=True))
    return get(connection, run_id)


def reap(connection: Connection, *, silent_since: datetime, error: dict[str, str], now: datetime) -> list[UUID]:
    """Give up the runs whose worker was last heard before `silent_since`; their ids."""
    dead = (
        select(*_COLUMNS)
        .where(sync_run.c.status == "running", sync_run.c.heartbeat_at < silent_since)
        .with_for_update(skip_locked=True)
    )
    runs = [_run(row._mapping) for row in connection.execute(dead)]
    for run in runs:
        ended = [
            {**stream, "status": "incomplete", "error": error} if stream["status"] == "running" else stream
            for stream in run.streams or []
        ]
        connection.execute(_own(run).values(status="incomplete", streams=ended, error=error, finished_at=now))
    return [run.id for run in runs]


def get(connection: Connection, run_id: UUID) -> Run | None:
    """The run, if there is one."""
    row = connection.execute(select(*_COLUMNS).where(sync_run.c.id == run_id)).one_or_none()
    return None if row is None else _run(row._mapping)


def page(
    connection: Connection,
    *,
    limit: int,
    after: Sequence[Any] | None = None,
    source_id: UUID | None = None,
    status: Sequence[str] = (),
) -> tuple[list[Run], list[Any] | None]:
    """Runs, the newest first, and where the next page begins."""
    query = select(*_COLUMNS)
    if source_id is not None:
        query = query.where(sync_run.c.source_id == source_id)
    if status:
        query = query.where(sync_run.c.status.in_(status))
    rows, following = _NEWEST_FIRST.page(connection, query, limit=limit, after=after)
    return [_run(row) for row in rows], following


def latest(connection: Connection) -> dict[UUID, Run]:
    """The newest run of each source."""
    newest = (
        select(sync_run.c.source_id, func.max(sync_run.c.queued_at).label("queued_at"))
        .group_by(sync_run.c.source_id)
        .subquery()
    )
    rows = connection.execute(
        select(*_COLUMNS)
        .join(newest, (sync_run.c.source_id == newest.c.source_id) & (sync_run.c.queued_at == newest.c.queued_at))
        .order_by(sync_run.c.id)
    )
    return {row.source_id: _run(row._mapping) for row in rows}


def read_once(connection: Connection) -> set[UUID]:
    """The sources that a run has read to its end, at some time."""
    succeeded = select(sync_run.c.source_id).where(sync_run.c.status == "succeeded").distinct()
    return set(connection.execute(succeeded).scalars())


def count_by_status(connection: Connection) -> dict[str, int]:
    """How many runs there are of each status."""
    rows = connection.execute(select(sync_run.c.status, func.count().label("runs")).group_by(sync_run.c.status))
    return {row.status: row.runs for row in rows}


def _own(run: Run) -> Any:
    return update(sync_run).where(
        sync_run.c.id == run.id, sync_run.c.status == "running", sync_run.c.worker == run.worker
    )


def _must_own(count: int) -> None:
    if count != 1:
        raise RunLostError


def _run(row: RowMapping) -> Run:
    values = dict(row)
    requested = values["requested_streams"]
    values["requested_streams"] = None if requested is None else tuple(requested)
    return Run(**values)
