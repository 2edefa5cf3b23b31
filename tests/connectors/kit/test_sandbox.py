"""The scaffolding of sandboxes: a server that is quick when it is well, and fails as it is told."""

import http.client
import json
import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from connectors.kit.sandbox import Request, Response, Router, SandboxServer, json_response, serving
from connectors.kit.sandbox_faults import VENDOR_FAULTS, Fault, FaultPlan
from tests.support.clock import ManualClock


class Things:
    """A vendor with one thing of each name, and one page that can be doubled."""

    def __init__(self) -> None:
        self.router = Router()
        self.router.add("GET", "/things/{name}", lambda request, name: json_response({"name": name}))
        self.router.add("POST", "/things", lambda request: Response(201, request.body))
        self.router.add("GET", "/page", lambda request: json_response({"again": request.take(Fault.DUPLICATE_PAGE)}))
        self.url = ""

    def mounted(self, url: str) -> None:
        self.url = url

    def spared(self, path: str) -> bool:
        return path == "/things/spared"

    def respond(self, request: Request) -> Response:
        found = self.router.find(request.method, request.path)
        if isinstance(found, int):
            return Response(found)
        handler, segments = found
        return handler(request, **segments)


@contextmanager
def served(faults: FaultPlan | None = None) -> Iterator[tuple[SandboxServer, httpx.Client]]:
    app = Things()
    with serving(app, clock=ManualClock().now, faults=faults) as server:
        assert app.url == server.url
        with httpx.Client(base_url=server.url, timeout=60) as client:
            yield server, client


def one(kind: Fault) -> FaultPlan:
    """Exactly the first request meets that fault."""
    return FaultPlan(1, 1.0, (kind,), limit=1)


def test_answers_are_routed_by_method_and_path() -> None:
    with served() as (_, client):
        assert client.get("/things/a%20b").json() == {"name": "a b"}
        assert client.post("/things", content=b'{"x":1}').status_code == 201
        assert client.get("/nowhere").status_code == 404
        assert client.post("/things/a").status_code == 405
        assert client.get("/things").status_code == 405


def test_one_connection_serves_many_requests_fast() -> None:
    with served() as (server, _):
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
        took: list[float] = []
        ports = set()
        for _ in range(600):
            started = time.monotonic()
            connection.request("GET", "/things/a")
            assert connection.getresponse().read() == b'{"name":"a"}'
            took.append(time.monotonic() - started)
            ports.add(connection.sock.getsockname()[1])
        connection.close()
    assert len(ports) == 1
    # An answer that goes in two pieces waits 40 ms for its acknowledgement, each time; the fastest ones tell, for
    # tests run beside each other.
    assert sorted(took)[60] < 0.01


def test_several_clients_are_served_at_once() -> None:
    with served() as (_, client), ThreadPoolExecutor(8) as pool:
        names = [f"thing-{number}" for number in range(100)]
        answers = list(pool.map(lambda name: client.get(f"/things/{name}").json()["name"], names))
    assert answers == names


def test_the_log_tells_what_was_asked_and_no_header() -> None:
    with served() as (server, client):
        client.get("/things/a?x=1", headers={"Authorization": "Bearer fake-secret"})
        client.post("/things", content=b'{"token":"fake-secret"}')
        first, second = server.log
    assert (first.method, first.target, first.status, first.fault) == ("GET", "/things/a?x=1", 200, None)
    assert second.body == b'{"token":"fake-secret"}'
    assert "fake-secret" not in repr(server.log)


def test_a_body_of_unknown_length_is_refused() -> None:
    with served() as (_, client):
        assert client.post("/things", content=iter([b"{}"])).status_code == 411


def test_nothing_listens_once_it_has_stopped() -> None:
    with served() as (server, _):
        port = int(server.url.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=2):
        pass


def test_429_with_retry_after_in_seconds() -> None:
    with served(FaultPlan(1, 1.0, (Fault.RATE_LIMITED,), 1, retry_after=7)) as (_, client):
        answer = client.get("/things/a")
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
        assert client.get("/things/a").status_code == 200


def test_429_with_retry_after_as_a_date_of_the_sandboxs_clock() -> None:
    with served(FaultPlan(1, 1.0, (Fault.RATE_LIMITED_UNTIL,), 1, retry_after=90)) as (server, client):
        answer = client.get("/things/a")
        assert answer.status_code == 429
        assert parsedate_to_datetime(answer.headers["Retry-After"]) == server.clock() + timedelta(seconds=90)


def test_429_without_retry_after() -> None:
    with served(one(Fault.RATE_LIMITED_BARE)) as (_, client):
        answer = client.get("/things/a")
        assert answer.status_code == 429
        assert "Retry-After" not in answer.headers


@pytest.mark.parametrize(("kind", "status"), [(Fault.ERROR_500, 500), (Fault.ERROR_502, 502), (Fault.ERROR_503, 503)])
def test_a_burst_of_server_errors_spoils_a_few_requests_in_a_row(kind: Fault, status: int) -> None:
    plan = FaultPlan(3, 1.0, (kind,), limit=1)
    with served(plan) as (_, client):
        statuses = [client.get("/things/a").status_code for _ in range(8)]
    length = plan.met[kind]
    assert 1 <= length <= 4
    assert statuses == [status] * length + [200] * (8 - length)


def test_html_in_a_200() -> None:
    with served(one(Fault.HTML)) as (_, client):
        answer = client.get("/things/a")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/html")
        with pytest.raises(json.JSONDecodeError):
            answer.json()


def test_a_truncated_body_is_shorter_than_its_content_length() -> None:
    with served(one(Fault.TRUNCATED)) as (_, client):
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
            client.get("/things/a")
        assert client.get("/things/a").status_code == 200


def test_a_reset_connection() -> None:
    with served(one(Fault.RESET)) as (server, client):
        with pytest.raises(httpx.TransportError):
            client.get("/things/a")
        assert client.get("/things/a").status_code == 200
        assert [entry.status for entry in server.log] == [0, 200]


def test_a_slow_answer_is_a_good_one() -> None:
    with served(FaultPlan(1, 1.0, (Fault.SLOW,), 1, pause=0.3)) as (_, client):
        started = time.monotonic()
        assert client.get("/things/a").status_code == 200
        assert time.monotonic() - started >= 0.3


def test_a_vendor_fault_waits_for_a_request_that_has_a_use_for_it() -> None:
    plan = one(Fault.DUPLICATE_PAGE)
    with served(plan) as (server, client):
        assert client.get("/things/a").status_code == 200
        assert plan.met == Counter()
        assert [client.get("/page").json()["again"] for _ in range(2)] == [True, False]
    assert plan.met == Counter({Fault.DUPLICATE_PAGE: 1})
    assert [entry.fault for entry in server.log] == [None, Fault.DUPLICATE_PAGE, None]


def test_a_spared_path_meets_no_fault() -> None:
    with served(FaultPlan(1, 1.0, (Fault.HTML,))) as (_, client):
        assert client.get("/things/spared").json() == {"name": "spared"}


def test_a_plan_can_be_replaced_and_removed_while_the_server_runs() -> None:
    with served() as (server, client):
        assert client.get("/things/a").status_code == 200
        server.faults = FaultPlan(1, 1.0, (Fault.RATE_LIMITED,))
        assert client.get("/things/a").status_code == 429
        server.faults = None
        assert client.get("/things/a").status_code == 200


def test_the_same_seed_draws_the_same_faults_and_another_seed_others() -> None:
    def drawn(seed: int) -> list[Fault | None]:
        plan = FaultPlan(seed, 0.3)
        return [plan.draw() for _ in range(300)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert set(drawn(1)) == {None, *Fault}


def test_a_rate_is_kept_and_a_limit_ends_the_faults() -> None:
    kinds = tuple(fault for fault in Fault if fault not in VENDOR_FAULTS and "burst" not in fault)
    endless = FaultPlan(1, 0.2, kinds)
    assert 0.15 < sum(endless.draw() is not None for _ in range(2000)) / 2000 < 0.25
    limited = FaultPlan(1, 0.2, kinds, limit=5)
    assert sum(limited.draw() is not None for _ in range(2000)) == 5
    assert FaultPlan(1, 0.0).draw() is None
