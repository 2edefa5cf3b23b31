"""A token that is bound to a team reads that team's numbers and items, and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core.db import Database
from tests.app.api.conftest import Api, serve
from tests.app.api.test_metrics import HISTORIES, WEEK, fill, push, work_item
from tests.support import people

THROUGHPUT = f"/api/v1/metrics/throughput?{WEEK}&grain=total"
ASSIGNEES = {"A": "u1", "B": "u2", "C": "u3"}
TEAMS = {"u1": "shop", "u2": "tills", "u3": "bank"}
"""The team `tills` is below `shop`."""


@dataclass
class Bound:
    """An API with items of three teams, and a token of the team `shop`."""

    api: Api
    token: str

    def get(self, path: str, **options: Any) -> Any:
        return self.api.get(path, token=self.token, **options)


@pytest.fixture
def bound(sqlite_db: Database) -> Iterator[Bound]:
    """On SQLite, with the rule about small groups switched off."""
    for api in serve(sqlite_db, min_group=1):
        yield filled(api)


@pytest.fixture
def bound_on_both(db: Database) -> Iterator[Bound]:
    for api in serve(db, min_group=1):
        yield filled(api)


def filled(api: Api) -> Bound:
    source = fill(api)
    push(api, source, "accounts", [{"external_id": name, "display_name": name} for name in TEAMS])
    push(api, source, "work_items", [work_item(key, HISTORIES[key], assignee=who) for key, who in ASSIGNEES.items()])
    for team, above in (("shop", None), ("tills", "shop"), ("bank", None)):
        people.add_team(api.database, team, above)
    for name, team in TEAMS.items():
        people.add_person(api.database, name, [(UUID(source), name)], [(team, people.ALWAYS, None)])
    return Bound(api, token_of(api, "shop"))


def token_of(api: Api, team: str) -> str:
    body = {"name": team, "role": "viewer", "team_id": str(people.team_id(team))}
    made = api.post("/api/v1/tokens", json=body)
    assert made.status_code == 201, made.text
    assert made.json()["team_id"] == body["team_id"]
    return str(made.json()["token"])


def number(answer: Any) -> int:
    assert answer.status_code == 200, answer.text
    return int(answer.json()["series"][0]["total"]["value"])


def test_its_numbers_are_those_of_its_team_and_of_the_teams_below(bound: Bound) -> None:
    assert number(bound.api.get(THROUGHPUT)) == 3
    assert number(bound.get(THROUGHPUT)) == 2
    assert number(bound.get(f"{THROUGHPUT}&team=tills")) == 1
    assert number(bound.get(f"{THROUGHPUT}&team=tills,shop")) == 2


@pytest.mark.parametrize("team", ["bank", "tills,bank", "unassigned", "nowhere", str(people.team_id("bank"))])
def test_it_reads_no_other_team(bound: Bound, team: str) -> None:
    for path in (THROUGHPUT, f"/api/v1/metrics/throughput/facts?{WEEK}", "/api/v1/work-items?"):
        assert bound.get(f"{path}&team={team}").status_code == 403
    question = {"metric": "throughput", "from": "2026-02-02", "to": "2026-02-09", "team": team}
    answer = bound.api.post("/api/v1/query", json={"queries": [question]}, token=bound.token)
    assert answer.status_code == 403


def test_grouped_by_team_only_its_own_are_named(bound: Bound) -> None:
    series = bound.get(f"{THROUGHPUT}&group_by=team").json()["series"]
    assert {one["group"]["team"]["name"] for one in series} == {"shop", "tills"}


def test_facts_queries_and_items_are_its_teams(bound_on_both: Bound) -> None:
    bound = bound_on_both
    facts = bound.get(f"/api/v1/metrics/throughput/facts?{WEEK}&grain=total").json()
    assert (facts["n"], {fact["item"]["external_id"] for fact in facts["items"]}) == (2, {"A", "B"})
    group = f"&group_by=team&group={people.team_id('bank')}"
    assert bound.get(f"/api/v1/metrics/throughput/facts?{WEEK}&grain=total{group}").json()["items"] == []
    question = {"metric": "throughput", "from": "2026-02-02", "to": "2026-02-09", "tz": "UTC", "grain": "total"}
    asked = bound.api.post("/api/v1/query", json={"queries": [question]}, token=bound.token).json()["answers"]
    assert asked[0]["series"][0]["total"]["value"] == 2
    listed = bound.get("/api/v1/work-items").json()["items"]
    assert {item["external_id"] for item in listed} == {"A", "B"}


def test_an_item_of_another_team_is_not_there(bound_on_both: Bound) -> None:
    bound = bound_on_both
    every = bound.api.get("/api/v1/work-items").json()["items"]
    found = {item["external_id"]: bound.get(f"/api/v1/work-items/{item['id']}").status_code for item in every}
    assert found == {"A": 200, "B": 200, "C": 404, "D": 404, "E": 404}


def test_an_answer_that_was_kept_for_others_is_not_sent_to_it_nor_its_own_to_others(bound: Bound) -> None:
    for _ in range(2):
        everybodys = bound.api.get(THROUGHPUT, role="viewer")
        mine = bound.get(THROUGHPUT, headers={"If-None-Match": everybodys.headers["etag"]})
        assert (number(everybodys), number(mine)) == (3, 2)
        assert everybodys.headers["etag"] != mine.headers["etag"]
    other = token_of(bound.api, "bank")
    assert number(bound.api.get(THROUGHPUT, token=other)) == 1
    assert number(bound.get(THROUGHPUT)) == 2


def test_what_is_not_told_by_team_is_refused(bound: Bound) -> None:
    answer = bound.get("/api/v1/metrics/freshness")
    assert (answer.status_code, "not told by team" in answer.json()["detail"]) == (403, True)
    assert bound.get("/api/v1/metrics/nothing").status_code == 422


@pytest.mark.parametrize("path", ["annotations", "connectors", "teams", "people", "tokens", "identity", "settings"])
def test_nothing_but_numbers_and_items_can_be_read(bound: Bound, path: str) -> None:
    assert bound.get(f"/api/v1/{path}").status_code == 403


def test_the_catalogue_can_be_read(bound: Bound) -> None:
    assert bound.get("/api/v1/metrics").status_code == 200


def test_it_ends_with_its_team(bound: Bound) -> None:
    other = token_of(bound.api, "tills")
    assert number(bound.api.get(THROUGHPUT, token=other)) == 1
    gone = bound.api.ask("DELETE", f"/api/v1/teams/{people.team_id('tills')}?move_to=unassigned")
    assert gone.status_code == 204, gone.text
    assert bound.api.get(THROUGHPUT, token=other).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {"role": "editor", "team_id": str(people.team_id("shop"))},
        {"role": "admin", "team_id": str(people.team_id("shop"))},
        {"role": "viewer", "team_id": str(uuid4())},
    ],
)
def test_only_viewers_of_a_team_that_there_is_are_bound(bound: Bound, body: dict[str, str]) -> None:
    answer = bound.api.post("/api/v1/tokens", json={"name": "x", **body})
    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["errors"]] == [["body", "team_id"]]


IMPACT = f"/api/v1/metrics/impact?of=throughput&{WEEK}"
FORECAST = "/api/v1/metrics/forecast?items=3"
RECOMMENDATIONS = f"/api/v1/metrics/recommendations?{WEEK}"


def test_its_insights_are_those_of_its_team(bound: Bound) -> None:
    own = f"team={people.team_id('shop')}"
    for path in (IMPACT, FORECAST, f"{IMPACT}&group_by=team"):
        assert bound.get(path).json() == bound.api.get(f"{path}&{own}").json()
    assert bound.get(IMPACT).json() != bound.api.get(IMPACT).json()
    for path in (IMPACT, FORECAST):
        behind = bound.get(path.replace("?", "/facts?")).json()
        assert behind == bound.api.get(f"{path.replace('?', '/facts?')}&{own}").json()


@pytest.mark.parametrize("path", [IMPACT, FORECAST, RECOMMENDATIONS])
def test_insights_of_another_team_are_refused(bound: Bound, path: str) -> None:
    assert bound.get(path).status_code == 200
    for asked in (path, path.replace("?", "/facts?")):
        assert bound.get(f"{asked}&team=bank").status_code == 403


def test_levels_that_rest_on_everybody_are_refused(bound: Bound) -> None:
    for path in ("maturity", "maturity/facts"):
        assert bound.get(f"/api/v1/metrics/{path}").status_code == 403
