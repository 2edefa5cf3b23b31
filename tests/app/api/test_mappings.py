"""What a vendor's words mean: an admin's word stands above, takes effect at once, and can be looked at first."""

from typing import Any

import pytest

from tests.app.api.conftest import Api
from tests.app.api.test_metrics import HISTORIES, WEEK, fill, moves, push, total, work_item


def statuses(api: Api, source: str) -> dict[str, dict[str, Any]]:
    listed = api.get(f"/api/v1/sources/{source}/statuses", role="editor").json()["items"]
    return {status["external_id"]: status for status in listed}


def put(api: Api, source: str, kind: str, row: dict[str, Any], body: dict[str, Any], query: str = "") -> dict[str, Any]:
    answer = api.ask("PUT", f"/api/v1/sources/{source}/{kind}/{row['id']}{query}", role="editor", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_statuses_show_what_they_mean_and_hold(api_on_both: Api) -> None:
    source = fill(api_on_both)
    done = statuses(api_on_both, source)["done"]
    assert (done["category"], done["default"], done["override"], done["items"]) == ("done", "done", None, 3)
    page = api_on_both.get(f"/api/v1/sources/{source}/statuses?limit=1", role="editor")
    assert page.links["next"]


def test_a_preview_tells_the_effect_and_changes_nothing(api_on_both: Api) -> None:
    source = fill(api_on_both)
    before = statuses(api_on_both, source)
    effect = put(api_on_both, source, "statuses", before["active"], {"category": "todo"}, "?preview=true")
    assert effect["preview"] is True
    assert effect["items"] == 4
    assert effect["before"] == {"finished": 2, "discarded": 1, "in_progress": 1, "cycle_time_p50": 60 * 3600}
    assert effect["after"] == {"finished": 2, "discarded": 1, "in_progress": 0, "cycle_time_p50": None}
    assert statuses(api_on_both, source) == before
    assert total(api_on_both, "cycle_time")["n"] == 2
    assert api_on_both.get("/api/v1/audit").json()["items"][0]["action"] == "source.create"


def test_a_new_meaning_rewrites_history_at_once_and_null_undoes_it(api_on_both: Api) -> None:
    source = fill(api_on_both)
    active = statuses(api_on_both, source)["active"]
    assert total(api_on_both, "cycle_time")["n"] == 2
    changed = put(api_on_both, source, "statuses", active, {"category": "todo"})
    assert (changed["category"], changed["override"], changed["default"]) == ("todo", "todo", "active")
    assert total(api_on_both, "cycle_time")["n"] == 0
    back = put(api_on_both, source, "statuses", active, {"category": None})
    assert (back["category"], back["override"]) == ("active", None)
    assert total(api_on_both, "cycle_time")["n"] == 2


def test_a_meaning_can_hold_for_one_project_only(api_on_both: Api) -> None:
    source = fill(api_on_both)
    push(api_on_both, source, "projects", [{"external_id": "bank", "name": "Bank"}])
    push(api_on_both, source, "work_items", [work_item("Z", HISTORIES["A"], project="bank")])
    push(api_on_both, source, "transitions", moves("Z", HISTORIES["A"]))
    active = statuses(api_on_both, source)["active"]
    at_the_bank = put(api_on_both, source, "statuses", active, {"category": "todo", "project": "bank"}, "?preview=true")
    assert (at_the_bank["items"], at_the_bank["before"]["finished"], at_the_bank["after"]["in_progress"]) == (1, 1, 0)
    put(api_on_both, source, "statuses", active, {"category": "todo", "project": "shop"})
    shown = statuses(api_on_both, source)["active"]
    assert (shown["category"], shown["override"]) == ("active", None)
    assert [(one["project"]["name"], one["category"]) for one in shown["projects"]] == [("=Shop", "todo")]
    assert total(api_on_both, "cycle_time", f"{WEEK}&project=shop")["n"] == 0
    assert total(api_on_both, "cycle_time", f"{WEEK}&project=bank")["n"] == 1


def test_a_project_that_only_its_items_name_can_have_a_meaning_of_its_own(api: Api) -> None:
    source = fill(api)
    push(api, source, "work_items", [work_item("Z", HISTORIES["A"], project="unlisted")])
    push(api, source, "transitions", moves("Z", HISTORIES["A"]))
    active = statuses(api, source)["active"]
    (word,) = put(api, source, "statuses", active, {"category": "todo", "project": "unlisted"})["projects"]
    assert word["project"]["external_id"] == "unlisted"
    assert total(api, "cycle_time", f"{WEEK}&project=unlisted")["n"] == 0
    assert total(api, "cycle_time", f"{WEEK}&project=shop")["n"] == 2
    url, wrong = f"/api/v1/sources/{source}/statuses/{active['id']}", {"category": "todo", "project": "nowhere"}
    assert api.ask("PUT", url, json=wrong).status_code == 422


def test_types_and_resolutions_are_mapped(api_on_both: Api) -> None:
    source = fill(api_on_both)
    push(api_on_both, source, "item_types", [{"external_id": "story", "name": "Story"}])
    push(api_on_both, source, "resolutions", [{"external_id": "later", "name": "Later"}])
    item = work_item("A", HISTORIES["A"], item_type="story", resolution="later")
    push(api_on_both, source, "work_items", [item])
    (story,) = api_on_both.get(f"/api/v1/sources/{source}/item-types", role="editor").json()["items"]
    assert (story["kind"], story["items"]) == (None, 1)
    assert put(api_on_both, source, "item-types", story, {"kind": "feature"}, "?preview=true")["items"] == 1
    assert put(api_on_both, source, "item-types", story, {"kind": "feature"})["kind"] == "feature"
    assert total(api_on_both, "throughput", f"{WEEK}&item_kind=feature")["value"] == 1
    (later,) = api_on_both.get(f"/api/v1/sources/{source}/resolutions", role="editor").json()["items"]
    effect = put(api_on_both, source, "resolutions", later, {"category": "discarded"}, "?preview=true")
    assert (effect["before"]["finished"], effect["after"]["finished"]) == (1, 0)
    assert total(api_on_both, "throughput")["value"] == 3
    put(api_on_both, source, "resolutions", later, {"category": "discarded"})
    assert total(api_on_both, "throughput")["value"] == 2
    (shown,) = api_on_both.get("/api/v1/work-items?text=item a", role="viewer").json()["items"]
    assert shown["category"] == "discarded"


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({}, ["body", "category"]),
        ({"category": "busy"}, ["body", "category"]),
        ({"category": "todo", "project": "nowhere"}, ["body", "project"]),
        ({"category": "todo", "colour": 1}, ["body", "colour"]),
    ],
)
def test_a_wrong_meaning_is_refused(api: Api, body: dict[str, Any], loc: list[str]) -> None:
    source = fill(api)
    todo = statuses(api, source)["todo"]
    answer = api.ask("PUT", f"/api/v1/sources/{source}/statuses/{todo['id']}", role="editor", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == loc


def test_an_account_is_marked_as_automation(api_on_both: Api) -> None:
    source = fill(api_on_both)
    push(api_on_both, source, "accounts", [{"external_id": "u1", "display_name": "Robot", "kind": "human"}])
    move = moves("A", HISTORIES["A"])[0] | {"actor": "u1"}
    push(api_on_both, source, "transitions", [move])
    (account,) = api_on_both.get("/api/v1/accounts?text=robo", role="editor").json()["items"]
    url = f"/api/v1/accounts/{account['id']}"
    assert total(api_on_both, "automation_rate")["numerator"] == 0
    changed = api_on_both.ask("PATCH", url, role="editor", json={"automation": True}).json()
    assert changed["automation"] is True
    assert total(api_on_both, "automation_rate")["numerator"] == 1
    api_on_both.ask("PATCH", url, role="editor", json={"automation": None})
    assert total(api_on_both, "automation_rate")["numerator"] == 0
    unknown = {"person_id": "00000000-0000-4000-8000-000000000000"}
    assert api_on_both.ask("PATCH", url, role="editor", json=unknown).status_code == 422
