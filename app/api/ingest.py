"""`/api/v1/ingest`: records that scripts and tools push, as a stream of any length."""

from collections.abc import Iterator
from typing import Annotated, Any

from anyio import from_thread
from anyio.to_thread import run_sync
from fastapi import Path, Request, Response
from pydantic import BaseModel, Field

from app.api.routing import needs, router
from app.api.schemas import SourceId
from app.api.service import Creating, Service, TheCreation, TheService, json_answer
from app.core.crypto import SealError
from app.core.errors import NotFoundError, UnavailableError, UnsupportedMediaError
from app.ingest.push import Format, Pushed, push
from app.store import sources
from connectors.kit.records import PUSHABLE

routes = router("/api/v1/ingest", "ingest")
_FORMS: dict[str, Format] = {
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "text/csv": "csv",
}
_TEXT = {"schema": {"type": "string"}}


class Rejected(BaseModel):
    """A line that was not taken."""

    line: int = Field(description="Counted from 1.")
    errors: list[dict[str, Any]] = Field(description="`[{loc, msg}]`: the places in the record.")


class PushedOut(BaseModel):
    """What became of the lines; all of it is stored when this is answered."""

    accepted: int = Field(description="Records inserted or changed.")
    unchanged: int
    rejected: list[Rejected]


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
    form = _form(request)
    pieces = request.stream()

    def body() -> Iterator[bytes]:
        while (piece := from_thread.run(anext, pieces, None)) is not None:
            creating.hash.update(piece)
            yield piece

    def work() -> Response:
        with service.database.read() as connection:
            if sources.get(connection, source_id) is None:
                raise NotFoundError("There is no source with this id.")
            known = creating.is_known(connection, service.clock.now())
        if known:
            for _ in body():
                # Read to its end: only the whole of it tells whether the request is the same.
                pass
            return _repeated(service, creating)
        now = service.clock.now()
        pushed = push(service.database, source_id, record_type, body(), form=form, keyring=service.keyring, now=now)
        return _kept(service, creating, pushed)

    try:
        return await run_sync(work)
    except SealError as error:
        raise UnavailableError(str(error)) from error


def _repeated(service: Service, creating: Creating) -> Response:
    with service.database.read() as connection:
        earlier = creating.earlier(connection, service.clock.now(), creating.digest)
    if earlier is None:
        raise UnavailableError("The earlier answer has just been dropped: repeat the request.")
    return earlier


def _kept(service: Service, creating: Creating, pushed: Pushed) -> Response:
    content = PushedOut(
        accepted=pushed.accepted,
        unchanged=pushed.unchanged,
        rejected=[Rejected(**rejected) for rejected in pushed.rejected],
    )
    body = content.model_dump_json().encode()
    if creating.key is not None:
        with service.database.write() as connection:
            creating.hold(connection)
            now = service.clock.now()
            if not creating.is_known(connection, now):
                creating.keep(connection, now, 200, body, creating.digest)
    return json_answer(200, body)


def _form(request: Request) -> Format:
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    form = _FORMS.get(media_type.strip().lower())
    charset = parameters.lower().replace(" ", "").replace('"', "")
    if form is None or ("charset=" in charset and "charset=utf-8" not in charset):
        raise UnsupportedMediaError("Send 'Content-Type: application/x-ndjson' or 'text/csv', in UTF-8.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaError("Send the body as it is, without a Content-Encoding.")
    return form
