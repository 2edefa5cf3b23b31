"""Metric answers as bytes, kept for as long as the data that they were made from is the present data.

An answer that was given before is sent without routing, threads or serialising: `CachedAnswers` stands
directly behind the check of the token. What it holds is valid for one data version, which every request
brings along (`app/store/stamp.py`).
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.access import Principal
from app.core.clock import Clock

_MOST_BYTES = 128 * 2**20
_LARGEST = 8 * 2**20
_PREFIX = "/api/v1/metrics/"
_ROW_OVERHEAD = 1_000

Key = tuple[str, bytes, bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's bytes. `etag` is empty for one that must not be kept; `until`: when its window moves on."""

    body: bytes
    media_type: str
    version: int
    etag: str
    until: datetime | None = None

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The headers, but the length."""
        headers = [
            (b"content-type", self.media_type.encode()),
            (b"cache-control", b"private, no-cache"),
            (b"vary", b"Accept, Authorization"),
            (b"x-content-type-options", b"nosniff"),
        ]
        return [*headers, (b"etag", self.etag.encode())] if self.etag else headers


class Answers:
    """A bounded store of answers by (path, query, Accept), the least recently asked for leaving first."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most = most_bytes
        self._size = 0
        self._held: OrderedDict[Key, Answer] = OrderedDict()

    def get(self, key: Key, version: int, now: datetime) -> Answer | None:
        """The answer, if it was made from this version of the data and its window is still the same."""
        answer = self._held.get(key)
        if answer is None:
            return None
        if answer.version != version or (answer.until is not None and answer.until <= now):
            self._drop(key)
            return None
        self._held.move_to_end(key)
        return answer

    def put(self, key: Key, answer: Answer) -> None:
        """Keep an answer."""
        if not answer.etag or len(answer.body) > _LARGEST:
            return
        self._drop(key)
        self._held[key] = answer
        self._size += _weight(key, answer)
        while self._size > self._most:
            self._drop(next(iter(self._held)))

    def _drop(self, key: Key) -> None:
        answer = self._held.pop(key, None)
        if answer is not None:
            self._size -= _weight(key, answer)


class CachedAnswers:
    """ASGI middleware behind the token: sends a kept answer, or lets the request pass."""

    def __init__(self, app: ASGIApp, *, answers: Answers, clock: Clock) -> None:
        self._app = app
        self._answers = answers
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request."""
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith(_PREFIX):
            principal: Principal = scope["principal"]
            if principal.may("viewer"):
                answer = self._answers.get(key_of(scope), scope["stamp"].version, self._clock.now())
                if answer is not None:
                    await _send(answer, scope, send)
                    return
        await self._app(scope, receive, send)


class AnswerResponse(Response):
    """Sends an answer, or 304 to whoever has it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send it."""
        await _send(self._answer, scope, send)


def key_of(scope: Scope) -> Key:
    """What an answer is kept under. Answers do not depend on who asks, as long as he may ask."""
    accept = b"\n".join(value for name, value in scope["headers"] if name == b"accept")
    return scope["path"], scope["query_string"], accept


def respond(request: Request, answers: Answers, answer: Answer) -> AnswerResponse:
    """Keep the answer and send it."""
    answers.put(key_of(request.scope), answer)
    return AnswerResponse(answer)


async def _send(answer: Answer, scope: Scope, send: Send) -> None:
    headers = answer.headers()
    if answer.etag and _has(scope, answer.etag):
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def _has(scope: Scope, etag: str) -> bool:
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            tags = [tag.strip().removeprefix("W/") for tag in value.decode("latin-1").split(",")]
            if etag in tags or "*" in tags:
                return True
    return False


def _weight(key: Key, answer: Answer) -> int:
    return len(answer.body) + len(key[0]) + len(key[1]) + len(key[2]) + _ROW_OVERHEAD
