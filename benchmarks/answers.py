"""How many metric answers a second one API process gives: kept ones, against a bare ASGI answer and FastAPI's own way.

Each side is a process of its own under the same uvicorn and sends the same bytes: `bare` an ASGI function that
knows them, `ours` the whole service with its token check, `fastapi` a route that returns the
dict. One client asks over four connections that stay open.

Run it with `python -m benchmarks.answers [SECONDS]`.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.metrics import NOW, fill
from benchmarks.table import Row, Table

TOKEN = "a-fake-admin-token-for-benchmarks"
QUESTION = f"/api/v1/metrics/cycle_time?grain=week&group_by=project&to={NOW:%Y-%m-%d}"
CONNECTIONS, AT_ONCE = 4, 8

_BARE = """
import sys, uvicorn
body = open(sys.argv[1], "rb").read()
head = {"type": "http.response.start", "status": 200,
        "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]}
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send(head)
        await send({"type": "http.response.body", "body": body})
uvicorn.run(app, port=int(sys.argv[2]), log_level="error", access_log=False)
"""
_FASTAPI = """
import json, sys, uvicorn
from fastapi import FastAPI
value = json.load(open(sys.argv[1], "rb"))
app = FastAPI()
@app.get("/api/v1/metrics/cycle_time")
def answer():
    return value
uvicorn.run(app, port=int(sys.argv[2]), log_level="error", access_log=False)
"""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(*command: str, port: int, **environment: str) -> Iterator[int]:
    """A server process, once it listens."""
    process = subprocess.Popen([sys.executable, *command], env={**os.environ, **environment})
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def fetch(port: int) -> bytes:
    """One answer's body."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(_request())
        return _answer(connection, b"")[0]


def rate(port: int, seconds: float) -> float:
    """Answers a second."""
    counts = [0] * CONNECTIONS
    end = time.monotonic() + seconds

    def ask(place: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            batch, rest = _request() * AT_ONCE, b""
            while time.monotonic() < end:
                connection.sendall(batch)
                for _ in range(AT_ONCE):
                    _, rest = _answer(connection, rest)
                counts[place] += AT_ONCE

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def _request() -> bytes:
    return f"GET {QUESTION} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()


def _answer(connection: socket.socket, received: bytes) -> tuple[bytes, bytes]:
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += connection.recv(1 << 20)
    head = received[:end].lower()
    if not head.startswith(b"http/1.1 200"):
        raise RuntimeError(head.decode())
    length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    parts, have = [received[end + 4 :]], len(received) - end - 4
    while have < length:
        parts.append(connection.recv(1 << 20))
        have += len(parts[-1])
    body = b"".join(parts)
    return body[:length], body[length:]


def measure(seconds: float = 3.0, rounds: int = 3) -> Table:
    """The rates of the three sides, in turn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder / "bench.db", 20_000)
        (folder / "bare.py").write_text(_BARE)
        (folder / "fastapi_way.py").write_text(_FASTAPI)
        answer = folder / "answer.json"
        settings = {
            "PRODOPS_DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
            "PRODOPS_ADMIN_TOKEN": TOKEN,
            "PRODOPS_LOG_LEVEL": "error",
        }
        port = free_port()
        with serving("-m", "app.cli", "serve", "--dev", "--port", str(port), port=port, **settings) as own:
            answer.write_bytes(fetch(own))
            points = sum(len(series["points"]) for series in json.loads(answer.read_bytes())["series"])
            rates: dict[str, list[float]] = {"bare": [], "ours": [], "fastapi": []}
            sides: dict[str, Any] = {"ours": own, "bare": free_port(), "fastapi": free_port()}
            with (
                serving(str(folder / "bare.py"), str(answer), str(sides["bare"]), port=sides["bare"]),
                serving(str(folder / "fastapi_way.py"), str(answer), str(sides["fastapi"]), port=sides["fastapi"]),
            ):
                for _ in range(rounds):
                    for side, at in sides.items():
                        rates[side].append(rate(at, seconds))
        size = answer.stat().st_size
    bare, own_rate, fastapi = (median(rates[side]) for side in ("bare", "ours", "fastapi"))
    return Table(
        "Cached metric answers",
        f"Cycle time by week and project: {points} points, {size / 1e3:.0f} kB; one API process on SQLite, "
        f"{CONNECTIONS} connections.",
        [
            Row("a bare ASGI answer of the same bytes", f"{bare:,.0f} /s"),
            Row(
                "ours, token and data version checked",
                f"{own_rate:,.0f} /s",
                f"{own_rate / bare:.0%} of the bare answer",
            ),
            Row(
                "FastAPI serialising the same dict",
                f"{fastapi:,.0f} /s",
                f"ours is {own_rate / fastapi:.0f} × as fast",
                "30 ×",
            ),
        ],
    )


if __name__ == "__main__":
    print(measure(*(float(argument) for argument in sys.argv[1:])).text())
