"""Sources: registered whole or not at all, shown without their secrets, deleted only when it is meant."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from app.ingest import credentials
from app.main import create_app
from app.store import runs, sources, states
from tests.app.api.conftest import ADMIN_TOKEN, Api
from tests.support.portal import client_of

SOURCES = "/api/v1/sources"
SECRET = "fake-jira-token-0123456789-abcd"
JIRA: dict[str, Any] = {
    "connector": "jira",
    "name": "Our Jira",
    "config": {"base_url": "https://example.atlassian.net", "projects": ["SHOP"]},
    "credentials": {"kind": "api_token", "email": "someone@example.com", "token": SECRET},
}
PUSH: dict[str, Any] = {"connector": "push", "name": "Scripts", "config": {"tool": "scripts"}}


def make(api: Api, body: dict[str, Any] = PUSH, **changes: Any) -> dict[str, Any]:
    answer = api.post(SOURCES, json={**body, **changes})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_source_is_registered_and_its_secret_is_never_shown(api_on_both: Api) -> None:
    made = make(api_on_both, JIRA, schedule="0 6 * * 1-5", start_date="2025-01-01", streams=["work_items"])
    url = f"{SOURCES}/{made['id']}"
    assert made["credentials"]["hint"] == "api_token …abcd"
    assert made["status"] == "never_synced"
    assert made["config"]["deployment"] == "auto"
    for answer in (api_on_both.get(url), api_on_both.get(SOURCES), api_on_both.get("/api/v1/audit")):
        assert answer.status_code == 200
        assert SECRET not in answer.text
        assert answer.headers["cache-control"] == "no-store"
    assert api_on_both.get(url).json() == made
    with api_on_both.database.read() as connection:
        stored = sources.credentials(connection, UUID(made["id"]))
    assert stored is not None
    assert SECRET.encode() not in stored


def test_stored_credentials_open_for_their_source_only(api: Api) -> None:
    make(api, JIRA)
    with api.database.read() as connection:
        (row,) = sources.every(connection)
        stored = sources.credentials(connection, row.id)
    assert stored is not None
    opened = credentials.unseal(api.settings.keyring(), row.id, stored)
    assert SECRET.encode() in opened
    with pytest.raises(ValueError, match="another place"):
        credentials.unseal(api.settings.keyring(), uuid4(), stored)


@pytest.mark.parametrize(
    ("changes", "loc"),
    [
        ({"connector": "nothing"}, ["body", "connector"]),
        ({"name": " "}, ["body", "name"]),
        ({"config": {}}, ["body", "config", "base_url"]),
        ({"config": {"base_url": "ftp://example.com"}}, ["body", "config", "base_url"]),
        ({"config": {"base_url": "https://example.com", "colour": 1}}, ["body", "config", "colour"]),
        ({"credentials": None}, ["body", "credentials"]),
        ({"credentials": {"kind": "api_token", "email": "a@b"}}, ["body", "credentials", "token"]),
        ({"credentials": {"kind": "magic"}}, ["body", "credentials"]),
        ({"schedule": "every day"}, ["body", "schedule"]),
        ({"schedule": "61 * * * *"}, ["body", "schedule"]),
        ({"start_date": "yesterday"}, ["body", "start_date"]),
        ({"streams": ["nothing"]}, ["body", "streams", 0]),
        ({"streams": []}, ["body", "streams"]),
        ({"enabled": "yes"}, ["body", "enabled"]),
        ({"tool": "x"}, ["body", "tool"]),
    ],
)
def test_a_wrong_source_is_refused_with_its_place_and_nothing_is_saved(
    shared_api: Api, changes: dict[str, Any], loc: list[str]
) -> None:
    answer = shared_api.post(SOURCES, json={**JIRA, **changes})
    assert answer.status_code == 422, answer.text
    assert loc in [error["loc"] for error in answer.json()["errors"]]
    assert SECRET not in answer.text
    assert shared_api.get(SOURCES).json() == {"items": [], "next": None}


def test_a_name_is_taken_once(api_on_both: Api) -> None:
    make(api_on_both)
    assert api_on_both.post(SOURCES, json=PUSH).status_code == 409
    other = make(api_on_both, name="Other")
    assert api_on_both.ask("PATCH", f"{SOURCES}/{other['id']}", json={"name": PUSH["name"]}).status_code == 409


def test_without_a_secret_key_nothing_is_saved_and_the_answer_says_what_to_do(api: Api) -> None:
    settings = api.settings.model_copy(update={"secret_keys": ()})
    with client_of(create_app(settings, clock=api.clock, database=api.database)) as client:
        answer = client.request("POST", SOURCES, json=JIRA, headers={"Authorization": f"Bearer {ADMIN_TOKEN}"})
    assert answer.status_code == 503
    assert "PRODOPS_SECRET_KEYS" in answer.json()["detail"]
    assert api.get(SOURCES).json()["items"] == []


def test_a_change_changes_what_it_names_and_no_more(api: Api) -> None:
    made = make(api, JIRA)
    url = f"{SOURCES}/{made['id']}"
    api.clock.forward(hours=1)
    changed = api.ask("PATCH", url, json={"enabled": False, "schedule": "30 5 * * sun"}).json()
    differing = {name for name in made if made[name] != changed[name]}
    assert differing == {"enabled", "schedule", "status", "updated_at"}
    assert changed["status"] == "paused"
    assert api.ask("PATCH", url, json={"connector": "push"}).status_code == 422
    assert api.ask("PATCH", url, json={"name": None}).status_code == 422
    assert api.ask("PATCH", url, json={}).json() == changed


def test_stored_credentials_do_not_follow_to_another_host(api: Api) -> None:
    made = make(api, JIRA)
    url = f"{SOURCES}/{made['id']}"
    moved = {"base_url": "https://other.atlassian.net"}
    refused = api.ask("PATCH", url, json={"config": moved})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["loc"] == ["body", "credentials"]
    assert api.get(url).json() == made
    assert api.ask("PATCH", url, json={"config": moved, "credentials": JIRA["credentials"]}).status_code == 200


def test_what_is_read_can_change_only_between_syncs_and_starts_over(api: Api) -> None:
    made = make(api, JIRA)
    with api.database.write() as connection:
        (row,) = sources.every(connection)
        states.save(connection, row.id, "work_items", "10000", cursor="{}")
        runs.queue(connection, row.id, mode="full", trigger="manual", streams=None, now=api.clock.now())
        runs.claim(connection, "worker", api.clock.now())
    url = f"{SOURCES}/{made['id']}"
    change = {"config": {**JIRA["config"], "projects": ["SHOP", "PAY"]}}
    assert api.get(url).json()["status"] == "syncing"
    assert api.ask("PATCH", url, json=change).status_code == 409
    assert api.ask("DELETE", url, params={"confirm": made["name"]}).status_code == 409
    with api.database.write() as connection:
        (run,), _ = runs.page(connection, limit=1)
        runs.finish(connection, run, status="succeeded", streams=[], error=None, now=api.clock.now())
    assert api.get(url).json()["status"] == "ok"
    assert api.ask("PATCH", url, json=change).status_code == 200
    with api.database.read() as connection:
        assert states.of_source(connection, row.id)["work_items", "10000"].cursor is None


def test_credentials_are_replaced_without_losing_state(api: Api) -> None:
    made = make(api, JIRA)
    url = f"{SOURCES}/{made['id']}/credentials"
    other = "fake-personal-token-987654321-wxyz"
    api.clock.forward(minutes=5)
    replaced = api.ask("PUT", url, json={"kind": "personal_access_token", "token": other})
    assert replaced.json()["hint"] == "personal_access_token …wxyz"
    assert other not in replaced.text
    wrong = api.ask("PUT", url, json={"kind": "api_token", "token": other})
    assert wrong.json()["errors"] == [{"loc": ["body", "credentials", "email"], "msg": "Field required"}]
    assert other not in wrong.text
    pushed = make(api)
    assert api.ask("PUT", f"{SOURCES}/{pushed['id']}/credentials", json={}).status_code == 422


def test_deleting_says_what_goes_and_needs_the_name(api_on_both: Api) -> None:
    made = make(api_on_both)
    url = f"{SOURCES}/{made['id']}"
    token = api_on_both.token("ingest", UUID(made["id"]))
    for confirm in ({}, {"confirm": "scripts"}):
        refused = api_on_both.ask("DELETE", url, params=confirm)
        assert refused.status_code == 422
        assert refused.json()["goes_with"] == {}
        assert refused.json()["errors"][0]["loc"] == ["query", "confirm"]
    deleted = api_on_both.ask("DELETE", url, params={"confirm": made["name"]})
    assert deleted.status_code == 200
    assert api_on_both.get(url).status_code == 404
    assert api_on_both.get("/api/v1/tokens", token=token).status_code == 401


def test_the_same_request_with_the_same_key_is_answered_alike_and_done_once(api_on_both: Api) -> None:
    first = api_on_both.post(SOURCES, json=PUSH, headers={"Idempotency-Key": "one"})
    again = api_on_both.post(SOURCES, json=PUSH, headers={"Idempotency-Key": "one"})
    assert (again.status_code, again.content) == (201, first.content)
    other = api_on_both.post(SOURCES, json={**PUSH, "name": "Other"}, headers={"Idempotency-Key": "one"})
    assert other.status_code == 409
    assert len(api_on_both.get(SOURCES).json()["items"]) == 1
    api_on_both.clock.forward(days=1, seconds=1)
    late = api_on_both.post(SOURCES, json=PUSH, headers={"Idempotency-Key": "one"})
    assert late.status_code == 409
    assert "name" in late.json()["detail"]


def test_a_token_made_with_a_key_is_kept_sealed(api: Api) -> None:
    body, headers = {"name": "x", "role": "viewer"}, {"Idempotency-Key": "two"}
    secret = api.post("/api/v1/tokens", json=body, headers=headers).json()["token"]
    assert api.post("/api/v1/tokens", json=body, headers=headers).json()["token"] == secret
    with api.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT answer FROM idempotency_key").all()
    assert len(rows) == 1
    assert secret.encode() not in bytes(rows[0][0])


def test_a_source_is_checked_before_and_after_it_is_saved(api: Api) -> None:
    assert api.post(f"{SOURCES}/check", json={"connector": "push", "config": {"tool": "x"}}).json()["ok"] is True
    made = make(api)
    assert api.post(f"{SOURCES}/{made['id']}/check").json()["checks"][0]["status"] == "ok"
    private = {**JIRA, "config": {"base_url": "https://127.0.0.1"}}
    del private["name"]
    answer = api.post(f"{SOURCES}/check", json=private)
    assert answer.status_code == 200
    assert answer.json()["ok"] is False
    assert "private" in answer.json()["checks"][-1]["detail"]
    assert answer.json()["checks"][-1]["remedy"]
    assert len(api.get(SOURCES).json()["items"]) == 1


def test_scopes_of_an_unreachable_vendor_are_a_problem_with_a_remedy(api: Api) -> None:
    made = make(api, JIRA, config={"base_url": "https://127.0.0.1"})
    answer = api.get(f"{SOURCES}/{made['id']}/scopes")
    assert answer.status_code == 409
    assert "PRODOPS_ALLOWED_PRIVATE_HOSTS" in answer.json()["detail"]


def test_sources_and_connectors_are_listed_page_by_page(api: Api) -> None:
    for name in ("b", "c", "a"):
        make(api, name=name)
    names, url = [], f"{SOURCES}?limit=2"
    while url:
        page = api.get(url)
        names += [source["name"] for source in page.json()["items"]]
        url = page.links.get("next", {}).get("url")
    assert names == ["a", "b", "c"]
    kinds = [connector["kind"] for connector in api.get("/api/v1/connectors").json()["items"]]
    assert kinds == sorted(kinds)
    assert {"jira", "push"} <= set(kinds)


def test_a_connector_shows_schemas_with_its_secrets_marked(api: Api) -> None:
    jira = api.get("/api/v1/connectors/jira", role="viewer").json()
    token = jira["credentials"]["$defs"]["ApiToken"]["properties"]["token"]
    assert token["writeOnly"] is True
    assert "base_url" in jira["config"]["properties"]
    assert "work_items" in [stream["name"] for stream in jira["streams"]]
    assert api.get("/api/v1/connectors/nothing").status_code == 404
