"""The sandbox speaks as Asana does: envelopes, fields on demand, places that expire, feeds that forget."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.asana.sandbox import ROADMAP, STAGE, WORKSPACE, Keys, project_gid
from tests.support.asana_site import NOW, Served, asana

ROOT = Path(__file__).parents[3]
PROJECT = project_gid("10000")


@contextmanager
def client(served: Served, token: str = Keys().token) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{served.sandbox.url}/api/1.0", headers=headers, timeout=60) as http:
        yield http


def listing(http: httpx.Client, path: str, **params: Any) -> list[dict[str, Any]]:
    """All pages of a listing."""
    found: list[dict[str, Any]] = []
    while True:
        page = http.get(path, params=params).json()
        found += page["data"]
        if page["next_page"] is None:
            return found
        params["offset"] = page["next_page"]["offset"]


def test_whoever_shows_no_good_token_is_refused():
    with asana() as served, client(served, "fake-wrong-token") as http:
        answer = http.get("/users/me")

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["message"] == "Not Authorized"


def test_fields_come_on_demand_and_ids_by_themselves():
    with asana() as served, client(served) as http:
        compact = listing(http, "/tasks", project=PROJECT)[0]
        fields = "memberships.project,custom_fields.enum_value.name,no_such_field"
        asked = listing(http, "/tasks", project=PROJECT, opt_fields=fields)[0]

    assert set(compact) == {"gid", "resource_type", "name", "resource_subtype"}
    assert set(asked) == {"gid", "resource_type", "memberships", "custom_fields"}
    assert set(asked["memberships"][0]) == {"project"}
    assert set(asked["memberships"][0]["project"]) == {"gid", "resource_type"}
    assert {one["gid"] for one in asked["custom_fields"]} >= {STAGE}


def test_subtasks_hang_from_tasks_and_no_project_lists_them():
    with asana() as served, client(served) as http:
        tasks = listing(http, "/tasks", project=PROJECT, opt_fields="num_subtasks,parent", limit=100)
        parent = next(task for task in tasks if task["num_subtasks"])
        below = listing(http, f"/tasks/{parent['gid']}/subtasks", opt_fields="memberships,parent")

    assert all(task["parent"] is None for task in tasks)
    assert len(below) == parent["num_subtasks"]
    assert all(one["memberships"] == [] and one["parent"]["gid"] == parent["gid"] for one in below)


def test_the_roadmap_shows_tasks_of_other_projects():
    with asana() as served, client(served) as http:
        shared = listing(http, "/tasks", project=ROADMAP, opt_fields="memberships.project")

    assert shared
    assert all({ROADMAP} < {one["project"]["gid"] for one in task["memberships"]} for task in shared)


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("/tasks", {}, 400),
        ("/tasks", {"project": PROJECT, "limit": "101"}, 400),
        ("/tasks", {"project": PROJECT, "limit": "0"}, 400),
        ("/tasks", {"project": PROJECT, "offset": "nonsense"}, 400),
        ("/tasks", {"project": PROJECT, "modified_since": "yesterday"}, 400),
        ("/tasks", {"project": "42"}, 404),
        ("/tasks/42", {}, 404),
        ("/users", {"workspace": "42"}, 404),
        ("/custom_fields/42", {}, 404),
        ("/nothing", {}, 404),
        (f"/workspaces/{WORKSPACE}/audit_log_events", {}, 403),
    ],
)
def test_what_makes_no_sense_is_refused_in_asanas_words(path: str, params: dict[str, str], status: int):
    with asana() as served, client(served) as http:
        answer = http.get(path, params=params)

    assert answer.status_code == status
    assert answer.json()["errors"][0]["message"]


def test_a_feed_begins_and_begins_again_with_a_412_and_a_token():
    moment = [NOW - timedelta(days=33)]
    with asana(clock=lambda: moment[0]) as served, client(served) as http:
        first = http.get("/events", params={"resource": PROJECT})
        token = first.json()["sync"]
        moment[0] += timedelta(hours=20)
        events = http.get("/events", params={"resource": PROJECT, "sync": token})
        moment[0] += timedelta(days=3)
        late = http.get("/events", params={"resource": PROJECT, "sync": token})
        foreign = http.get("/events", params={"resource": PROJECT, "sync": "someone-elses"})

    assert first.status_code == late.status_code == foreign.status_code == 412
    assert events.status_code == 200
    assert events.json()["data"]
    assert all(event["resource"]["resource_type"] == "task" for event in events.json()["data"])


def test_the_audit_log_names_a_next_page_for_ever():
    with asana() as served, client(served, Keys().service_token) as http:
        path = f"/workspaces/{WORKSPACE}/audit_log_events"
        read, params = [], {"limit": "100"}
        while True:
            page = http.get(path, params=params).json()
            if not page["data"]:
                break
            read += page["data"]
            params["offset"] = page["next_page"]["offset"]

    assert any("rule_name" in event["context"] for event in read)
    assert [event["created_at"] for event in read] == sorted(event["created_at"] for event in read)


def test_the_command_prints_its_address_and_serves():
    arguments = (
        "--items",
        "40",
        "--generated-at",
        "2026-03-02T09:00Z",
        "--today",
        "2026-03-05T09:00Z",
        "--portfolio",
        "5",
    )
    command = [sys.executable, "-m", "connectors.asana.sandbox", *arguments, "--tasks", "30", "--until-input-ends"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        url = process.stdout.readline().strip()
        assert WORKSPACE in process.stdout.readline()
        headers = {"Authorization": f"Bearer {Keys().token}"}
        with httpx.Client(base_url=f"{url}/api/1.0", headers=headers, timeout=60) as http:
            tasks = [
                task
                for one in listing(http, "/projects", workspace=WORKSPACE)
                for task in listing(http, "/tasks", project=one["gid"])
            ]
        process.stdin.close()

    assert len(tasks) > 20
