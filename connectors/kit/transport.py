"""The sockets under the HTTP client: pinned addresses, one deadline a request, capped bodies.

httpx would resolve the name again while connecting, time out each read but never the whole, and unpack whatever
it is sent; so the transport is ours, over the connection pool of httpcore. The URL keeps its real host, hence
`Host` and the TLS server name do too.
"""

import ssl
import threading
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Any

import httpcore
import httpx

from connectors.kit.hosts import HostPolicy, Pin

_CHUNK = 65_536
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS

_ERRORS: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = (
    (httpcore.ConnectTimeout, httpx.ConnectTimeout),
    (httpcore.TimeoutException, httpx.ReadTimeout),
    (httpcore.ConnectError, httpx.ConnectError),
    (httpcore.NetworkError, httpx.ReadError),
    (httpcore.ProtocolError, httpx.RemoteProtocolError),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to connect, between two pieces of an answer, and for a whole request; bytes sent and unpacked."""

    connect: float = 10.0
    read: float = 60.0
    total: float = 180.0
    body: int = 64 * 2**20
    unpacked: int = 256 * 2**20
    connections: int = 8


class BodyTooLarge(httpx.TransportError):
    """The answer passes a size cap; reading stopped there."""


class UnknownEncoding(httpx.TransportError):
    """The answer is packed in a way that nobody asked for."""


class _Deadline(threading.local):
    """The instant (monotonic) when the request that this thread is busy with must be over."""

    at: float = float("inf")

    def remaining(self, timeout: float | None) -> float:
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("The request took longer than its deadline.")
        return left if timeout is None else min(timeout, left)


class _TimedStream(httpcore.NetworkStream):
    """A socket whose every wait ends at the deadline: a server that drips bytes meets no read time-out."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.remaining(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.remaining(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._deadline.remaining(timeout))
        return _TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _PinnedBackend(httpcore.NetworkBackend):
    """Connects to the addresses that were judged for a host; it knows no others."""

    def __init__(self, deadline: _Deadline) -> None:
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()
        self.pins: dict[tuple[str, int], Pin] = {}

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        *others, last = self.pins[host, port].addresses
        for address in others:
            try:
                return self._connect(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(last, port, timeout, local_address, socket_options)

    def _connect(
        self, address: str, port: int, timeout: float | None, local: str | None, options: Iterable[Any] | None
    ) -> httpcore.NetworkStream:
        stream = self._sockets.connect_tcp(address, port, self._deadline.remaining(timeout), local, options)
        return _TimedStream(stream, self._deadline)

    def sleep(self, seconds: float) -> None:
        self._sockets.sleep(seconds)


@cache
def _usual_ssl_context() -> ssl.SSLContext:
    # Reading every authority's certificate takes twenty milliseconds, and a client lives for one run or one check.
    return httpx.create_ssl_context()


class PinnedTransport(httpx.BaseTransport):
    """An httpx transport that obeys a HostPolicy and `Limits`; bodies come out unpacked.

    Raises what `HostPolicy.pin` raises, and httpx's transport errors. Usable from several threads.
    """

    def __init__(self, hosts: HostPolicy, limits: Limits, ssl_context: ssl.SSLContext | None = None) -> None:
        self._hosts = hosts
        self._limits = limits
        self._deadline = _Deadline()
        self._backend = _PinnedBackend(self._deadline)
        self._pins: dict[tuple[str, str, int | None], Pin] = {}
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context or _usual_ssl_context(),
            max_connections=limits.connections,
            max_keepalive_connections=limits.connections,
            keepalive_expiry=30.0,
            network_backend=self._backend,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends one request; the deadline runs from here to the last byte of the body."""
        pin = self._pinned(request.url)
        self._backend.pins[request.url.raw_host.decode("ascii"), pin.port] = pin
        self._deadline.at = time.monotonic() + self._limits.total
        waits = {"connect": self._limits.connect, "read": self._limits.read, "write": self._limits.read}
        outgoing = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.read(),
            extensions={"timeout": waits | {"pool": self._limits.total}},
        )
        with _as_httpx():
            answer = self._pool.handle_request(outgoing)
        headers = httpx.Headers(answer.headers)
        encoding = headers.pop("content-encoding", "identity").strip().lower()
        return httpx.Response(answer.status, headers=headers, stream=_Body(answer, encoding, self._limits))

    def close(self) -> None:
        """Closes every connection."""
        self._pool.close()

    def _pinned(self, url: httpx.URL) -> Pin:
        place = (url.scheme, url.host, url.port)
        pin = self._pins.get(place)
        if pin is None:
            pin = self._pins[place] = self._hosts.pin(url)
        return pin

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self.close()


class _Body(httpx.SyncByteStream):
    """An answer's body, unpacked piece by piece under both caps."""

    def __init__(self, answer: httpcore.Response, encoding: str, limits: Limits) -> None:
        self._answer = answer
        self._encoding = encoding
        self._limits = limits

    def __iter__(self) -> Iterator[bytes]:
        if self._encoding in ("", "identity"):
            return self._packed()
        if self._encoding in ("gzip", "x-gzip", "deflate"):
            return self._unpacked()
        raise UnknownEncoding("The answer is packed in an unknown way.")

    def close(self) -> None:
        with _as_httpx():
            self._answer.close()

    def _packed(self) -> Iterator[bytes]:
        size = 0
        with _as_httpx():
            for chunk in self._answer.iter_stream():
                size += len(chunk)
                if size > self._limits.body:
                    raise BodyTooLarge("The answer is larger than this service reads.")
                yield chunk

    def _unpacked(self) -> Iterator[bytes]:
        size = 0
        unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
        for chunk in self._packed():
            waiting, piece = chunk, b""
            # A full piece may leave output inside the unpacker although it took all of the input.
            while (waiting or len(piece) == _CHUNK) and not unpacker.eof:
                try:
                    piece = unpacker.decompress(waiting, _CHUNK)
                except zlib.error as error:
                    raise httpx.RemoteProtocolError("The answer's packing is broken.") from error
                size += len(piece)
                if size > self._limits.unpacked:
                    raise BodyTooLarge("The answer unpacks to more than this service reads.")
                yield piece
                waiting = unpacker.unconsumed_tail
        if not unpacker.eof:
            raise httpx.RemoteProtocolError("The answer's packing ends too early.")


@contextmanager
def _as_httpx() -> Iterator[None]:
    try:
        yield
    except tuple(ours for ours, _ in _ERRORS) as error:
        for ours, theirs in _ERRORS:
            if isinstance(error, ours):
                raise theirs(str(error)) from error
        raise
