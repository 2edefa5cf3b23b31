"""The sandbox as Jira Data Center: offsets and a total, an unspoken cap, a wall at 10,000, no account ids."""

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.kit.organisation import milliseconds
from tests.support.jira_sandbox import Served, jira

SEARCH = "/rest/api/2/search"


@pytest.fixture
def site() -> Iterator[Served]:
    with jira(deployment="datacenter", page_cap=40, context_path="/jira") as served:
        yield served


def test_it_stands_under_its_context_path(site: Served) -> None:
    assert site.sandbox.url.endswith("/jira")
    assert site.get("/rest/api/2/serverInfo")["deploymentType"] == "Server"
    assert site.http.get(f"{site.server.url}/rest/api/2/serverInfo").status_code == 404


def test_a_search_gives_a_total_and_silently_fewer_issues_than_asked_for(site: Served) -> None:
    page = site.get(SEARCH, jql="project = SHOP", maxResults=500)
    assert page["maxResults"] == len(page["issues"]) == 40
    shop = [item for item in site.items() if item.state(milliseconds(site.clock.now())).project == "10000"]
    assert page["total"] == len(shop)


def test_paging_past_ten_thousand_results_is_an_error_of_the_server(site: Served) -> None:
    answer = site.http.get(SEARCH, params={"jql": "project = SHOP", "startAt": 9_990, "maxResults": 20})
    assert answer.status_code == 500
    assert "10010 results" in answer.json()["errorMessages"][0]


def test_slices_behind_the_last_id_find_every_issue_once(site: Served) -> None:
    found: list[int] = []
    while True:
        query = f"project in (SHOP, KAN) AND id > {found[-1] if found else 0} ORDER BY id ASC"
        page = site.post(SEARCH, {"jql": query, "fields": ["id"], "maxResults": 1000})
        if not page["issues"]:
            break
        found += [int(issue["id"]) for issue in page["issues"]]
    now = milliseconds(site.clock.now())
    assert found == [item.id for item in site.items() if item.state(now).project in ("10000", "10001")]


def test_inline_histories_are_complete_oldest_first_and_without_field_ids(site: Served) -> None:
    now = milliseconds(site.clock.now())
    item = max(site.items(), key=lambda item: len(item.happened(now)))
    page = site.post(SEARCH, {"jql": f"id = {item.id}", "expand": ["changelog"]})
    log = page["issues"][0]["changelog"]
    assert log["total"] == len(item.happened(now)) > 40
    assert [entry["id"] for entry in log["histories"]] == [str(change.id) for change in item.happened(now)]
    assert all("fieldId" not in step for entry in log["histories"] for step in entry["items"])


def test_clouds_endpoints_are_unknown(site: Served) -> None:
    issue = site.items()[0].id
    for path in ("search/jql", f"issue/{issue}/changelog", "users/search", "statuses/search", "project/search"):
        assert site.http.get(f"/rest/api/2/{path}").status_code == 404, path
    assert site.http.post("/rest/api/2/changelog/bulkfetch", json={}).status_code == 404
    assert site.http.get("/rest/api/3/myself").status_code == 404


def test_users_have_keys_and_names_and_no_account_id(site: Served) -> None:
    users = site.get("/rest/api/2/user/search", username=".", includeInactive="true", maxResults=1000)
    assert len({user["key"] for user in users}) == len(users) > 30
    assert all(user.keys() >= {"name", "key", "displayName", "active"} for user in users)
    assert all(not user.keys() & {"accountId", "accountType", "appType"} for user in users)
    assert all(user["active"] for user in site.get("/rest/api/2/user/search", username=".", maxResults=1000))
    assert site.http.get("/rest/api/2/user/search").status_code == 400


def test_a_project_that_its_team_runs_has_the_sites_own_story_points_field(site: Served) -> None:
    names = [field["name"] for field in site.get("/rest/api/2/field")]
    assert "Story Points" in names
    assert "Story point estimate" not in names


def test_comments_are_text(site: Served) -> None:
    now = milliseconds(site.clock.now())
    item = next(item for item in site.items() if item.commented(now))
    comments: dict[str, Any] = site.get(f"/rest/api/2/issue/{item.id}/comment")
    assert all(isinstance(one["body"], str) for one in comments["comments"])


def test_a_personal_access_token_is_a_bearer_token(site: Served) -> None:
    assert site.get("/rest/api/2/myself")["key"]
    wrong = site.http.get("/rest/api/2/myself", headers={"Authorization": "Bearer fake-wrong"})
    assert wrong.status_code == 401


def test_one_unknown_id_spoils_a_search_by_ids(site: Served) -> None:
    known = site.items()[0].id
    assert site.get(SEARCH, jql=f"id in ({known})")["total"] == 1
    assert site.http.get(SEARCH, params={"jql": f"id in ({known}, 999999)"}).status_code == 400
