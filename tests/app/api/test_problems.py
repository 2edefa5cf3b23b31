"""Whatever is sent, the answer is a problem that says what is wrong, and never a stack trace."""

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.api.requests import BODY_LIMIT
from app.core.db import Database
from app.main import create_app
from tests.app.api.conftest import ADMIN_TOKEN, Api, settings_for
from tests.support.clock import ManualClock
from tests.support.portal import client_of

TOKENS = "/api/v1/tokens"
JSON = {"Content-Type": "application/json"}


def assert_problem(answer: httpx.Response, status: int) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    body = answer.json()
    assert set(body) >= {"type", "title", "status", "detail", "instance"}
    assert body["status"] == status
    assert "Traceback" not in answer.text
    return body


def test_an_unknown_path_is_404(shared_api: Api) -> None:
    assert assert_problem(shared_api.get("/api/v1/nothing"), 404)["instance"] == "/api/v1/nothing"


def test_an_unknown_id_is_404_and_so_is_what_can_be_none(shared_api: Api) -> None:
    assert_problem(shared_api.ask("DELETE", f"{TOKENS}/00000000-0000-4000-8000-000000000000"), 404)
    assert_problem(shared_api.ask("DELETE", f"{TOKENS}/not-an-id"), 404)


def test_another_method_is_405_and_says_which_are_taken(shared_api: Api) -> None:
    answer = shared_api.ask("PUT", TOKENS)
    assert_problem(answer, 405)
    assert answer.headers["allow"] == "GET, POST"
    assert shared_api.ask("OPTIONS", f"{TOKENS}/not-an-id").headers["allow"] == "DELETE"


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_another_media_type_is_415(shared_api: Api, media_type: str) -> None:
    assert_problem(shared_api.post(TOKENS, content=b"{}", headers={"Content-Type": media_type}), 415)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b'{"name": NaN}', b'"\xed\xa0\x80"', b'{"name": "\\ud800"}', b"[" * 5_000]
)
def test_a_body_that_is_no_json_is_400(shared_api: Api, body: bytes) -> None:
    assert_problem(shared_api.post(TOKENS, content=body, headers=JSON), 400)


def test_a_body_that_is_too_large_is_413_announced_or_not(shared_api: Api) -> None:
    body = b" " * (BODY_LIMIT + 1)
    assert_problem(shared_api.post(TOKENS, content=body, headers=JSON), 413)

    async def pieces() -> object:
        for _ in range(3):
            yield b" " * (BODY_LIMIT // 2)

    assert_problem(shared_api.post(TOKENS, content=pieces(), headers=JSON), 413)


def test_nested_or_huge_values_are_refused_without_harm(shared_api: Api) -> None:
    for value in ("[" * 900 + "]" * 900, "9" * 5_000, '{"a":' * 500 + "1" + "}" * 500, "1e999"):
        answer = shared_api.post(TOKENS, content=f'{{"name": {value}, "role": "viewer"}}'.encode(), headers=JSON)
        assert answer.status_code in (400, 422), value[:20]
        assert_problem(answer, answer.status_code)


@pytest.mark.parametrize(
    "query", ["colour=red", "limit=1&limit=2", "limit=0", "limit=1001", "limit=x", "limit=", "%00=1"]
)
def test_a_wrong_query_is_422_with_its_place(shared_api: Api, query: str) -> None:
    (error,) = assert_problem(shared_api.get(f"{TOKENS}?{query}"), 422)["errors"]
    assert error["loc"][0] == "query"


@hypothesis_settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=40), st.binary(max_size=40).map(lambda raw: raw.decode("latin-1"))))
def test_any_cursor_is_either_ours_or_422(shared_api: Api, cursor: str) -> None:
    answer = shared_api.client.request(
        "GET", TOKENS, params={"cursor": cursor}, headers={"Authorization": f"Bearer {ADMIN_TOKEN}"}
    )
    if cursor:
        assert_problem(answer, 422)
    else:
        assert answer.status_code == 200


@hypothesis_settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_refused_politely(shared_api: Api, value: object) -> None:
    answer = shared_api.post(TOKENS, content=json.dumps(value).encode(), headers=JSON)
    assert_problem(answer, answer.status_code)
    assert answer.status_code in (400, 422)


def test_a_database_without_tables_is_503_and_not_ready(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/empty.db")
    with client_of(create_app(settings_for(database), clock=ManualClock(), database=database)) as client:
        answer = client.get(TOKENS, headers={"Authorization": f"Bearer {ADMIN_TOKEN}"})
        assert_problem(answer, 503)
        ready = client.get("/readyz")
    assert ready.status_code == 503
    assert {check["name"]: check["status"] for check in ready.json()["checks"]} == {"database": "error", "keys": "ok"}
    database.close()


def test_a_failure_nobody_expected_is_500_with_a_trace_and_no_more(api: Api) -> None:
    @api.app.get("/broken")
    def broken() -> None:
        raise RuntimeError("the fake secret is hunter2-hunter2")

    answer = api.get("/broken", role=None)
    body = assert_problem(answer, 500)
    assert len(str(body["trace_id"])) == 32
    assert "hunter2" not in answer.text


def test_health_needs_no_token(shared_api: Api) -> None:
    assert shared_api.get("/healthz", role=None).json() == {"status": "ok"}
    ready = shared_api.get("/readyz", role=None)
    assert ready.status_code == 200
    assert ready.json()["ready"] is True
