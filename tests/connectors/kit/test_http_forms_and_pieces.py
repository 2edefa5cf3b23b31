"""Answers that are read while they arrive, and requests that are sent as forms."""

import gzip
from collections.abc import Iterator
from urllib.parse import parse_qs

import httpx
import pytest
import respx

from connectors.kit.errors import AuthError, Transient
from tests.support.http_client import THINGS, Answer, at, client
from tests.support.raw_server import json_answer, raw_server, sending


@respx.mock
def test_a_form_is_sent_as_one_with_parameters_beside_it_and_retried():
    route = respx.post(THINGS, params={"project": "7"})
    route.side_effect = [httpx.Response(503), httpx.Response(200, json={"value": 1})]

    with client() as (http, _):
        answer = http.post_form("/things", {"page": "0", "names": '["é&"]'}, {"project": 7}, type=Answer)

    assert answer == Answer(1)
    sent = route.calls.last.request
    assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(sent.content.decode()) == {"page": ["0"], "names": ['["é&"]']}


def test_an_answer_in_pieces_is_unpacked_and_read_while_it_arrives():
    body = b"line\n" * 100_000
    packed = json_answer(gzip.compress(body), b"Content-Encoding: gzip")
    sizes: list[int] = []

    def read(pieces: Iterator[bytes]) -> int:
        sizes.extend(len(piece) for piece in pieces)
        return sum(sizes)

    with raw_server(sending(packed)) as server, client(at(server.port)) as (http, _):
        assert http.get_pieces("/things", read=read) == len(body)

    assert max(sizes) < len(body) / 4


def test_reading_begins_anew_where_an_answer_breaks_off():
    whole = json_answer(b"abcdef")
    seen: list[bytes] = []

    def read(pieces: Iterator[bytes]) -> bytes:
        seen.append(b"")
        for piece in pieces:
            seen[-1] += piece
        return seen[-1]

    with raw_server(sending(whole[:-3]), sending(whole)) as server, client(at(server.port)) as (http, naps):
        assert http.get_pieces("/things", read=read) == b"abcdef"

    assert seen == [b"abc", b"abcdef"]
    assert len(naps.seconds) == 1


@respx.mock
def test_a_reader_that_finds_the_answer_cut_short_is_given_another():
    respx.get(THINGS).side_effect = [httpx.Response(200, content=b"short"), httpx.Response(200, content=b"the whole")]

    def read(pieces: Iterator[bytes]) -> bytes:
        body = b"".join(pieces)
        if body == b"short":
            raise Transient("The answer is cut short.", "Nothing needs to be done.")
        return body

    with client() as (http, _):
        assert http.get_pieces("/things", read=read) == b"the whole"


@respx.mock
def test_a_refusal_is_never_given_to_the_reader():
    respx.get(THINGS).respond(401)

    with client() as (http, _), pytest.raises(AuthError):
        http.get_pieces("/things", read=lambda pieces: pytest.fail("There is nothing to read."))
