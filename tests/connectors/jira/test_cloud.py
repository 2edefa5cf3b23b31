"""How Jira Cloud is asked: tokens, page sizes, histories in pieces, answers that are not what they should be."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.kit.errors import ConfigError, ConnectorError, RateLimited, Transient
from connectors.kit.stream import Since
from tests.support.jira_answers import NO_HISTORIES, PROJECT, answering, api, history, ids, issue
from tests.support.jira_site import NOW


def test_a_walk_asks_by_epoch_milliseconds_without_an_upper_bound_and_for_fields_by_name():
    search = answering({"issues": [issue(1)], "isLast": True})
    with api(jql="labels = x", story_points_field="customfield_7") as jira_api:
        jira_api.router.post("/rest/api/3/search/jql").mock(side_effect=search)
        jira_api.router.post("/rest/api/3/changelog/bulkfetch").respond(json=NO_HISTORIES)

        since = Since(at=datetime(2026, 11, 1, 0, 0, 0, 999, tzinfo=UTC))
        pages = list(jira_api.issues.walk(PROJECT, since))

    asked = search.bodies[0]
    assert asked["jql"] == (
        "project = 10000 AND updated >= 1793491200000 AND (labels = x) ORDER BY updated ASC, id ASC"
    )
    assert {"updated", "created", "status", "customfield_7"} <= set(asked["fields"])
    assert not any("*" in field for field in asked["fields"])
    assert pages[0].high == datetime(2026, 10, 1, tzinfo=UTC)
    assert pages[0].total == 3


def test_only_an_absent_token_ends_a_walk():
    search = answering(
        {"issues": [issue(1)], "isLast": True, "nextPageToken": "a"},
        {"issues": [], "isLast": False, "nextPageToken": "b"},
        {"issues": [issue(2)], "isLast": False},
    )
    with api() as jira_api:
        jira_api.router.post("/rest/api/3/search/jql").mock(side_effect=search)
        jira_api.router.post("/rest/api/3/changelog/bulkfetch").respond(json=NO_HISTORIES)

        assert ids(list(jira_api.issues.walk(PROJECT, Since()))) == [["1"], [], ["2"]]

    assert [body.get("nextPageToken") for body in search.bodies] == [None, "a", "b"]


def test_a_repeated_token_is_an_error_and_not_a_loop():
    search = answering({"issues": [issue(1)], "nextPageToken": "a"})
    with api() as jira_api:
        jira_api.router.post("/rest/api/3/search/jql").mock(side_effect=search)
        jira_api.router.post("/rest/api/3/changelog/bulkfetch").respond(json=NO_HISTORIES)

        with pytest.raises(Transient, match="repeats"):
            list(jira_api.issues.walk(PROJECT, Since()))

    assert len(search.bodies) == 2


def test_a_token_that_expired_is_the_next_runs_business():
    search = answering({"issues": [issue(1)], "nextPageToken": "a"}, httpx.Response(400, json={}))
    with api(jql="labels = x") as jira_api:
        jira_api.router.post("/rest/api/3/search/jql").mock(side_effect=search)
        jira_api.router.post("/rest/api/3/changelog/bulkfetch").respond(json=NO_HISTORIES)

        with pytest.raises(Transient, match="page token"):
            list(jira_api.issues.walk(PROJECT, Since()))


def test_a_refused_query_is_the_admins_restriction_or_a_defect_of_ours():
    for jql, kind in (("labels = x", ConfigError), ("", ConnectorError)):
        with api(jql=jql) as jira_api:
            jira_api.router.post("/rest/api/3/search/jql").respond(400, json={})
            with pytest.raises(ConnectorError) as refused:
                list(jira_api.issues.walk(PROJECT, Since()))
        assert type(refused.value) is kind


def test_pages_get_smaller_where_large_ones_fail():
    search = answering(*[httpx.Response(504)] * 5, {"issues": [issue(1)]})
    with api() as jira_api:
        jira_api.router.post("/rest/api/3/search/jql").mock(side_effect=search)
        jira_api.router.post("/rest/api/3/changelog/bulkfetch").respond(json=NO_HISTORIES)

        assert ids(list(jira_api.issues.walk(PROJECT, Since()))) == [["1"]]

    assert [body["maxResults"] for body in search.bodies] == [500] * 5 + [100]


def test_a_rate_limit_is_not_answered_with_smaller_pages():
    search = answering(httpx.Response(429, headers={"Retry-After": "3600"}))
    with api() as jira_api:
        jira_api.router.post("/rest/api/3/search/jql").mock(side_effect=search)

        with pytest.raises(RateLimited) as limited:
            list(jira_api.issues.walk(PROJECT, Since()))

    assert limited.value.retry_at == NOW + timedelta(hours=1)
    assert len(search.bodies) == 1


def test_the_histories_of_an_issue_may_span_pages_and_come_twice():
    bulk = answering(
        {
            "issueChangeLogs": [
                {"issueId": "1", "changeHistories": [history(10), history(11)]},
                {"issueId": "2", "changeHistories": [history(20)]},
            ],
            "nextPageToken": "a",
        },
        {"issueChangeLogs": [{"issueId": "1", "changeHistories": [history(11), history(12)]}]},
    )
    with api() as jira_api:
        jira_api.router.post("/rest/api/3/search/jql").respond(json={"issues": [issue(1), issue(2), issue(3)]})
        jira_api.router.post("/rest/api/3/changelog/bulkfetch").mock(side_effect=bulk)

        (page,) = jira_api.issues.walk(PROJECT, Since())

    assert [[one.id for one in item.histories] for item in page.items] == [["10", "11", "12"], ["20"], []]
    assert [body["issueIdsOrKeys"] for body in bulk.bodies] == [["1", "2", "3"]] * 2
    assert "fieldIds" not in bulk.bodies[0], "positions in a history are keys: it must not be filtered"


def test_inline_histories_are_never_used_on_cloud():
    inline = {"changelog": {"total": 41, "histories": [history(number) for number in range(40)]}}
    with api() as jira_api:
        jira_api.router.post("/rest/api/3/search/jql").respond(json={"issues": [issue(1, **inline)]})
        jira_api.router.post("/rest/api/3/changelog/bulkfetch").respond(json=NO_HISTORIES)

        (page,) = jira_api.issues.walk(PROJECT, Since())

    assert page.items[0].histories == []


def test_a_bulk_request_that_one_issue_spoils_is_made_issue_by_issue_this_once():
    bulk = answering(httpx.Response(400, json={}), NO_HISTORIES)
    search = answering({"issues": [issue(1), issue(2)], "nextPageToken": "a"}, {"issues": [issue(3)]})
    with api() as jira_api:
        jira_api.router.post("/rest/api/3/search/jql").mock(side_effect=search)
        jira_api.router.post("/rest/api/3/changelog/bulkfetch").mock(side_effect=bulk)
        jira_api.router.get("/rest/api/3/issue/1/changelog").respond(404)
        one = {"values": [history(20), history(21)], "total": 3, "isLast": False}
        other = {"values": [history(22)], "total": 3, "isLast": True}
        paged = jira_api.router.get("/rest/api/3/issue/2/changelog")
        paged.side_effect = [httpx.Response(200, json=one), httpx.Response(200, json=other)]

        first, _ = jira_api.issues.walk(PROJECT, Since())

    assert [[history.id for history in item.histories] for item in first.items] == [[], ["20", "21", "22"]]
    assert paged.calls.last.request.url.params["startAt"] == "2"
    assert len(bulk.bodies) == 2


def test_one_malformed_issue_does_not_spoil_its_neighbours():
    strange = {"id": "2", "fields": {"created": "yesterday", "summary": ["fake-person"]}}
    nameless = {"id": "2 OR 1=1", "fields": {}}
    with api() as jira_api:
        jira_api.router.post("/rest/api/3/search/jql").respond(json={"issues": [issue(1), strange, nameless, issue(3)]})
        jira_api.router.post("/rest/api/3/changelog/bulkfetch").respond(json=NO_HISTORIES)

        (page,) = jira_api.issues.walk(PROJECT, Since())

    assert ids([page]) == [["1", "2", None, "3"]]
    assert "fake-person" not in page.items[1].reason


def test_one_malformed_history_sets_the_transitions_of_its_issue_aside():
    broken = {"issueId": "1", "changeHistories": [{"id": 7}]}
    whole = {"issueId": "2", "changeHistories": [history(20)]}
    with api() as jira_api:
        jira_api.router.post("/rest/api/3/search/jql").respond(json={"issues": [issue(1), issue(2)]})
        jira_api.router.post("/rest/api/3/changelog/bulkfetch").respond(json={"issueChangeLogs": [broken, whole]})

        (page,) = jira_api.issues.walk(PROJECT, Since())

    assert page.items[0].problem is not None
    assert page.items[1].problem is None


def test_an_issue_that_a_page_holds_twice_is_given_once():
    twice = {"issues": [issue(1, "2026-10-01T00:00:00.000+0000"), issue(2), issue(1, "2026-10-02T00:00:00.000+0000")]}
    with api() as jira_api:
        jira_api.router.post("/rest/api/3/search/jql").respond(json=twice)
        jira_api.router.post("/rest/api/3/changelog/bulkfetch").respond(json=NO_HISTORIES)

        (page,) = jira_api.issues.walk(PROJECT, Since())

    assert ids([page]) == [["1", "2"]]
    assert page.items[0].issue.fields.updated == datetime(2026, 10, 2, tzinfo=UTC)


def remarks(first: int, count: int) -> list[dict[str, Any]]:
    return [{"id": str(number), "created": "2026-10-01T00:00:00.000+0000"} for number in range(first, first + count)]


def test_comments_and_worklogs_that_do_not_fit_inline_are_fetched():
    crowded = issue(1)
    crowded["fields"] |= {
        "comment": {"comments": remarks(0, 2), "total": 3},
        "worklog": {"worklogs": remarks(0, 1), "total": 2},
    }
    quiet = issue(2)
    quiet["fields"]["comment"] = {"comments": remarks(0, 1), "total": 1}
    with api() as jira_api:
        jira_api.router.post("/rest/api/3/search/jql").respond(json={"issues": [crowded, quiet]})
        jira_api.router.post("/rest/api/3/changelog/bulkfetch").respond(json=NO_HISTORIES)
        jira_api.router.get("/rest/api/3/issue/1/comment").respond(json={"comments": remarks(0, 3), "total": 3})
        jira_api.router.get("/rest/api/3/issue/1/worklog").respond(json={"worklogs": remarks(0, 2), "total": 2})

        (page,) = jira_api.issues.walk(PROJECT, Since())

    assert [(len(item.comments), len(item.worklogs)) for item in page.items] == [(3, 2), (1, 0)]


def test_ids_are_refetched_in_hundreds_and_the_restriction_still_holds():
    bulk = answering({"issues": [issue(1), issue(2)]}, {"issues": []})
    search = answering({"issues": [{"id": "2"}]})
    with api(jql="labels = x") as jira_api:
        jira_api.router.post("/rest/api/3/issue/bulkfetch").mock(side_effect=bulk)
        jira_api.router.post("/rest/api/3/search/jql").mock(side_effect=search)
        jira_api.router.post("/rest/api/3/changelog/bulkfetch").respond(json=NO_HISTORIES)

        pages = list(jira_api.issues.refetch([str(number) for number in range(1, 151)]))

    assert ids(pages) == [["2"], []]
    assert [len(body["issueIdsOrKeys"]) for body in bulk.bodies] == [100, 50]
    assert search.bodies[0]["jql"] == "id in (1, 2) AND (labels = x)"
