"""Annotations: what is drawn over charts, found by window and tag, in the form that Grafana takes."""

from typing import Any
from uuid import uuid4

import pytest

from tests.app.api.conftest import Api

PATH = "/api/v1/annotations"
LAUNCH = {"time": "2026-03-02T08:00:00Z", "title": "Launch", "text": "Checkout 2", "tags": ["launch", "checkout"]}


def add(api: Api, **changes: Any) -> dict[str, Any]:
    answer = api.post(PATH, role="editor", json=LAUNCH | changes)
    assert answer.status_code == 201, answer.text
    added: dict[str, Any] = answer.json()
    return added


def titles(api: Api, query: str = "") -> list[str]:
    return [one["title"] for one in api.get(f"{PATH}{query}", role="viewer").json()["items"]]


def test_an_event_is_read_back_as_it_was_sent(api_on_both: Api) -> None:
    added = add(api_on_both, timeEnd="2026-03-02T10:30:00+01:00")
    read = api_on_both.get(f"{PATH}/{added['id']}", role="viewer").json()
    assert read == added
    assert (read["time"], read["timeEnd"]) == ("2026-03-02T08:00:00Z", "2026-03-02T09:30:00Z")
    assert read["tags"] == ["checkout", "launch"]
    assert read["created_by"].startswith("token:")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (1772438400000, "2026-03-02T08:00:00Z"),
        (1772438400, "2026-03-02T08:00:00Z"),
        ("1772438400000", "2026-03-02T08:00:00Z"),
        ("2026-03-02", "2026-03-01T23:00:00Z"),
        ("2026-07-02", "2026-07-01T22:00:00Z"),
    ],
)
def test_an_instant_may_come_as_grafana_sends_it_or_as_a_local_day(api: Api, sent: object, shown: str) -> None:
    assert add(api, time=sent)["time"] == shown


def test_events_are_found_by_the_window_that_they_touch(api_on_both: Api) -> None:
    add(api_on_both, title="day", time="2026-03-02T00:00:00Z", timeEnd="2026-03-03T00:00:00Z")
    add(api_on_both, title="moment", time="2026-03-05T00:00:00Z")
    assert titles(api_on_both) == ["moment", "day"]
    assert titles(api_on_both, "?from=2026-03-02T12:00:00Z&to=2026-03-02T13:00:00Z") == ["day"]
    assert titles(api_on_both, "?from=2026-03-03T00:00:01Z") == ["moment"]
    assert titles(api_on_both, "?to=2026-03-05T00:00:00Z") == ["day"]
    assert titles(api_on_both, "?from=1772668800000&to=1772668800001") == ["moment"]


def test_events_are_found_by_any_of_several_tags(api_on_both: Api) -> None:
    add(api_on_both, title="a", tags=["one", "two"])
    add(api_on_both, title="b", tags=["two"], time="2026-03-01T08:00:00Z")
    add(api_on_both, title="c", tags=[], time="2026-02-01T08:00:00Z")
    assert titles(api_on_both, "?tags=one") == ["a"]
    assert titles(api_on_both, "?tags=one,%20two") == ["a", "b"]
    assert titles(api_on_both, "?tags=") == ["a", "b", "c"]
    assert titles(api_on_both, "?tags=three") == []


def test_events_are_read_page_by_page_or_as_a_bare_array(api_on_both: Api) -> None:
    for day in range(1, 6):
        add(api_on_both, title=str(day), time=f"2026-03-0{day}")
    seen: list[str] = []
    query = "?limit=2"
    while query:
        page = api_on_both.get(f"{PATH}{query}").json()
        seen += [one["title"] for one in page["items"]]
        query = f"?limit=2&cursor={page['next']}" if page["next"] else ""
    assert seen == ["5", "4", "3", "2", "1"]
    rows = api_on_both.get(f"{PATH}?shape=table&limit=1").json()
    assert [(row["title"], row["time"]) for row in rows] == [("5", "2026-03-04T23:00:00Z")]


def test_an_event_can_be_changed_and_removed(api_on_both: Api) -> None:
    added = add(api_on_both, timeEnd="2026-03-02T09:00:00Z")
    path = f"{PATH}/{added['id']}"
    changed = api_on_both.ask("PATCH", path, role="editor", json={"timeEnd": None, "tags": ["x"]}).json()
    assert changed == added | {"timeEnd": None, "tags": ["x"]}
    assert api_on_both.ask("DELETE", path, role="editor").status_code == 204
    assert api_on_both.get(path).status_code == 404
    assert api_on_both.ask("DELETE", path).status_code == 404
    assert api_on_both.ask("PATCH", path, json={"title": "y"}).status_code == 404
    actions = [act["action"] for act in api_on_both.get("/api/v1/audit").json()["items"]]
    assert sorted(actions) == ["annotation.change", "annotation.create", "annotation.remove"]


def test_the_same_key_adds_an_event_once(api: Api) -> None:
    headers = {"Idempotency-Key": "launch"}
    first = api.post(PATH, json=LAUNCH, headers=headers)
    assert api.post(PATH, json=LAUNCH, headers=headers).json() == first.json()
    assert api.post(PATH, json=LAUNCH | {"title": "Other"}, headers=headers).status_code == 409
    assert titles(api) == ["Launch"]


@pytest.mark.parametrize(
    ("change", "loc"),
    [
        ({"time": None}, ["body", "time", "str"]),
        ({"time": "yesterday"}, ["body", "time"]),
        ({"time": 10**18}, ["body", "time"]),
        ({"time": True}, ["body", "time", "str"]),
        ({"timeEnd": "2026-03-01"}, ["body", "timeEnd"]),
        ({"title": "", "text": " "}, ["body", "title"]),
        ({"title": "x" * 201}, ["body", "title"]),
        ({"tags": ["a,b"]}, ["body", "tags", 0]),
        ({"tags": [" "]}, ["body", "tags", 0]),
        ({"tags": "a"}, ["body", "tags"]),
        ({"colour": "red"}, ["body", "colour"]),
    ],
)
def test_a_wrong_event_is_refused_with_its_place(shared_api: Api, change: dict[str, Any], loc: list[object]) -> None:
    answer = shared_api.post(PATH, json=LAUNCH | change)
    assert answer.status_code == 422
    assert loc in [error["loc"] for error in answer.json()["errors"]]
    assert titles(shared_api) == []


@pytest.mark.parametrize(
    "change", [{"time": None}, {"title": None}, {"tags": None}, {"timeEnd": "2026-03-01"}, {"title": "", "text": ""}]
)
def test_a_wrong_change_changes_nothing(api: Api, change: dict[str, Any]) -> None:
    added = add(api)
    assert api.ask("PATCH", f"{PATH}/{added['id']}", json=change).status_code == 422
    assert api.get(f"{PATH}/{added['id']}").json() == added


@pytest.mark.parametrize("query", ["from=x", "to=99999999999999999", "tz=Mars", "shape=round", "limit=0", "cursor=x"])
def test_a_wrong_query_is_refused(shared_api: Api, query: str) -> None:
    assert shared_api.get(f"{PATH}?{query}").status_code == 422
    assert shared_api.get(f"{PATH}/{uuid4()}").status_code == 404
