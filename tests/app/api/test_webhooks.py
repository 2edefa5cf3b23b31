"""Webhooks: signed by the vendor, they queue a run and do nothing else."""

import hashlib
import hmac
import json
from typing import Any
from uuid import uuid4

import pytest

from tests.app.api.conftest import Api

SECRET = "fake-webhook-secret-of-tests"
BODY = b'{"events": [{"resource": {"gid": "1"}, "action": "deleted"}]}'


def source(api: Api, connector: str) -> str:
    config: dict[str, Any]
    if connector == "asana":
        config, given = {"workspace": "1"}, {"kind": "personal_access_token", "token": "fake-token-of-tests"}
    elif connector == "slack":
        config, given = {}, {"kind": "bot_token", "token": "fake-bot-token", "signing_secret": SECRET}
    else:
        config = {"base_url": "https://site.example.test"}
        given = {"kind": "api_token", "email": "a@example.test", "token": "fake-token-of-tests"}
    body = {"connector": connector, "name": connector, "config": config, "credentials": given}
    made = api.post("/api/v1/sources", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def send(api: Api, path: str, headers: dict[str, str] | None = None, body: bytes = BODY) -> Any:
    found = {"Content-Type": "application/json", **(headers or {})}
    return api.client.request("POST", path, content=body, headers=found)


def proof(body: bytes = BODY, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def runs(api: Api) -> list[tuple[str, str]]:
    return [(run["mode"], run["trigger"]) for run in api.get("/api/v1/syncs").json()["items"]]


def test_asana_shakes_hands_once_and_then_signs(api_on_both: Api) -> None:
    api = api_on_both
    path = f"/webhooks/{source(api, 'asana')}"
    assert send(api, path).status_code == 401
    shaken = send(api, path, {"X-Hook-Secret": SECRET}, b"")
    assert (shaken.status_code, shaken.headers["x-hook-secret"]) == (200, SECRET)
    stranger = send(api, path, {"X-Hook-Secret": "another-fake-secret"}, b"")
    assert stranger.status_code == 401
    assert runs(api) == []
    for _ in range(2):
        assert send(api, path, {"X-Hook-Signature": proof()}).status_code == 200
    assert runs(api) == [("incremental", "webhook")]
    assert send(api, path, {"X-Hook-Signature": proof(secret="another-fake-secret")}).status_code == 401


def test_jira_signs_with_the_secret_that_an_admin_told(api: Api) -> None:
    identity = source(api, "jira")
    path = f"/webhooks/{identity}"
    good = {"X-Hub-Signature": f"sha256={proof()}"}
    assert send(api, path, good).status_code == 401
    told = api.ask("PUT", f"/api/v1/sources/{identity}/webhook", json={"secret": SECRET})
    assert told.status_code == 204
    assert send(api, path, good).status_code == 200
    assert runs(api) == [("incremental", "webhook")]
    assert send(api, path, good, BODY + b" ").status_code == 401
    assert send(api, path, {"X-Hub-Signature": proof()}).status_code == 401
    assert api.ask("DELETE", f"/api/v1/sources/{identity}/webhook").status_code == 204
    assert send(api, path, good).status_code == 401


def test_slack_asks_for_its_challenge_and_signs_like_its_commands(api: Api) -> None:
    path = f"/webhooks/{source(api, 'slack')}"

    def sent(event: dict[str, Any], secret: str = SECRET) -> Any:
        body = json.dumps(event).encode()
        stamp = str(int(api.clock.seconds()))
        signature = f"v0={proof(f'v0:{stamp}:'.encode() + body, secret)}"
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}
        return send(api, path, headers, body)

    asked = {"type": "url_verification", "challenge": "fake-challenge"}
    assert sent(asked).json() == {"challenge": "fake-challenge"}
    assert sent(asked, "another-fake-secret").status_code == 401
    assert runs(api) == []
    assert sent({"type": "event_callback", "event": {"type": "message"}}).status_code == 200
    assert runs(api) == [("incremental", "webhook")]


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_only_an_admin_tells_the_secret(api: Api, role: str) -> None:
    answer = api.ask("PUT", f"/api/v1/sources/{uuid4()}/webhook", role=role, json={"secret": SECRET})
    assert answer.status_code == 403


def test_what_takes_no_webhooks_is_told_apart_by_nobody(api: Api) -> None:
    made = api.post("/api/v1/sources", json={"connector": "push", "name": "Boards", "config": {"tool": "boards"}})
    push = made.json()["id"]
    for identity in (push, uuid4()):
        assert send(api, f"/webhooks/{identity}", {"X-Hook-Signature": proof()}).status_code == 401
    refused = api.ask("PUT", f"/api/v1/sources/{push}/webhook", json={"secret": SECRET})
    assert refused.status_code == 422
