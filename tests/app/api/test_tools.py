"""Facts about tools: whoever has sources is listed, and what an admin says of a tool can be unsaid."""

from typing import Any

import pytest

from app.store import tools, version
from tests.app.api.conftest import Api
from tests.app.api.test_sources import PUSH

SEATS = {"seats_bought": 40, "seat_price": 7.5, "currency": "EUR", "freshness_hours": 24}


def known(api: Api) -> list[str]:
    return [one["tool"] for one in api.get("/api/v1/tools").json()["items"]]


def test_a_tool_with_a_source_is_there_before_anything_was_said_of_it(api_on_both: Api) -> None:
    source = api_on_both.post("/api/v1/sources", json=PUSH).json()
    (name,) = known(api_on_both)
    silent = api_on_both.get(f"/api/v1/tools/{name}").json()
    assert silent["seats_bought"] is None
    assert silent["in_catalogue"] is True
    assert silent["updated_at"] is None
    assert source["enabled"]


def test_a_put_says_everything_and_a_patch_what_it_names(api_on_both: Api) -> None:
    path = "/api/v1/tools/jira"
    assert api_on_both.ask("PUT", path, json=SEATS).status_code == 200
    changed = api_on_both.ask("PATCH", path, json={"seats_bought": 41, "in_catalogue": False}).json()
    assert {name: changed[name] for name in SEATS} == SEATS | {"seats_bought": 41}
    assert changed["in_catalogue"] is False
    replaced = api_on_both.ask("PUT", path, json={"seats_bought": 3}).json()
    assert (replaced["seats_bought"], replaced["seat_price"], replaced["in_catalogue"]) == (3, None, True)
    with api_on_both.database.read() as connection:
        assert tools.facts(connection) == {"jira": tools.ToolFacts("jira", seats_bought=3)}
    assert api_on_both.ask("DELETE", path).status_code == 204
    assert known(api_on_both) == []
    assert api_on_both.get(path).status_code == 404
    actions = [act["action"] for act in api_on_both.get("/api/v1/audit").json()["items"]]
    assert sorted(actions) == ["tool.change"] * 3 + ["tool.forget"]


def test_what_is_said_of_a_tool_changes_the_version_of_the_data(api: Api) -> None:
    with api.database.read() as connection:
        before = version.read(connection).version
    api.ask("PUT", "/api/v1/tools/jira", json=SEATS)
    with api.database.read() as connection:
        assert version.read(connection).version > before


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"seats_bought": -1}, ["body", "seats_bought"]),
        ({"seats_bought": "3"}, ["body", "seats_bought"]),
        ({"seats_bought": True}, ["body", "seats_bought"]),
        ({"seat_price": 3}, ["body", "currency"]),
        ({"currency": "EUR"}, ["body", "currency"]),
        ({"seat_price": 3, "currency": "euro"}, ["body", "currency"]),
        ({"seat_price": 1e9, "currency": "EUR"}, ["body", "seat_price"]),
        ({"freshness_hours": 0}, ["body", "freshness_hours"]),
        ({"in_catalogue": None}, ["body", "in_catalogue"]),
        ({"seats": 3}, ["body", "seats"]),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_wrong_facts_are_refused_with_their_place(
    shared_api: Api, method: str, body: dict[str, Any], loc: list[str]
) -> None:
    shared_api.ask("PUT", "/api/v1/tools/jira", json={})
    answer = shared_api.ask(method, "/api/v1/tools/jira", json=body)
    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["errors"]] == [loc]
    assert shared_api.get("/api/v1/tools/jira").json()["seats_bought"] is None


@pytest.mark.parametrize("name", ["%20jira", "a%00b", "a%0Ab", "x" * 201])
def test_a_name_that_nobody_could_type_names_no_tool(api: Api, name: str) -> None:
    assert api.ask("PUT", f"/api/v1/tools/{name}", json={}).status_code == 422
    assert known(api) == []


def test_a_patch_invents_no_tool(api: Api) -> None:
    assert api.ask("PATCH", "/api/v1/tools/jira", json=SEATS).status_code == 404
    assert api.ask("DELETE", "/api/v1/tools/jira").status_code == 404


def test_tools_are_read_page_by_page(api: Api) -> None:
    for name in "cab":
        api.ask("PUT", f"/api/v1/tools/{name}", json={})
    first = api.get("/api/v1/tools?limit=2").json()
    rest = api.get(f"/api/v1/tools?limit=2&cursor={first['next']}").json()
    assert [one["tool"] for one in first["items"] + rest["items"]] == ["a", "b", "c"]
    assert rest["next"] is None
