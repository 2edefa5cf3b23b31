"""People, teams and memberships as CSV: good lines land, bad ones are told by number, what goes out comes in again."""

import csv
import io
from typing import Any

import pytest

from tests.app.api.conftest import Api
from tests.app.api.test_ingest import make_source, ndjson, push
from tests.app.api.test_people import account, accounts, person
from tests.app.api.test_teams import put, stays, team

CSV = {"Content-Type": "text/csv"}


def send(api: Api, what: str, text: str | bytes, **options: Any) -> dict[str, Any]:
    body = text.encode() if isinstance(text, str) else text
    headers = CSV | options.pop("headers", {})
    answer = api.post(f"/api/v1/{what}/import{options.pop('query', '')}", role="editor", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def lines(told: dict[str, Any]) -> list[tuple[int, list[str], str]]:
    return [(one["line"], one["errors"][0]["loc"], one["errors"][0]["msg"]) for one in told["rejected"]]


def get_csv(api: Api, what: str, **headers: str) -> list[list[str]]:
    answer = api.get(f"/api/v1/{what}?format=csv", role="editor", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(answer.text)))


def test_people_land_line_by_line(api_on_both: Api) -> None:
    api = api_on_both
    told = send(
        api,
        "people",
        "name,email\n"
        "Ann,Ann@x.fr\n"
        "Ann again,ann@X.FR\n"
        "Bob,\n"
        ",cid@x.fr\n"
        "Dan,no address\n"
        "=HYPERLINK(1),eve@x.fr\n"
        '"Broken,fay@x.fr\n'
        "Gus,gus@x.fr\n"
        "Too,many@x.fr,cells\n"
        "Zoé,zoe@x.fr\n",
    )
    assert told["accepted"] == 3
    assert [(number, place) for number, place, _ in lines(told)] == [
        (3, []),
        (4, ["email"]),
        (5, ["name"]),
        (6, ["email"]),
        (7, ["name"]),
        (8, []),
        (10, []),
    ]
    assert "An earlier line" in lines(told)[0][2]
    listed = api.get("/api/v1/people", role="editor").json()["items"]
    assert {(one["name"], one["email"]) for one in listed} == {
        ("Ann", "ann@x.fr"),
        ("Gus", "gus@x.fr"),
        ("Zoé", "zoe@x.fr"),
    }
    again = send(api, "people", "email,name\nann@x.fr,Ann\nzoe@x.fr,Zoe\n")
    assert (again["accepted"], again["unchanged"]) == (1, 1)


@pytest.mark.parametrize("header", ["name,e-mail\n", "name,name\n", '"name,email\n', "PK\x03\x04\n"])
def test_a_wrong_header_is_refused_as_a_whole(api: Api, header: str) -> None:
    answer = api.post("/api/v1/people/import", role="editor", content=f"{header}Ann,a@x\n".encode(), headers=CSV)
    assert answer.status_code == 422
    assert api.get("/api/v1/people").json()["items"] == []


def test_a_line_without_an_end_is_refused_and_the_others_land(api: Api) -> None:
    told = send(api, "people", b"name,email\nAnn,a@x.fr\n" + b"x" * (3 << 20) + b"\nBob,b@x.fr\n")
    assert told["accepted"] == 2
    assert [line for line, _, _ in lines(told)] == [3]


def test_another_form_is_refused(api: Api) -> None:
    wrong = api.post("/api/v1/people/import", content=b"{}", headers={"Content-Type": "application/x-ndjson"})
    assert wrong.status_code == 415
    assert api.get("/api/v1/people?format=ndjson").status_code == 406


def test_teams_land_in_any_order_that_goes_down(api_on_both: Api) -> None:
    api = api_on_both
    told = send(api, "teams", "name,parent\nProduct,\nShop,Product\nCart,Shop\nLost,Nowhere\nShop,\nProduct,Cart\n,\n")
    assert told["accepted"] == 3
    assert [(number, place) for number, place, _ in lines(told)] == [(5, ["parent"]), (6, []), (7, []), (8, ["name"])]
    cycle = send(api, "teams", "name,parent\nProduct,Cart\n")
    assert lines(cycle) == [(2, ["parent"], "A team cannot be below itself.")]
    assert [row[1:] for row in get_csv(api, "teams")] == [
        ["name", "parent"],
        ["Product", ""],
        ["Shop", "Product"],
        ["Cart", "Shop"],
    ]


def test_memberships_land_line_by_line(api_on_both: Api) -> None:
    api = api_on_both
    ann, bob = person(api, name="Ann", email="ann@x.fr"), person(api, name="Bob")
    team(api, "Shop")
    team(api, "Bank")
    text = (
        "person,team,from,to\n"
        "ann@x.fr,Shop,,2026-01-01\n"
        "ANN@x.fr,Bank,2026-01-01,\n"
        "ann@x.fr,Shop,2026-02-01,\n"
        f"{bob['id']},Shop,2026-02-01,2026-01-01\n"
        f"{bob['id']},Shop,01/02/2026,\n"
        f"{bob['id']},Nothing,,\n"
        "nobody@x.fr,Shop,,\n"
    )
    told = send(api, "memberships", text)
    assert told["accepted"] == 2
    assert [(number, place) for number, place, _ in lines(told)] == [
        (4, ["from"]),
        (5, ["to"]),
        (6, ["from"]),
        (7, ["team"]),
        (8, ["person"]),
    ]
    half = "2025-12-31T23:00:00Z"
    assert stays(api, ann["id"]) == [("Shop", None, half), ("Bank", half, None)]
    moved = send(api, "memberships", "person,team,from,to\nann@x.fr,Shop,2026-02-01,\n", query="?move=true")
    assert moved["accepted"] == 1
    assert stays(api, ann["id"])[1:] == [("Bank", half, "2026-01-31T23:00:00Z"), ("Shop", "2026-01-31T23:00:00Z", None)]


def test_what_goes_out_comes_in_again_and_changes_nothing(api_on_both: Api) -> None:
    api = api_on_both
    people = [person(api, name="=Ann", email="ann@x.fr"), person(api, name="Bob, the 'one'", email="b@x.fr")]
    shop = team(api, "-Shop")
    team(api, "Cart", shop)
    put(api, shop["id"], [{"person_id": people[0]["id"], "from": "2026-01-01T10:00:00.123456Z", "to": "2026-05-01"}])
    put(api, shop["id"], [{"person_id": one["id"]} for one in people])
    assert "'=Ann" in [row[1] for row in get_csv(api, "people")]
    for what in ("people", "teams", "memberships"):
        text = api.get(f"/api/v1/{what}?format=csv", role="editor").text
        told = send(api, what, text)
        assert (told["accepted"], told["unchanged"], told["rejected"]) == (0, 2, []), what


def test_machines_get_texts_unaltered(api: Api) -> None:
    person(api, name="=Ann")
    raw = api.get("/api/v1/people", headers={"Accept": "text/csv; header=present; profile=raw"})
    assert "=Ann" in raw.text
    assert "'=Ann" not in raw.text


def test_an_import_with_a_key_happens_once(api_on_both: Api) -> None:
    headers = {"Idempotency-Key": "k"}
    first = send(api_on_both, "people", "name,email\nAnn,a@x.fr\n", headers=headers)
    assert send(api_on_both, "people", "name,email\nAnn,a@x.fr\n", headers=headers) == first
    assert first["accepted"] == 1


def test_an_import_joins_accounts(api_on_both: Api) -> None:
    push(api_on_both, make_source(api_on_both), "accounts", ndjson(account("j", "ann@x.fr", "unknown")))
    push(api_on_both, make_source(api_on_both, "Two"), "accounts", ndjson(account("k", "ann@x.fr")))
    send(api_on_both, "people", "name,email\nAnn,ann@x.fr\n")
    (ann,) = api_on_both.get("/api/v1/people").json()["items"]
    assert (ann["name"], accounts(api_on_both)["k"]["person_id"]) == ("Ann", ann["id"])
    assert accounts(api_on_both)["j"]["person_id"] is None
