"""A server that sends exactly the bytes it is told to, one script per connection."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Script = Callable[[socket.socket], None]
"""Talks on one accepted connection; the request has been read up to its blank line."""


def sending(answer: bytes) -> Script:
    """A script that sends these bytes and hangs up."""
    return lambda connection: connection.sendall(answer)


def json_answer(body: bytes, *headers: bytes) -> bytes:
    """A whole 200 with a JSON body."""
    lines = [b"HTTP/1.1 200 OK", b"Content-Type: application/json", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join([*lines, b"Connection: close", b"", body])


class RawServer:
    """What was asked of the server so far: the head of each request."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.heads: list[bytes] = []


@contextmanager
def raw_server(*scripts: Script, read_head: bool = True) -> Iterator[RawServer]:
    """Serves one script per connection on 127.0.0.1, the last one for all that follow.

    Without `read_head` the script gets the connection untouched.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    server = RawServer(listener.getsockname()[1])

    def serve() -> None:
        served = 0
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                head = b""
                while read_head and b"\r\n\r\n" not in head and (chunk := connection.recv(65_536)):
                    head += chunk
                server.heads.append(head)
                with suppress(OSError):  # the client hung up first, as some tests want it to
                    scripts[min(served, len(scripts) - 1)](connection)
                served += 1

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=5)
