"""Settings of the running service: what an admin changes holds at once, in every number and every process."""

from typing import Any

import pytest

from app.core.db import Database
from app.core.settings import Settings
from app.main import create_app
from tests.app.api.conftest import Api, serve
from tests.app.api.test_metrics import HISTORIES, WEEK, fill, push, work_item
from tests.support.portal import client_of

PATH = "/api/v1/settings"


def change(api: Api, **body: Any) -> dict[str, Any]:
    answer = api.ask("PATCH", PATH, json=body)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    return changed


def test_the_environment_holds_until_an_admin_changes_something(api_on_both: Api) -> None:
    before = api_on_both.get(PATH).json()
    assert (before["timezone"], before["locale"], before["min_group"]) == ("Europe/Paris", "fr", 5)
    assert (before["person_metrics"], before["shares"], before["changed"]) == (False, False, [])
    assert set(before["retention"].values()) == {None}
    changed = change(api_on_both, timezone="Asia/Tokyo", locale="en", min_group=7, shares=True)
    assert changed == api_on_both.get(PATH).json()
    assert changed["changed"] == ["locale", "min_group", "shares", "timezone"]
    assert (changed["timezone"], changed["locale"], changed["min_group"]) == ("Asia/Tokyo", "en", 7)
    assert change(api_on_both, timezone=None, locale=None, min_group=None, shares=None) == before
    acts = [act["detail"] for act in api_on_both.get("/api/v1/audit").json()["items"]]
    assert {"timezone": "Asia/Tokyo", "locale": "en", "min_group": 7, "shares": True} in acts


def test_retention_is_changed_kind_by_kind(api_on_both: Api) -> None:
    change(api_on_both, retention={"audit": 365, "rejects": 30})
    kept = change(api_on_both, retention={"rejects": None, "usage_days": 400})["retention"]
    assert {kind: days for kind, days in kept.items() if days is not None} == {"audit": 365, "usage_days": 400}
    assert set(change(api_on_both, retention=None)["retention"].values()) == {None}


def test_a_changed_zone_cuts_the_next_answer_of_every_process(api_on_both: Api) -> None:
    fill(api_on_both)
    url = "/api/v1/metrics/throughput?from=2026-02-02&to=2026-02-09&grain=day"
    first = api_on_both.get(url)
    mark = {"If-None-Match": first.headers["etag"]}
    other = create_app(api_on_both.settings, clock=api_on_both.clock, database=api_on_both.database)
    with client_of(other) as elsewhere:
        token = {"Authorization": f"Bearer {api_on_both.token('viewer')}"}
        assert elsewhere.get(url, headers=token | mark).status_code == 304
        change(api_on_both, timezone="Asia/Tokyo")
        for answer in (api_on_both.get(url, headers=mark), elsewhere.get(url, headers=token | mark)):
            assert answer.status_code == 200
            assert (answer.json()["timezone"], answer.json()["from"]) == ("Asia/Tokyo", "2026-02-01T15:00:00Z")
        change(api_on_both, timezone=None)
        assert elsewhere.get(url, headers=token).json()["series"] == first.json()["series"]


@pytest.fixture
def open_api(sqlite_db: Database) -> Any:
    """Without the rule about small groups."""
    yield from serve(sqlite_db, min_group=1)


def test_hiding_small_groups_can_be_switched_on(open_api: Api) -> None:
    source = fill(open_api)
    push(open_api, source, "accounts", [{"external_id": "ann", "kind": "human", "active": True}])
    push(open_api, source, "work_items", [work_item("A", HISTORIES["A"], assignee="ann")])
    url = f"/api/v1/metrics/cycle_time?{WEEK}&grain=total"
    shown = open_api.get(url)
    change(open_api, min_group=5)
    hidden = open_api.get(url, headers={"If-None-Match": shown.headers["etag"]})
    assert hidden.status_code == 200
    assert shown.json()["series"] != hidden.json()["series"]


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"timezone": "Mars/Base"}, ["timezone"]),
        ({"timezone": ""}, ["timezone"]),
        ({"locale": "de"}, ["locale"]),
        ({"min_group": 4}, ["min_group"]),
        ({"min_group": 1}, ["min_group"]),
        ({"min_group": "9"}, ["min_group"]),
        ({"shares": 1}, ["shares"]),
        ({"retention": {"audit": 0}}, ["retention", "audit"]),
        ({"retention": {"letters": 3}}, ["retention", "letters", "[key]"]),
        ({"person_metrics": True}, ["person_metrics"]),
        ({"queue": "embedded"}, ["queue"]),
        ({"allowed_private_hosts": []}, ["allowed_private_hosts"]),
        ({"database_url": "sqlite://"}, ["database_url"]),
    ],
)
def test_a_wrong_setting_is_refused_and_the_others_with_it(
    shared_api: Api, body: dict[str, Any], loc: list[str]
) -> None:
    before = shared_api.get(PATH).json()
    answer = shared_api.ask("PATCH", PATH, json={"timezone": "Asia/Tokyo"} | body)
    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["errors"]] == [["body", *loc]]
    assert shared_api.get(PATH).json() == before


def test_the_smallest_group_is_never_two(open_api: Api) -> None:
    assert open_api.ask("PATCH", PATH, json={"min_group": 2}).status_code == 422
    assert change(open_api, min_group=3)["min_group"] == 3


def test_no_secret_is_among_the_settings(api: Api) -> None:
    text = api.get(PATH).text
    for secret in api.settings.secret_values():
        assert secret not in text


def test_a_changed_smallest_group_never_falls_below_the_environments() -> None:
    later = Settings(_env_file=None, min_group=8)
    assert later.changed({"min_group": 5}).min_group == 8
    assert later.changed({"min_group": 9}).min_group == 9
