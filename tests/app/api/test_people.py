"""People and their accounts: joined by address, then by somebody's word; undone, and not made again by itself."""

from typing import Any

import pytest

from app.store import version as data_version
from tests.app.api.conftest import Api
from tests.app.api.test_ingest import make_source, ndjson, push

NOBODY = "00000000-0000-4000-8000-000000000000"


def account(key: str, email: str | None = None, kind: str = "human", **more: Any) -> dict[str, Any]:
    return {"external_id": key, "display_name": key.title(), "email": email, "kind": kind, **more}


def accounts(api: Api, query: str = "") -> dict[str, dict[str, Any]]:
    listed = api.get(f"/api/v1/accounts{query}", role="editor")
    assert listed.status_code == 200, listed.text
    return {one["external_id"]: one for one in listed.json()["items"]}


def person(api: Api, **body: Any) -> dict[str, Any]:
    made = api.post("/api/v1/people", role="editor", json=body)
    assert made.status_code == 201, made.text
    return dict(made.json())


def give(api: Api, row: dict[str, Any], person_id: str | None, query: str = "") -> dict[str, Any]:
    answer = api.ask("PATCH", f"/api/v1/accounts/{row['id']}{query}", role="editor", json={"person_id": person_id})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def version(api: Api) -> int:
    with api.database.read() as connection:
        return data_version.read(connection).version


def test_accounts_of_two_tools_join_by_their_address(api_on_both: Api) -> None:
    api = api_on_both
    jira, slack = make_source(api, "Jira"), make_source(api, "Slack")
    push(
        api, jira, "accounts", ndjson(account("j1", " Ann@Corp.example"), account("j2", None), account("j3", "b@x.fr"))
    )
    push(api, slack, "accounts", ndjson(account("s1", "ann@corp.EXAMPLE"), account("s2", "ann@corp.example", "bot")))
    found = accounts(api)
    assert found["j1"]["person_id"] == found["s1"]["person_id"] is not None
    assert found["j3"]["person_id"] not in (None, found["j1"]["person_id"])
    assert found["j2"]["person_id"] is None
    assert found["s2"]["person_id"] is None
    ann = api.get(f"/api/v1/people/{found['j1']['person_id']}", role="editor").json()
    assert (ann["name"], ann["email"], ann["made_by"]) == ("J1", "ann@corp.example", "account")
    assert {(one["external_id"], one["how"], one["by"]) for one in ann["accounts"]} == {
        ("j1", "email", None),
        ("s1", "email", None),
    }
    assert set(accounts(api, "?person=none")) == {"j2", "s2"}
    assert set(accounts(api, f"?person={ann['id']}")) == {"j1", "s1"}


def test_the_share_of_accounts_without_a_person_is_a_number(api_on_both: Api) -> None:
    api = api_on_both
    assert api.get("/api/v1/identity", role="viewer").json()["share_without_person"] is None
    jira, slack = make_source(api, "Jira"), make_source(api, "Slack")
    push(api, jira, "accounts", ndjson(account("1", "a@x"), account("2"), account("3", "c@x"), account("4", "c@x")))
    push(api, slack, "accounts", ndjson(account("5", "a@x"), account("6", "d@x", "app"), account("7", kind="unknown")))
    told = api.get("/api/v1/identity", role="viewer").json()
    assert (told["humans"], told["without_person"], told["share_without_person"], told["conflicts"]) == (5, 3, 0.6, 2)
    assert {one["name"]: (one["humans"], one["without_person"]) for one in told["sources"]} == {
        "Jira": (4, 3),
        "Slack": (1, 0),
    }
    assert set(accounts(api, "?conflict=true")) == {"3", "4"}


def test_a_join_is_undone_and_not_made_again_by_itself(api_on_both: Api) -> None:
    api = api_on_both
    source = make_source(api)
    push(api, source, "accounts", ndjson(account("1", "a@x")))
    ann = person(api, name="Ann", email="b@x")
    row = accounts(api)["1"]
    assert give(api, row, ann["id"])["person_id"] == ann["id"]
    assert give(api, row, None)["person_id"] is None
    push(api, source, "accounts", ndjson(account("1", "b@x", active=False)))
    assert accounts(api)["1"]["person_id"] is None
    joins = api.get(f"/api/v1/accounts/{row['id']}", role="editor").json()["joins"]
    assert {(one["how"], one["by"] is None, one["undone_by"] is None) for one in joins} == {
        ("admin", False, False),
        ("email", True, False),
    }
    assert give(api, row, ann["id"])["person_id"] == ann["id"]
    push(api, source, "accounts", ndjson(account("1", "other@x")))
    assert accounts(api)["1"]["person_id"] == ann["id"]


def test_a_machine_is_nobodys_unless_somebody_says_that_it_is_none(api_on_both: Api) -> None:
    api = api_on_both
    push(api, make_source(api), "accounts", ndjson(account("bot", "a@x", "bot"), account("ann", "a@x")))
    ann = accounts(api)["ann"]["person_id"]
    bot, human = accounts(api)["bot"], accounts(api)["ann"]
    refused = api.ask("PATCH", f"/api/v1/accounts/{bot['id']}", role="editor", json={"person_id": ann})
    assert refused.status_code == 422
    both = {"person_id": ann, "automation": False}
    assert api.ask("PATCH", f"/api/v1/accounts/{bot['id']}", role="editor", json=both).json()["person_id"] == ann
    url = f"/api/v1/accounts/{human['id']}"
    assert api.ask("PATCH", url, role="editor", json={"automation": True}).json()["person_id"] is None
    assert api.ask("PATCH", url, role="editor", json={"automation": None}).json()["person_id"] == ann


def test_nothing_new_leaves_the_data_version_as_it_is(api_on_both: Api) -> None:
    api = api_on_both
    source = make_source(api)
    body = ndjson(account("1", "a@x"), account("2", "b@x"), account("3", "b@x"), account("4"))
    people = ndjson({"external_id": "p", "name": "Ann", "email": "a@x", "team": "Shop", "valid_from": "2026-01-01"})
    push(api, source, "accounts", body)
    push(api, source, "people", people)
    before = version(api)
    push(api, source, "accounts", body)
    push(api, source, "people", people)
    assert version(api) == before


def test_a_directory_names_people_teams_and_memberships(api_on_both: Api) -> None:
    api = api_on_both
    tool, directory = make_source(api, "Tool"), make_source(api, "Directory")
    push(api, tool, "accounts", ndjson(account("1", "ann@x")))

    def say(team: str | None, since: str | None = None, until: str | None = None) -> list[tuple[str, Any, Any]]:
        record = {"external_id": "p1", "name": "Ann", "email": "Ann@x", "team": team, "valid_from": since}
        push(api, directory, "people", ndjson(record | {"valid_to": until}))
        (one,) = api.get("/api/v1/people", role="editor").json()["items"]
        shown = api.get(f"/api/v1/people/{one['id']}", role="editor").json()
        assert [each["external_id"] for each in shown["accounts"]] == ["1"]
        return [(stay["team"]["name"], stay["from"], stay["to"]) for stay in shown["memberships"]]

    assert say("Shop") == [("Shop", None, None)]
    # Paris is one hour ahead of UTC in winter.
    assert say("Bank", "2026-01-15") == [
        ("Shop", None, "2026-01-14T23:00:00Z"),
        ("Bank", "2026-01-14T23:00:00Z", None),
    ]
    ended = say("Bank", "2026-01-15", "2026-02-01T00:00:00+01:00")
    assert ended[1] == ("Bank", "2026-01-14T23:00:00Z", "2026-01-31T23:00:00Z")
    assert say("Bank", "2026-01-15", "2026-02-01T00:00:00+01:00") == ended


def test_a_directorys_backward_dates_are_refused_by_line(api: Api) -> None:
    record = {"external_id": "p1", "name": "Ann", "team": "Shop", "valid_from": "2026-02-01", "valid_to": "2026-01-01"}
    far = {"external_id": "p2", "name": "Bob", "team": "Shop", "valid_from": "0001-01-01T00:00:00+14:00"}
    good = {"external_id": "p3", "name": "Cid", "team": "Shop"}
    told = push(api, make_source(api), "people", ndjson(record, far, good))
    assert [(one["line"], one["errors"][0]["loc"]) for one in told["rejected"]] == [
        (1, ["valid_to"]),
        (2, ["valid_from"]),
    ]
    assert told["accepted"] == 1


def test_people_are_listed_changed_and_deleted(api_on_both: Api) -> None:
    api = api_on_both
    ann, bob = person(api, name="Ann", email=" Ann@X.fr "), person(api, name="Bob")
    assert ann["email"] == "ann@x.fr"
    page = api.get("/api/v1/people?limit=1", role="editor").json()
    rest = api.get(f"/api/v1/people?limit=1&cursor={page['next']}", role="editor").json()
    assert {one["id"] for one in page["items"] + rest["items"]} == {ann["id"], bob["id"]}
    url = f"/api/v1/people/{bob['id']}"
    assert api.ask("PATCH", url, role="editor", json={"email": "ANN@x.fr"}).status_code == 409
    assert api.ask("PATCH", url, role="editor", json={"name": None}).status_code == 422
    assert api.ask("PATCH", url, role="editor", json={"email": "b@x"}).json()["email"] == "b@x"
    assert [one["name"] for one in api.get("/api/v1/people?text=BO", role="editor").json()["items"]] == ["Bob"]
    assert api.ask("DELETE", url, role="editor").status_code == 204
    assert api.get(url, role="editor").status_code == 404


def test_a_deleted_person_does_not_come_back_by_the_next_sync(api_on_both: Api) -> None:
    api = api_on_both
    source = make_source(api)
    push(api, source, "accounts", ndjson(account("1", "a@x")))
    (one,) = api.get("/api/v1/people", role="editor").json()["items"]
    assert api.ask("DELETE", f"/api/v1/people/{one['id']}", role="editor").status_code == 204
    push(api, source, "accounts", ndjson(account("1", "a@x", active=False)))
    assert api.get("/api/v1/people", role="editor").json()["items"] == []
    assert accounts(api)["1"]["person_id"] is None


@pytest.mark.parametrize(
    "body", [{}, {"email": "no address"}, {"email": "@x"}, {"name": " "}, {"name": "A", "team": 1}]
)
def test_a_wrong_person_is_refused(api: Api, body: dict[str, Any]) -> None:
    assert api.post("/api/v1/people", role="editor", json=body).status_code == 422


def test_a_person_is_added_once_per_key(api_on_both: Api) -> None:
    headers = {"Idempotency-Key": "ann"}
    first = api_on_both.post("/api/v1/people", role="editor", json={"name": "Ann"}, headers=headers)
    again = api_on_both.post("/api/v1/people", role="editor", json={"name": "Ann"}, headers=headers)
    assert first.content == again.content
    assert api_on_both.post("/api/v1/people", role="editor", json={"name": "B"}, headers=headers).status_code == 409


def test_a_viewer_sees_nobody(api: Api) -> None:
    for path in ("/api/v1/people", "/api/v1/accounts", f"/api/v1/teams/{NOBODY}/members"):
        assert api.get(path, role="viewer").status_code == 403
