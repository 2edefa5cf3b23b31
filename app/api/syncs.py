"""`/api/v1/syncs`: start a sync, watch it, cancel it, and see what it set aside."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.api.paging import Page, ThePage
from app.api.routing import needs, router
from app.api.schemas import Body, SourceId
from app.api.service import TheAct, TheCreation, TheService
from app.core.errors import ConflictError, InvalidError, NotFoundError
from app.store import rejects, runs, sources

routes = router("/api/v1", "syncs")
RunStatus = Literal["queued", "running", "succeeded", "incomplete", "failed", "cancelled"]
RunId = Annotated[UUID, Path(description="A sync's id.")]


class SyncIn(Body):
    """A sync to start."""

    mode: Literal["incremental", "full"] = Field(default="incremental", description="`full` reads everything again.")
    streams: list[Annotated[str, StringConstraints(min_length=1, max_length=100)]] | None = Field(
        default=None, min_length=1, description="Names of the streams to read; null: all of the source."
    )


_AS_USUAL = SyncIn()


class ErrorOut(BaseModel):
    """Why something did not end well."""

    kind: str = Field(description="`config` and `auth` need a person, `transient` heals by itself, `bug` is ours.")
    message: str
    remedy: str


class StreamReport(BaseModel):
    """How far one stream got."""

    model_config = ConfigDict(extra="ignore")

    stream: str
    status: Literal["queued", "running", "succeeded", "incomplete", "failed", "cancelled", "skipped"]
    read: int = 0
    written: int = Field(default=0, description="Rows inserted or changed.")
    unchanged: int = 0
    deleted: int = 0
    rejected: int = 0
    cursor: Any = None
    retry_at: datetime | None = None
    error: ErrorOut | None = None


class Sync(BaseModel):
    """One attempt to read a source."""

    id: UUID
    source_id: UUID
    mode: Literal["incremental", "full"]
    trigger: str
    status: RunStatus = Field(description="`incomplete` heals by itself on the next run; `failed` needs a person.")
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cancel_requested: bool
    progress: dict[str, Any] | None
    streams: list[StreamReport]
    error: ErrorOut | None


class Reject(BaseModel):
    """A record that was set aside."""

    id: UUID
    source_id: UUID
    stream: str
    external_id: str | None
    field: str | None = Field(description="The wrong place, where one is known.")
    reason: str
    raw: Any = Field(description="What the vendor sent.")
    at: datetime
    resolved_at: datetime | None = Field(description="When it was read again without a fault.")


@routes.post(
    "/sources/{source_id}/syncs",
    status_code=202,
    response_model=Sync,
    summary="Queue a sync; 409 when one is queued already",
    **needs("admin", 400, 404, 409, 413, 415),
)
def start_sync(source_id: SourceId, creating: TheCreation, service: TheService, body: SyncIn = _AS_USUAL) -> Response:
    with creating.begin() as creation:
        if creation.earlier is not None:
            return creation.earlier
        row = sources.get(creation.connection, source_id)
        if row is None:
            raise NotFoundError("There is no source with this id.")
        connector = service.registry.connectors.get(row.connector)
        if connector is None:
            raise ConflictError(f"The connector '{row.connector}' is not installed any more: install it again.")
        if not connector.streams:
            raise ConflictError("This source is pushed to, never read: POST records to /api/v1/ingest instead.")
        _check_streams(body.streams, [stream.name for stream in connector.streams], row.streams)
        run = runs.queue(
            creation.connection, source_id, mode=body.mode, trigger="manual", streams=body.streams, now=creation.now
        )
        if run is None:
            raise ConflictError("A sync of this source is queued already: wait for it, or cancel it.")
        creation.audit("sync.start", f"source:{source_id}", sync=str(run.id), mode=body.mode)
        return creation.answer(202, _shown(run))


@routes.get("/syncs", summary="Syncs, newest first", **needs("admin"))
def list_syncs(
    paging: ThePage,
    *,
    source: Annotated[UUID | None, Query(description="Only syncs of this source.")] = None,
    status: Annotated[RunStatus | None, Query(description="Only syncs with this status.")] = None,
) -> Page[Sync]:
    return paging.read("syncs", runs.page, _shown, source_id=source, status=() if status is None else (status,))


@routes.get("/syncs/{run_id}", summary="One sync, with its progress", **needs("admin", 404))
def read_sync(run_id: RunId, service: TheService) -> Sync:
    with service.database.read() as connection:
        run = runs.get(connection, run_id)
    if run is None:
        raise NotFoundError("There is no sync with this id.")
    return _shown(run)


@routes.post("/syncs/{run_id}/cancel", summary="Cancel a sync that has not ended", **needs("admin", 404, 409))
def cancel_sync(run_id: RunId, acting: TheAct) -> Sync:
    with acting.begin() as act:
        before = runs.get(act.connection, run_id)
        if before is None:
            raise NotFoundError("There is no sync with this id.")
        if before.status not in ("queued", "running"):
            raise ConflictError(f"The sync has ended already: it is {before.status}.")
        run = runs.cancel(act.connection, run_id, act.now) or before
        act.audit("sync.cancel", f"source:{run.source_id}", sync=str(run_id))
    return _shown(run)


@routes.get("/syncs/{run_id}/rejects", summary="Records that a sync set aside", **needs("admin", 404))
def list_rejects(run_id: RunId, paging: ThePage, service: TheService) -> Page[Reject]:
    with service.database.read() as connection:
        if runs.get(connection, run_id) is None:
            raise NotFoundError("There is no sync with this id.")
        return paging.read_with(connection, "rejects", rejects.page, _reject, run_id=run_id)


@routes.post(
    "/syncs/{run_id}/rejects/retry",
    status_code=202,
    response_model=Sync,
    summary="Read what was set aside again: queues a sync, which begins with it",
    **needs("admin", 404, 409),
)
def retry_rejects(run_id: RunId, creating: TheCreation) -> Response:
    with creating.begin() as creation:
        if creation.earlier is not None:
            return creation.earlier
        run = runs.get(creation.connection, run_id)
        if run is None:
            raise NotFoundError("There is no sync with this id.")
        queued = runs.queue(
            creation.connection, run.source_id, mode="incremental", trigger="retry", streams=None, now=creation.now
        )
        if queued is None:
            raise ConflictError("A sync of this source is queued already: it reads what was set aside again.")
        creation.audit("sync.retry", f"source:{run.source_id}", sync=str(queued.id), rejects_of=str(run_id))
        return creation.answer(202, _shown(queued))


def _check_streams(wanted: list[str] | None, known: list[str], chosen: tuple[str, ...] | None) -> None:
    offered = [name for name in known if chosen is None or name in chosen]
    for place, name in enumerate(wanted or ()):
        if name not in offered:
            listed = ", ".join(offered)
            raise InvalidError.at(["body", "streams", place], f"The source has no stream '{name}'; it has: {listed}.")


def _shown(run: runs.Run) -> Sync:
    return Sync(
        id=run.id,
        source_id=run.source_id,
        mode=run.mode,
        trigger=run.trigger,
        status=run.status,
        queued_at=run.queued_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        cancel_requested=run.cancel_requested,
        progress=run.progress,
        streams=[StreamReport.model_validate(stream) for stream in run.streams or []],
        error=None if run.error is None else ErrorOut.model_validate(run.error),
    )


def _reject(row: rejects.Reject) -> Reject:
    return Reject(
        id=row.id,
        source_id=row.source_id,
        stream=row.stream,
        external_id=row.external_id,
        field=row.field,
        reason=row.reason,
        raw=row.raw,
        at=row.at,
        resolved_at=row.resolved_at,
    )
