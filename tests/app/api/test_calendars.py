"""Working calendars over the API: made, given to teams, made the deployment's, and refused when they mean nothing."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert

from app.models.people import team
from app.store import version
from tests.app.api.conftest import Api

PATH = "/api/v1/calendars"
SPLIT = [{"from": "08:30", "to": "12:00"}, {"from": "13:00", "to": "17:00"}]
BERLIN: dict[str, Any] = {
    "name": "Berlin",
    "zone": "Europe/Berlin",
    "days": {"monday": SPLIT, "friday": [{"from": "08:00", "to": "24:00"}]},
    "holidays": {"country": "DE", "subdivision": "BE", "worked": ["Pentecost Monday"]},
    "company_days": [{"date": "2026-05-15", "name": "Bridge", "hours": []}, {"date": "2026-05-16", "hours": SPLIT}],
}


def make(api: Api, **changes: Any) -> dict[str, Any]:
    answer = api.post(PATH, json=BERLIN | changes)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


@pytest.fixture(scope="module")
def made(shared_api: Api) -> dict[str, Any]:
    """The only calendar, and it stays as it is."""
    return make(shared_api)


def add_team(api: Api, name: str) -> str:
    team_id: UUID = uuid4()
    with api.database.write() as connection:
        connection.execute(insert(team).values(id=team_id, name=name, created_at=api.clock.now()))
    return str(team_id)


def data_version(api: Api) -> int:
    with api.database.read() as connection:
        return version.read(connection).version


def test_a_calendar_is_read_back_as_it_was_sent(api_on_both: Api) -> None:
    made = make(api_on_both)
    assert api_on_both.get(f"{PATH}/{made['id']}").json() == made
    assert made["days"]["monday"] == SPLIT
    assert made["days"]["sunday"] == []
    assert made["holidays"] == BERLIN["holidays"]
    assert made["company_days"][0] == BERLIN["company_days"][0]
    assert [one["name"] for one in api_on_both.get(PATH).json()["items"]] == ["Berlin"]


def test_the_usual_calendar_holds_until_another_is_made_the_deployments(api_on_both: Api) -> None:
    usual = api_on_both.get(f"{PATH}/default").json()
    assert usual["id"] is None
    assert usual["days"]["friday"] == [{"from": "09:00", "to": "18:00"}]
    assert usual["days"]["saturday"] == []
    assert usual["holidays"]["country"] == "FR"
    first = make(api_on_both, default=True)
    second = make(api_on_both, name="Other", default=True)
    assert api_on_both.get(f"{PATH}/default").json()["id"] == second["id"]
    assert api_on_both.get(f"{PATH}/{first['id']}").json()["default"] is False
    api_on_both.ask("PATCH", f"{PATH}/{second['id']}", json={"default": False})
    assert api_on_both.get(f"{PATH}/default").json() == usual


def test_a_team_has_one_calendar(api_on_both: Api) -> None:
    checkout, search = add_team(api_on_both, "Checkout"), add_team(api_on_both, "Search")
    first = make(api_on_both, team_ids=[checkout, search])
    assert set(first["team_ids"]) == {checkout, search}
    second = make(api_on_both, name="Second", team_ids=[search])
    assert api_on_both.get(f"{PATH}/{first['id']}").json()["team_ids"] == [checkout]
    assert api_on_both.ask("PATCH", f"{PATH}/{second['id']}", json={"team_ids": []}).json()["team_ids"] == []
    assert api_on_both.ask("DELETE", f"{PATH}/{first['id']}").status_code == 204
    assert api_on_both.get(f"{PATH}/{first['id']}").status_code == 404


def test_the_version_tells_hours_apart_and_nothing_else(api: Api) -> None:
    made = make(api)
    path = f"{PATH}/{made['id']}"
    before = data_version(api)
    renamed = api.ask("PATCH", path, json={"name": "Berlin 2"}).json()
    assert renamed["version"] == made["version"]
    changed = api.ask("PATCH", path, json={"holidays": None}).json()
    assert changed["version"] != made["version"]
    assert (changed["name"], changed["days"]) == ("Berlin 2", made["days"])
    assert data_version(api) == before + 2
    acts = [(act["action"], act["detail"].get("fields")) for act in api.get("/api/v1/audit").json()["items"]]
    assert sorted(acts, key=str) == [
        ("calendar.change", ["holidays"]),
        ("calendar.change", ["name"]),
        ("calendar.create", None),
    ]


def days(**changes: Any) -> dict[str, Any]:
    return {"days": BERLIN["days"] | changes}


@pytest.mark.parametrize(
    ("change", "loc", "said"),
    [
        ({"zone": "Mars/Base"}, ["zone"], "time zone"),
        ({"zone": ""}, ["zone"], ""),
        ({"days": {}}, ["days"], "Somebody has to work"),
        ({"days": {"monday": [], "tuesday": []}}, ["days"], "Somebody has to work"),
        (days(funday=[]), ["days", "funday"], ""),
        (days(monday=[{"from": "9:00", "to": "18:00"}]), ["days", "monday", 0, "from"], ""),
        (days(monday=[{"from": "09:00", "to": "25:00"}]), ["days", "monday", 0, "to"], ""),
        (days(monday=[{"from": "22:00", "to": "06:00"}]), ["days", "monday", 0, "to"], "over midnight"),
        (days(monday=[*SPLIT, SPLIT[0]]), ["days", "monday", 2, "from"], "in order"),
        ({"holidays": {"country": "XX"}}, ["holidays", "country"], "AD, AE"),
        ({"holidays": {"country": "FR", "subdivision": "BE"}}, ["holidays", "subdivision"], "Martinique"),
        ({"holidays": {"country": "FR", "worked": ["Blue Monday"]}}, ["holidays", "worked", 0], "Pentecost Monday"),
        ({"company_days": [{"date": "2026-02-30"}]}, ["company_days", 0, "date"], "1970"),
        ({"company_days": [{"date": "1900-01-01"}]}, ["company_days", 0, "date"], "1970"),
        ({"company_days": [{"date": 5}]}, ["company_days", 0, "date"], ""),
        ({"company_days": [{"date": "2026-05-15"}] * 2}, ["company_days", 1, "date"], "twice"),
        ({"team_ids": [str(uuid4())]}, ["team_ids", 0], "no team"),
        ({"team_ids": ["x"]}, ["team_ids", 0], ""),
        ({"name": " "}, ["name"], ""),
        ({"colour": 1}, ["colour"], ""),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_calendar_that_means_nothing_is_refused_with_its_place(
    shared_api: Api, made: dict[str, Any], method: str, change: dict[str, Any], loc: list[object], said: str
) -> None:
    if method == "POST":
        answer = shared_api.post(PATH, json=BERLIN | {"name": "Wrong"} | change)
    else:
        answer = shared_api.ask("PATCH", f"{PATH}/{made['id']}", json=change)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["loc"] == ["body", *loc]
    assert said in error["msg"]
    assert shared_api.get(PATH).json()["items"] == [made]


@pytest.mark.parametrize("name", ["name", "days", "company_days", "default", "team_ids"])
def test_a_change_to_nothing_is_refused(shared_api: Api, made: dict[str, Any], name: str) -> None:
    assert shared_api.ask("PATCH", f"{PATH}/{made['id']}", json={name: None}).status_code == 422


def test_a_name_is_taken_once(api_on_both: Api) -> None:
    make(api_on_both)
    other = make(api_on_both, name="Other")
    assert api_on_both.post(PATH, json=BERLIN).status_code == 409
    assert api_on_both.ask("PATCH", f"{PATH}/{other['id']}", json={"name": "Berlin"}).status_code == 409
    assert api_on_both.ask("PATCH", f"{PATH}/{other['id']}", json={"name": "Other"}).status_code == 200
    assert api_on_both.ask("PATCH", f"{PATH}/{uuid4()}", json={"name": "x"}).status_code == 404


def test_the_same_key_makes_one_calendar(api: Api) -> None:
    headers = {"Idempotency-Key": "once"}
    assert api.post(PATH, json=BERLIN, headers=headers).json() == api.post(PATH, json=BERLIN, headers=headers).json()
    assert len(api.get(PATH).json()["items"]) == 1
