"""Scaffolding for a vendor's sandbox: a small HTTP/1.1 server on 127.0.0.1 that can fail on purpose.

Sockets rather than `http.server`: parsing through the e-mail package would make the sandbox the slow part
of a benchmark, and a truncated or reset answer needs the socket anyway.
"""

import re
import socket
import socketserver
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote

import msgspec

from connectors.kit.sandbox_faults import BURSTS, VENDOR_FAULTS, Fault, FaultPlan

_MAX_LINE = 65_536
_MAX_BODY = 8 * 1024 * 1024
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_HTML = b"<!doctype html><html><head><title>One moment</title></head><body>Please wait.</body></html>"


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; the body is sent as it stands."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json;charset=UTF-8"
    headers: tuple[tuple[str, str], ...] = ()


class Refused(Exception):
    """A handler's way out with an answer other than a good one."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


@dataclass(slots=True)
class Request:
    """What a client asked."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    offered: Fault | None = None
    """A fault that only the vendor's handler can act out."""

    def param(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        values = self.query.get(name)
        return values[0] if values else default

    def take(self, fault: Fault) -> bool:
        """True if this fault is offered; the handler must then act it out."""
        if self.offered is not fault:
            return False
        self.offered = None
        return True


@dataclass(frozen=True, slots=True)
class Exchange:
    """One line of the request log. Headers are not kept: they hold secrets."""

    method: str
    target: str
    """Path and query as sent."""
    body: bytes = field(repr=False)
    status: int
    """0 where the connection was reset before an answer."""
    fault: Fault | None


class App(Protocol):
    """A vendor's sandbox, as the server sees it."""

    def mounted(self, url: str) -> None:
        """Told once, before the first request: the address that clients use."""

    def respond(self, request: Request) -> Response:
        """The answer to one request; called from several threads at once."""

    def spared(self, path: str) -> bool:
        """Whether a path meets no faults: one whose lost answer could not be asked for again."""


Handler = Callable[..., Response]


class Router:
    """Finds the handler for a path; `{name}` in a pattern stands for one segment."""

    def __init__(self) -> None:
        self._fixed: dict[str, dict[str, Handler]] = {}
        self._patterns: list[tuple[re.Pattern[str], dict[str, Handler]]] = []

    def add(self, methods: str, pattern: str, handler: Handler) -> None:
        """Registers a handler, called as `handler(request, **segments)`; methods separated by spaces."""
        by_method = dict.fromkeys(methods.split(), handler)
        if "{" not in pattern:
            self._fixed.setdefault(pattern, {}).update(by_method)
            return
        expression = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(pattern))
        for known, handlers in self._patterns:
            if known.pattern == expression:
                handlers.update(by_method)
                return
        self._patterns.append((re.compile(expression), by_method))

    def find(self, method: str, path: str) -> tuple[Handler, dict[str, str]] | int:
        """The handler and its segments, or the status to answer: 404 or 405."""
        handlers, segments = self._fixed.get(path), {}
        if handlers is None:
            for pattern, candidates in self._patterns:
                match = pattern.fullmatch(path)
                if match is not None:
                    handlers = candidates
                    segments = {name: unquote(value) for name, value in match.groupdict().items()}
                    break
            else:
                return 404
        handler = handlers.get(method)
        return 405 if handler is None else (handler, segments)


class SandboxServer:
    """A running sandbox. `url` has no slash at its end."""

    def __init__(
        self, app: App, clock: Callable[[], datetime], faults: FaultPlan | None, port: int, log_size: int
    ) -> None:
        self.app = app
        self.clock = clock
        self.faults = faults
        """May be replaced, or removed with None, while the server runs."""
        self.log: deque[Exchange] = deque(maxlen=log_size)
        """The latest requests, oldest first."""
        self.stopping = threading.Event()
        self._server = _Server(("127.0.0.1", port), _Connection)
        self._server.sandbox = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        app.mounted(self.url)

    def start(self) -> None:
        """Serves from a thread of its own."""
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Ends the server and every open connection."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()

    def failure(self, fault: Fault, plan: FaultPlan) -> Response | None:
        """The answer that a fault puts in place of the vendor's; None if it spoils the real one."""
        seconds = ("Retry-After", str(plan.retry_after))
        if fault is Fault.RATE_LIMITED:
            return Response(429, b'{"message":"Rate limit exceeded."}', headers=(seconds,))
        if fault is Fault.RATE_LIMITED_UNTIL:
            until = self.clock() + timedelta(seconds=plan.retry_after)
            until = until.replace(microsecond=0) + timedelta(seconds=1 if until.microsecond else 0)
            header = ("Retry-After", format_datetime(until, usegmt=True))
            return Response(429, b'{"message":"Rate limit exceeded."}', headers=(header,))
        if fault is Fault.RATE_LIMITED_BARE:
            return Response(429, b"<html><body>Too many requests</body></html>", "text/html")
        if fault in BURSTS:
            headers = (seconds,) if fault is Fault.ERROR_503 else ()
            return Response(BURSTS[fault], b"<html><body>Oops</body></html>", "text/html", headers)
        if fault is Fault.HTML:
            return Response(200, _HTML, "text/html;charset=UTF-8")
        return None


@contextmanager
def serving(
    app: App,
    *,
    clock: Callable[[], datetime],
    faults: FaultPlan | None = None,
    port: int = 0,
    log_size: int = 20_000,
) -> Iterator[SandboxServer]:
    """Serves a sandbox on 127.0.0.1 while the block runs; port 0 takes a free one."""
    server = SandboxServer(app, clock, faults, port, log_size)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128
    sandbox: SandboxServer

    def __init__(self, address: tuple[str, int], handler: type[socketserver.BaseRequestHandler]) -> None:
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        with self._guard:
            for one in self._open:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:  # the client hung up first
                    continue


class _Connection(socketserver.StreamRequestHandler):
    """One client, request after request."""

    disable_nagle_algorithm = True
    timeout = 120
    server: _Server

    def handle(self) -> None:
        sandbox = self.server.sandbox
        try:
            while not sandbox.stopping.is_set() and self._one(sandbox):
                pass
        except (ConnectionError, TimeoutError):  # the client went away: nobody is left to tell
            return

    def _one(self, sandbox: SandboxServer) -> bool:
        head = self._head()
        if head is None:
            return False
        method, target, headers = head
        if "transfer-encoding" in headers:
            self._send(Response(411), keep=False)
            return False
        length = int(headers.get("content-length") or 0)
        if length > _MAX_BODY:
            self._send(Response(413), keep=False)
            return False
        body = self.rfile.read(length) if length else b""
        path, _, query = target.partition("?")
        keep = headers.get("connection", "").lower() != "close"
        request = Request(method, path, parse_qs(query, keep_blank_values=True), headers, body)
        return self._answer(sandbox, request, target, keep) and keep

    def _head(self) -> tuple[str, str, dict[str, str]] | None:
        line = self.rfile.readline(_MAX_LINE)
        parts = line.decode("latin-1").split()
        if len(parts) != 3:
            return None
        headers: dict[str, str] = {}
        while True:
            line = self.rfile.readline(_MAX_LINE)
            if line in (b"\r\n", b"\n", b""):
                return parts[0], parts[1], headers
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()

    def _answer(self, sandbox: SandboxServer, request: Request, target: str, keep: bool) -> bool:
        plan = sandbox.faults
        fault = plan.draw() if plan is not None and not sandbox.app.spared(request.path) else None
        if fault in VENDOR_FAULTS:
            request.offered = fault
        response = None
        if plan is not None and fault is not None and fault not in VENDOR_FAULTS:
            if fault is Fault.SLOW:
                sandbox.stopping.wait(plan.pause)
            response = sandbox.failure(fault, plan)
        if response is None:
            response = _guarded(sandbox.app, request)
        if plan is not None and fault in VENDOR_FAULTS:
            if request.offered is None:
                plan.taken(fault)
            else:
                plan.give_back(fault)
                fault = None
        status = 0 if fault is Fault.RESET else response.status
        sandbox.log.append(Exchange(request.method, target, request.body, status, fault))
        if fault is Fault.RESET:
            self._reset()
            return False
        if fault is Fault.TRUNCATED:
            self._send(response, keep, missing=1 + len(response.body) // 2)
            return False
        self._send(response, keep)
        return True

    def _send(self, response: Response, keep: bool, missing: int = 0) -> None:
        extra = "".join(f"{name}: {value}\r\n" for name, value in response.headers)
        body = response.body
        head = (
            f"HTTP/1.1 {response.status} {_REASONS.get(response.status, 'Unknown')}\r\n"
            f"Content-Type: {response.content_type}\r\n"
            f"Content-Length: {len(body)}\r\n"
            f"Connection: {'keep-alive' if keep else 'close'}\r\n{extra}\r\n"
        ).encode("latin-1")
        self.request.sendall(head + (body[:-missing] if missing else body))

    def _reset(self) -> None:
        # A linger time of zero makes the close a reset instead of an orderly end.
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.request.close()


def _guarded(app: App, request: Request) -> Response:
    try:
        return app.respond(request)
    except Refused as refusal:
        return refusal.response


def json_response(value: Any, status: int = 200) -> Response:
    """An answer that is JSON."""
    return Response(status, msgspec.json.encode(value))
