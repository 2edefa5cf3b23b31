"""Reading a request: bounded, strict, and with the place of what is wrong."""

from collections.abc import Iterable
from typing import Any

import orjson
from fastapi import Request
from starlette.types import Message, Receive

from app.core.errors import BadRequestError, InvalidError, TooLargeError, UnsupportedMediaError

BODY_LIMIT = 1024 * 1024
"""Bytes of a JSON body; records are pushed as a stream and have no such limit."""


def check_query(request: Request, known: Iterable[str]) -> None:
    """Refuse query parameters that the route does not have, and those given twice."""
    given = [name for name, _ in request.query_params.multi_items()]
    allowed = set(known)
    for name in given:
        if name not in allowed:
            raise InvalidError.at(["query", name], f"There is no query parameter '{name}' here.")
        if given.count(name) > 1:
            raise InvalidError.at(["query", name], f"The query parameter '{name}' is given twice.")


async def with_json_body(request: Request, *, required: bool) -> Request:
    """The same request with its body read, once it is known to be JSON of a size that we take, or not there.

    Raises UnsupportedMediaError, TooLargeError, BadRequestError or InvalidError.
    """
    if (
        not required
        and "transfer-encoding" not in request.headers
        and request.headers.get("content-length", "0") == "0"
    ):
        return request
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedMediaError("Send the body as 'Content-Type: application/json'.")
    body = await bounded(request)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequestError(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error
    if b"\\u0000" in body:
        _refuse_nul(value)
    request.scope["body"] = body
    return Request(request.scope, replayed(body))


async def bounded(request: Request) -> bytes:
    """The body. Raises TooLargeError."""
    too_large = TooLargeError(f"The body is larger than {BODY_LIMIT} bytes.", headers={"Connection": "close"})
    announced = request.headers.get("content-length", "0")
    if announced.isascii() and announced.isdigit() and int(announced) > BODY_LIMIT:
        raise too_large
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_LIMIT:
            raise too_large
        chunks.append(chunk)
    return b"".join(chunks)


def replayed(body: bytes) -> Receive:
    """Gives a body that was read already."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _refuse_nul(value: Any) -> None:
    # A stack of our own: the depth of the value is the caller's choice.
    waiting: list[tuple[list[str | int], Any]] = [(["body"], value)]
    while waiting:
        loc, found = waiting.pop()
        if isinstance(found, str) and "\x00" in found:
            raise InvalidError.at(loc, "A text must not hold the character U+0000.")
        if isinstance(found, dict):
            waiting.extend(([*loc, key], item) for key, item in found.items())
            waiting.extend(([*loc, "key"], key) for key in found)
        elif isinstance(found, list):
            waiting.extend(([*loc, index], item) for index, item in enumerate(found))
