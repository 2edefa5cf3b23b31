"""Who the sandbox lets in: classic and scoped tokens, rotating OAuth grants, administrators, lost permissions."""

from typing import Any

import httpx
import pytest

from connectors.jira.sandbox import Keys
from connectors.kit.organisation import milliseconds
from connectors.kit.sandbox_faults import Fault, FaultPlan
from tests.support.jira_sandbox import KEYS, Served, jira

MYSELF = "/rest/api/3/myself"


def status_of(url: str, auth: httpx.Auth | None = None, bearer: str | None = None) -> int:
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    with httpx.Client(auth=auth, headers=headers) as client:
        return client.get(url).status_code


def refresh(site: Served, token: str, **changed: str) -> httpx.Response:
    form = {
        "grant_type": "refresh_token",
        "client_id": KEYS.client_id,
        "client_secret": KEYS.client_secret,
        "refresh_token": token,
        **changed,
    }
    return site.http.post("/oauth/token", json=form)


def test_a_wrong_token_and_no_token_are_refused() -> None:
    with jira() as site:
        assert status_of(site.sandbox.url + MYSELF) == 401
        assert status_of(site.sandbox.url + MYSELF, httpx.BasicAuth(KEYS.email, "fake-wrong")) == 401
        assert status_of(site.sandbox.url + MYSELF, httpx.BasicAuth("other@example.test", KEYS.token)) == 401


def test_server_info_needs_no_token_but_refuses_a_wrong_one() -> None:
    with jira() as site:
        url = f"{site.sandbox.url}/rest/api/2/serverInfo"
        assert status_of(url) == 200
        assert status_of(url, httpx.BasicAuth(KEYS.email, "fake-wrong")) == 401


def test_a_scoped_token_is_good_behind_the_gateway_and_only_there() -> None:
    with jira() as site:
        scoped = httpx.BasicAuth(KEYS.email, KEYS.scoped_token)
        assert status_of(site.sandbox.gateway_url + MYSELF, scoped) == 200
        with httpx.Client(auth=scoped) as client:
            answer = client.get(site.sandbox.url + MYSELF)
        assert answer.status_code == 401
        assert answer.headers["x-seraph-loginreason"] == "AUTHENTICATED_FAILED"


def test_a_classic_token_is_refused_behind_the_gateway() -> None:
    with jira() as site:
        assert status_of(site.sandbox.gateway_url + MYSELF, httpx.BasicAuth(KEYS.email, KEYS.token)) == 401


def test_a_refresh_token_is_good_once() -> None:
    with jira() as site:
        first = refresh(site, KEYS.refresh_token).json()
        assert refresh(site, KEYS.refresh_token).status_code == 403
        second = refresh(site, first["refresh_token"]).json()
        assert second["refresh_token"] not in (KEYS.refresh_token, first["refresh_token"])
        for granted in (first, second):
            assert status_of(site.sandbox.gateway_url + MYSELF, bearer=granted["access_token"]) == 200
        assert status_of(site.sandbox.url + MYSELF, bearer=second["access_token"]) == 401


def test_the_wrong_client_gets_no_token_and_spends_none() -> None:
    with jira() as site:
        assert refresh(site, KEYS.refresh_token, client_secret="fake-wrong").status_code == 401
        assert refresh(site, KEYS.refresh_token).status_code == 200


def test_an_access_token_ends_after_an_hour_or_when_it_is_revoked() -> None:
    with jira() as site:
        granted = refresh(site, KEYS.refresh_token).json()
        url = site.sandbox.gateway_url + MYSELF
        site.clock.forward(minutes=59)
        assert status_of(url, bearer=granted["access_token"]) == 200
        site.clock.forward(minutes=2)
        assert status_of(url, bearer=granted["access_token"]) == 401
        granted = refresh(site, granted["refresh_token"]).json()
        site.sandbox.gate.revoke_access_tokens()
        assert status_of(url, bearer=granted["access_token"]) == 401


def test_the_token_endpoint_meets_no_faults() -> None:
    with jira(faults=FaultPlan(1, 1.0, (Fault.RESET,))) as site:
        assert refresh(site, KEYS.refresh_token).status_code == 200


def test_a_token_can_be_revoked_while_the_sandbox_runs() -> None:
    with jira() as site:
        assert site.get(MYSELF)["timeZone"] == "Europe/Paris"
        site.sandbox.gate.keys = Keys(token="fake-new-token")
        assert site.http.get(MYSELF).status_code == 401


@pytest.mark.parametrize("path", ["applicationrole", "group/member?groupname=jira-software-users", "statuses/search"])
def test_seats_and_all_statuses_are_for_administrators(path: str) -> None:
    with jira() as site:
        assert site.http.get(f"/rest/api/3/{path}").status_code == 200
        site.sandbox.gate.keys = Keys(admin=False)
        assert site.http.get(f"/rest/api/3/{path}").status_code == 403
        assert site.http.get("/rest/api/3/status").status_code == 200


def test_seats_are_held_by_active_people_and_not_by_apps() -> None:
    with jira() as site:
        role = site.get("/rest/api/3/applicationrole")[0]
        members = site.get("/rest/api/3/group/member", groupname=role["groups"][0])
        assert members["total"] == role["userCount"]
        assert role["numberOfSeats"] == role["userCount"] + role["remainingSeats"]
        assert all(one["active"] and one["accountType"] == "atlassian" for one in members["values"])
        everyone = site.get("/rest/api/3/group/member", groupname=role["groups"][0], includeInactiveUsers="true")
        assert everyone["total"] > members["total"]


def test_hidden_mails_are_absent_and_erased_people_are_former_users() -> None:
    with jira() as site:
        users = site.get("/rest/api/3/users/search", maxResults=1000)
        people = [user for user in users if user["accountType"] == "atlassian"]
        assert any("emailAddress" not in user and user["active"] for user in people)
        former = [user for user in people if user["displayName"] == "Former user"]
        assert former
        assert all(not user["active"] and "emailAddress" not in user for user in former)
        assert {user["accountType"] for user in users} == {"atlassian", "app"}
        assert [user["displayName"] for user in users if user.get("appType") == "service"] == ["CI robot"]


def test_a_project_that_may_no_longer_be_seen_is_nowhere() -> None:
    with jira() as site:
        now = milliseconds(site.clock.now())
        item = next(item for item in site.items() if item.state(now).project == "10000")
        own: Any = site.get("/rest/api/3/project/search")["total"]
        site.sandbox.hide_project("SHOP")
        assert site.get("/rest/api/3/project/search")["total"] == own - 1
        assert site.http.get("/rest/api/3/project/SHOP").status_code == 404
        assert site.http.get(f"/rest/api/3/issue/{item.id}").status_code == 404
        assert site.http.get("/rest/api/3/search/jql", params={"jql": "project = SHOP"}).status_code == 400
        assert item.id not in site.ids(f"id > {item.id - 1}")
        bulk = site.post("/rest/api/3/issue/bulkfetch", {"issueIdsOrKeys": [str(item.id)]})
        assert (bulk["issues"], len(bulk["issueErrors"])) == ([], 1)
        site.sandbox.show_project("SHOP")
        assert site.http.get(f"/rest/api/3/issue/{item.id}").status_code == 200


def test_hiding_a_project_that_does_not_exist_is_an_error_of_the_test() -> None:
    with jira() as site, pytest.raises(KeyError):
        site.sandbox.hide_project("NOPE")


def test_projects_tell_their_latest_change_where_they_are_asked_to() -> None:
    with jira() as site:
        plain = site.get("/rest/api/3/project/search")["values"]
        assert all("insight" not in project for project in plain)
        told = site.get("/rest/api/3/project/search", expand="insight", maxResults=2)
        assert (len(told["values"]), told["isLast"]) == (2, False)
        assert all(project["insight"]["lastIssueUpdateTime"] for project in told["values"])
        styles = {project["key"]: project["style"] for project in plain}
        assert styles["NEXT"] == "next-gen"
        assert styles["SHOP"] == "classic"


def test_statuses_of_a_team_managed_project_carry_its_scope_and_a_removed_one_is_not_listed() -> None:
    with jira() as site:
        listed = site.get("/rest/api/3/status")
        scoped = [status for status in listed if "scope" in status]
        assert {status["scope"]["project"]["id"] for status in scoped} == {"10002"}
        names = [status["name"] for status in listed]
        assert "In QA" not in names
        assert names.count("In Progress") == 2
        categories = {status["name"]: status["statusCategory"]["key"] for status in listed}
        assert categories["Selected for Development"] == "indeterminate"


def test_all_statuses_can_be_searched_by_category() -> None:
    with jira() as site:
        done = site.get("/rest/api/3/statuses/search", statusCategory="DONE", maxResults=200)["values"]
        assert {status["name"] for status in done} == {"Done", "Resolved", "Closed"}
        assert {status["scope"]["type"] for status in done} == {"GLOBAL", "PROJECT"}


def test_versions_are_released_on_their_day() -> None:
    with jira() as site:
        before = site.get("/rest/api/3/project/SHOP/versions")
        coming = next(version for version in before if not version["released"])
        site.clock.forward(days=40)
        after = {version["id"]: version for version in site.get("/rest/api/3/project/SHOP/versions")}
        assert after[coming["id"]]["released"]
        assert len(after) > len(before)
