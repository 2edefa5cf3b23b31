"""Metrics over HTTP: the worked example, its forms, its facts, and answers that are never stale."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.app.api.conftest import Api

NDJSON = {"Content-Type": "application/x-ndjson"}
HOUR = 3600
STATUSES = {"todo": "todo", "active": "active", "done": "done", "dropped": "discarded"}
DAYS = {"Mon": "02", "Tue": "03", "Wed": "04", "Thu": "05", "Fri": "06", "Sat": "07"}
HISTORIES = {
    "A": [("Mon 09", "todo"), ("Tue 09", "active"), ("Thu 09", "done")],
    "B": [("Mon 09", "todo"), ("Tue 09", "active"), ("Wed 09", "done"), ("Wed 15", "active"), ("Fri 09", "done")],
    "C": [("Mon 09", "todo"), ("Wed 09", "done")],
    "D": [("Mon 09", "active"), ("Tue 09", "dropped")],
    "E": [
        ("Mon 09", "todo"),
        ("Tue 09", "active"),
        ("Wed 09", "todo"),
        ("Thu 09", "active"),
        ("Fri 09", "done"),
        ("Sat 09", "active"),
    ],
}
WEEK = "from=2026-02-02&to=2026-02-09&tz=UTC"


def at(text: str) -> str:
    day, hour = text.split()
    return f"2026-02-{DAYS[day]}T{hour}:00:00Z"


def push(api: Api, source: str, kind: str, records: list[dict[str, Any]]) -> None:
    body = "\n".join(json.dumps(record) for record in records)
    answer = api.post(f"/api/v1/ingest/{source}/{kind}", content=body.encode(), headers=NDJSON)
    assert answer.json()["rejected"] == []


def work_item(key: str, history: list[tuple[str, str]], /, **more: Any) -> dict[str, Any]:
    return {
        "external_id": key,
        "title": f"Item {key}",
        "project": "shop",
        "status": history[-1][1],
        "created_at": at(history[0][0]),
        "updated_at": at(history[-1][0]),
        **more,
    }


def moves(key: str, history: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {
            "external_id": f"{key}/{place}",
            "work_item": key,
            "at": at(when),
            "from_status": history[place][1],
            "to_status": entered,
        }
        for place, (when, entered) in enumerate(history[1:])
    ]


def fill(api: Api) -> str:
    made = api.post("/api/v1/sources", json={"connector": "push", "name": "Boards", "config": {"tool": "boards"}})
    source = str(made.json()["id"])
    push(api, source, "projects", [{"external_id": "shop", "name": "=Shop"}])
    push(api, source, "statuses", [{"external_id": s, "name": s, "category": c} for s, c in STATUSES.items()])
    push(api, source, "work_items", [work_item(key, history) for key, history in HISTORIES.items()])
    push(api, source, "transitions", [move for key, history in HISTORIES.items() for move in moves(key, history)])
    return source


@pytest.fixture
def filled(api: Api) -> Api:
    fill(api)
    return api


def total(api: Api, metric: str, query: str = WEEK) -> dict[str, Any]:
    answer = api.get(f"/api/v1/metrics/{metric}?{query}", role="viewer")
    assert answer.status_code == 200, answer.text
    (series,) = answer.json()["series"]
    return dict(series["total"])


def test_the_worked_example(api_on_both: Api) -> None:
    fill(api_on_both)
    assert total(api_on_both, "throughput")["value"] == 3
    assert total(api_on_both, "arrivals")["value"] == 5
    cycle = api_on_both.get(f"/api/v1/metrics/cycle_time?{WEEK}", role="viewer").json()
    in_all = cycle["series"][0]["total"]
    assert (in_all["n"], in_all["p50"], in_all["p85"]) == (2, 60 * HOUR, pytest.approx(68.4 * HOUR))
    assert cycle["excluded"]["never_started"] == 1
    assert total(api_on_both, "active_time")["p50"] == 57 * HOUR
    assert total(api_on_both, "lead_time")["p50"] == 72 * HOUR
    assert total(api_on_both, "reopen_rate")["numerator"] == 1


def test_a_work_item_tells_its_history_and_durations(api_on_both: Api) -> None:
    fill(api_on_both)
    listed = api_on_both.get("/api/v1/work-items?category=done&text=item b", role="viewer").json()["items"]
    assert [item["external_id"] for item in listed] == ["B"]
    item = api_on_both.get(f"/api/v1/work-items/{listed[0]['id']}", role="viewer").json()
    assert item["durations"] == {
        "lead_time": 96 * HOUR,
        "cycle_time": 72 * HOUR,
        "active_time": 66 * HOUR,
        "reaction_time": 24 * HOUR,
    }
    assert [move["to_category"] for move in item["history"]] == ["active", "done", "active", "done"]
    assert item["history"][0]["at"] == "2026-02-03T09:00:00Z"
    assert item["started_at"] == "2026-02-03T09:00:00Z"
    assert item["finished_at"] == "2026-02-06T09:00:00Z"


def test_only_an_admin_sees_who(api: Api) -> None:
    source = fill(api)
    push(api, source, "accounts", [{"external_id": "u1", "display_name": "Somebody", "kind": "human"}])
    push(api, source, "work_items", [work_item("A", HISTORIES["A"], assignee="u1")])
    push(api, source, "transitions", [moves("A", HISTORIES["A"])[0] | {"actor": "u1"}])
    (item,) = api.get("/api/v1/work-items?text=item a").json()["items"]
    assert item["assignee"]["name"] == "Somebody"
    url = f"/api/v1/work-items/{item['id']}"
    assert api.get(url).json()["history"][0]["actor"]["name"] == "Somebody"
    for role in ("viewer", "editor"):
        assert "Somebody" not in api.get(url, role=role).text
    assert api.get(url).json()["history"][0]["automated_by"] == "account_kind"


def test_facts_are_as_many_as_the_number_says(filled: Api) -> None:
    query = f"{WEEK}&grain=day"
    answer = filled.get(f"/api/v1/metrics/lead_time?{query}", role="viewer").json()
    for point in answer["series"][0]["points"]:
        facts = filled.get(f"/api/v1/metrics/lead_time/facts?{query}&bucket={point['start']}", role="viewer").json()
        assert facts["n"] == point["n"] == len(facts["items"])
        if point["n"]:
            assert facts["sum"]["value"] == pytest.approx(point["mean"] * point["n"])
    first = filled.get(f"/api/v1/metrics/lead_time/facts?{WEEK}&limit=2", role="viewer")
    assert first.json()["n"] == 3
    rest = filled.get(first.links["next"]["url"], role="viewer").json()
    assert len(first.json()["items"]) + len(rest["items"]) == 3
    grouped = f"{WEEK}&group_by=project"
    (series,) = filled.get(f"/api/v1/metrics/lead_time?{grouped}", role="viewer").json()["series"]
    group = series["group"]["project"]["id"]
    assert filled.get(f"/api/v1/metrics/lead_time/facts?{grouped}&group={group}", role="viewer").json()["n"] == 3


def test_an_answer_is_kept_until_the_data_changes_and_never_longer(api_on_both: Api) -> None:
    source = fill(api_on_both)
    url = f"/api/v1/metrics/throughput?{WEEK}"
    first = api_on_both.get(url, role="viewer")
    assert first.headers["cache-control"].startswith("private")
    etag = first.headers["etag"]
    assert etag.startswith('"')
    again = api_on_both.get(url, role="editor")
    assert (again.content, again.headers["etag"]) == (first.content, etag)
    for value in (etag, f'"other", W/{etag}', "*"):
        unchanged = api_on_both.get(url, role="viewer", headers={"If-None-Match": value})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["etag"] == etag
    api_on_both.clock.forward(minutes=1)
    history = [("Mon 09", "todo"), ("Tue 09", "active"), ("Wed 09", "done")]
    push(api_on_both, source, "work_items", [work_item("F", history)])
    push(api_on_both, source, "transitions", moves("F", history))
    changed = api_on_both.get(url, role="viewer", headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.json()["series"][0]["total"]["value"] == 4
    assert changed.headers["etag"] != etag


def test_a_kept_answer_is_refused_to_whoever_may_not_read_it(filled: Api) -> None:
    url = f"/api/v1/metrics/throughput?{WEEK}"
    token = filled.token("viewer")
    assert filled.get(url, token=token).status_code == 200
    assert filled.get(url, role=None).status_code == 401
    assert filled.get(url, token="wrong").status_code == 401
    assert filled.get(url, role="ingest").status_code == 403
    (row,) = [row for row in filled.get("/api/v1/tokens").json()["items"] if row["role"] == "viewer"]
    filled.ask("DELETE", f"/api/v1/tokens/{row['id']}")
    assert filled.get(url, token=token).status_code == 401


def test_a_window_without_dates_moves_on_at_midnight(filled: Api) -> None:
    url = "/api/v1/metrics/throughput?tz=UTC&grain=total"
    first = filled.get(url, role="viewer").json()
    assert (first["from"], first["to"]) == ("2025-12-03T00:00:00Z", "2026-03-03T00:00:00Z")
    filled.clock.forward(days=1)
    assert filled.get(url, role="viewer").json()["to"] == "2026-03-04T00:00:00Z"


@pytest.mark.parametrize(
    "window",
    [
        "from=2026-02-02&to=2026-02-09",
        "from=2026-02-02T00:00:00%2B00:00&to=2026-02-09T01:00:00+01:00",
        "from=1769990400&to=1770595200",
        "from=1769990400000&to=1770595200000",
    ],
)
def test_instants_come_in_every_form(filled: Api, window: str) -> None:
    answer = filled.get(f"/api/v1/metrics/throughput?{window}&tz=UTC", role="viewer").json()
    assert (answer["from"], answer["to"]) == ("2026-02-02T00:00:00Z", "2026-02-09T00:00:00Z")


def test_a_table_is_a_bare_array(filled: Api) -> None:
    rows = filled.get(f"/api/v1/metrics/throughput?{WEEK}&group_by=project&shape=table", role="viewer").json()
    assert [(row["time"], row["project"], row["value"]) for row in rows] == [("2026-02-02T00:00:00Z", "=Shop", 3)]


def test_csv_is_safe_for_spreadsheets_and_unaltered_for_machines(filled: Api) -> None:
    url = f"/api/v1/metrics/throughput?{WEEK}&group_by=project"
    for options in ({"headers": {"Accept": "text/csv; charset=utf-8"}}, {"params": {"format": "csv"}}):
        params = dict(part.split("=") for part in url.partition("?")[2].split("&")) | options.get("params", {})
        answer = filled.get(url.partition("?")[0], role="viewer", params=params, headers=options.get("headers", {}))
        assert answer.headers["content-type"].startswith("text/csv")
        (row,) = csv.DictReader(io.StringIO(answer.text))
        assert (row["project"], row["value"]) == ("'=Shop", "3")
    raw = filled.get(url, role="viewer", headers={"Accept": "text/csv; header=present; profile=raw"})
    (row,) = csv.DictReader(io.StringIO(raw.text))
    assert row["project"] == "=Shop"
    assert "profile=raw" in raw.headers["content-type"]
    assert len({raw.headers["etag"], answer.headers["etag"], filled.get(url, role="viewer").headers["etag"]}) == 3


def test_ndjson_is_a_row_a_line_and_an_odd_accept_gets_json(filled: Api) -> None:
    lines = filled.get(f"/api/v1/metrics/throughput?{WEEK}&grain=day&format=ndjson", role="viewer").text.splitlines()
    assert len([json.loads(line) for line in lines]) == 7
    for accept in ("application/json;q=0.9,text/plain", "text/html", "*/*", "nonsense", "text/csv;q=0"):
        answer = filled.get(f"/api/v1/metrics/throughput?{WEEK}", role="viewer", headers={"Accept": accept})
        assert answer.headers["content-type"] == "application/json"


def test_several_metrics_in_one_call(filled: Api) -> None:
    window = {"from": "2026-02-02", "to": 1770595200, "tz": "UTC"}
    queries = [{"metric": "throughput", **window}, {"metric": "lead_time", **window, "group_by": ["project"]}]
    answer = filled.post("/api/v1/query", json={"queries": queries}, role="viewer")
    assert [one["metric"] for one in answer.json()["answers"]] == ["throughput", "lead_time"]
    single = filled.get(f"/api/v1/metrics/throughput?{WEEK}", role="viewer").json()
    assert answer.json()["answers"][0] == single
    wrong = filled.post("/api/v1/query", json={"queries": [*queries, {"metric": "lead_time", "grain": "hour"}]})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["loc"] == ["body", "queries", 2, "grain"]
    neither = filled.post("/api/v1/query", json={"queries": [{"metric": "lead_time", "from": True}]}, role="viewer")
    assert [one["loc"] for one in neither.json()["errors"]] == [["body", "queries", 0, "from"]]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("from=yesterday", "from"),
        ("from=2026-02-30", "from"),
        ("from=2026-02-02T00:00:00", "from"),
        ("to=99999999999999", "to"),
        ("from=2026-03-01&to=2026-02-01", "from"),
        ("tz=Mars/Olympus", "tz"),
        ("tz=../../etc/passwd", "tz"),
        ("grain=hour", "grain"),
        ("group_by=colour", "group_by"),
        ("colour=red", "colour"),
        ("clock=sideways", "clock"),
        ("compare=next", "compare"),
        ("compare=2026-01-01", "compare"),
        ("shape=round", "shape"),
        ("format=xml", "format"),
        ("status=done", "status"),
    ],
)
def test_a_wrong_parameter_is_told(shared_api: Api, query: str, parameter: str) -> None:
    answer = shared_api.get(f"/api/v1/metrics/cycle_time?{query}", role="viewer")
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["loc"] == ["query", parameter]


def test_an_unknown_metric_is_told_with_those_that_exist(shared_api: Api) -> None:
    unknown = shared_api.get("/api/v1/metrics/happiness", role="viewer")
    assert unknown.status_code == 422
    assert "cycle_time" in unknown.json()["detail"]
    asked = shared_api.post("/api/v1/query", json={"queries": [{"metric": "happiness"}]}, role="viewer")
    assert asked.status_code == 422
    assert asked.json()["errors"][0]["loc"] == ["body", "queries", 0, "metric"]
    entries = shared_api.get("/api/v1/metrics", role="viewer").json()["items"]
    assert {"cycle_time", "throughput", "automation_rate"} <= {entry["name"] for entry in entries}
    assert all(entry["titles"]["fr"] and entry["formula"]["en"] for entry in entries)


@hypothesis_settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["from", "to", "tz", "grain", "group_by", "project", "compare", "clock", "format", "shape"]),
        st.one_of(st.text(max_size=30), st.integers().map(str), st.datetimes().map(str), st.dates().map(str)),
        max_size=4,
    )
)
def test_no_parameters_break_an_answer(shared_api: Api, params: dict[str, str]) -> None:
    answer = shared_api.get("/api/v1/metrics/cycle_time", role="viewer", params=params)
    assert answer.status_code in (200, 422), answer.text


def test_prometheus_reads_the_numbers_of_the_service(filled: Api) -> None:
    for _ in range(3):
        filled.get(f"/api/v1/metrics/throughput?{WEEK}", role="viewer")
    filled.get("/api/v1/nothing/at/all")
    text = filled.get("/metrics", role="viewer").text
    labels = 'method="GET",route="/api/v1/metrics/{name}",status="200"'
    assert f"prodops_http_request_seconds_count{{{labels}}} 3" in text
    assert 'route="other",status="404"' in text
    assert "nothing/at/all" not in text
    assert "prodops_sync_queue_depth 0" in text
