"""Over a real server: what an in-process client cannot show."""

import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from app.api.requests import BODY_LIMIT
from app.core.db import Database
from app.main import create_app
from tests.app.api.conftest import ADMIN_TOKEN, settings_for
from tests.support.clock import ManualClock
from tests.support.listening import port_of

LINE = b'{"external_id":"%d","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}\n'
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def client(sqlite_db: Database) -> Iterator[httpx.Client]:
    app = create_app(settings_for(sqlite_db), clock=ManualClock(), database=sqlite_db)
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    with (
        port_of(app, lifespan="on") as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as found,
    ):
        yield found


def test_a_push_is_stored_piece_by_piece_as_it_comes(client: httpx.Client) -> None:
    body = {"connector": "push", "name": "Scripts", "config": {"tool": "scripts"}}
    source = client.post("/api/v1/sources", json=body).json()["id"]
    found: list[int] = []

    def stored() -> int:
        return len(client.get("/api/v1/work-items?limit=1").json()["items"])

    def lines() -> Iterator[bytes]:
        for number in range(8_000):
            if number == 7_900:
                # What was sent is still on its way: the server goes on while no more comes.
                deadline = time.monotonic() + 60
                while not stored() and time.monotonic() < deadline:
                    time.sleep(0.05)
                found.append(stored())
            yield (
                b'{"external_id":"%d","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}\n'
                % number
            )

    headers = {"Content-Type": "application/x-ndjson"}
    answer = client.post(f"/api/v1/ingest/{source}/work_items", content=lines(), headers=headers)
    assert answer.json()["accepted"] == 8_000
    assert found == [1]


def test_what_can_be_read_can_be_asked_for_its_headers_alone(client: httpx.Client) -> None:
    for path in ("/healthz", "/api/v1/metrics/throughput?period=30d", "/sign-in"):
        whole, headers = client.get(path), client.head(path)
        assert (headers.status_code, headers.content) == (whole.status_code, b"")
        for name in ("content-type", "content-length", "etag"):
            assert headers.headers.get(name) == whole.headers.get(name)
    assert client.head("/api/v1/query").status_code == 405
    assert client.get("/healthz").json() == {"status": "ok"}


def test_a_body_that_is_too_large_is_refused_before_it_is_read(client: httpx.Client) -> None:
    answer = client.post(
        "/api/v1/tokens", content=b" " * (BODY_LIMIT + 1), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413


def test_nobody_gets_to_send_a_body(client: httpx.Client) -> None:
    address = client.base_url
    with socket.create_connection((address.host, address.port or 80), timeout=60) as raw:
        # Of the body announced not one byte is sent: the answer must come without it.
        raw.sendall(b"POST /api/v1/tokens HTTP/1.1\r\nHost: hub\r\nContent-Length: 100\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 401")


def test_the_description_names_no_other_host(client: httpx.Client) -> None:
    document = client.get("/api/v1/openapi.json")
    assert document.status_code == 200
    assert "://cdn" not in document.text
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert client.get(path).status_code == 404
