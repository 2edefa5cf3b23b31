"""The communication metrics over HTTP: pushed records to numbers, and a freshness that ages by the minute."""

import json
from typing import Any

import pytest

from tests.app.api.conftest import Api

NDJSON = {"Content-Type": "application/x-ndjson"}
WEEK = "from=2026-02-02&to=2026-02-09&tz=UTC"
PEOPLE = [f"p{number}" for number in range(6)]


def push(api: Api, source: str, kind: str, records: list[dict[str, Any]]) -> None:
    body = "\n".join(json.dumps(record) for record in records)
    answer = api.post(f"/api/v1/ingest/{source}/{kind}", content=body.encode(), headers=NDJSON)
    assert answer.json()["rejected"] == []


def total(api: Api, metric: str, more: str = WEEK) -> dict[str, Any]:
    (series,) = api.get(f"/api/v1/metrics/{metric}?{more}", role="viewer").json()["series"]
    found: dict[str, Any] = series["total"]
    return found


@pytest.fixture
def source(api: Api) -> str:
    made = api.post("/api/v1/sources", json={"connector": "push", "name": "Chat", "config": {"tool": "chat"}})
    return str(made.json()["id"])


def test_what_is_pushed_is_counted(api: Api, source: str) -> None:
    threads = [
        {
            "external_id": f"t{place}", "channel": "all", "started_at": "2026-02-03T09:00:00Z", "started_by": name,
            "first_reply_at": "2026-02-03T10:00:00Z", "first_reply_by": PEOPLE[place - 1], "participants": PEOPLE,
            "marks": [
                {"name": "warning", "by": name, "at": "2026-02-03T11:00:00Z"},
                {"name": "white_check_mark", "by": name, "at": "2026-02-03T15:00:00Z"},
            ],
        }
        for place, name in enumerate(PEOPLE)
    ]  # fmt: skip
    push(api, source, "conversations", threads)
    push(api, source, "survey_responses", [
        {
            "external_id": name, "survey": "pulse", "topic": "communication", "tool": "figma",
            "scale_min": 1, "scale_max": 5,
            "score": 2 + place % 4, "account": name, "at": "2026-02-03T09:00:00Z",
        }
        for place, name in enumerate(PEOPLE)
    ])  # fmt: skip
    push(api, source, "meeting_days", [
        {"account": name, "day": "2026-02-03", "meetings": 2, "seconds": 16_200} for name in PEOPLE
    ])  # fmt: skip
    assert total(api, "cross_team_share")["denominator"] == 6
    assert total(api, "conflicts_resolved")["p50"] == 4 * 3_600
    assert total(api, "communication_satisfaction")["value"] == pytest.approx(100 * 2 / 6)
    assert total(api, "tool_satisfaction")["n"] == 0
    assert total(api, "meeting_share")["value"] == pytest.approx(0.1)
    answer = api.get(f"/api/v1/metrics/meeting_share?{WEEK}", role="viewer").json()
    assert answer["calendar"] is not None


def test_a_thread_answers_by_the_channels_that_it_is_asked_for(api: Api, source: str) -> None:
    push(api, source, "channels", [{"external_id": "all", "name": "all", "members": PEOPLE}])
    push(api, source, "conversations", [
        {"external_id": "t", "channel": "all", "started_at": "2026-02-03T09:00:00Z", "participants": PEOPLE}
    ])  # fmt: skip
    assert total(api, "cross_team_share", f"{WEEK}&channel=all")["n"] == 1
    assert total(api, "cross_team_share", f"{WEEK}&channel=other")["n"] == 0
    refused = api.get(f"/api/v1/metrics/cycle_time?{WEEK}&channel=all", role="viewer")
    assert refused.status_code == 422
    body = {"queries": [{"metric": "cross_team_share", "channel": "all", "from": "2026-02-02", "to": "2026-02-09"}]}
    (answer,) = api.post("/api/v1/query", json=body, role="viewer").json()["answers"]
    assert answer["series"][0]["total"]["n"] == 1


def test_freshness_is_of_the_minute_and_its_tag_with_it(api: Api, source: str) -> None:
    assert source
    url = "/api/v1/metrics/freshness?grain=total"
    first = api.get(url, role="viewer")
    (entry,) = first.json()["series"][0]["total"]["by"]
    assert (entry["source"]["name"], entry["stream"], entry["value"]) == ("Chat", None, None)
    assert first.json()["flagged"] == {"unknown": 1}
    api.clock.forward(seconds=30)
    assert api.get(url, role="viewer", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    api.clock.forward(seconds=30)
    later = api.get(url, role="viewer", headers={"If-None-Match": first.headers["etag"]})
    assert later.status_code == 200
    assert later.headers["etag"] != first.headers["etag"]
    assert later.json()["as_of"] == first.json()["as_of"]
