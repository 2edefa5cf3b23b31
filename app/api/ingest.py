"""`/api/v1/ingest`: records that scripts and tools push, as a stream of any length."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Path, Request, Response
from sqlalchemy import Connection

from app.api.routing import needs, router
from app.api.schemas import SourceId
from app.api.service import TheCreation, TheService
from app.api.uploads import PushedOut, form_of, pushed_out, upload
from app.core.errors import NotFoundError
from app.ingest import identity
from app.ingest.push import push
from app.store import sources
from connectors.kit.records import PUSHABLE

routes = router("/api/v1/ingest", "ingest")
_TEXT = {"schema": {"type": "string"}}


@routes.post(
    "/{source_id}/{record_type}",
    response_model=PushedOut,
    summary="Push records; a bad line never spoils the good ones",
    description="One JSON object a line, or CSV with a header. The record types and fields are those of connectors.",
    **needs(
        "ingest",
        404,
        409,
        415,
        503,
        requestBody={"required": True, "content": {"application/x-ndjson": _TEXT, "text/csv": _TEXT}},
    ),
)
async def push_records(
    source_id: SourceId,
    record_type: Annotated[str, Path(description=f"One of {', '.join(PUSHABLE)}.")],
    request: Request,
    service: TheService,
    creating: TheCreation,
) -> Response:
    if record_type not in PUSHABLE:
        raise NotFoundError(f"There is no record type '{record_type}'; there are: {', '.join(PUSHABLE)}.")
    form = form_of(request)

    def check(connection: Connection) -> None:
        if sources.get(connection, source_id) is None:
            raise NotFoundError("There is no source with this id.")

    def store(body: Iterator[bytes]) -> PushedOut:
        now = service.clock.now()
        pushed = push(service.database, source_id, record_type, body, form=form, keyring=service.keyring, now=now)
        if record_type in identity.ABOUT_PEOPLE:
            identity.settle(service.database, zone=service.settings.zone, now=now)
        return pushed_out(pushed)

    return await upload(request, service, creating, store, check=check)
