"""What goes over the wire: to which address, for how long, and how much of it."""

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from connectors.kit.errors import ConfigError, ConnectorError, Transient
from connectors.kit.hosts import HostPolicy
from connectors.kit.http import HttpClient
from connectors.kit.retry import RetryPolicy
from connectors.kit.transport import Limits
from tests.support.http_client import NOW, Answer, Naps, at, client
from tests.support.raw_server import Script, json_answer, raw_server, sending


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
        for _ in range(600):
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

    assert time.monotonic() - began < 15, "It drips for twice as long."


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
            thread.join(timeout=60)

    assert answers == [Answer(1)] * 8
