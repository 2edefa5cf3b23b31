"""Links that need no token: off until they are switched on, one data set each, and gone when they are revoked."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.app.api.conftest import Api
from tests.app.api.test_metrics import WEEK, fill

PATH = "/api/v1/shares"
QUESTION = {"metric": "throughput", "from": "2026-02-02", "to": "2026-02-09", "tz": "UTC", "group_by": ["project"]}


@pytest.fixture
def shared(api_on_both: Api) -> Api:
    """With data, and links switched on."""
    fill(api_on_both)
    api_on_both.ask("PATCH", "/api/v1/settings", json={"shares": True})
    return api_on_both


def make(api: Api, **changes: Any) -> dict[str, Any]:
    answer = api.post(PATH, role="editor", json={"name": "Sheet", "question": QUESTION} | changes)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_link_answers_its_data_set_without_a_token(shared: Api) -> None:
    made = make(shared)
    answer = shared.get(made["path"], role=None)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    (row,) = rows(answer.text)
    assert (row["project"], row["value"]) == ("'=Shop", "3")
    own = shared.get(f"/api/v1/metrics/throughput?{WEEK}&group_by=project", role="viewer").json()
    assert shared.get(f"{made['path']}?format=json", role=None).json()["series"] == own["series"]
    assert shared.get(f"{made['path']}?shape=table", role=None).json()[0]["value"] == 3
    again = shared.get(made["path"], role=None, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_a_secret_is_shown_once_and_stored_nowhere(shared: Api) -> None:
    made = make(shared)
    secret = made["path"].rpartition("/")[2]
    assert len(secret) >= 40
    listed = shared.get(PATH, role="editor")
    assert secret not in listed.text
    assert [one["hint"] for one in listed.json()["items"]] == [f"…{secret[-4:]}"]
    assert secret not in shared.get("/api/v1/audit").text


def test_a_link_opens_nothing_else(shared: Api) -> None:
    secret = make(shared)["path"].rpartition("/")[2]
    assert shared.get(f"/api/v1/metrics/throughput?{WEEK}", token=secret).status_code == 401
    assert shared.get(f"/shares/{secret}?group_by=source", role=None).status_code == 422
    assert shared.ask("POST", f"/shares/{secret}", role=None).status_code == 405


def test_a_link_ends_when_it_is_revoked_expires_or_links_are_switched_off(shared: Api) -> None:
    hour = (shared.clock.now() + timedelta(hours=1)).isoformat()
    short, long, other = make(shared, expires_at=hour), make(shared), make(shared)
    assert shared.ask("DELETE", f"{PATH}/{other['id']}", role="editor").status_code == 204
    assert shared.ask("DELETE", f"{PATH}/{uuid4()}").status_code == 404
    shared.clock.forward(hours=1)
    found = [shared.get(one["path"], role=None) for one in (short, long, other)]
    assert [answer.status_code for answer in found] == [404, 200, 404]
    shared.ask("PATCH", "/api/v1/settings", json={"shares": False})
    gone = shared.get(long["path"], role=None)
    unknown = shared.get("/shares/nothing", role=None)
    assert gone.status_code == unknown.status_code == 404
    assert gone.json()["detail"] == unknown.json()["detail"]


def test_no_link_is_made_while_they_are_off(api: Api) -> None:
    assert api.post(PATH, json={"name": "Sheet", "question": QUESTION}).status_code == 409
    assert api.post(PATH, json={"name": "Sheet", "question": QUESTION}, role="viewer").status_code == 403


def test_a_link_is_answered_so_often_a_minute(api: Api) -> None:
    api.ask("PATCH", "/api/v1/settings", json={"shares": True})
    made, other = make(api), make(api)
    statuses = [api.get(made["path"], role=None).status_code for _ in range(62)]
    assert statuses == [200] * 60 + [429] * 2
    assert api.get(other["path"], role=None).status_code == 200
    refused = api.get(made["path"], role=None)
    assert refused.headers["retry-after"] == "60"
    api.clock.forward(minutes=1)
    assert api.get(made["path"], role=None).status_code == 200


@pytest.mark.parametrize(
    ("change", "loc"),
    [
        ({"question": QUESTION | {"metric": "happiness"}}, ["question", "metric"]),
        ({"question": QUESTION | {"grain": "hour"}}, ["question", "grain"]),
        ({"question": QUESTION | {"from": "2026-03-01"}}, ["question", "from"]),
        ({"question": QUESTION | {"colour": "red"}}, ["question", "colour"]),
        ({"question": {}}, ["question", "metric"]),
        ({"expires_at": "2020-01-01T00:00:00Z"}, ["expires_at"]),
        ({"expires_at": "2036-01-01T00:00:00Z"}, ["expires_at"]),
        ({"expires_at": 5}, ["expires_at"]),
        ({"name": ""}, ["name"]),
    ],
)
def test_a_wrong_link_is_refused_with_its_place(shared_api: Api, change: dict[str, Any], loc: list[str]) -> None:
    shared_api.ask("PATCH", "/api/v1/settings", json={"shares": True})
    answer = shared_api.post(PATH, json={"name": "Sheet", "question": QUESTION} | change)
    assert answer.status_code == 422
    assert ["body", *loc] in [error["loc"] for error in answer.json()["errors"]]
    assert shared_api.get(PATH).json()["items"] == []


def test_the_same_key_makes_one_link(shared: Api) -> None:
    body, headers = {"name": "Sheet", "question": QUESTION}, {"Idempotency-Key": "once"}
    first = shared.post(PATH, json=body, headers=headers)
    assert shared.post(PATH, json=body, headers=headers).json() == first.json()
    assert len(shared.get(PATH).json()["items"]) == 1
