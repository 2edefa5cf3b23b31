"""Teams: a tree without cycles, memberships that never overlap, and a look at what a change would do."""

from typing import Any

import pytest

from tests.app.api.conftest import Api
from tests.app.api.test_ingest import make_source, ndjson, push
from tests.app.api.test_people import NOBODY, account, accounts, give, person


def team(api: Api, name: str, parent: dict[str, Any] | None = None) -> dict[str, Any]:
    body = {"name": name, "parent_id": None if parent is None else parent["id"]}
    made = api.post("/api/v1/teams", role="editor", json=body)
    assert made.status_code == 201, made.text
    return dict(made.json())


def put(api: Api, team_id: str, members: list[dict[str, Any]], query: str = "") -> Any:
    return api.ask("PUT", f"/api/v1/teams/{team_id}/members{query}", role="editor", json={"members": members})


def stays(api: Api, person_id: str) -> list[tuple[str, str | None, str | None]]:
    shown = api.get(f"/api/v1/people/{person_id}", role="editor").json()
    return [(one["team"]["name"], one["from"], one["to"]) for one in shown["memberships"]]


def item(key: str, assignee: str, created: str, **more: Any) -> dict[str, Any]:
    return {
        "external_id": key,
        "created_at": created,
        "updated_at": created,
        "assignee": assignee,
        "status": "t",
        **more,
    }


def test_teams_are_a_tree_without_a_cycle(api_on_both: Api) -> None:
    api = api_on_both
    top = team(api, "Product")
    shop, cart = team(api, "Shop", top), None
    cart = team(api, "Cart", shop)
    assert [one["name"] for one in api.get("/api/v1/teams", role="viewer").json()["items"]] == [
        "Cart",
        "Product",
        "Shop",
    ]
    refused = api.ask("PATCH", f"/api/v1/teams/{top['id']}", role="editor", json={"parent_id": cart["id"]})
    assert refused.status_code == 422
    assert refused.json()["detail"] == "A team cannot be below itself: 'Cart' is below 'Shop' is below 'Product'."
    itself = api.ask("PATCH", f"/api/v1/teams/{top['id']}", role="editor", json={"parent_id": top["id"]})
    assert itself.status_code == 422
    assert api.post("/api/v1/teams", role="editor", json={"name": "Shop"}).status_code == 409
    assert api.ask("PATCH", f"/api/v1/teams/{cart['id']}", role="editor", json={"name": "Shop"}).status_code == 409
    assert api.post("/api/v1/teams", role="editor", json={"name": "X", "parent_id": NOBODY}).status_code == 422
    moved = api.ask("PATCH", f"/api/v1/teams/{cart['id']}", role="editor", json={"parent_id": top["id"], "name": "Pay"})
    assert (moved.json()["parent_id"], moved.json()["name"]) == (top["id"], "Pay")


def test_a_team_with_anything_in_it_is_deleted_only_when_told_where_it_goes(api_on_both: Api) -> None:
    api = api_on_both
    top = team(api, "Product")
    shop = team(api, "Shop", top)
    cart = team(api, "Cart", shop)
    ann = person(api, name="Ann")
    assert put(api, shop["id"], [{"person_id": ann["id"]}]).json() == {"people": 1, "changed": 1}
    url = f"/api/v1/teams/{shop['id']}"
    assert api.ask("DELETE", url, role="editor").status_code == 409
    assert api.ask("DELETE", f"{url}?move_to={cart['id']}", role="editor").status_code == 422
    assert api.ask("DELETE", f"{url}?move_to={NOBODY}", role="editor").status_code == 422
    assert api.ask("DELETE", f"{url}?move_to={top['id']}", role="editor").status_code == 204
    assert stays(api, ann["id"]) == [("Product", None, None)]
    assert api.get(f"/api/v1/teams/{cart['id']}", role="viewer").json()["parent_id"] == top["id"]
    assert api.ask("DELETE", f"/api/v1/teams/{top['id']}?move_to=unassigned", role="editor").status_code == 204
    assert stays(api, ann["id"]) == []
    assert api.get(f"/api/v1/teams/{cart['id']}", role="viewer").json()["parent_id"] is None
    assert api.ask("DELETE", f"/api/v1/teams/{cart['id']}", role="editor").status_code == 204


def test_nobody_is_in_two_teams_at_once(api_on_both: Api) -> None:
    api = api_on_both
    shop, bank, ann = team(api, "Shop"), team(api, "Bank"), person(api, name="Ann")
    put(api, shop["id"], [{"person_id": ann["id"], "from": "2026-01-01"}])
    again = {"person_id": ann["id"], "from": "2026-02-01"}
    refused = put(api, bank["id"], [again])
    assert refused.status_code == 409
    assert "is in team 'Shop' from 2025-12-31T23:00:00Z" in refused.json()["detail"]
    assert put(api, bank["id"], [again], "?move=true").json() == {"people": 1, "changed": 1}
    assert stays(api, ann["id"]) == [
        ("Shop", "2025-12-31T23:00:00Z", "2026-01-31T23:00:00Z"),
        ("Bank", "2026-01-31T23:00:00Z", None),
    ]
    twice = [{"person_id": ann["id"], "to": "2026-03-01"}, {"person_id": ann["id"], "from": "2026-02-28"}]
    overlap = put(api, bank["id"], twice)
    assert overlap.status_code == 422
    assert overlap.json()["errors"][0]["loc"] == ["body", "members", 1]
    listed = api.get(f"/api/v1/teams/{bank['id']}/members", role="editor").json()["items"]
    assert [(one["person"]["name"], one["from"], one["to"]) for one in listed] == [
        ("Ann", "2026-01-31T23:00:00Z", None)
    ]


def test_a_persons_teams_are_set_as_a_whole(api_on_both: Api) -> None:
    api = api_on_both
    shop, bank, ann = team(api, "Shop"), team(api, "Bank"), person(api, name="Ann")
    url = f"/api/v1/people/{ann['id']}/teams"
    body = [
        {"team_id": bank["id"], "from": "2026-02-01T12:00:00Z"},
        {"team_id": shop["id"], "to": "2026-01-01"},
        {"team_id": shop["id"], "from": "2026-01-01", "to": "2026-02-01"},
    ]
    assert api.ask("PUT", url, role="editor", json={"memberships": body}).status_code == 200
    assert stays(api, ann["id"]) == [("Shop", None, "2026-01-31T23:00:00Z"), ("Bank", "2026-02-01T12:00:00Z", None)]
    shown = api.get("/api/v1/people?team=Shop,unassigned", role="editor").json()["items"]
    assert shown == []
    assert [one["team"]["name"] for one in api.get("/api/v1/people?team=Bank", role="editor").json()["items"]] == [
        "Bank"
    ]
    assert api.ask("PUT", url, role="editor", json={"memberships": []}).status_code == 200
    assert len(api.get("/api/v1/people?team=unassigned", role="editor").json()["items"]) == 1


@pytest.mark.parametrize(
    ("more", "loc"),
    [
        ({"from": "2026-02-01", "to": "2026-02-01"}, "to"),
        ({"from": "2026-02-01", "to": "2026-01-01"}, "to"),
        ({"from": "01/02/2026"}, "from"),
        ({"from": "0000-01-01"}, "from"),
        ({"to": "9999-12-31"}, "to"),
        ({"person_id": NOBODY}, "person_id"),
        ({"person_id": "x"}, "person_id"),
        ({"role": "lead"}, "role"),
    ],
)
def test_a_wrong_membership_is_refused_with_its_place(api: Api, more: dict[str, Any], loc: str) -> None:
    shop, ann = team(api, "Shop"), person(api, name="Ann")
    refused = put(api, shop["id"], [{"person_id": ann["id"], **more}])
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["loc"] == ["body", "members", 0, loc]


def test_a_preview_tells_what_would_move_and_changes_nothing(api_on_both: Api) -> None:
    api = api_on_both
    source = make_source(api)
    push(api, source, "accounts", ndjson(account("ann", "ann@x"), account("bob", "bob@x")))
    items = [
        item("old", "ann", "2026-01-05T00:00:00Z", resolved_at="2026-01-06T00:00:00Z"),
        item("long", "ann", "2026-01-05T00:00:00Z"),
        item("new", "ann", "2026-02-05T00:00:00Z", resolved_at="2026-02-06T00:00:00Z"),
        item("other", "bob", "2026-02-05T00:00:00Z"),
    ]
    push(api, source, "work_items", ndjson(*items))
    shop, bank = team(api, "Shop"), team(api, "Bank")
    ann, bob = (accounts(api)[name]["person_id"] for name in ("ann", "bob"))
    put(api, shop["id"], [{"person_id": ann}])
    audited = len(api.get("/api/v1/audit").json()["items"])
    effect = put(api, bank["id"], [{"person_id": ann, "from": "2026-02-01"}], "?move=true&preview=true").json()
    assert (effect["preview"], effect["people"], effect["accounts"], effect["work_items"]) == (True, 1, 1, 2)
    assert [(one["team"]["name"], one["work_items_in"], one["work_items_out"]) for one in effect["teams"]] == [
        ("Bank", 2, 0),
        ("Shop", 0, 2),
    ]
    account_effect = give(api, accounts(api)["bob"], ann, "?preview=true")
    assert (account_effect["people"], account_effect["accounts"], account_effect["work_items"]) == (0, 1, 1)
    assert [(one["team"] or {}).get("name") for one in account_effect["teams"]] == ["Shop", None]
    assert stays(api, ann) == [("Shop", None, None)]
    assert accounts(api)["bob"]["person_id"] == bob
    assert len(api.get("/api/v1/audit").json()["items"]) == audited


def test_work_items_are_found_by_the_team_of_their_assignee_now(api_on_both: Api) -> None:
    api = api_on_both
    source = make_source(api)
    push(api, source, "accounts", ndjson(account("ann", "ann@x"), account("bob", "bob@x"), account("cid", "cid@x")))
    made = "2026-01-05T00:00:00Z"
    items = [item(f"of {who}", who, made) for who in ("ann", "bob", "cid", "unknown")]
    push(api, source, "work_items", ndjson(*items, {"external_id": "free", "created_at": made, "updated_at": made}))
    product = team(api, "Product")
    shop = team(api, "Shop", product)
    bank = team(api, "Bank")
    ann, bob, cid = (accounts(api)[name]["person_id"] for name in ("ann", "bob", "cid"))
    put(api, shop["id"], [{"person_id": ann}])
    put(api, bank["id"], [{"person_id": bob}, {"person_id": cid, "to": "2026-01-01"}])

    def found(teams: str) -> set[str]:
        listed = api.get("/api/v1/work-items", params={"team": teams}, role="viewer").json()["items"]
        return {one["external_id"] for one in listed}

    assert found("Shop") == found("Product") == found(product["id"]) == {"of ann"}
    assert found("Bank") == {"of bob"}
    assert found("unassigned") == {"of cid", "of unknown", "free"}
    assert found("Bank,unassigned") == {"of bob", "of cid", "of unknown", "free"}
    assert found("no such team") == set()
    assert len(found("")) == 5


def test_groups_of_the_tools_suggest_teams_with_their_evidence(api_on_both: Api) -> None:
    api = api_on_both
    source = make_source(api)
    who = ("ann", "bob", "cid")
    push(api, source, "accounts", ndjson(*(account(one, f"{one}@x") for one in who)))
    made = "2026-01-05T00:00:00Z"
    push(api, source, "projects", ndjson({"external_id": "p1", "name": "Checkout"}))
    push(api, source, "work_items", ndjson(*(item(one, one, made, project="p1") for one in ("ann", "bob"))))
    channels = [
        {"external_id": "c1", "name": "shop", "members": [*who, "stranger"]},
        {"external_id": "c2", "name": "secret", "private": True, "members": list(who)},
        {"external_id": "c3", "name": "alone", "members": ["ann"]},
    ]
    push(api, source, "channels", ndjson(*channels))
    shop = team(api, "Shop")
    people = {one: accounts(api)[one]["person_id"] for one in who}
    put(api, shop["id"], [{"person_id": people["ann"]}])

    def told() -> list[tuple[str, str, set[str], str | None, set[tuple[str | None, int]]]]:
        listed = api.get("/api/v1/teams/suggestions", role="editor").json()["items"]
        return [
            (one["evidence"]["kind"], one["name"], set(one["people"]), one["same_name"],
             {((each["team"] or {}).get("name"), each["people"]) for each in one["now_in"]})
            for one in listed
        ]  # fmt: skip

    assert told() == [
        ("channel", "shop", set(people.values()), shop["id"], {(None, 2), ("Shop", 1)}),
        ("project", "Checkout", {people["ann"], people["bob"]}, None, {(None, 1), ("Shop", 1)}),
    ]
    put(api, shop["id"], [{"person_id": one} for one in people.values()])
    assert [name for _, name, *_ in told()] == ["Checkout"]
