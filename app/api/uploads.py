"""Bodies of any length: read as a stream while they are stored, once per `Idempotency-Key`."""

from collections.abc import Callable, Iterator
from typing import Any

from anyio import from_thread
from anyio.to_thread import run_sync
from fastapi import Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from app.api.service import Creating, Service, json_answer, sealing
from app.core.errors import UnavailableError, UnsupportedMediaError
from app.ingest.push import Format, Pushed

_FORMS: dict[str, Format] = {
    # A script that says nothing, or that its lines are JSON, sends lines of JSON.
    "": "ndjson",
    "application/json": "ndjson",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "text/csv": "csv",
}


class Rejected(BaseModel):
    """A line that was not taken."""

    line: int = Field(description="Counted from 1.")
    errors: list[dict[str, Any]] = Field(description="`[{loc, msg}]`: the places in the record.")


class PushedOut(BaseModel):
    """What became of the lines; all of it is stored when this is answered."""

    accepted: int = Field(description="Records inserted or changed.")
    unchanged: int
    rejected: list[Rejected]


def pushed_out(pushed: Pushed) -> PushedOut:
    """What became of the lines, as an answer."""
    rejected = [Rejected(**rejected) for rejected in pushed.rejected]
    return PushedOut(accepted=pushed.accepted, unchanged=pushed.unchanged, rejected=rejected)


async def upload(
    request: Request,
    service: Service,
    creating: Creating,
    store: Callable[[Iterator[bytes]], BaseModel],
    *,
    check: Callable[[Connection], None] = lambda connection: None,
) -> Response:
    """The answer of `store`, which gets the body piece by piece; or the kept one, where the key is known.

    `check` refuses before the body is read.
    """
    pieces = request.stream()

    def body() -> Iterator[bytes]:
        while (piece := from_thread.run(anext, pieces, None)) is not None:
            creating.hash.update(piece)
            yield piece

    def work() -> Response:
        with service.database.read() as connection:
            check(connection)
            known = creating.is_known(connection, service.clock.now())
        if known:
            for _ in body():
                # Read to its end: only the whole of it tells whether the request is the same.
                pass
            return _repeated(service, creating)
        return _kept(service, creating, store(body()))

    with sealing():
        return await run_sync(work)


def form_of(request: Request) -> Format:
    """The form that the request says its body has. Raises UnsupportedMediaError."""
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    form = _FORMS.get(media_type.strip().lower())
    charset = parameters.lower().replace(" ", "").replace('"', "")
    if form is None or ("charset=" in charset and "charset=utf-8" not in charset):
        raise UnsupportedMediaError("Send 'Content-Type: application/x-ndjson' or 'text/csv', in UTF-8.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaError("Send the body as it is, without a Content-Encoding.")
    return form


def _repeated(service: Service, creating: Creating) -> Response:
    with service.database.read() as connection:
        earlier = creating.earlier(connection, service.clock.now(), creating.digest)
    if earlier is None:
        raise UnavailableError("The earlier answer has just been dropped: repeat the request.")
    return earlier


def _kept(service: Service, creating: Creating, content: BaseModel) -> Response:
    body = content.model_dump_json().encode()
    if creating.key is not None:
        with service.database.write() as connection:
            creating.hold(connection)
            now = service.clock.now()
            if not creating.is_known(connection, now):
                creating.keep(connection, now, 200, body, creating.digest)
    return json_answer(200, body)
