"""The sandbox's Cloud search: bounded queries, short pages, tokens, no total."""

from datetime import timedelta
from typing import Any

import pytest

from connectors.kit.organisation import milliseconds
from connectors.kit.sandbox_faults import Fault, FaultPlan
from tests.support.jira_sandbox import Served, jira

SEARCH = "/rest/api/3/search/jql"
ALL = "project in (SHOP, KAN, NEXT, HELP, CORE)"


def refused(site: Served, body: dict[str, Any]) -> str:
    answer = site.http.post(SEARCH, json=body)
    assert answer.status_code == 400
    return str(answer.json()["errorMessages"][0])


def test_the_old_search_is_gone() -> None:
    with jira() as site:
        for version in ("2", "3"):
            answer = site.http.get(f"/rest/api/{version}/search", params={"jql": ALL})
            assert answer.status_code == 410
            assert "/rest/api/3/search/jql" in answer.json()["errorMessages"][0]


def test_an_unbounded_query_is_refused() -> None:
    with jira() as site:
        assert "Unbounded JQL" in refused(site, {"jql": ""})
        assert "Unbounded JQL" in refused(site, {"jql": "ORDER BY updated ASC"})


def test_more_than_seven_fields_to_order_by_are_refused() -> None:
    with jira() as site:
        seven = ", ".join(["updated", "created", "id", "key"] * 2)
        assert "order by" in refused(site, {"jql": f"{ALL} ORDER BY {seven}"})


def test_an_unknown_key_in_the_body_is_refused() -> None:
    with jira() as site:
        assert "startAt" in refused(site, {"jql": ALL, "startAt": 0})


def test_a_query_parameter_that_the_search_does_not_know_is_ignored() -> None:
    with jira() as site:
        first = site.get(SEARCH, jql=ALL, maxResults=10)["issues"]
        assert site.get(SEARCH, jql=ALL, maxResults=10, startAt=10)["issues"] == first


def test_an_unknown_project_is_refused() -> None:
    with jira() as site:
        assert "does not exist for the field 'project'" in refused(site, {"jql": "project = NOPE"})


def test_nothing_but_the_id_is_given_unless_fields_are_asked_for() -> None:
    with jira() as site:
        assert all(issue.keys() == {"id"} for issue in site.get(SEARCH, jql=ALL)["issues"])
        asked = site.get(SEARCH, jql=ALL, fields="summary,status")["issues"]
        assert all(issue["fields"].keys() == {"summary", "status"} for issue in asked)
        assert all(
            "fields" not in issue and "key" in issue for issue in site.get(SEARCH, jql=ALL, fields="key")["issues"]
        )


def test_pages_with_fields_are_cut_to_a_hundred_and_pages_of_ids_are_not() -> None:
    with jira() as site:
        page = site.post(SEARCH, {"jql": ALL, "fields": ["summary"], "maxResults": 5000})
        assert len(page["issues"]) == 100
        assert not page["isLast"]
        ids = site.post(SEARCH, {"jql": ALL, "fields": ["id"], "maxResults": 5000})
        assert len(ids["issues"]) == len(site.items()) > 500
        assert ids["isLast"]
        assert "nextPageToken" not in ids


def test_the_default_page_has_fifty_issues() -> None:
    with jira() as site:
        assert len(site.get(SEARCH, jql=ALL)["issues"]) == 50


def test_there_is_no_total_and_the_count_is_asked_apart() -> None:
    with jira() as site:
        assert "total" not in site.get(SEARCH, jql=ALL)
        count = site.post("/rest/api/3/search/approximate-count", {"jql": ALL})
        assert count == {"count": len(site.items())}


def test_tokens_lead_through_every_issue_once_in_order_of_change() -> None:
    with jira() as site:
        pages = site.search(f"{ALL} ORDER BY updated ASC, id ASC", fields=["updated"], maxResults=100)
        found = [int(issue["id"]) for page in pages for issue in page["issues"]]
        now = milliseconds(site.clock.now())
        items = sorted(site.items(), key=lambda item: (item.updated(now), item.id))
        assert found == [item.id for item in items]
        assert [page["isLast"] for page in pages] == [False] * (len(pages) - 1) + [True]


def test_an_issue_that_changes_during_the_walk_comes_again_at_its_end() -> None:
    with jira() as site:
        query = {"jql": f"{ALL} ORDER BY updated ASC, id ASC", "maxResults": len(site.items()) - 10}
        first = site.post(SEARCH, query)
        site.clock.forward(days=7)
        rest = site.search(str(query["jql"]), nextPageToken=first["nextPageToken"], maxResults=300)
        later = [int(issue["id"]) for page in rest for issue in page["issues"]]
        seen = [int(issue["id"]) for issue in first["issues"]]
        assert set(seen) & set(later)
        assert set(seen) | set(later) >= {item.id for item in site.items()}


def test_a_token_ends_after_seven_days_and_belongs_to_its_query() -> None:
    with jira() as site:
        token = site.get(SEARCH, jql=ALL)["nextPageToken"]
        assert "invalid" in refused(site, {"jql": "project = SHOP", "nextPageToken": token})
        assert "invalid" in refused(site, {"jql": ALL, "nextPageToken": "bm9uc2Vuc2U="})
        site.clock.forward(days=6, hours=23)
        assert site.get(SEARCH, jql=ALL, nextPageToken=token)["issues"]
        site.clock.forward(hours=2)
        assert "expired" in refused(site, {"jql": ALL, "nextPageToken": token})


def test_what_changed_since_an_instant_is_found_and_nothing_else() -> None:
    with jira() as site:
        since = milliseconds(site.clock.now())
        site.clock.forward(days=3)
        now = milliseconds(site.clock.now())
        changed = {item.id for item in site.items() if item.updated(now) >= since}
        assert changed
        assert set(site.ids(f"{ALL} AND updated >= {since}")) == changed


def test_fault_duplicate_page_gives_a_page_twice_and_loses_nothing() -> None:
    with jira(faults=FaultPlan(1, 1.0, (Fault.DUPLICATE_PAGE,), limit=1)) as site:
        found = [
            int(issue["id"])
            for page in site.search(f"{ALL} ORDER BY id ASC", maxResults=100)
            for issue in page["issues"]
        ]
        assert len(found) == len(site.items()) + 100
        assert set(found) == {item.id for item in site.items()}


def test_fault_repeated_token_gives_the_token_that_was_sent() -> None:
    with jira(faults=FaultPlan(1, 1.0, (Fault.REPEATED_TOKEN,), limit=1)) as site:
        token = site.get(SEARCH, jql=ALL)["nextPageToken"]
        assert site.get(SEARCH, jql=ALL, nextPageToken=token)["nextPageToken"] == token


def test_fault_expired_token_refuses_a_good_token() -> None:
    with jira(faults=FaultPlan(1, 1.0, (Fault.EXPIRED_TOKEN,), limit=1)) as site:
        token = site.get(SEARCH, jql=ALL)["nextPageToken"]
        assert "expired" in refused(site, {"jql": ALL, "nextPageToken": token})


def test_fault_late_index_does_not_know_the_latest_changes() -> None:
    with jira(late_index=timedelta(days=2)) as site:
        query = f"{ALL} AND updated >= {milliseconds(site.clock.now())}"
        site.clock.forward(days=1)
        assert site.ids(query)
        site.server.faults = FaultPlan(1, 1.0, (Fault.LATE_INDEX,), limit=1)
        assert site.ids(query) == []
        assert site.ids(query)


def test_a_late_index_still_holds_the_issues_that_it_knew_before() -> None:
    with jira(late_index=timedelta(days=2)) as site:
        before = {item.id for item in site.items()}
        site.clock.forward(days=1)
        kept = before & {item.id for item in site.items()}
        site.server.faults = FaultPlan(1, 1.0, (Fault.LATE_INDEX,), limit=1)
        assert kept <= set(site.ids(ALL))


@pytest.mark.parametrize("version", ["2", "3"])
def test_issues_are_fetched_in_bulk_by_id_or_by_any_key_they_had(version: str) -> None:
    with jira() as site:
        now = milliseconds(site.clock.now())
        moved = next(item for item in site.items() if item.state(now).key != item.start.key)
        body = {"issueIdsOrKeys": [moved.start.key, str(moved.id), "999999"], "fields": ["summary"]}
        answer = site.post(f"/rest/api/{version}/issue/bulkfetch", body)
        assert [(issue["id"], issue["key"]) for issue in answer["issues"]] == [(str(moved.id), moved.state(now).key)]
        assert [error["id"] for error in answer["issueErrors"]] == ["999999"]


def test_more_than_a_hundred_issues_in_bulk_are_refused() -> None:
    with jira() as site:
        body = {"issueIdsOrKeys": [str(number) for number in range(10_000, 10_101)]}
        assert site.http.post("/rest/api/3/issue/bulkfetch", json=body).status_code == 400
