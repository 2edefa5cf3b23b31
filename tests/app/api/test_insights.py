"""Insights over HTTP: their answers, forms and facts, what they refuse, and the questionnaire."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.app.api.conftest import Api
from tests.app.api.test_metrics import fill, push

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
WINDOW = "from=2026-01-01&to=2026-02-01&tz=UTC"
INSIGHTS = {
    "impact": f"{WINDOW}&of=cycle_time",
    "forecast": "items=10&tz=UTC",
    "recommendations": WINDOW,
    "maturity": WINDOW,
}


def rfc(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def steady(api: Api, days: int = 100) -> str:
    """Two items finished a day, each after a day of work and, in the last month, two of waiting."""
    made = api.post("/api/v1/sources", json={"connector": "push", "name": "Boards", "config": {"tool": "boards"}})
    source = str(made.json()["id"])
    categories = {"todo": "todo", "active": "active", "review": "waiting", "done": "done"}
    push(api, source, "statuses", [{"external_id": s, "name": s.title(), "category": c} for s, c in categories.items()])
    items: list[dict[str, Any]] = []
    moves: list[dict[str, Any]] = []
    for number in range(2 * days):
        finished = NOW - DAY * (1 + number % days)
        waits = 2 if number % days < 30 else 0
        steps = [
            (finished - DAY * (waits + 1), "todo", "active"),
            *([(finished - DAY * waits, "active", "review")] if waits else []),
            (finished, "review" if waits else "active", "done"),
        ]
        items.append(
            {
                "external_id": f"i{number}",
                "title": "An item",
                "status": "done",
                "created_at": rfc(finished - 6 * DAY),
                "updated_at": rfc(finished),
            }
        )
        moves += [
            {"external_id": f"i{number}/{place}", "work_item": f"i{number}", "at": rfc(at), "from_status": left,
             "to_status": entered}
            for place, (at, left, entered) in enumerate(steps)
        ]  # fmt: skip
    push(api, source, "work_items", items)
    push(api, source, "transitions", moves)
    return source


def test_the_catalogue_lists_them_like_metrics(shared_api: Api) -> None:
    entries = {
        entry["name"]: entry for entry in shared_api.get("/api/v1/metrics?limit=1000", role="viewer").json()["items"]
    }
    for name in (*INSIGHTS, "bottleneck"):
        assert set(entries[name]["titles"]) == set(entries[name]["formula"]) == {"en", "fr"}
        assert entries[name]["version"] >= 1
        assert entries[name]["measures"]


@pytest.mark.parametrize("name", INSIGHTS)
def test_an_empty_deployment_gets_an_answer(api_on_both: Api, name: str) -> None:
    for path in (name, f"{name}/facts"):
        answer = api_on_both.get(f"/api/v1/metrics/{path}?{INSIGHTS[name]}", role="viewer")
        assert answer.status_code == 200, answer.text


def test_the_impact_of_a_change_is_told_with_its_certainty(api_on_both: Api) -> None:
    steady(api_on_both)
    url = "/api/v1/metrics/impact?of=cycle_time&from=2026-02-01&to=2026-03-01&tz=UTC"
    answer = api_on_both.get(url, role="viewer").json()
    (series,) = answer["series"]
    assert (answer["of"], answer["measure"], answer["before"]["from"]) == ("cycle_time", "p50", "2026-01-04T00:00:00Z")
    assert (series["before"]["value"], series["after"]["value"], series["difference"]) == (86_400, 259_200, 172_800)
    assert series["verdict"] == "worse"
    facts = api_on_both.get(url.replace("impact?", "impact/facts?"), role="viewer").json()
    assert [one["window"] for one in facts["items"]] == ["before", "after"]
    for one in facts["items"]:
        assert api_on_both.get(one["facts"], role="viewer").json()["n"] == one["n"] > 20
    explicit = api_on_both.get(f"{url}&compare=2026-01-01/2026-01-15&measure=p95", role="viewer").json()
    assert (explicit["measure"], explicit["before"]["to"]) == ("p95", "2026-01-15T00:00:00Z")


def test_a_forecast_says_when_and_how_many_and_shows_its_days(api_on_both: Api) -> None:
    steady(api_on_both)
    when = api_on_both.get("/api/v1/metrics/forecast?items=10&tz=UTC", role="viewer").json()
    assert when["at"] == {"50": "2026-03-06", "85": "2026-03-06", "95": "2026-03-06"}
    many = api_on_both.get("/api/v1/metrics/forecast?until=2026-03-12&tz=UTC", role="viewer").json()
    assert many["at"] == {"50": 20, "85": 20, "95": 20}
    facts = api_on_both.get("/api/v1/metrics/forecast/facts?items=10&tz=UTC", role="viewer").json()
    assert (facts["n"], facts["sum"]["value"]) == (90, when["based_on"]["items"])
    assert sum(day["value"] for day in facts["items"]) == facts["sum"]["value"] == 180


def test_recommendations_name_their_evidence_and_its_facts(api: Api) -> None:
    steady(api)
    url = "/api/v1/metrics/recommendations?from=2026-02-01&to=2026-03-01&tz=UTC"
    found = api.get(url, role="viewer").json()["recommendations"]
    slower = next(one for one in found if one["rule"] == "slower_delivery")
    assert slower["priority"] == "high"
    assert slower["evidence"]["metric"] == "cycle_time"
    assert set(slower["title"]) == set(slower["reason"]) == set(slower["action"]) == {"en", "fr"}
    facts = api.get(url.replace("recommendations?", "recommendations/facts?"), role="viewer").json()["items"]
    assert [one["rule"] for one in facts] == [one["rule"] for one in found]
    for path in {path for one in facts for path in one["facts"]}:
        assert api.get(path, role="viewer").status_code == 200, path


def test_maturity_names_what_holds_back_and_its_facts(api: Api) -> None:
    steady(api)
    url = "/api/v1/metrics/maturity?from=2026-01-01&to=2026-03-01&tz=UTC"
    functions = {one["function"]: one for one in api.get(url, role="viewer").json()["functions"]}
    assert list(functions) == ["process", "tooling", "data", "communication", "knowledge", "monitoring"]
    assert functions["process"]["level"] == 1
    assert [one["name"] for one in functions["process"]["held_back_by"]] == ["workflow_written"]
    put = {"answers": {"workflow_written": True}}
    assert api.ask("PUT", "/api/v1/maturity/answers", json=put, role="editor").status_code == 200
    process = api.get(url, role="viewer").json()["functions"][0]
    assert process["level"] == 3
    facts = api.get(url.replace("maturity?", "maturity/facts?"), role="viewer").json()["items"]
    for path in {one["facts"] for one in facts if one["facts"] is not None}:
        assert api.get(path, role="viewer").status_code == 200, path


def header(api: Api, name: str, query: str) -> str:
    return str(api.get(f"/api/v1/metrics/{name}?{query}&format=csv", role="viewer").text.partition("\r\n")[0])


def test_every_insight_has_rows_and_columns_without_them(api: Api) -> None:
    before = {name: header(api, name, query) for name, query in INSIGHTS.items()}
    steady(api)
    assert {name: header(api, name, query) for name, query in INSIGHTS.items()} == before
    for name, query in INSIGHTS.items():
        table = api.get(f"/api/v1/metrics/{name}?{query}&shape=table", role="viewer").json()
        text = api.get(f"/api/v1/metrics/{name}?{query}&format=csv", role="viewer")
        assert text.headers["content-type"].startswith("text/csv")
        assert len(list(csv.DictReader(io.StringIO(text.text)))) == len(table)
        assert table or name == "recommendations"
        for form in ("ndjson", "arrow"):
            assert api.get(f"/api/v1/metrics/{name}?{query}&format={form}", role="viewer").status_code == 200


def test_an_insight_is_kept_until_the_data_changes(api: Api) -> None:
    source = steady(api, 30)
    for name, query in INSIGHTS.items():
        url = f"/api/v1/metrics/{name}?{query}"
        first = api.get(url, role="viewer")
        etag = first.headers["etag"]
        assert api.get(url, role="viewer", headers={"If-None-Match": etag}).status_code == 304
        api.clock.forward(minutes=1)
        push(api, source, "projects", [{"external_id": f"p-{name}", "name": "Another"}])
        changed = api.get(url, role="viewer", headers={"If-None-Match": etag})
        assert changed.status_code == 200
        assert changed.headers["etag"] != etag


def test_two_questions_have_two_etags(shared_api: Api) -> None:
    etags = {
        shared_api.get(f"/api/v1/metrics/{path}", role="viewer").headers["etag"]
        for path in (
            f"impact?{WINDOW}&of=cycle_time",
            f"impact?{WINDOW}&of=cycle_time&measure=p95",
            f"impact?{WINDOW}&of=lead_time",
            "forecast?items=10",
            "forecast?items=11",
            "forecast?items=10&project=shop",
            f"recommendations?{WINDOW}",
            "recommendations?from=2026-01-01&to=2026-02-02&tz=UTC",
            f"maturity?{WINDOW}",
        )
    }
    assert len(etags) == 9


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("impact", "of"),
        ("impact?of=happiness", "of"),
        ("impact?of=forecast", "of"),
        ("impact?of=cycle_time&measure=p51", "measure"),
        ("impact?of=bottleneck&measure=share", "measure"),
        ("impact?of=cycle_time&grain=week", "grain"),
        ("impact?of=cycle_time&from=1970-01-01", "from"),
        ("impact?of=cycle_time&compare=1950-01-01/2000-01-01", "compare"),
        ("impact?of=cycle_time&from=2026-02-01&to=2026-01-01", "from"),
        ("impact?of=cycle_time&group_by=colour", "group_by"),
        ("forecast", "items"),
        ("forecast?items=0", "items"),
        ("forecast?items=many", "items"),
        ("forecast?items=5&until=2026-04-01", "items"),
        ("forecast?until=2026-01-01", "until"),
        ("forecast?until=soon", "until"),
        ("forecast?items=5&colour=red", "colour"),
        ("forecast?items=5&item_kind=idea", "item_kind"),
        ("recommendations?from=1970-01-01", "from"),
        ("recommendations?team=nobody", "team"),
        ("recommendations?tz=Mars/Olympus", "tz"),
        ("recommendations?group_by=team", "group_by"),
        ("maturity?team=nobody", "team"),
        ("maturity?from=9999-01-01", "from"),
        ("maturity?to=0001-01-01", "to"),
        ("maturity?shape=round", "shape"),
    ],
)
def test_a_wrong_parameter_is_told(shared_api: Api, path: str, parameter: str) -> None:
    answer = shared_api.get(f"/api/v1/metrics/{path}", role="viewer")
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["loc"] == ["query", parameter]


def test_a_window_that_lies_ahead_is_answered(api: Api) -> None:
    fill(api)
    for name in ("recommendations", "maturity"):
        assert api.get(f"/api/v1/metrics/{name}?from=2030-01-01&to=2030-02-01", role="viewer").status_code == 200


def test_a_query_of_several_says_where_an_insight_is_had(shared_api: Api) -> None:
    answer = shared_api.post("/api/v1/query", json={"queries": [{"metric": "forecast"}]}, role="viewer")
    assert answer.status_code == 422
    assert "GET /api/v1/metrics/forecast" in answer.json()["detail"]
    unknown = shared_api.get("/api/v1/metrics/happiness", role="viewer").json()["detail"]
    assert all(name in unknown for name in INSIGHTS)


def test_answers_are_kept_with_who_gave_them_and_can_be_taken_back(api_on_both: Api) -> None:
    url = "/api/v1/maturity/answers"
    asked = api_on_both.get(f"{url}?limit=1000", role="viewer").json()["items"]
    assert all(one["answer"] is None for one in asked)
    assert all(set(one["text"]) == {"en", "fr"} for one in asked)
    names = [one["question"] for one in asked]
    given = api_on_both.ask("PUT", url, json={"answers": {names[0]: True, names[1]: False}}, role="editor").json()
    told = {one["question"]: one for one in given["items"]}
    assert (told[names[0]]["answer"], told[names[1]]["answer"], told[names[2]]["answer"]) == (True, False, None)
    assert told[names[0]]["answered_by"].startswith("token:")
    assert told[names[0]]["answered_at"] == "2026-03-02T09:00:00Z"
    api_on_both.clock.forward(hours=1)
    api_on_both.ask("PUT", url, json={"answers": {names[0]: None}}, role="editor")
    after = {one["question"]: one for one in api_on_both.get(f"{url}?limit=1000", role="viewer").json()["items"]}
    assert (after[names[0]]["answer"], after[names[1]]["answer"]) == (None, False)
    acts = api_on_both.get("/api/v1/audit").json()["items"]
    assert [act["detail"] for act in acts if act["action"] == "maturity.answer"][-1] == {
        names[0]: True,
        names[1]: False,
    }


@pytest.mark.parametrize("body", [{"answers": {"nothing": True}}, {"answers": {"targets_set": "yes"}}, {"more": 1}])
def test_a_wrong_answer_changes_nothing(api: Api, body: dict[str, Any]) -> None:
    assert api.ask("PUT", "/api/v1/maturity/answers", json=body, role="editor").status_code == 422
    assert api.ask("PUT", "/api/v1/maturity/answers", json={"answers": {}}, role="viewer").status_code == 403
    assert not [one for one in api.get("/api/v1/audit").json()["items"] if one["action"] == "maturity.answer"]


def test_no_metric_and_measure_break_a_comparison(api: Api) -> None:
    """Some measures are texts or lists: they cannot be subtracted, and that is said."""
    steady(api, 40)
    entries = api.get("/api/v1/metrics?limit=1000", role="viewer").json()["items"]
    for entry in entries:
        for measure in entry["measures"]:
            params = {"of": entry["name"], "measure": measure, "from": "2026-02-10", "to": "2026-03-03", "tz": "UTC"}
            answer = api.get("/api/v1/metrics/impact", role="viewer", params=params)
            assert answer.status_code in (200, 422), (entry["name"], measure, answer.text)
