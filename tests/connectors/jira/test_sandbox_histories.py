"""The sandbox's histories: inline and cut, in bulk as integers, per issue oldest first."""

from datetime import datetime
from typing import Any

from connectors.kit.organisation import Item, milliseconds
from connectors.kit.sandbox_faults import Fault, FaultPlan
from tests.support.jira_sandbox import Served, jira

BULK = "/rest/api/3/changelog/bulkfetch"


def longest(site: Served) -> Item:
    now = milliseconds(site.clock.now())
    return max(site.items(), key=lambda item: len(item.happened(now)))


def bulk(site: Served, **body: Any) -> list[dict[str, Any]]:
    """All pages of histories."""
    pages = [site.post(BULK, body)]
    while "nextPageToken" in pages[-1]:
        pages.append(site.post(BULK, {**body, "nextPageToken": pages[-1]["nextPageToken"]}))
    return pages


def histories(pages: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    merged: dict[str, list[dict[str, Any]]] = {}
    for page in pages:
        for log in page["issueChangeLogs"]:
            merged.setdefault(log["issueId"], []).extend(log["changeHistories"])
    return merged


def test_inline_histories_are_the_forty_newest_newest_first_and_say_how_many_there_are() -> None:
    with jira() as site:
        item = longest(site)
        log = site.get(f"/rest/api/3/issue/{item.id}", expand="changelog")["changelog"]
        happened = item.happened(milliseconds(site.clock.now()))
        assert log["total"] == len(happened) > 40
        assert [entry["id"] for entry in log["histories"]] == [str(change.id) for change in happened[:-41:-1]]


def test_histories_of_an_issue_come_oldest_first_a_hundred_at_most() -> None:
    with jira() as site:
        item = longest(site)
        happened = [str(change.id) for change in item.happened(milliseconds(site.clock.now()))]
        page = site.get(f"/rest/api/3/issue/{item.id}/changelog", maxResults=1000)
        assert page["maxResults"] == 100
        part = site.get(f"/rest/api/3/issue/{item.id}/changelog", startAt=5, maxResults=20)
        assert [entry["id"] for entry in part["values"]] == happened[5:25]
        assert (part["total"], part["isLast"]) == (len(happened), False)


def test_bulk_histories_write_instants_as_milliseconds_and_the_others_as_text() -> None:
    with jira() as site:
        item = longest(site)
        in_bulk = histories(bulk(site, issueIdsOrKeys=[str(item.id)]))[str(item.id)]
        one_by_one = site.get(f"/rest/api/3/issue/{item.id}/changelog")["values"]
        for number, text in zip(in_bulk, one_by_one, strict=False):
            assert isinstance(number["created"], int)
            assert text["created"][-5] == "+"
            assert ":" not in text["created"][-5:]
            assert milliseconds(datetime.fromisoformat(text["created"])) == number["created"]
            assert {**number, "created": 0} == {**text, "created": 0}


def test_the_histories_of_one_issue_may_span_pages() -> None:
    with jira() as site:
        ids = [str(item.id) for item in site.items()[:60]]
        pages = bulk(site, issueIdsOrKeys=ids, maxResults=37)
        assert len(pages) > 3
        seen = [log["issueId"] for page in pages for log in page["issueChangeLogs"]]
        assert len(seen) > len(set(seen))
        whole = histories(bulk(site, issueIdsOrKeys=ids, maxResults=10_000))
        assert histories(pages) == whole
        now = milliseconds(site.clock.now())
        expected = {str(item.id): [str(c.id) for c in item.happened(now)] for item in site.items()[:60]}
        assert {issue: [one["id"] for one in entries] for issue, entries in whole.items()} == {
            issue: entries for issue, entries in expected.items() if entries
        }


def test_bulk_histories_can_be_limited_to_fields() -> None:
    with jira() as site:
        item = longest(site)
        entries = histories(bulk(site, issueIdsOrKeys=[str(item.id)], fieldIds=["status"])).get(str(item.id), [])
        assert all(any(step["fieldId"] == "status" for step in entry["items"]) for entry in entries)
        assert len(entries) < len(item.happened(milliseconds(site.clock.now())))


def test_bulk_histories_refuse_what_the_specification_forbids() -> None:
    with jira() as site:
        ids = [str(site.items()[0].id)]
        bodies: list[dict[str, Any]] = [
            {"issueIdsOrKeys": ids, "startAt": 0},
            {"issueIdsOrKeys": []},
            {"issueIdsOrKeys": [str(number) for number in range(1001)]},
            {"issueIdsOrKeys": ids, "fieldIds": [f"customfield_{number}" for number in range(11)]},
            {"issueIdsOrKeys": ids, "maxResults": 10_001},
            {"issueIdsOrKeys": ["999999"]},
        ]
        for body in bodies:
            assert site.http.post(BULK, json=body).status_code == 400, body


def test_fault_repeated_token_in_bulk_histories() -> None:
    with jira(faults=FaultPlan(1, 1.0, (Fault.REPEATED_TOKEN,), limit=1)) as site:
        body: dict[str, Any] = {"issueIdsOrKeys": [str(item.id) for item in site.items()[:60]], "maxResults": 10}
        token = site.post(BULK, body)["nextPageToken"]
        assert site.post(BULK, {**body, "nextPageToken": token})["nextPageToken"] == token


def test_a_history_is_stamped_up_to_thirty_milliseconds_after_the_issues_own_instants() -> None:
    with jira() as site:
        now = milliseconds(site.clock.now())
        item = next(
            item
            for item in site.items()
            if item.state(now).resolved is not None and item.changes and item.touches[-1] == item.changes[-1].at
        )
        issue = site.get(f"/rest/api/3/issue/{item.id}", fields="updated,resolutiondate", expand="changelog")
        newest = datetime.fromisoformat(issue["changelog"]["histories"][0]["created"])
        lag = newest - datetime.fromisoformat(issue["fields"]["updated"])
        assert 2 <= lag.microseconds // 1000 <= 30


def test_a_rule_under_a_human_name_is_noted_beside_the_change_where_the_tool_does_so() -> None:
    with jira() as site:
        now = milliseconds(site.clock.now())
        item, change = next((item, change) for item in site.items() for change in item.happened(now) if change.noted)
        entries = site.get(f"/rest/api/3/issue/{item.id}/changelog")["values"]
        entry = next(entry for entry in entries if entry["id"] == str(change.id))
        assert entry["author"]["accountType"] == "atlassian"
        assert "automation" in entry["historyMetadata"]["type"]


def test_the_automation_app_acts_under_its_well_known_account() -> None:
    with jira() as site:
        now = milliseconds(site.clock.now())
        item, change = next(
            (item, change)
            for item in site.items()
            for change in item.happened(now)
            if change.actor == site.sandbox.organisation.automation
        )
        entries = site.get(f"/rest/api/3/issue/{item.id}/changelog")["values"]
        author = next(entry for entry in entries if entry["id"] == str(change.id))["author"]
        assert author["accountId"] == "557058:f58131cb-b67d-43c7-b30d-6b58d40bd077"
        assert author["accountType"] == "app"
        assert "appType" not in author


def test_inline_worklogs_are_cut_at_twenty_and_paged_apart() -> None:
    with jira(2500) as site:
        now = milliseconds(site.clock.now())
        item = max(site.items(), key=lambda item: len(item.logged(now)))
        inline = site.get(f"/rest/api/3/issue/{item.id}", fields="worklog,comment")["fields"]
        assert inline["worklog"]["total"] == len(item.logged(now)) > 20
        assert len(inline["worklog"]["worklogs"]) == 20
        rest = site.get(f"/rest/api/3/issue/{item.id}/worklog", startAt=20)
        assert len(rest["worklogs"]) == len(item.logged(now)) - 20


def test_inline_comments_are_cut_at_a_hundred_and_paged_apart() -> None:
    with jira(2500) as site:
        now = milliseconds(site.clock.now())
        item = max(site.items(), key=lambda item: len(item.commented(now)))
        inline = site.get(f"/rest/api/3/issue/{item.id}", fields="comment")["fields"]["comment"]
        assert inline["total"] == len(item.commented(now)) > 100
        assert len(inline["comments"]) == 100
        rest = site.get(f"/rest/api/3/issue/{item.id}/comment", startAt=100)
        assert [one["id"] for one in rest["comments"]] == [str(one.id) for one in item.commented(now)[100:]]
        assert rest["comments"][0]["body"]["type"] == "doc"
