"""Syncs: queued once, watched, cancelled; and what they set aside."""

from typing import Any
from uuid import UUID

from app.store import rejects, runs
from tests.app.api.conftest import Api
from tests.app.api.test_sources import JIRA, make


def start(api: Api, source: str, body: dict[str, Any] | None = None, **options: Any) -> Any:
    return api.post(f"/api/v1/sources/{source}/syncs", json=body or {}, **options)


def claim(api: Api) -> runs.Run:
    with api.database.write() as connection:
        run = runs.claim(connection, "worker", api.clock.now())
    assert run is not None
    return run


def test_a_sync_is_queued_once_also_while_one_runs(api_on_both: Api) -> None:
    source = make(api_on_both, JIRA)["id"]
    first = start(api_on_both, source, {"mode": "full"})
    assert first.status_code == 202
    assert first.json()["status"] == "queued"
    assert start(api_on_both, source).status_code == 409
    run = claim(api_on_both)
    assert str(run.id) == first.json()["id"]
    assert api_on_both.get(f"/api/v1/syncs/{run.id}").json()["status"] == "running"
    assert start(api_on_both, source, {"streams": ["work_items"]}).status_code == 202
    assert start(api_on_both, source).status_code == 409
    listed = api_on_both.get("/api/v1/syncs", params={"source": source}).json()["items"]
    assert {sync["status"] for sync in listed} == {"queued", "running"}
    assert len(api_on_both.get("/api/v1/syncs?status=running").json()["items"]) == 1


def test_a_sync_needs_no_body(api: Api) -> None:
    source = make(api, JIRA)["id"]
    answer = api.post(f"/api/v1/sources/{source}/syncs")
    assert (answer.status_code, answer.json()["mode"]) == (202, "incremental")
    assert api.post(f"/api/v1/sources/{source}/syncs", content=b"mode=full").status_code == 415


def test_the_same_key_queues_one_sync(api: Api) -> None:
    source = make(api, JIRA)["id"]
    headers = {"Idempotency-Key": "again"}
    assert start(api, source, headers=headers).json() == start(api, source, headers=headers).json()
    assert start(api, source, {"mode": "full"}, headers=headers).status_code == 409


def test_what_cannot_be_synced_is_told(api: Api) -> None:
    source = make(api, JIRA, streams=["work_items"])["id"]
    assert start(api, source, {"mode": "sideways"}).status_code == 422
    wrong = start(api, source, {"streams": ["seats"]})
    assert wrong.json()["errors"][0]["loc"] == ["body", "streams", 0]
    assert start(api, make(api)["id"]).status_code == 409
    assert start(api, "00000000-0000-4000-8000-000000000000").status_code == 404


def test_a_queued_sync_is_cancelled_at_once_and_a_running_one_is_asked(api: Api) -> None:
    source = make(api, JIRA)["id"]
    queued = start(api, source).json()["id"]
    assert api.post(f"/api/v1/syncs/{queued}/cancel").json()["status"] == "cancelled"
    assert api.post(f"/api/v1/syncs/{queued}/cancel").status_code == 409
    running = start(api, source).json()["id"]
    claim(api)
    asked = api.post(f"/api/v1/syncs/{running}/cancel").json()
    assert (asked["status"], asked["cancel_requested"]) == ("running", True)


def test_a_sync_shows_how_its_streams_ended_and_what_was_set_aside(api_on_both: Api) -> None:
    source = make(api_on_both, JIRA)["id"]
    start(api_on_both, source)
    run = claim(api_on_both)
    error = {"kind": "transient", "message": "The vendor is slow.", "remedy": "Nothing to do."}
    report = {"stream": "work_items", "status": "incomplete", "read": 3, "written": 2, "rejected": 1, "error": error}
    now = api_on_both.clock.now()
    with api_on_both.database.write() as connection:
        found = [("10001", "updated", "It is no instant.", {"id": "10001"}), (None, None, "No id.", [])]
        rejects.add(connection, UUID(source), run_id=run.id, stream="work_items", found=found, now=now)
        runs.finish(connection, run, status="incomplete", streams=[report], error=error, now=now)
    shown = api_on_both.get(f"/api/v1/syncs/{run.id}").json()
    assert shown["error"] == error
    assert shown["streams"][0] | report == shown["streams"][0]
    assert api_on_both.get(f"/api/v1/sources/{source}").json()["status"] == "incomplete"
    url = f"/api/v1/syncs/{run.id}/rejects"
    aside = []
    following: str | None = f"{url}?limit=1"
    while following:
        page = api_on_both.get(following)
        aside += page.json()["items"]
        following = page.links.get("next", {}).get("url")
    assert {(one["field"], one["reason"]) for one in aside} == {("updated", "It is no instant."), (None, "No id.")}
    assert api_on_both.post(f"{url}/retry").status_code == 202
    assert api_on_both.post(f"{url}/retry").status_code == 409
