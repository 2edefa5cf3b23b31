"""What the app writes: messages, images, late answers; and the language of those who read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from connectors.kit.organisation import Ms, milliseconds
from connectors.kit.sandbox import Request, Response, json_response
from connectors.slack.sandbox.blocks import check_message
from connectors.slack.sandbox.dialect import HUB, written
from connectors.slack.sandbox.gate import no, require

Json = dict[str, Any]

UPLOADS = "/upload/v1/"
LATE_ANSWERS = "/commands/"


@dataclass(slots=True)
class Upload:
    """An image on its way: bytes, then complete, then shown."""

    filename: str
    length: int
    alt_text: str
    content: bytes | None = None
    complete: bool = False
    asked: int = 0
    """How many messages wanted to show it."""


@dataclass
class Outbox:
    """Everything that was written. `processing`: how many messages an image is not ready for after its upload."""

    clock: Callable[[], datetime]
    url: str = ""
    processing: int = 0
    messages: dict[str, list[Json]] = field(default_factory=dict)
    """By channel, oldest first."""
    uploads: dict[str, Upload] = field(default_factory=dict)
    answers: list[Json] = field(default_factory=list)
    """What came to `response_url`s."""
    locales: dict[str, str] = field(default_factory=dict)
    """By user; `en-US` for everybody else."""
    left: set[str] = field(default_factory=set)
    """Channels that the app was removed from."""
    archived: set[str] = field(default_factory=set)
    """Channels that were archived since."""

    def post(self, request: Request, channel: str, held: frozenset[str]) -> Response:
        """`chat.postMessage` into a channel that is open to the app."""
        require("chat:write", held)
        message = _decoded(request)
        check_message(message, self._is_ready)
        said = self.messages.setdefault(channel, [])
        client_id = message.get("client_msg_id")
        for earlier in said:
            if client_id is not None and earlier.get("client_msg_id") == client_id:
                return self._posted(channel, earlier)
        number = sum(map(len, self.messages.values())) + 1
        shown = {"type": "message", "ts": written(self._now, number), "user": HUB, "bot_id": "B0HUB", "app_id": "A0HUB"}
        kept = {name: message[name] for name in ("text", "blocks", "metadata", "client_msg_id") if name in message}
        said.append(shown | kept)
        return self._posted(channel, said[-1])

    def posted_in(self, channel: str, oldest: str, latest: str, *, metadata: bool) -> list[Json]:
        """The app's messages in a span, newest first."""
        shown = [
            message
            for message in self.messages.get(channel, ())
            if (not oldest or message["ts"] > oldest) and (not latest or message["ts"] < latest)
        ]
        hidden = () if metadata else ("metadata",)
        return [{name: value for name, value in one.items() if name not in hidden} for one in shown[::-1]]

    def place(self, asked: dict[str, str], held: frozenset[str]) -> Response:
        """`files.getUploadURLExternal`."""
        require("files:write", held)
        name, length = asked.get("filename", ""), asked.get("length", "")
        if not name or not length.isdigit() or int(length) == 0:
            raise no("invalid_arguments")
        if len(asked.get("alt_txt", "")) > 1000:
            raise no("alt_txt_too_large")
        identity = f"F0{len(self.uploads) + 1:06d}"
        self.uploads[identity] = Upload(name, int(length), asked.get("alt_txt", ""))
        return json_response({"ok": True, "upload_url": f"{self.url}{UPLOADS}{identity}", "file_id": identity})

    def receive(self, request: Request) -> Response:
        """The bytes of an upload."""
        upload = self.uploads.get(request.path.removeprefix(UPLOADS))
        if upload is None or request.method not in ("POST", "PUT"):
            return Response(404, b"no such upload", "text/plain")
        if len(request.body) != upload.length:
            return Response(400, b"the length is not the one announced", "text/plain")
        upload.content = request.body
        return Response(200, f"OK - {len(request.body)}".encode(), "text/plain")

    def complete(self, request: Request, asked: dict[str, str], held: frozenset[str]) -> Response:
        """`files.completeUploadExternal`."""
        require("files:write", held)
        body = _decoded(request) if "json" in request.headers.get("content-type", "") else asked
        files = body.get("files") or "[]"
        wanted = msgspec.json.decode(files) if isinstance(files, str) else files
        for one in wanted:
            upload = self.uploads.get(one["id"])
            if upload is None or upload.content is None:
                raise no("file_not_found")
            upload.complete = True
        return json_response(
            {"ok": True, "files": [{"id": one["id"], "title": one.get("title", "")} for one in wanted]}
        )

    def answer_late(self, request: Request) -> Response:
        """A late answer to a command or a button."""
        body = _decoded(request)
        if body.get("text") or body.get("blocks"):
            check_message(body, self._is_ready)
        self.answers.append(body)
        return Response(200, b"ok", "text/plain")

    def locale(self, user: str) -> str:
        """The language that somebody uses Slack in."""
        return self.locales.get(user, "en-US")

    @property
    def _now(self) -> Ms:
        return milliseconds(self.clock())

    def _is_ready(self, identity: str) -> bool:
        upload = self.uploads.get(identity)
        if upload is None or not upload.complete:
            return False
        upload.asked += 1
        return upload.asked > self.processing

    def _posted(self, channel: str, message: Json) -> Response:
        return json_response({"ok": True, "channel": channel, "ts": message["ts"], "message": message})


def _decoded(request: Request) -> Json:
    try:
        return msgspec.json.decode(request.body, type=dict[str, Any])
    except msgspec.MsgspecError:
        raise no("invalid_json") from None
