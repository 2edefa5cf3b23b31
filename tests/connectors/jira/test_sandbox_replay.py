"""Recorded issues as a Jira: one folder a state, the same routes, and a later state when it is switched."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.jira.sandbox import ReplaySandbox
from connectors.kit.sandbox import serving
from tests.support.clock import ManualClock
from tests.support.jira_sandbox import KEYS

AUTHOR = {"accountId": "1:a", "accountType": "atlassian", "displayName": "Someone", "active": True}
PROGRESS = {"key": "indeterminate", "name": "In Progress"}
STATUSES: list[dict[str, Any]] = [
    {"id": "3", "name": "In Progress", "description": "", "statusCategory": PROGRESS},
    {"id": "9", "name": "Done", "description": "", "statusCategory": {"key": "done", "name": "Done"}},
]


def issue(number: int, status: int, updated: str, histories: list[dict[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "created": "2021-06-18T18:41:29.398+0000",
        "updated": updated,
        "summary": "Something",
        "description": "Text",
        "status": STATUSES[status],
        "issuetype": {"self": "", "id": "1", "name": "Story", "subtask": False},
        "project": {"id": "10000", "key": "SP", "name": "Sample"},
        "creator": AUTHOR,
        "labels": [],
        "comment": None,
    }
    log = {"startAt": 0, "maxResults": len(histories), "total": len(histories), "histories": histories}
    return {"id": str(10_007 + number), "key": f"SP-{number}", "self": "", "fields": fields, "changelog": log}


def history(number: int, created: str, before: int, after: int) -> dict[str, Any]:
    step = {"field": "status", "fieldtype": "jira", "fieldId": "status"}
    step |= {"from": STATUSES[before]["id"], "fromString": "", "to": STATUSES[after]["id"], "toString": ""}
    return {"id": str(number), "author": AUTHOR, "created": created, "items": [step]}


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    first, second = tmp_path / "first", tmp_path / "second"
    (second / "sample_issues").mkdir(parents=True)
    first.mkdir()
    done = history(101, "2021-06-20T10:00:00.250+0000", 0, 1)
    again = history(102, "2021-07-01T08:00:00.000+0000", 1, 0)
    for folder in (first, second):
        (folder / "sample_statuses.json").write_text(json.dumps(STATUSES))
    (first / "SP-1.json").write_text(json.dumps(issue(1, 1, "2021-06-20T10:00:00.248+0000", [done])))
    (first / "SP-2.json").write_text(json.dumps(issue(2, 0, "2021-06-19T10:00:00.000+0000", [])))
    later = issue(1, 0, "2021-07-01T07:59:59.990+0000", [again, done])
    (second / "sample_issues" / "SP-1.json").write_text(json.dumps(later))
    return [first, second]


@pytest.fixture
def site(folders: list[Path]) -> Iterator[tuple[ReplaySandbox, httpx.Client]]:
    clock = ManualClock()
    sandbox = ReplaySandbox(folders, clock=clock.now)
    with (
        serving(sandbox, clock=clock.now),
        httpx.Client(base_url=sandbox.url, auth=(KEYS.email, KEYS.token)) as client,
    ):
        yield sandbox, client


def found(client: httpx.Client, jql: str) -> list[str]:
    answer = client.post("/rest/api/3/search/jql", json={"jql": jql, "fields": ["status"]})
    assert answer.status_code == 200
    return [issue["key"] for issue in answer.json()["issues"]]


def test_recorded_issues_are_searched_in_order(site: tuple[ReplaySandbox, httpx.Client]) -> None:
    assert found(site[1], "project = SP ORDER BY updated ASC, id ASC") == ["SP-2", "SP-1"]
    assert found(site[1], "project = 10000 AND status = Done") == ["SP-1"]
    assert found(site[1], "project = SP AND updated >= 1624183200248 AND statusCategory = Done") == ["SP-1"]


def test_recorded_histories_come_in_bulk_as_milliseconds(site: tuple[ReplaySandbox, httpx.Client]) -> None:
    answer = site[1].post("/rest/api/3/changelog/bulkfetch", json={"issueIdsOrKeys": ["SP-1", "SP-2"]}).json()
    (log,) = answer["issueChangeLogs"]
    assert (log["issueId"], [entry["created"] for entry in log["changeHistories"]]) == ("10008", [1624183200250])


def test_a_later_state_takes_the_place_of_the_first(site: tuple[ReplaySandbox, httpx.Client]) -> None:
    sandbox, client = site
    assert client.get("/rest/api/3/issue/SP-1", params={"fields": "status"}).json()["fields"]["status"]["id"] == "9"
    sandbox.show(1)
    assert client.get("/rest/api/3/issue/SP-1", params={"fields": "status"}).json()["fields"]["status"]["id"] == "3"
    values = client.get("/rest/api/3/issue/SP-1/changelog").json()["values"]
    assert [entry["id"] for entry in values] == ["101", "102"]
    assert client.get("/rest/api/3/issue/SP-2").status_code == 404


def test_lists_are_gathered_from_the_recorded_issues(site: tuple[ReplaySandbox, httpx.Client]) -> None:
    client = site[1]
    assert client.get("/rest/api/3/status").json() == STATUSES
    assert [one["key"] for one in client.get("/rest/api/3/project/search").json()["values"]] == ["SP"]
    assert [one["accountId"] for one in client.get("/rest/api/3/users/search").json()] == ["1:a"]
    assert [one["name"] for one in client.get("/rest/api/3/issuetype").json()] == ["Story"]
    assert client.get("/rest/api/3/project/SP/versions").json() == []
    assert "summary" in [one["id"] for one in client.get("/rest/api/3/field").json()]
