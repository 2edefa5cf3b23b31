"""Whatever is sent to whichever route, the answer is below 500, and a refusal is a problem."""

import asyncio
import json
from urllib.parse import quote
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.app.api.conftest import ADMIN_TOKEN, Api
from tests.app.api.test_metrics import fill
from tests.app.api.test_sources import PUSH

VALUES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["", "\x00", "a\x00b", "%", "_", "'", "2026-01-01", "0", "-1", "1e400", "true", "null", "é" * 20]),
    st.uuids().map(str),
)
BODIES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(VALUES, inner, max_size=3),
)
NO_HURRY = hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def filled(api_on_both: Api) -> tuple[Api, str]:
    return api_on_both, fill(api_on_both)


def operations(api: Api, *methods: str) -> list[tuple[str, str, dict[str, object]]]:
    return [
        (method, path, operation)
        for path, of_path in api.app.openapi()["paths"].items()
        for method, operation in of_path.items()
        if method in methods
    ]


@NO_HURRY
@given(st.data())
def test_no_query_breaks_a_read(filled: tuple[Api, str], data: st.DataObject) -> None:
    api, source = filled
    method, path, operation = data.draw(st.sampled_from(operations(api, "get")), label="route")
    # What asks a vendor is not asked here: no vendor answers.
    url = path.replace("{source_id}", source).replace("{name}", "cycle_time")
    while "{" in url:
        name = url[url.index("{") : url.index("}") + 1]
        url = url.replace(name, quote(data.draw(VALUES, label=name), safe=""))
    parameters = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]
    query = data.draw(st.dictionaries(st.sampled_from(parameters), VALUES, max_size=3)) if parameters else {}
    answer = api.ask(method.upper(), url, params=query)
    assert answer.status_code < 500 or path == "/readyz", (url, query, answer.text)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"


@NO_HURRY
@given(st.data())
def test_no_body_breaks_a_write(filled: tuple[Api, str], data: st.DataObject) -> None:
    api, source = filled
    writes = [one for one in operations(api, "post", "put", "patch") if "/check" not in one[1]]
    method, path, operation = data.draw(st.sampled_from(writes), label="route")
    url = path.replace("{source_id}", source).replace("{record_type}", "work_items")
    while "{" in url:
        url = url.replace(url[url.index("{") : url.index("}") + 1], str(uuid4()))
    reference = str(operation.get("requestBody", {})).rpartition("/")[2].split("'")[0]
    properties = api.app.openapi()["components"]["schemas"].get(reference, {}).get("properties", {})
    fields = st.dictionaries(st.sampled_from(sorted(properties)), BODIES) if properties else BODIES
    body = json.dumps(data.draw(st.one_of(fields, BODIES), label="body")).encode()
    media_type = "application/x-ndjson" if "ingest" in path else "application/json"
    answer = api.ask(method.upper(), url, content=body, headers={"Content-Type": media_type})
    assert answer.status_code < 500, (url, body, answer.text)


def test_the_same_key_at_once_creates_once(api_on_both: Api) -> None:
    headers = {"Idempotency-Key": "at once", "Authorization": f"Bearer {ADMIN_TOKEN}"}

    async def all_at_once() -> list[tuple[int, bytes]]:
        client = api_on_both.client.concurrent
        asked = [client.post("/api/v1/sources", json=PUSH, headers=headers) for _ in range(8)]
        return [(answer.status_code, answer.content) for answer in await asyncio.gather(*asked)]

    answers = api_on_both.client.run(all_at_once)
    assert {status for status, _ in answers} == {201}
    assert len({content for _, content in answers}) == 1
    assert len(api_on_both.get("/api/v1/sources").json()["items"]) == 1
