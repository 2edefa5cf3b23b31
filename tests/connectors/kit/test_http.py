"""The HTTP client: what it asks, what it takes, what it refuses, and what it says then."""

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import msgspec
import pytest
import respx

from connectors.kit.budget import RateBudget
from connectors.kit.errors import AuthError, ConfigError, ConnectorError, RateLimited, Transient
from connectors.kit.hosts import HostPolicy
from connectors.kit.http import Auth, FixedAuth, HttpClient
from connectors.kit.retry import RetryPolicy
from connectors.kit.transport import Limits
from tests.support.raw_server import Script, json_answer, raw_server, sending

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
BASE = "https://jira.example.com/context"
THINGS = f"{BASE}/things"


class Answer(msgspec.Struct):
    value: int


class Naps:
    """Sleeps nowhere, and remembers for how long it was asked to."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@contextmanager
def client(base_url: str = BASE, **options: Any) -> Iterator[tuple[HttpClient, Naps]]:
    naps = Naps()
    host = httpx.URL(base_url).host
    hosts = HostPolicy([host], ["127.0.0.1"], resolve=lambda name, port: ["127.0.0.1"])
    with HttpClient(base_url, hosts=hosts, now=lambda: NOW, sleep=naps, **options) as http:
        yield http, naps


def at(port: int) -> str:
    return f"http://vendor.test:{port}"


# -- asking and decoding ----------------------------------------------------------------------------------


@respx.mock
def test_a_get_sends_parameters_and_credentials_and_decodes_the_answer():
    route = respx.get(THINGS, params={"status": ["live", "archived"], "startAt": "0"}).respond(json={"value": 3})

    with client(auth=FixedAuth({"Authorization": "Bearer fake-token"})) as (http, _):
        answer = http.get_json("/things", {"status": ["live", "archived"], "startAt": 0}, type=Answer)

    assert answer == Answer(3)
    assert route.calls.last.request.headers["Authorization"] == "Bearer fake-token"


@respx.mock
def test_a_post_that_reads_is_sent_as_json_and_retried():
    route = respx.post(THINGS, json={"jql": "x"})
    route.side_effect = [httpx.Response(503), httpx.Response(200, json={"value": 1})]

    with client() as (http, _):
        assert http.post_json("/things", {"jql": "x"}, type=Answer) == Answer(1)


@respx.mock
def test_a_post_that_changes_something_is_never_sent_twice():
    route = respx.post(THINGS).respond(503)

    with client() as (http, _), pytest.raises(Transient):
        http.post_once("/things", {}, type=Answer)

    assert route.call_count == 1


# -- refusals ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind", "attempts"),
    [
        (400, ConnectorError, 1),
        (401, AuthError, 1),
        (402, AuthError, 1),
        (403, AuthError, 1),
        (404, ConfigError, 1),
        (410, ConfigError, 1),
        (418, ConnectorError, 1),
        (301, ConfigError, 1),
        (204, ConnectorError, 1),
        (408, Transient, 5),
        (409, Transient, 5),
        (429, RateLimited, 5),
        (500, Transient, 5),
        (502, Transient, 5),
        (503, Transient, 5),
        (504, Transient, 5),
        (599, Transient, 5),
    ],
)
@respx.mock
def test_a_status_is_an_error_by_what_can_be_done_about_it(status: int, kind: type[ConnectorError], attempts: int):
    headers = {"Location": "https://elsewhere.example.com/"} if status == 301 else {}
    route = respx.get(THINGS).respond(status, text="vendor-body", headers=headers)

    with client() as (http, _), pytest.raises(ConnectorError) as raised:
        http.get_json("/things", {"secret": "in-the-query"}, type=Answer)

    error = raised.value
    assert type(error) is kind
    assert error.status == status
    assert route.call_count == attempts
    assert error.message.startswith("jira.example.com/context/things ")
    assert error.remedy
    assert "vendor-body" not in error.message + error.remedy
    assert "in-the-query" not in error.message + error.remedy


@respx.mock
def test_a_redirect_is_not_followed_and_says_where_it_led():
    elsewhere = respx.get("https://evil.example.com/").respond(json={"value": 1})
    respx.get(THINGS).respond(302, headers={"Location": "https://evil.example.com/?token=fake-token"})

    with client() as (http, _), pytest.raises(ConfigError) as raised:
        http.get_json("/things", type=Answer)

    assert not elsewhere.called
    assert "https://evil.example.com" in raised.value.message
    assert "fake-token" not in raised.value.message


@respx.mock
def test_a_redirect_to_a_login_page_is_about_the_credentials():
    respx.get(THINGS).respond(302, headers={"Location": "/login.jsp?os_destination=x"})

    with client() as (http, _), pytest.raises(AuthError, match="login page"):
        http.get_json("/things", type=Answer)


@respx.mock
def test_a_web_page_in_a_200_is_named_as_such():
    route = respx.get(THINGS).respond(200, html="<html>Welcome, fake-user</html>")

    with client() as (http, _), pytest.raises(Transient, match="answered a web page instead of JSON") as raised:
        http.get_json("/things", type=Answer)

    assert route.call_count == 5
    assert "fake-user" not in raised.value.message


@respx.mock
def test_one_web_page_is_survived():
    page, good = httpx.Response(200, text="<!doctype html>"), httpx.Response(200, json={"value": 2})
    respx.get(THINGS).side_effect = [page, good]

    with client() as (http, _):
        assert http.get_json("/things", type=Answer) == Answer(2)


@pytest.mark.parametrize("body", [b'{"value": 1', b"", b"\xff\xfe", b"{]"])
@respx.mock
def test_a_broken_body_is_asked_for_again(body: bytes):
    respx.get(THINGS).side_effect = [httpx.Response(200, content=body), httpx.Response(200, json={"value": 4})]

    with client() as (http, _):
        assert http.get_json("/things", type=Answer) == Answer(4)


@respx.mock
def test_json_of_another_shape_is_a_defect_and_not_asked_for_again():
    route = respx.get(THINGS).respond(json={"value": "fake-name"})

    with client() as (http, _), pytest.raises(ConnectorError, match="shape") as raised:
        http.get_json("/things", type=Answer)

    assert raised.value.kind == "bug"
    assert "fake-name" not in raised.value.message
    assert route.call_count == 1


# -- waiting ----------------------------------------------------------------------------------------------


@respx.mock
def test_pauses_between_attempts_double_and_vary():
    respx.get(THINGS).respond(500)

    with client() as (http, naps), pytest.raises(Transient):
        http.get_json("/things", type=Answer)

    assert len(naps.seconds) == 4
    for pause, whole in zip(naps.seconds, (0.5, 1, 2, 4), strict=True):
        assert whole / 2 <= pause <= whole


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("header", ["7", " 7.0 ", format_datetime(NOW + timedelta(seconds=7), usegmt=True)])
@respx.mock
def test_retry_after_is_honoured_in_seconds_and_as_a_date(status: int, header: str):
    respx.get(THINGS).side_effect = [
        httpx.Response(status, headers={"Retry-After": header}),
        httpx.Response(200, json={"value": 1}),
    ]

    with client() as (http, naps):
        http.get_json("/things", type=Answer)

    assert len(naps.seconds) == 1
    assert 7 <= naps.seconds[0] <= 8


@pytest.mark.parametrize("header", ["soon", "-5", "nan", "1e400", "Mon, 99 Nov 2026 08:00:00 GMT", ""])
@respx.mock
def test_a_senseless_retry_after_counts_as_none(header: str):
    respx.get(THINGS).side_effect = [
        httpx.Response(429, headers={"Retry-After": header}),
        httpx.Response(200, json={"value": 1}),
    ]

    with client() as (http, naps):
        http.get_json("/things", type=Answer)

    assert len(naps.seconds) == 1
    assert naps.seconds[0] <= 0.5


@respx.mock
def test_a_date_in_the_past_means_now():
    past = format_datetime(NOW - timedelta(hours=1), usegmt=True)
    respx.get(THINGS).side_effect = [
        httpx.Response(429, headers={"Retry-After": past}),
        httpx.Response(200, json={"value": 1}),
    ]

    with client() as (http, naps):
        http.get_json("/things", type=Answer)

    assert naps.seconds == [0]


@pytest.mark.parametrize("header", ["121", "400000", format_datetime(NOW + timedelta(days=5), usegmt=True)])
@respx.mock
def test_a_pause_longer_than_one_may_sleep_parks_the_stream(header: str):
    route = respx.get(THINGS).respond(429, headers={"Retry-After": header})

    with client() as (http, naps), pytest.raises(RateLimited) as raised:
        http.get_json("/things", type=Answer)

    assert raised.value.retry_at is not None
    assert raised.value.retry_at > NOW + timedelta(seconds=120)
    assert naps.seconds == []
    assert route.call_count == 1


@respx.mock
def test_a_year_long_pause_still_gives_an_instant():
    respx.get(THINGS).respond(429, headers={"Retry-After": "99999999999"})

    with client() as (http, _), pytest.raises(RateLimited) as raised:
        http.get_json("/things", type=Answer)

    assert raised.value.retry_at == NOW + timedelta(days=366)


@respx.mock
def test_a_cancelled_sleep_ends_the_request():
    class Cancelled(Exception):
        pass

    def cancel(seconds: float) -> None:
        raise Cancelled

    respx.get(THINGS).respond(500)
    hosts = HostPolicy(["jira.example.com"], resolve=lambda host, port: ["93.184.215.14"])

    with HttpClient(BASE, hosts=hosts, now=lambda: NOW, sleep=cancel) as http, pytest.raises(Cancelled):
        http.get_json("/things", type=Answer)


@respx.mock
def test_the_rate_budget_is_drawn_on_by_every_attempt():
    respx.get(THINGS).side_effect = [httpx.Response(500), httpx.Response(200, json={"value": 1})]
    budget = RateBudget(rate=0.1, burst=1, monotonic=lambda: 0.0)

    with client(budget=lambda method, path: budget) as (http, naps):
        http.get_json("/things", type=Answer)

    retry, budgeted = naps.seconds
    assert retry <= 0.5
    assert budgeted == 10


# -- credentials ------------------------------------------------------------------------------------------


class Renewable:
    """Credentials whose first token has expired."""

    def __init__(self, renewals: int) -> None:
        self.number = 0
        self.renewals = renewals

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer fake-token-{self.number}"}

    def renew(self, refused: Mapping[str, str]) -> bool:
        assert refused == self.headers()
        if self.number >= self.renewals:
            return False
        self.number += 1
        return True


@respx.mock
def test_an_expired_access_token_is_renewed_once_and_the_request_sent_again():
    respx.get(THINGS, headers={"Authorization": "Bearer fake-token-0"}).respond(401)
    respx.get(THINGS, headers={"Authorization": "Bearer fake-token-1"}).respond(json={"value": 5})
    auth: Auth = Renewable(renewals=1)

    with client(auth=auth) as (http, _):
        assert http.get_json("/things", type=Answer) == Answer(5)


@respx.mock
def test_a_401_to_a_fresh_token_is_final():
    route = respx.get(THINGS).respond(401)
    auth = Renewable(renewals=10)

    with client(auth=auth) as (http, _), pytest.raises(AuthError):
        http.get_json("/things", type=Answer)

    assert route.call_count == 2


def test_credentials_do_not_show_in_a_repr():
    assert "fake-token" not in repr(FixedAuth({"Authorization": "Bearer fake-token"}))


# -- on the wire ------------------------------------------------------------------------------------------


@contextmanager
def wired(*scripts: Script, **options: Any) -> Iterator[tuple[HttpClient, Naps, list[bytes]]]:
    with ExitStack() as stack:
        server = stack.enter_context(raw_server(*scripts))
        http, naps = stack.enter_context(client(at(server.port), **options))
        yield http, naps, server.heads


GOOD = sending(json_answer(b'{"value": 1}'))


def test_the_socket_goes_to_the_pinned_address_and_the_host_header_keeps_the_name():
    with wired(GOOD) as (http, _, heads):
        assert http.get_json("/things", type=Answer) == Answer(1)

    assert heads[0].startswith(b"GET /things HTTP/1.1\r\n")
    assert b"\r\nHost: vendor.test:" in heads[0]


def test_the_next_address_is_tried_where_one_does_not_answer():
    with raw_server(GOOD) as server:
        hosts = HostPolicy(["vendor.test"], ["127.0.0.0/8"], resolve=lambda host, port: ["127.0.0.9", "127.0.0.1"])
        with HttpClient(at(server.port), hosts=hosts, now=lambda: NOW, sleep=Naps()) as http:
            assert http.get_json("/things", type=Answer) == Answer(1)


def test_a_name_that_changes_its_address_during_a_run_changes_nothing():
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    with raw_server(GOOD) as server:
        hosts = HostPolicy(["vendor.test"], ["127.0.0.1"], resolve=lambda host, port: next(answers))
        with HttpClient(at(server.port), hosts=hosts, now=lambda: NOW, sleep=Naps()) as http:
            http.get_json("/things", type=Answer)
            http.get_json("/things", type=Answer)

    assert len(server.heads) == 2


@pytest.mark.parametrize(
    "broken",
    [
        json_answer(b'{"value": 1}')[:-4],
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"not http at all\r\n\r\n",
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"val',
    ],
)
def test_a_connection_that_breaks_is_tried_again(broken: bytes):
    with wired(sending(broken), GOOD) as (http, naps, heads):
        assert http.get_json("/things", type=Answer) == Answer(1)

    assert len(heads) == 2
    assert len(naps.seconds) == 1


def test_a_server_that_is_not_there_is_said_to_be_out_of_reach():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    with client(at(port)) as (http, naps), pytest.raises(Transient, match="cannot be reached"):
        http.get_json("/things", type=Answer)

    assert len(naps.seconds) == 4


def dripping(head: bytes, drop: bytes) -> Script:
    def drip(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(100):
            connection.sendall(drop)
            time.sleep(0.05)

    return drip


@pytest.mark.parametrize(
    "script",
    [
        dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b" "),
        dripping(b"HTTP/1.1 200 OK\r\n", b"X-Header: x\r\n"),
    ],
    ids=["body", "headers"],
)
def test_a_server_that_drips_meets_the_deadline(script: Script):
    limits = Limits(read=5, total=0.3)
    began = time.monotonic()

    with (
        wired(script, limits=limits, retry=RetryPolicy(attempts=1)) as (http, _, _),
        pytest.raises(Transient, match="in time"),
    ):
        http.get_json("/things", type=Answer)

    assert time.monotonic() - began < 2


def test_a_silent_server_meets_the_read_timeout():
    with (
        wired(lambda connection: time.sleep(1), limits=Limits(read=0.2), retry=RetryPolicy(attempts=1)) as (http, _, _),
        pytest.raises(Transient, match="in time"),
    ):
        http.get_json("/things", type=Answer)


def packed(body: bytes, encoding: str) -> bytes:
    if encoding == "gzip":
        return gzip.compress(body)
    return zlib.compress(body)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize("padding", [0, 65_536 - 12, 65_536, 1_000_000])
def test_packed_answers_are_unpacked(encoding: str, padding: int):
    body = b" " * padding + b'{"value": 1}'
    answer = json_answer(packed(body, encoding), f"Content-Encoding: {encoding}".encode())

    with wired(sending(answer)) as (http, _, _):
        assert http.get_json("/things", type=Answer) == Answer(1)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_an_answer_that_unpacks_to_too_much_is_refused_while_it_unpacks(encoding: str):
    bomb = packed(b" " * 20_000_000, encoding)
    assert len(bomb) < 50_000

    with (
        wired(
            sending(json_answer(bomb, f"Content-Encoding: {encoding}".encode())), limits=Limits(unpacked=1_000_000)
        ) as (http, naps, _),
        pytest.raises(ConnectorError, match="unpacks to more"),
    ):
        http.get_json("/things", type=Answer)

    assert naps.seconds == []


def test_an_answer_that_is_too_large_is_refused():
    with (
        wired(sending(json_answer(b" " * 100_001)), limits=Limits(body=100_000)) as (http, _, _),
        pytest.raises(ConnectorError, match="larger than"),
    ):
        http.get_json("/things", type=Answer)


@pytest.mark.parametrize("cut", [1, 10])
def test_a_packed_answer_that_ends_early_is_tried_again(cut: int):
    short = gzip.compress(b'{"value": 1}')[:-cut]

    with wired(sending(json_answer(short, b"Content-Encoding: gzip")), GOOD) as (http, _, heads):
        assert http.get_json("/things", type=Answer) == Answer(1)

    assert len(heads) == 2


def test_a_packing_that_nobody_asked_for_is_refused():
    answer = json_answer(b"x", b"Content-Encoding: br")

    with wired(sending(answer)) as (http, _, heads), pytest.raises(ConnectorError, match="unknown way"):
        http.get_json("/things", type=Answer)

    assert b"Accept-Encoding: gzip, deflate\r\n" in heads[0]


def test_a_private_host_is_refused_before_a_byte_is_sent():
    with raw_server(GOOD) as server:
        hosts = HostPolicy(["vendor.test"], resolve=lambda host, port: ["127.0.0.1"])
        with (
            HttpClient(at(server.port), hosts=hosts, now=lambda: NOW, sleep=Naps()) as http,
            pytest.raises(ConfigError, match="private or local"),
        ):
            http.get_json("/things", type=Answer)

    assert server.heads == []


def test_threads_share_a_client():
    body = json_answer(b'{"value": 1}')
    with wired(sending(body)) as (http, _, _):
        answers: list[Answer] = []
        threads = [
            threading.Thread(target=lambda: answers.append(http.get_json("/things", type=Answer))) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=10)

    assert answers == [Answer(1)] * 8
