"""Tokens: shown once, refused at once after they are revoked, and never more than their role."""

from datetime import timedelta
from uuid import uuid4

import pytest

from app.core.settings import Settings
from app.main import create_app
from app.store import tokens
from tests.app.api.conftest import Api
from tests.support.portal import client_of


def test_a_new_token_is_shown_once_and_works(api_on_both: Api) -> None:
    made = api_on_both.post("/api/v1/tokens", json={"name": "board", "role": "viewer"})
    assert made.status_code == 201
    secret = made.json()["token"]
    assert api_on_both.get("/api/v1/openapi.json", token=secret).status_code == 200
    listed = api_on_both.get("/api/v1/tokens")
    assert secret not in listed.text
    assert [token["name"] for token in listed.json()["items"]] == ["board"]
    assert "token" not in listed.json()["items"][0]


def test_a_revoked_token_is_refused_at_the_next_request_by_every_process(api_on_both: Api) -> None:
    secret = api_on_both.token("viewer")
    other = create_app(api_on_both.settings, clock=api_on_both.clock)
    with client_of(other) as elsewhere:
        headers = {"Authorization": f"Bearer {secret}"}
        assert elsewhere.get("/api/v1/openapi.json", headers=headers).status_code == 200
        (listed,) = api_on_both.get("/api/v1/tokens").json()["items"]
        assert api_on_both.ask("DELETE", f"/api/v1/tokens/{listed['id']}").status_code == 204
        assert elsewhere.get("/api/v1/openapi.json", headers=headers).status_code == 401
    assert api_on_both.get("/api/v1/openapi.json", token=secret).status_code == 401


def test_a_token_ends_when_it_expires(api: Api) -> None:
    ends = api.clock.now() + timedelta(hours=1)
    made = api.post("/api/v1/tokens", json={"name": "short", "role": "viewer", "expires_at": ends.isoformat()})
    secret = made.json()["token"]
    assert api.get("/api/v1/openapi.json", token=secret).status_code == 200
    api.clock.forward(hours=1)
    assert api.get("/api/v1/openapi.json", token=secret).status_code == 401


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"role": "viewer"}, ["body", "name"]),
        ({"name": "", "role": "viewer"}, ["body", "name"]),
        ({"name": "x", "role": "owner"}, ["body", "role"]),
        ({"name": "x", "role": "viewer", "colour": "red"}, ["body", "colour"]),
        ({"name": "x", "role": "viewer", "expires_at": "2020-01-01T00:00:00Z"}, ["body", "expires_at"]),
        ({"name": "x", "role": "viewer", "expires_at": "2030-01-01T00:00:00"}, ["body", "expires_at"]),
        ({"name": "x", "role": "viewer", "expires_at": 5}, ["body", "expires_at"]),
        ({"name": "x", "role": "ingest"}, ["body", "source_id"]),
        ({"name": "x", "role": "ingest", "source_id": str(uuid4())}, ["body", "source_id"]),
        ({"name": "x", "role": "viewer", "source_id": str(uuid4())}, ["body", "source_id"]),
        ({"name": "x", "role": "viewer", "team_id": str(uuid4())}, ["body", "team_id"]),
        ({"name": "a\x00b", "role": "viewer"}, ["body", "name"]),
        ([], ["body"]),
    ],
)
def test_a_wrong_token_request_is_refused_with_its_place(shared_api: Api, body: object, loc: list[str]) -> None:
    answer = shared_api.post("/api/v1/tokens", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert loc in [error["loc"] for error in answer.json()["errors"]]
    assert shared_api.get("/api/v1/tokens").json()["items"] == []


def test_the_store_holds_no_token(api: Api) -> None:
    secret = api.token("admin")
    with api.database.read() as connection:
        row = tokens.find(connection, tokens.digest(secret))
    assert row is not None
    assert secret not in str(dict(row))


def test_tokens_are_listed_page_by_page(api_on_both: Api) -> None:
    for number in range(5):
        api_on_both.clock.forward(seconds=1)
        api_on_both.post("/api/v1/tokens", json={"name": f"t{number}", "role": "viewer"})
    names, url = [], "/api/v1/tokens?limit=2"
    while url:
        page = api_on_both.get(url)
        names += [token["name"] for token in page.json()["items"]]
        url = page.links.get("next", {}).get("url")
    assert names == ["t4", "t3", "t2", "t1", "t0"]


def test_making_and_revoking_leave_an_audit_row(api: Api) -> None:
    made = api.post("/api/v1/tokens", json={"name": "x", "role": "editor"}).json()
    api.ask("DELETE", f"/api/v1/tokens/{made['id']}")
    acts = api.get("/api/v1/audit").json()["items"]
    assert {act["action"] for act in acts} == {"token.create", "token.revoke"}
    assert {act["actor"] for act in acts} == {"admin-token"}
    assert made["token"] not in str(acts)


def test_without_an_admin_token_there_is_no_default_one(api: Api) -> None:
    settings = Settings(database_url=api.settings.database_url, admin_token=None, _env_file=None)
    with client_of(create_app(settings, clock=api.clock, database=api.database)) as client:
        for guess in ("", "None", "admin"):
            answer = client.get("/api/v1/tokens", headers={"Authorization": f"Bearer {guess}"})
            assert answer.status_code == 401
