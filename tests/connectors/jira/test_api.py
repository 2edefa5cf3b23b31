"""How Jira is asked: pages, tokens, histories in pieces, answers that are not what they should be."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import respx
from pydantic import SecretStr

from connectors.jira import CONNECTOR, raw
from connectors.jira.cloud import CloudIssues
from connectors.jira.config import ApiToken, JiraConfig, PersonalAccessToken
from connectors.jira.datacenter import DataCenterIssues
from connectors.kit.connector import Access
from connectors.kit.cursor import Cursor, after_walk
from connectors.kit.errors import ConfigError, ConnectorError, RateLimited, Transient
from connectors.kit.hosts import HostPolicy
from connectors.kit.reading import key_of, records_of, walk
from connectors.kit.records import Record
from connectors.kit.stream import Page, Scope, Since
from tests.support.jira_site import NOW, jira

SITE = "https://acme.example.com"
PROJECT = Scope(external_id="10000", name="Sample", key="SP")
WORK_ITEMS = next(stream for stream in CONNECTOR.streams if stream.name == "work_items")


@dataclass
class Opened:
    """The reader of a site that is nothing but its router."""

    issues: CloudIssues | DataCenterIssues
    router: respx.Router


@contextmanager
def api(*, cloud: bool = True, **config: Any) -> Iterator[Opened]:
    settings = JiraConfig(base_url=SITE, deployment="cloud" if cloud else "datacenter", **config)
    token = SecretStr("fake-token")
    access = Access(
        config=settings,
        credentials=ApiToken(email="a@example.test", token=token) if cloud else PersonalAccessToken(token=token),
        hosts=HostPolicy(CONNECTOR.hosts(settings), resolve=lambda host, port: ["93.184.215.14"]),
        now=lambda: NOW,
        sleep=lambda seconds: None,
        save_credentials=lambda credentials: None,
    )
    with respx.mock(base_url=SITE, assert_all_called=False) as router:
        router.get(path__in=("/rest/api/3/field", "/rest/api/2/field")).respond(json=[])
        router.get("/rest/api/3/project/search").respond(json={"values": [], "total": 0})
        router.get("/rest/api/2/project").respond(json=[])
        router.post("/rest/api/3/search/approximate-count").respond(json={"count": 3})
        with CONNECTOR.open(access) as opened:
            yield Opened(opened.issues, router)


def issue(number: int, updated: str = "2026-10-01T00:00:00.000+0000", **rest: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "key": f"SP-{number}",
        "fields": {"created": "2026-01-01T00:00:00.000+0000", "updated": updated},
        **rest,
    }


def answering(*answers: Any) -> Callable[[httpx.Request], httpx.Response]:
    """One answer after another, the last one for all that follow; bodies asked are kept in `.bodies`."""
    bodies: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        found = answers[min(len(bodies), len(answers)) - 1]
        return found if isinstance(found, httpx.Response) else httpx.Response(200, json=found)

    answer.bodies = bodies
    return answer


def ids(pages: list[Page]) -> list[list[str]]:
    return [[item.id if isinstance(item, raw.Malformed) else item.issue.id for item in page.items] for page in pages]


NO_HISTORIES = {"issueChangeLogs": []}


# -- Cloud ------------------------------------------------------------------------------------------------


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


def history(number: int, **rest: Any) -> dict[str, Any]:
    change = {"field": "status", "fieldId": "status", "from": "1", "to": "3"}
    return {"id": str(number), "created": 1790000000000 + number, "items": [change], **rest}


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


# -- Data Center ------------------------------------------------------------------------------------------


def test_slices_begin_behind_the_last_id_and_never_at_an_offset():
    search = answering(
        {"issues": [issue(1), issue(5)], "total": 3, "maxResults": 2},
        {"issues": [issue(7)], "total": 1, "maxResults": 2},
    )
    with api(cloud=False) as jira_api:
        jira_api.router.post("/rest/api/2/search").mock(side_effect=search)
        jira_api.router.get(path__regex=r"/rest/api/2/issue/\d+").respond(json=issue(1, changelog={"total": 0}))

        pages = list(jira_api.issues.walk(PROJECT, Since(at=NOW)))

    assert ids(pages) == [["1", "5"], ["7"]]
    assert [page.resume for page in pages] == ["5", "7"]
    assert [page.total for page in pages] == [3, 3]
    bound = f"project = 10000 AND updated >= {int(NOW.timestamp() * 1000)}"
    assert [body["jql"] for body in search.bodies] == [
        f"{bound} ORDER BY id ASC",
        f"{bound} AND id > 5 ORDER BY id ASC",
    ]
    assert {body["startAt"] for body in search.bodies} == {0}
    assert search.bodies[0]["expand"] == ["changelog"]


def test_a_resumed_walk_begins_behind_its_key_and_an_odd_key_is_ignored():
    for resume, expected in (("41", " AND id > 41"), ("41; x", ""), ("", "")):
        search = answering({"issues": [], "total": 0})
        with api(cloud=False) as jira_api:
            jira_api.router.post("/rest/api/2/search").mock(side_effect=search)
            list(jira_api.issues.walk(PROJECT, Since(resume=resume)))
        assert search.bodies[0]["jql"] == f"project = 10000{expected} ORDER BY id ASC"


@pytest.mark.parametrize("reading", ["walk", "census"])
def test_a_slice_that_repeats_is_an_error_and_not_a_loop(reading: str):
    search = answering({"issues": [issue(1, changelog={"total": 0})], "total": 9})
    with api(cloud=False) as jira_api:
        jira_api.router.post("/rest/api/2/search").mock(side_effect=search)

        with pytest.raises(Transient, match="repeats"):
            list(jira_api.issues.walk(PROJECT, Since()) if reading == "walk" else jira_api.issues.census(PROJECT))

    assert len(search.bodies) == 2


def test_a_history_that_is_cut_is_asked_for_again_and_else_set_aside():
    cut = {"total": 2, "histories": [history(10)]}
    with api(cloud=False) as jira_api:
        answer = {"issues": [issue(1, changelog=cut), issue(2, changelog=cut)], "total": 2}
        jira_api.router.post("/rest/api/2/search").respond(json=answer)
        whole = {"total": 2, "histories": [history(10), history(11)]}
        jira_api.router.get("/rest/api/2/issue/1").respond(json=issue(1, changelog=whole))
        jira_api.router.get("/rest/api/2/issue/2").respond(json=issue(2, changelog=cut))

        (page,) = jira_api.issues.walk(PROJECT, Since())

    assert [len(item.histories) for item in page.items] == [2, 1]
    assert [item.problem is None for item in page.items] == [True, False]


def test_unknown_ids_are_found_by_halving_because_jira_refuses_the_whole_search():
    known = {"1": issue(1, changelog={"total": 0}), "4": issue(4, changelog={"total": 0})}

    def search(request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)["jql"].partition("(")[2].partition(")")[0].split(", ")
        if any(one not in known for one in asked):
            return httpx.Response(400, json={})
        return httpx.Response(200, json={"issues": [known[one] for one in asked], "total": len(asked)})

    with api(cloud=False) as jira_api:
        jira_api.router.post("/rest/api/2/search").mock(side_effect=search)
        for number in ("1", "4"):
            jira_api.router.get(f"/rest/api/2/issue/{number}").respond(json=known[number])
        jira_api.router.get(path__regex=r"/rest/api/2/issue/[23]").respond(404)

        assert ids(list(jira_api.issues.refetch(["1", "2", "3", "4"]))) == [["1", "4"]]


def test_a_refused_restriction_never_makes_items_look_deleted():
    with api(cloud=False, jql="nosuchfield = 1") as jira_api:
        jira_api.router.post("/rest/api/2/search").respond(400, json={})
        jira_api.router.get(path__regex=r"/rest/api/2/issue/\d").respond(json=issue(1))

        with pytest.raises(ConfigError, match="restriction"):
            list(jira_api.issues.refetch(["1", "2"]))


# -- as time passes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
def test_what_changed_since_the_last_run_is_read_and_nothing_else(deployment: str):
    moment = [NOW - timedelta(days=20)]

    def clock() -> datetime:
        return moment[0]

    stored: dict[tuple[str, Any], Record] = {}
    with jira(deployment=deployment, clock=clock, page_cap=30) as served:
        access = served.access(now=clock)
        cursors: dict[str, Cursor] = {}
        read = []
        for day in (20, 5, 0):
            moment[0] = NOW - timedelta(days=day)
            count = 0
            with served.connector.open(access) as opened:
                for scope in served.connector.scopes(opened):
                    cursor = cursors.get(scope.external_id, Cursor())
                    for page, committed in walk(WORK_ITEMS, opened, scope, cursor, run_started=clock()):
                        cursor = committed
                        count += len(page.items)
                        for name, record in records_of(served.connector, WORK_ITEMS, opened, page):
                            stored[name, key_of(record)] = record
                    cursors[scope.external_id] = after_walk(cursor, run_started=clock())
            read.append(count)
        truth = served.sandbox.truth()

    assert read[0] > read[1] > 0
    assert read[0] > read[2] > 0
    for record_type, name in (("work_items", "work_items"), ("transitions", "transitions"), ("activity", "usage_days")):
        have = {key: record for (stream, key), record in stored.items() if stream == name}
        want = {key_of(record): record for record in truth[record_type]}
        deleted = have.keys() - want.keys()  # a walk cannot see a deletion: the census does
        assert {key: record for key, record in have.items() if key not in deleted} == want
