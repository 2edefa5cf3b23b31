"""Metric answers as bytes, kept for as long as the data that they were made from is the present data.

An answer that was given before is sent without routing, threads or serialising: `KeptAnswers` stands in front
of everything, checks the token itself, and leaves every request that it has no answer to as it is. What it
holds is valid for one data version, which is read anew for each request (`app/store/stamp.py`).
"""

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import Request, Response
from starlette.types import Message, Receive, Scope, Send

from app.api.access import Authenticator
from app.api.latencies import Latencies
from app.api.reads import Asset, Reads
from app.core.clock import Clock
from app.core.errors import UnauthenticatedError
from app.store.stamp import StampReader, StampUnreadableError

_MOST_BYTES = 128 * 2**20
_LARGEST = 8 * 2**20
_PREFIX = "/api/v1/metrics/"
_ROUTE = f"{_PREFIX}{{name}}"
_ROW_OVERHEAD = 2_000

Key = tuple[str, bytes, bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's bytes. `etag` is empty for one that must not be kept; `until`: when its window moves on.

    `assets` are what somebody reads who reads it, and `how` the way of reading.
    """

    body: bytes
    media_type: str
    version: int
    etag: str
    until: datetime | None = None
    assets: Sequence[Asset] = ()
    how: str = "dashboard"
    whole: tuple[Message, Message] = field(init=False)
    """The ASGI messages of the answer."""
    unchanged: tuple[Message, Message] = field(init=False)
    """The ASGI messages that say that the caller has it."""

    def __post_init__(self) -> None:
        """Make the messages once: they are sent many times."""
        headers = [
            (b"content-type", self.media_type.encode()),
            (b"cache-control", b"private, no-cache"),
            (b"vary", b"Accept, Authorization, Cookie"),
            (b"x-content-type-options", b"nosniff"),
        ]
        if self.etag:
            headers.append((b"etag", self.etag.encode()))
        length = (b"content-length", str(len(self.body)).encode())
        object.__setattr__(self, "whole", _messages(200, [*headers, length], self.body))
        object.__setattr__(self, "unchanged", _messages(304, headers[1:], b""))

    def messages(self, scope: Scope) -> tuple[Message, Message]:
        """What to send to this caller."""
        return self.unchanged if self.etag and _has(scope, self.etag) else self.whole


class Answers:
    """A bounded store of answers by (path, query, Accept), the least recently asked for leaving first."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most = most_bytes
        self._size = 0
        self._held: OrderedDict[Key, Answer] = OrderedDict()

    def __contains__(self, key: Key) -> bool:
        """Whether there is one, fresh or not."""
        return key in self._held

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


class KeptAnswers:
    """Sends kept answers to whoever may read them."""

    def __init__(
        self,
        answers: Answers,
        *,
        authenticator: Authenticator,
        stamps: StampReader,
        clock: Clock,
        latencies: Latencies,
        reads: Reads,
    ) -> None:
        self._answers = answers
        self._authenticator = authenticator
        self._stamps = stamps
        self._clock = clock
        self._latencies = latencies
        self._reads = reads

    async def serve(self, scope: Scope, send: Send) -> bool:
        """Whether the request was answered; if not, nothing was sent and nothing of it was read."""
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(_PREFIX):
            return False
        key = key_of(scope)
        if key not in self._answers:
            return False
        began = time.perf_counter()
        try:
            stamp = await self._stamps.read()
            principal = await self._authenticator.of(scope, stamp)
        except (UnauthenticatedError, StampUnreadableError):
            # The way behind says so, as it says it to everybody.
            return False
        if principal.team_id is not None:
            # It sees less than what is kept, which was made for those who see all.
            return False
        answer = self._answers.get(key, stamp.version, self._clock.now()) if principal.may("viewer") else None
        if answer is None:
            return False
        start, body = answer.messages(scope)
        await send(start)
        await send(body)
        self._reads.add(answer.assets, answer.how, scope["headers"])
        self._latencies.add("GET", _ROUTE, start["status"], time.perf_counter() - began)
        return True


class AnswerResponse(Response):
    """Sends an answer, or 304 to whoever has it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send it."""
        for message in self._answer.messages(scope):
            await send(message)


def key_of(scope: Scope) -> Key:
    """What an answer is kept under. It does not depend on who asks, as long as he may ask and is bound to no team."""
    accept = b"\n".join(value for name, value in scope["headers"] if name == b"accept")
    return scope["path"], scope["query_string"], accept


def respond(request: Request, answers: Answers, answer: Answer) -> AnswerResponse:
    """Keep the answer, unless its token sees less than others, and send it."""
    if request.scope["principal"].team_id is None:
        answers.put(key_of(request.scope), answer)
    return AnswerResponse(answer)


def _messages(status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> tuple[Message, Message]:
    start = {"type": "http.response.start", "status": status, "headers": headers}
    return start, {"type": "http.response.body", "body": body}


def _has(scope: Scope, etag: str) -> bool:
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            tags = [tag.strip().removeprefix("W/") for tag in value.decode("latin-1").split(",")]
            if etag in tags or "*" in tags:
                return True
    return False


def _weight(key: Key, answer: Answer) -> int:
    return len(answer.body) + len(key[0]) + len(key[1]) + len(key[2]) + _ROW_OVERHEAD
