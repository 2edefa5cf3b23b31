"""A Jira site from its first check to a number, over HTTP on both sides."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from app.core.db import Database
from app.ingest.runner import Runner
from app.ingest.worker import Worker
from app.main import create_app
from connectors import registry
from tests.app.api.conftest import ADMIN_TOKEN, Api, serve, settings_for
from tests.support.clock import ManualClock
from tests.support.jira_sandbox import KEYS, Served, jira
from tests.support.portal import client_of

SOURCES = "/api/v1/sources"


@pytest.fixture
def site() -> Iterator[Served]:
    with jira() as served:
        yield served


@pytest.fixture
def api(sqlite_db: Database) -> Iterator[Api]:
    yield from serve(sqlite_db, allowed_private_hosts=("127.0.0.1",))


def body(site: Served, **config: Any) -> dict[str, Any]:
    return {
        "connector": "jira",
        "config": {"base_url": site.sandbox.url, **config},
        "credentials": {"kind": "api_token", "email": KEYS.email, "token": KEYS.token},
    }


def test_a_good_site_passes_the_check_before_and_after_it_is_saved(api: Api, site: Served) -> None:
    before = api.post(f"{SOURCES}/check", json=body(site)).json()
    assert before["ok"] is True, before
    made = api.post(SOURCES, json={**body(site), "name": "Jira"}).json()
    after = api.post(f"{SOURCES}/{made['id']}/check").json()
    assert [check["name"] for check in after["checks"]] == [check["name"] for check in before["checks"]]


@pytest.mark.parametrize("wrong", ["token", "project", "path"])
def test_a_check_says_which_thing_is_wrong_and_what_to_do(api: Api, site: Served, wrong: str) -> None:
    asked = body(site, projects=["NOSUCH"]) if wrong == "project" else body(site)
    if wrong == "token":
        asked["credentials"]["token"] = "fake-wrong-token-0123456789"
    if wrong == "path":
        asked["config"]["base_url"] += "/nowhere"
    found = api.post(f"{SOURCES}/check", json=asked)
    assert found.json()["ok"] is False
    last = found.json()["checks"][-1]
    assert last["status"] == "error"
    assert last["detail"].endswith(".")
    assert last["remedy"]
    assert asked["credentials"]["token"] not in found.text


def test_scopes_offer_what_the_site_has_and_mark_what_is_read(api: Api, site: Served) -> None:
    everything = api.post(SOURCES, json={**body(site), "name": "All"}).json()
    offered = api.get(f"{SOURCES}/{everything['id']}/scopes").json()["items"]
    assert offered
    assert all(scope["chosen"] for scope in offered)
    held = Counter(item.project for item in site.sandbox.truth()["work_items"])
    assert {scope["external_id"]: scope["items"] for scope in offered} == held
    one = offered[0]["key"]
    made = api.post(SOURCES, json={**body(site, projects=[one]), "name": "One"}).json()
    again = api.get(f"{SOURCES}/{made['id']}/scopes").json()["items"]
    assert [scope["key"] for scope in again] == [scope["key"] for scope in offered]
    assert [scope["key"] for scope in again if scope["chosen"]] == [one]


def test_from_the_site_to_a_number(api: Api, site: Served) -> None:
    made = api.post(SOURCES, json={**body(site), "name": "Jira"}).json()
    started = api.post(f"{SOURCES}/{made['id']}/syncs").json()
    runner = Runner(
        db=api.database,
        connectors=registry.load().connectors,
        keyring=api.settings.keyring(),
        clock=api.clock,
        allowed_private_hosts=("127.0.0.1",),
    )
    Worker(runner, build=lambda _: None).run_next()
    sync = api.get(f"/api/v1/syncs/{started['id']}").json()
    assert sync["status"] == "succeeded", sync
    read = {stream["stream"]: stream for stream in sync["streams"]}
    assert read["work_items"]["written"] == read["work_items"]["read"] > 0
    source = api.get(f"{SOURCES}/{made['id']}").json()
    assert source["status"] == "ok"
    assert source["complete_until"]
    answer = api.get("/api/v1/metrics/cycle_time?grain=month&group_by=project", role="viewer").json()
    assert sum(series["total"].get("n", 0) for series in answer["series"]) > 0
    assert answer["freshness"] == [{"source": made["id"], "complete_until": source["complete_until"]}]
    (item, *_) = api.get("/api/v1/work-items?category=done&limit=1", role="viewer").json()["items"]
    assert api.get(f"/api/v1/work-items/{item['id']}", role="viewer").json()["history"]
    statuses = api.get(f"{SOURCES}/{made['id']}/statuses", role="editor").json()["items"]
    assert sum(status["items"] for status in statuses) > 0


def test_no_secret_that_was_sent_stays_unmasked(sqlite_db: Database, site: Served) -> None:
    told: set[str] = set()
    app = create_app(settings_for(sqlite_db), clock=ManualClock(), database=sqlite_db, mask=told.update)
    with client_of(app) as client:
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        client.request("POST", SOURCES, json={**body(site), "name": "Jira"}, headers=headers)
    assert KEYS.token in told
