"""Pushing records: streamed, upserted, each bad line told by its number, by nobody but those who may."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.app.api.conftest import Api

NDJSON = {"Content-Type": "application/x-ndjson"}
CSV = {"Content-Type": "text/csv"}


@pytest.fixture
def source(api: Api) -> str:
    return make_source(api)


def make_source(api: Api, name: str = "Scripts") -> str:
    made = api.post("/api/v1/sources", json={"connector": "push", "name": name, "config": {"tool": "scripts"}})
    return str(made.json()["id"])


def item(key: str, **fields: Any) -> dict[str, Any]:
    return {
        "external_id": key,
        "created_at": "2026-02-02T08:00:00Z",
        "updated_at": "2026-02-03T08:00:00Z",
        "title": f"Item {key}",
        "status": "todo",
        **fields,
    }


def ndjson(*records: object) -> bytes:
    return b"\n".join(json.dumps(record).encode() for record in records)


def push(api: Api, source: str, kind: str, body: bytes, **options: Any) -> dict[str, Any]:
    answer = api.post(f"/api/v1/ingest/{source}/{kind}", content=body, headers=NDJSON, **options)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_records_are_pushed_and_a_repeat_changes_nothing(api_on_both: Api) -> None:
    source = make_source(api_on_both)
    token = api_on_both.token("ingest", UUID(source))
    body = ndjson(item("A"), item("B"))
    assert push(api_on_both, source, "work_items", body, token=token) == {
        "accepted": 2,
        "unchanged": 0,
        "rejected": [],
    }
    assert push(api_on_both, source, "work_items", body)["unchanged"] == 2
    listed = api_on_both.get("/api/v1/work-items", role="viewer").json()["items"]
    assert {one["external_id"] for one in listed} == {"A", "B"}


def test_a_bad_line_is_told_and_spoils_no_other(api: Api, source: str) -> None:
    body = b"\n".join([ndjson(item("A")), b"{nonsense", ndjson(item("B", colour="red")), b"", ndjson(item("C"))])
    answer = push(api, source, "work_items", body)
    assert answer["accepted"] == 2
    assert [(line["line"], line["errors"][0]["loc"]) for line in answer["rejected"]] == [(2, []), (3, ["colour"])]


def test_a_source_to_push_to_needs_a_name_and_no_more(api: Api) -> None:
    made = api.post("/api/v1/sources", json={"connector": "push", "name": "Anything"})
    assert (made.status_code, made.json()["tool"]) == (201, "push")
    assert push(api, made.json()["id"], "projects", ndjson({"external_id": "1", "name": "One"}))["accepted"] == 1


def test_csv_is_taken(api: Api, source: str) -> None:
    body = "external_id,name\nshop,Shop\npay,Paiement é\n"
    answer = api.post(f"/api/v1/ingest/{source}/projects", content=body.encode(), headers=CSV)
    assert answer.json()["accepted"] == 2
    wrong = api.post(f"/api/v1/ingest/{source}/projects", content=b"external_id,colour\n", headers=CSV)
    assert wrong.status_code == 422


def test_a_long_body_is_streamed(api: Api, source: str) -> None:
    async def lines() -> AsyncIterator[bytes]:
        for number in range(5_000):
            yield ndjson(item(str(number), title="x" * 1_000)) + b"\n"

    answer = api.post(f"/api/v1/ingest/{source}/work_items", content=lines(), headers=NDJSON)
    assert answer.json()["accepted"] == 5_000


def test_an_ingest_token_pushes_to_its_own_source_only(api: Api, source: str) -> None:
    other = make_source(api, "Other")
    token = api.token("ingest", UUID(source))
    for target in (other, str(uuid4()), "not-an-id"):
        refused = api.post(f"/api/v1/ingest/{target}/projects", token=token, headers=NDJSON)
        assert (refused.status_code, "its own source" in refused.json()["detail"]) == (403, True)
    assert api.post(f"/api/v1/ingest/{source}/nothing", token=token, headers=NDJSON).status_code == 404
    assert api.post(f"/api/v1/ingest/{source}/projects", role="editor", headers=NDJSON).status_code == 403
    assert api.post(f"/api/v1/ingest/{uuid4()}/projects", headers=NDJSON).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/xml"},
        {"Content-Type": "text/csv; charset=latin-1"},
        {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"},
    ],
)
def test_another_form_is_415(api: Api, source: str, headers: dict[str, str]) -> None:
    answer = api.post(f"/api/v1/ingest/{source}/projects", content=b"{}", headers=headers)
    assert answer.status_code == 415


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "application/json"}])
def test_lines_of_json_need_no_word_about_their_form(api: Api, source: str, headers: dict[str, str]) -> None:
    answer = api.post(f"/api/v1/ingest/{source}/work_items", content=ndjson(item("A")), headers=headers)
    assert answer.json() == {"accepted": 1, "unchanged": 0, "rejected": []}


def test_a_push_with_a_key_is_answered_alike(api_on_both: Api) -> None:
    source = make_source(api_on_both)
    url, headers = f"/api/v1/ingest/{source}/projects", {**NDJSON, "Idempotency-Key": "p1"}
    body = ndjson({"external_id": "shop", "name": "Shop"})
    first = api_on_both.post(url, content=body, headers=headers)
    assert first.json()["accepted"] == 1
    assert api_on_both.post(url, content=body, headers=headers).content == first.content
    assert api_on_both.post(url, content=body + b"\n", headers=headers).status_code == 409


def test_a_line_without_end_is_refused_and_not_kept_in_memory(api: Api, source: str) -> None:
    body = b"x" * (2 << 20) + b"\n" + ndjson({"external_id": "shop", "name": "Shop"})
    answer = push(api, source, "projects", body)
    assert answer["accepted"] == 1
    assert answer["rejected"][0]["line"] == 1
