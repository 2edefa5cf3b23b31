"""Alerts: a threshold on a metric, looked at by the clock, with a state for each group."""

from typing import Any
from uuid import uuid4

import pytest

from app.facts.read import FactsReader
from app.schedule.alerts import look_at_alerts
from tests.app.api.conftest import Api
from tests.app.api.test_metrics import fill

PATH = "/api/v1/alerts"
SLOW: dict[str, Any] = {
    "name": "Slow",
    "question": {"metric": "lead_time", "days": 40},
    "measure": "p50",
    "above": 3600,
}


def make(api: Api, **changes: Any) -> dict[str, Any]:
    answer = api.post(PATH, json=SLOW | changes)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


@pytest.fixture(scope="module")
def made(shared_api: Api) -> dict[str, Any]:
    """The only alert, and it stays as it is."""
    return make(shared_api)


def look(api: Api) -> None:
    look_at_alerts(api.database, FactsReader(api.database), api.clock, api.settings)


def seen(api: Api, made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"{PATH}/{made['id']}").json()
    return found


def test_an_alert_fires_where_its_measure_is_over_the_threshold(api_on_both: Api) -> None:
    fill(api_on_both)
    slow, calm = make(api_on_both), make(api_on_both, name="Calm", above=10**9)
    few = make(
        api_on_both, name="Few", question={"metric": "throughput", "days": 40}, measure="value", above=None, below=4
    )
    edge = make(
        api_on_both, name="Edge", question={"metric": "throughput", "days": 40}, measure="value", above=3, below=3
    )
    assert (slow["state"], slow["checked_at"], slow["groups"]) == ("unknown", None, [])
    look(api_on_both)
    # The worked example: a median of 72 hours, three items finished.
    assert seen(api_on_both, slow)["groups"] == [{"group": {}, "state": "firing", "value": 72 * 3600}]
    assert seen(api_on_both, calm)["state"] == "ok"
    assert seen(api_on_both, few)["groups"][0] == {"group": {}, "state": "firing", "value": 3}
    assert seen(api_on_both, edge)["state"] == "ok"


def test_a_state_says_since_when(api_on_both: Api) -> None:
    fill(api_on_both)
    made = make(api_on_both)
    look(api_on_both)
    first = api_on_both.clock.now()
    api_on_both.clock.forward(minutes=5)
    look(api_on_both)
    still = seen(api_on_both, made)
    assert still["state_since"] == first.isoformat().replace("+00:00", "Z")
    assert still["checked_at"] > still["state_since"]
    # Forty days on, none of the items is in the window.
    api_on_both.clock.forward(days=40)
    look(api_on_both)
    later = seen(api_on_both, made)
    assert (later["state"], later["groups"][0]["value"]) == ("no_data", None)
    assert later["state_since"] == later["checked_at"]


def test_every_group_has_a_state_and_one_that_fires_is_enough(api_on_both: Api) -> None:
    fill(api_on_both)
    made = make(
        api_on_both, question={"metric": "throughput", "days": 40, "group_by": ["project"]}, measure="value", above=2
    )
    look(api_on_both)
    found = seen(api_on_both, made)
    assert found["state"] == "firing"
    assert [(one["group"]["project"]["name"], one["state"]) for one in found["groups"]] == [("=Shop", "firing")]


def test_a_changed_alert_is_looked_at_anew_and_a_disabled_one_not(api_on_both: Api) -> None:
    fill(api_on_both)
    made = make(api_on_both)
    look(api_on_both)
    changed = api_on_both.ask(
        "PATCH", f"{PATH}/{made['id']}", json={"above": None, "below": 1, "enabled": False}
    ).json()
    assert (changed["state"], changed["above"], changed["below"]) == ("unknown", None, 1)
    look(api_on_both)
    assert seen(api_on_both, made)["state"] == "unknown"
    assert api_on_both.ask("DELETE", f"{PATH}/{made['id']}").status_code == 204
    assert api_on_both.get(f"{PATH}/{made['id']}").status_code == 404
    assert api_on_both.ask("DELETE", f"{PATH}/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    ("change", "loc"),
    [
        ({"above": None}, ["above"]),
        ({"above": "3"}, ["above"]),
        ({"measure": "value"}, ["measure"]),
        ({"question": {"metric": "happiness"}}, ["question", "metric"]),
        ({"question": {"metric": "lead_time", "days": 0}}, ["question", "days"]),
        ({"question": {"metric": "lead_time", "group_by": ["colour"]}}, ["question", "group_by"]),
        ({"question": {"metric": "lead_time", "filters": {"colour": ["red"]}}}, ["question", "colour"]),
        ({"question": {"metric": "lead_time", "clock": "sun"}}, ["question", "clock"]),
        ({"name": None}, ["name"]),
        ({"colour": "red"}, ["colour"]),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_an_alert_that_could_say_nothing_is_refused(
    shared_api: Api, made: dict[str, Any], method: str, change: dict[str, Any], loc: list[str]
) -> None:
    path = PATH if method == "POST" else f"{PATH}/{made['id']}"
    body = SLOW | {"name": "Wrong"} | change if method == "POST" else change
    answer = shared_api.ask(method, path, json=body)
    assert answer.status_code == 422, answer.text
    assert ["body", *loc] in [error["loc"] for error in answer.json()["errors"]]
    assert shared_api.get(PATH).json()["items"] == [made]


def test_a_name_is_taken_once(api: Api) -> None:
    made, other = make(api), make(api, name="Other")
    assert api.post(PATH, json=SLOW).status_code == 409
    assert api.ask("PATCH", f"{PATH}/{other['id']}", json={"name": "Slow"}).status_code == 409
    assert api.ask("PATCH", f"{PATH}/{made['id']}", json={"name": "Slow"}).status_code == 200
    assert api.ask("PATCH", f"{PATH}/{uuid4()}", json={"name": "x"}).status_code == 404
