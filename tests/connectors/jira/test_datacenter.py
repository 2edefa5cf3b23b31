"""How Jira Data Center is asked: slices behind the last id, and histories that come with the issues."""

import json

import httpx
import pytest

from connectors.kit.errors import ConfigError, Transient
from connectors.kit.stream import Since
from tests.support.jira_answers import PROJECT, answering, api, history, ids, issue
from tests.support.jira_site import NOW


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
