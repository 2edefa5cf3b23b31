"""Every refusal leaves as RFC 9457 `application/problem+json`, and none with a stack trace or a secret in it."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import (
    BadRequestError,
    InvalidError,
    MethodNotAllowedError,
    NotAcceptableError,
    NotFoundError,
    ProblemError,
    TooLargeError,
    UnavailableError,
    UnsupportedMediaError,
)
from app.store.stamp import StampUnreadableError

_log = structlog.get_logger(__name__)
_BY_STATUS: Mapping[int, type[ProblemError]] = {
    400: BadRequestError,
    404: NotFoundError,
    405: MethodNotAllowedError,
    406: NotAcceptableError,
    413: TooLargeError,
    415: UnsupportedMediaError,
}
MEDIA_TYPE = "application/problem+json"


def respond(problem: ProblemError, path: str, **more: Any) -> Response:
    """The answer for a problem; `more` are further members of its body."""
    content = orjson.dumps({**problem.body(path), **more})
    headers = {"Cache-Control": "no-store", **problem.headers}
    return Response(content, problem.status, headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer the refusals of the routes, of FastAPI and of Starlette as problems."""

    @app.exception_handler(ProblemError)
    async def _refused(request: Request, error: ProblemError) -> Response:
        return respond(error, request.url.path)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        return respond(_from_validation(error), request.url.path)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        return respond(_from_http(error, request), request.url.path)


_OF_PYDANTIC = "Value error, "
"""What pydantic says before a sentence of our own."""


def invalid(errors: list[dict[str, Any]]) -> InvalidError:
    """One problem for the places that are wrong; its detail names the first."""
    errors = [{**one, "msg": one["msg"].removeprefix(_OF_PYDANTIC)} for one in errors]
    first = errors[0]
    where = ".".join(str(part) for part in first["loc"])
    rest = "" if len(errors) == 1 else f" ({len(errors) - 1} more)"
    return InvalidError(f"{where}: {first['msg']}{rest}", errors=errors)


def _from_validation(error: RequestValidationError) -> ProblemError:
    # What was sent stays out of the answer: it may be a secret.
    errors = [{"loc": list(item["loc"]), "msg": item["msg"]} for item in error.errors()]
    if any(item["loc"][:1] == ["path"] for item in errors):
        return NotFoundError("There is nothing with this id: ids are UUIDs.")
    return invalid(errors)


def _from_http(error: HTTPException, request: Request) -> ProblemError:
    kind = _BY_STATUS.get(error.status_code)
    headers = dict(error.headers or {})
    if kind is NotFoundError:
        return NotFoundError("There is nothing at this path.", headers=headers)
    if kind is MethodNotAllowedError:
        headers |= _allowed(request)
        return MethodNotAllowedError(f"This resource does not take {request.method}.", headers=headers)
    if kind is not None:
        return kind(str(error.detail), headers=headers)
    problem = ProblemError(str(error.detail), headers=headers)
    problem.status = error.status_code
    problem.title = "Refused"
    return problem


def _allowed(request: Request) -> dict[str, str]:
    """Every method of the path: a route by itself knows only its own."""
    path = getattr(request.scope.get("route"), "path", "")
    methods = request.app.openapi()["paths"].get(path, {})
    return {"Allow": ", ".join(sorted(method.upper() for method in methods))} if methods else {}


class Problems:
    """ASGI middleware, the outermost: answers what was raised before or outside of a route, and what nobody expected.

    It also gives every answer the headers that browsers and proxies need.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request whatever happens."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _add_headers(message)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            return
        except Exception as error:
            if started:
                # Half an answer is out: only a broken connection tells the client so.
                raise
            await _answer_for(error, scope)(scope, receive, sending)


def _answer_for(error: Exception, scope: Scope) -> Response:
    path: str = scope["path"]
    if isinstance(error, ProblemError):
        return respond(error, path)
    trace = uuid4().hex
    _log.error("request failed", method=scope["method"], path=path, trace_id=trace, exc_info=error)
    if isinstance(error, OperationalError | InterfaceError | StampUnreadableError):
        detail = f"The database cannot be used for now: GET /readyz says more, and the log names trace {trace}."
        return respond(UnavailableError(detail, headers={"Retry-After": "5"}), path, trace_id=trace)
    return respond(ProblemError(f"The service failed. The log names trace {trace}."), path, trace_id=trace)


def _add_headers(message: Message) -> None:
    headers: list[tuple[bytes, bytes]] = message["headers"]
    names = {name for name, _ in headers}
    if b"x-content-type-options" not in names:
        headers.append((b"x-content-type-options", b"nosniff"))
    if b"cache-control" not in names:
        headers.append((b"cache-control", b"no-store"))
