"""Erasing a person: nothing that names them is left in any table, no number changes, and no sync brings them back."""

from typing import Any

from sqlalchemy import Text, case, cast, func, select

from app.metrics.catalogue import BY_NAME
from app.models import metadata
from app.models.people import account as account_table
from app.models.usage import usage_day
from app.store import user_sessions, users
from tests.app.api.conftest import Api
from tests.app.api.test_ingest import make_source, ndjson
from tests.app.api.test_people import account, accounts, person
from tests.app.api.test_teams import put, stays, team

WINDOW = "from=2025-12-01&to=2026-03-01&grain=month&tz=UTC"
NAMED = ("vendor-id-7", "ada.secret@x.example", "ada lovelace", "record-9")


def everything() -> dict[str, list[dict[str, Any]]]:
    """Records of every type that name accounts, with one account that is going to be erased."""
    ada, others = "vendor-id-7", [f"other{number}" for number in range(6)]
    at, later, done = "2026-02-02T09:00:00Z", "2026-02-03T09:00:00Z", "2026-02-05T09:00:00Z"
    return {
        "accounts": [
            account(ada, "Ada.Secret@x.example", display_name="Ada Lovelace"),
            *(account(one, f"{one}@x.example") for one in others),
        ],
        "statuses": [{"external_id": one, "name": one, "category": one} for one in ("todo", "active", "done")],
        "work_items": [
            {"external_id": f"{place}-{number}", "created_at": at, "updated_at": done, "status": "done",
             "assignee": who, "creator": ada}
            for place, who in enumerate((ada, *others))
            for number in range(2)
        ],
        "transitions": [
            {"external_id": f"{place}-{number}-{to}", "work_item": f"{place}-{number}", "at": when, "from_status": left,
             "to_status": to, "actor": ada}
            for place, who in enumerate((ada, *others))
            for number in range(2)
            for when, left, to in ((later, "todo", "active"), (done, "active", "done"))
        ],
        "usage_days": [
            {"account": who, "event": "edit", "day": f"2026-02-0{day}", "count": day}
            for who in (ada, *others)
            for day in range(1, 5)
        ],
        "seats": [{"account": who, "as_of": at, "assigned_at": "2026-01-01T00:00:00Z"} for who in (ada, *others)],
        "survey_responses": [
            {"external_id": f"s-{place}", "survey": "pulse", "topic": "tool", "tool": "scripts", "kind": "csat",
             "scale_min": 1, "scale_max": 5, "score": place % 5 + 1, "account": who, "at": at,
             "comment": f"{who} speaks"}
            for place, who in enumerate((ada, *others))
        ],
        "channels": [{"external_id": "c", "name": "c", "members": [others[0], ada, others[1]]}],
        "conversations": [
            {"external_id": f"t-{place}", "channel": "c", "started_at": at, "started_by": who, "first_reply_at": later,
             "first_reply_by": ada, "participants": [who, ada], "messages": 3,
             "marks": [{"name": "warning", "by": ada, "at": at}]}
            for place, who in enumerate(others)
        ],
        "meeting_days": [
            {"account": who, "day": "2026-02-03", "meetings": 2, "seconds": 3600} for who in (ada, *others)
        ],
    }  # fmt: skip


def send(api: Api, source: str, records: dict[str, list[dict[str, Any]]]) -> dict[str, int]:
    """Push all; how many were accepted, by type."""
    accepted = {}
    for kind, rows in records.items():
        answer = api.post(
            f"/api/v1/ingest/{source}/{kind}",
            content=ndjson(*rows),
            headers={"Content-Type": "application/x-ndjson"},
        ).json()
        assert answer["rejected"] == [], kind
        accepted[kind] = answer["accepted"]
    return accepted


def numbers(api: Api) -> dict[str, Any]:
    """Every metric of the catalogue, in all and by team."""
    found = {}
    for metric in api.get("/api/v1/metrics?limit=1000").json()["items"]:
        name = metric["name"]
        if name == "data_utilisation" or name not in BY_NAME:
            # The one counts who reads the other numbers, as this does; insights are made of those numbers.
            continue
        for group in ("", "&group_by=team"):
            if group and "team" not in metric["dimensions"]:
                continue
            answer = api.get(f"/api/v1/metrics/{name}?{WINDOW}{group}")
            assert answer.status_code == 200, answer.text
            found[name + group] = {key: answer.json().get(key) for key in ("series", "excluded", "flagged")}
    return found


def traces(api: Api) -> list[tuple[str, str]]:
    """The columns of all tables that hold one of the names."""
    found = []
    with api.database.read() as connection:
        for table in metadata.tables.values():
            places = [
                (column, name)
                for column in table.c
                if isinstance(column.type.impl if hasattr(column.type, "impl") else column.type, Text)
                for name in NAMED
            ]
            if places:
                holding = [
                    func.count(case((func.lower(cast(column, Text)).contains(name), 1))) for column, name in places
                ]
                counts = connection.execute(select(*holding).select_from(table)).one()
                found += [(str(column), name) for (column, name), count in zip(places, counts, strict=True) if count]
    return found


def test_an_erased_person_leaves_no_trace_and_every_number(api_on_both: Api) -> None:
    api = api_on_both
    source = make_source(api)
    records = everything()
    send(api, source, records)
    directory = {"people": [{"external_id": "record-9", "name": "Ada Lovelace", "email": "ada.secret@x.example",
                             "team": "Shop"}]}  # fmt: skip
    send(api, source, directory)
    people = {one["email"]: one["id"] for one in api.get("/api/v1/people").json()["items"]}
    shop = next(one for one in api.get("/api/v1/teams").json()["items"] if one["name"] == "Shop")
    put(api, shop["id"], [{"person_id": one} for one in people.values()], "?move=true")
    ada = people["ada.secret@x.example"]
    before = numbers(api)
    assert {("account.display_name", "ada lovelace"), ("conversation.marks", "vendor-id-7")} <= set(traces(api))
    assert before["throughput"]["series"][0]["total"]["value"] == 14
    assert api.ask("DELETE", f"/api/v1/people/{ada}?erase=true", role="editor").status_code == 204
    assert traces(api) == []
    assert numbers(api) == before
    assert api.get(f"/api/v1/people/{ada}").status_code == 404

    accepted = send(api, source, records | directory)
    assert {kind for kind, count in accepted.items() if count} == set()
    assert traces(api) == []
    assert numbers(api) == before
    members = api.get(f"/api/v1/teams/{shop['id']}/members").json()["items"]
    assert {"id": ada, "name": None, "external_id": None} in [one["person"] for one in members]


def test_an_erased_address_does_not_come_back_under_another_id(api_on_both: Api) -> None:
    api = api_on_both
    old, new = make_source(api, "Old"), make_source(api, "New")
    send(api, old, {"accounts": [account("a1", "ada@x.example")]})
    (ada,) = api.get("/api/v1/people").json()["items"]
    send(api, new, {"usage_days": [{"account": "fresh", "event": "e", "day": "2026-01-01", "count": 1}]})
    api.ask("DELETE", f"/api/v1/people/{ada['id']}?erase=true")
    send(api, new, {"accounts": [account("fresh", "ADA@x.example", display_name="Ada")]})
    shown = accounts(api)
    assert all(key.startswith("erased-") for key in shown)
    assert {(one["display_name"], one["email"]) for one in shown.values()} == {(None, None)}
    with api.database.read() as connection:
        stored = set(connection.execute(select(usage_day.c.account)).scalars())
    assert stored <= set(shown)
    again = api.post("/api/v1/people", json={"name": "Ada", "email": "ada@x.example"})
    assert again.status_code == 409


def test_an_address_that_another_shares_is_not_lost_to_them(api_on_both: Api) -> None:
    api = api_on_both
    one, two = make_source(api, "One"), make_source(api, "Two")
    send(api, one, {"accounts": [account("mine", "desk@x.example")]})
    send(api, two, {"accounts": [account("theirs", "desk@x.example", "bot")]})
    ada = person(api, name="Ada", email="ada@x.example")
    row = accounts(api)["mine"]
    api.ask("PATCH", f"/api/v1/accounts/{row['id']}", json={"person_id": ada["id"]})
    api.ask("DELETE", f"/api/v1/people/{ada['id']}?erase=true")
    assert accounts(api)["theirs"]["email"] == "desk@x.example"


def test_an_erased_person_stays_in_the_team_and_cannot_be_touched(api_on_both: Api) -> None:
    api = api_on_both
    shop, ada = team(api, "Shop"), person(api, name="Ada", email="ada@x.example")
    put(api, shop["id"], [{"person_id": ada["id"]}])
    assert stays(api, ada["id"]) == [("Shop", None, None)]
    api.ask("DELETE", f"/api/v1/people/{ada['id']}?erase=true")
    assert api.get(f"/api/v1/teams/{shop['id']}").json()["members"] == 1
    assert api.ask("PATCH", f"/api/v1/people/{ada['id']}", json={"name": "Ada"}).status_code == 404
    assert api.ask("DELETE", f"/api/v1/people/{ada['id']}").status_code == 404


def test_accounts_are_there_for_the_numbers_only(api_on_both: Api) -> None:
    api = api_on_both
    source = make_source(api)
    send(api, source, {"accounts": [account("a1", "ada@x.example")]})
    (ada,) = api.get("/api/v1/people").json()["items"]
    api.ask("DELETE", f"/api/v1/people/{ada['id']}?erase=true")
    with api.database.read() as connection:
        (row,) = connection.execute(select(account_table)).mappings()
    assert str(row["person_id"]) == ada["id"]
    assert (row["kind"], row["active"]) == ("human", True)


def sign_in_account(api: Api, email: str, role: str) -> tuple[str, str]:
    """An account to sign in with, and the secret of a session of it."""
    with api.database.write() as connection:
        user_id = users.add(
            connection, email=email, name="Ada Lovelace", password_hash="x", role=role, locale=None, now=api.clock.now()
        )
        assert user_id is not None
        return str(user_id), user_sessions.begin(connection, user_id, api.clock.now())


def test_an_erased_person_signs_in_no_more(api_on_both: Api) -> None:
    api = api_on_both
    ada = person(api, name="Ada Lovelace", email="Ada.Secret@x.example")
    _, secret = sign_in_account(api, "ada.secret@x.example", "editor")
    _, other = sign_in_account(api, "bob@x.example", "viewer")
    assert ("user_account.email", "ada.secret@x.example") in traces(api)
    assert api.ask("DELETE", f"/api/v1/people/{ada['id']}?erase=true", role="editor").status_code == 204
    with api.database.read() as connection:
        assert user_sessions.find(connection, secret, api.clock.now()) is None
        assert user_sessions.find(connection, other, api.clock.now()) is not None
        assert not users.of_addresses(connection, ["ada.secret@x.example"])


def test_an_editor_erases_no_admin_and_nobody_the_last_one(api_on_both: Api) -> None:
    api = api_on_both
    ada = person(api, name="Ada", email="ada@x.example")
    sign_in_account(api, "ada@x.example", "admin")
    url = f"/api/v1/people/{ada['id']}?erase=true"
    assert api.ask("DELETE", url, role="editor").status_code == 403
    assert api.ask("DELETE", url).status_code == 409
    assert api.get(f"/api/v1/people/{ada['id']}").json()["name"] == "Ada"
    sign_in_account(api, "bob@x.example", "admin")
    assert api.ask("DELETE", url).status_code == 204
