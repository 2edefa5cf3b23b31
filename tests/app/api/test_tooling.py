"""The metrics of tools over HTTP: pushed usage and seats to numbers, tables and facts."""

import csv
from io import StringIO
from typing import Any

import pytest

from tests.app.api.conftest import Api
from tests.app.api.test_communication import push

WEEK = "from=2026-02-02&to=2026-02-09&tz=UTC"
PEOPLE = [f"p{number}" for number in range(6)]


def push_usage(api: Api) -> str:
    made = api.post("/api/v1/sources", json={"connector": "push", "name": "Draw", "config": {"tool": "figma"}})
    identity = str(made.json()["id"])
    day = "2026-02-03"
    push(api, identity, "usage_days", [{"account": name, "event": "open", "day": day, "count": 2} for name in PEOPLE])
    events = [
        {"external_id": f"e{name}", "account": name, "event": "export", "at": "2026-02-04T23:30:00-05:00"}
        for name in PEOPLE[:5]
    ]
    push(api, identity, "usage_events", [*events, *events])
    as_of = "2026-02-05T00:00:00Z"
    seats = [{"account": name, "product": "pro", "as_of": as_of} for name in [*PEOPLE, "idle", "never"]]
    push(api, identity, "seats", seats)
    return identity


@pytest.fixture
def source(api: Api) -> str:
    return push_usage(api)


def total(api: Api, metric: str, more: str = WEEK) -> dict[str, Any]:
    (series,) = api.get(f"/api/v1/metrics/{metric}?{more}", role="viewer").json()["series"]
    found: dict[str, Any] = series["total"]
    return found


def test_what_is_pushed_is_counted(api: Api, source: str) -> None:
    assert total(api, "active_users") == {"n": 6, "dau": 0, "wau": 6, "mau": 6}
    assert total(api, "adoption_rate") == {
        "n": 8, "value": 0.75, "numerator": 6, "denominator": 8, "eligible": "seats",
    }  # fmt: skip
    assert total(api, "stickiness")["numerator"] == pytest.approx(11 / 7)
    seats = total(api, "seat_utilisation")
    assert (seats["value"], seats["never_used"], seats["bought"]) == (0.75, 2, None)
    features = total(api, "feature_usage")
    assert [(one["event"]["name"], one["events"], one["people"]) for one in features["by"]] == [
        ("open", 12, 6),
        ("export", 5, 5),
    ]
    assert total(api, "feature_usage", f"{WEEK}&event=export")["events"] == 5
    assert total(api, "active_users", f"{WEEK}&source={source}&tool=figma")["mau"] == 6


def test_what_the_admin_says_of_a_tool_shows_at_once(api: Api, source: str) -> None:
    first = api.get(f"/api/v1/metrics/seat_utilisation?{WEEK}")
    said = {"seats_bought": 12, "seat_price": 15, "currency": "EUR"}
    assert api.ask("PUT", "/api/v1/tools/figma", json=said).status_code == 200
    again = api.get(f"/api/v1/metrics/seat_utilisation?{WEEK}", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200
    (series,) = again.json()["series"]
    assert {name: series["total"][name] for name in ("bought", "idle_cost", "currency")} == {
        "bought": 12, "idle_cost": 30, "currency": "EUR",
    }  # fmt: skip


def test_a_feature_is_a_row_of_the_table(api: Api, source: str) -> None:
    text = api.get(f"/api/v1/metrics/feature_usage?{WEEK}&format=csv").text
    rows = list(csv.DictReader(StringIO(text)))
    assert [(row["tool"], row["event"], row["events"]) for row in rows] == [
        ("figma", "open", "12"),
        ("figma", "export", "5"),
    ]


def test_the_facts_name_nobody(api: Api, source: str) -> None:
    facts = api.get(f"/api/v1/metrics/feature_usage/facts?{WEEK}", role="viewer").json()
    assert (facts["n"], facts["sum"]) == (11, {"events": 17, "people": 6})
    assert [(one["day"], one["event"]["name"], one["people"], one["events"]) for one in facts["items"]] == [
        ("2026-02-03", "open", 6, 12),
        ("2026-02-05", "export", 5, 5),
    ]
    seats = api.get(f"/api/v1/metrics/seat_utilisation/facts?{WEEK}").json()["items"]
    assert [(one["product"], one["held"], one["active"], one["never_used"]) for one in seats] == [("pro", 8, 6, 2)]
    assert not any("account" in one for one in (*facts["items"], *seats))


def test_the_answer_says_how_fresh_usage_is_and_whose_its_days_are(api: Api, source: str) -> None:
    answer = api.get(f"/api/v1/metrics/active_users?{WEEK}").json()
    assert answer["day_zone"] == "UTC"
    assert [one["source"] for one in answer["freshness"]] == [source]
    assert answer["flagged"] == {"unjoined_accounts": 6}


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("active_users?event=open", "event"),
        ("active_users?group_by=event", "group_by"),
        ("feature_usage?group_by=status", "group_by"),
        ("adoption_rate?seat=pro", "seat"),
    ],
)
def test_what_means_nothing_here_is_refused(api: Api, path: str, place: str) -> None:
    answer = api.get(f"/api/v1/metrics/{path}")
    assert answer.status_code == 422
    assert place in answer.json()["errors"][0]["loc"]


def test_several_questions_go_in_one_call(api: Api, source: str) -> None:
    question = {"metric": "feature_usage", "from": "2026-02-02", "to": "2026-02-09", "event": ["open", "export"]}
    answer = api.post("/api/v1/query", json={"queries": [question, {**question, "group_by": "event"}]}).json()
    first, second = answer["answers"]
    assert first["series"][0]["total"]["events"] == 17
    assert {one["group"]["event"]["name"]: one["total"]["events"] for one in second["series"]} == {
        "open": 12, "export": 5,
    }  # fmt: skip
