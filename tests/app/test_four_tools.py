"""Four tools of one company, registered, synced and asked over the API: every number is the company's truth."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from app.core.db import Database
from app.facts.dirty import build_dirty
from app.ingest.runner import Runner
from app.ingest.worker import Worker
from connectors import registry, sandboxes
from connectors.mixpanel.connector import MixpanelConnector
from tests.app.api.conftest import Api, serve
from tests.support import company as truth
from tests.support.company import NOW, Company
from tests.support.company_talk import conflicts, cross_team_share, response_time
from tests.support.oracle import Oracle
from tests.support.oracle_history import History, automated
from tests.support.oracle_time import bucket_dates, working_seconds

ZONE = ZoneInfo("Europe/Paris")
START, END = datetime(2026, 8, 31, 22, tzinfo=UTC), datetime(2026, 11, 4, 23, tzinfo=UTC)
WINDOW = {"from": "2026-09-01", "to": "2026-11-05", "tz": "Europe/Paris"}
FIRST_DAY, YESTERDAY, DAY = date(2026, 9, 1), date(2026, 11, 1), timedelta(days=1)
WORK = ("jira", "asana")
UNHURRIED = MixpanelConnector(queries_an_hour=100_000, queries_a_second=1_000)


@dataclass
class Asked:
    """A company and a service that has read all of its tools."""

    company: Company
    api: Api
    ids: dict[str, str] = field(default_factory=dict)

    def series(self, metric: str, **parameters: str) -> dict[Any, dict[str, Any]]:
        """The series of an answer by the names of their groups."""
        answer = self.api.get(f"/api/v1/metrics/{metric}", params={**WINDOW, **parameters}, role="viewer")
        assert answer.status_code == 200, answer.text
        return {tuple(value["name"] for value in one["group"].values()): one for one in answer.json()["series"]}

    def total(self, metric: str, **parameters: str) -> dict[str, Any]:
        (series,) = self.series(metric, grain="total", **parameters).values()
        found: dict[str, Any] = series["total"]
        return found


@pytest.fixture
def asked(db: Database) -> Iterator[Asked]:
    for api in serve(db, allowed_private_hosts=("127.0.0.1",), min_group=1):
        api.clock.at = NOW
        with truth.served() as (company, ports):
            yield read(Asked(company, api), ports)


def read(asked: Asked, ports: dict[str, int]) -> Asked:
    """Register the four tools and the directory, push and sync, as an admin would over the API."""
    api = asked.api
    for tool in sandboxes.TOOLS:
        config, credentials = sandboxes.settings(tool, ports[tool])
        body = {"connector": tool, "name": tool, "config": config, "credentials": credentials}
        made = api.post("/api/v1/sources", json=body)
        assert made.status_code == 201, made.text
        asked.ids[tool] = made.json()["id"]
    body = {"connector": "push", "name": truth.DIRECTORY, "config": {"tool": truth.DIRECTORY}}
    asked.ids[truth.DIRECTORY] = api.post("/api/v1/sources", json=body).json()["id"]
    for record_type, records in asked.company.records[truth.DIRECTORY].items():
        lines = b"".join(msgspec.json.encode(record) + b"\n" for record in records)
        path = f"/api/v1/ingest/{asked.ids[truth.DIRECTORY]}/{record_type}"
        pushed = api.post(path, content=lines, headers={"Content-Type": "application/x-ndjson"})
        assert pushed.json()["accepted"] == len(records), pushed.text
    connectors = {**registry.load().connectors, "mixpanel": UNHURRIED}
    runner = Runner(api.database, connectors, api.settings.keyring(), api.clock, ("127.0.0.1",), zone=ZONE)
    worker = Worker(runner, build_dirty)
    for tool in sandboxes.TOOLS:
        started = api.post(f"/api/v1/sources/{asked.ids[tool]}/syncs").json()
        worker.run_next()
        ended = api.get(f"/api/v1/syncs/{started['id']}").json()
        assert ended["status"] == "succeeded", json.dumps(ended, indent=1)
    statuses = f"/api/v1/sources/{asked.ids['jira']}/statuses"
    known = {one["external_id"]: one["id"] for one in api.get(f"{statuses}?limit=1000").json()["items"]}
    for status, meaning in asked.company.meanings.items():
        said = api.ask("PUT", f"{statuses}/{known[status]}", json={"category": meaning})
        assert said.status_code == 200, said.text
    return asked


def test_every_number_is_the_truth(asked: Asked) -> None:
    work(asked)
    work_by_team(asked)
    automation_by_how_it_was_told(asked)
    users(asked)
    adoption(asked)
    seats(asked)
    features(asked)
    talk(asked)
    opinions(asked)
    meetings(asked)


def same(point: dict[str, Any], right: dict[str, Any] | None, where: tuple[Any, ...]) -> None:
    """A point says what is right; what it says beside that is not looked at."""
    assert right is not None, where
    shown = {name: point[name] for name in right}
    assert shown == pytest.approx(right, abs=2e-6), where


def oracle(asked: Asked, grain: str) -> Oracle:
    worlds = [(asked.company.world(tool), asked.company.items(tool)) for tool in WORK]
    return Oracle.of(worlds, start=START, end=END, zone=ZONE, grain=grain, now=NOW)


PLAIN = ("cycle_time", "active_time", "lead_time", "reaction_time", "throughput", "arrivals", "wip", "reopen_rate",
         "flow_efficiency", "automation_rate")  # fmt: skip


def work(asked: Asked) -> None:
    """The process metrics over both tools, and by tool."""
    for grain in ("month", "total"):
        slow = oracle(asked, grain)
        for metric in PLAIN:
            for grouping, group_of in GROUPINGS.items():
                series = asked.series(metric, grain=grain, group_by=grouping)
                right = slow.answer(metric, group_of)
                assert set(series) == set(right), (metric, grouping)
                for group, one in series.items():
                    for point, expected in zip(one["points"], right[group]["points"], strict=True):
                        if expected is not None:
                            same(point, expected, (metric, grain, group, point["start"]))
                    same(one["total"], right[group]["total"], (metric, grain, group))
    assert slow.answer("cycle_time", lambda one: ())[()]["total"]["n"] > 50
    assert slow.answer("automation_rate", lambda one: ())[()]["total"]["numerator"] > 5


GROUPINGS: dict[str, Callable[[History], tuple[Any, ...]]] = {
    "": lambda one: (),
    "tool": lambda one: (one.world.tool,),
}


def work_by_team(asked: Asked) -> None:
    """Cycle time by the team that each assignee was in when the item was finished."""
    company = asked.company

    def team(one: History) -> tuple[str]:
        who = company.human(one.world.tool, one.item.assignee)
        return ((one.finished and company.team_at(who, one.finished)) or "unassigned",)

    right = oracle(asked, "month").answer("cycle_time", team)
    series = asked.series("cycle_time", grain="month", group_by="team")
    for group, expected in right.items():
        if expected["total"]["n"]:
            same(series[group]["total"], expected["total"], ("cycle_time", group))
    assert len([group for group, expected in right.items() if expected["total"]["n"]]) > 4


def automation_by_how_it_was_told(asked: Asked) -> None:
    """What a rule's marker, an account's kind or an app's marker told, over both tools."""
    moves: Counter[tuple[str, bool]] = Counter()
    for tool in WORK:
        world = asked.company.world(tool)
        for item in asked.company.items(tool):
            for move in item.moves:
                known, told = automated(move, world)
                if START <= move.at < END and known is not None:
                    moves[told or "", known] += 1
    series = asked.series("automation_rate", grain="total", group_by="automated_by")
    assert {(group, one["total"]["numerator"], one["total"]["denominator"]) for (group,), one in series.items()} == {
        (told, moves[told, True], moves[told, True] + moves[told, False]) for told, _ in moves
    }


def ends(grain: str) -> list[tuple[date, date]]:
    """The first and the last elapsed day of each bucket that has begun, cut to the window."""
    if grain == "total":
        return [(FIRST_DAY, YESTERDAY)]
    dates = bucket_dates(START, END, ZONE, grain)
    return [
        (max(first, FIRST_DAY), max(first, min(after - DAY, YESTERDAY)))
        for first, after in dates
        if first <= NOW.date()
    ]


def users(asked: Asked) -> None:
    """Active users and stickiness of each tool."""
    company = asked.company
    for grain in ("week", "total"):
        series = asked.series("active_users", grain=grain, group_by="tool")
        sticky = asked.series("stickiness", grain=grain, group_by="tool")
        assert set(series) == {(tool,) for tool in sandboxes.TOOLS}
        for (tool,), one in series.items():
            points = [one["total"]] if grain == "total" else one["points"]
            daily = [sticky[tool,]["total"]] if grain == "total" else sticky[tool,]["points"]
            for point, stuck, (first, last) in zip(points, daily, ends(grain), strict=False):
                mau = len(company.active(tool, last - 27 * DAY, last))
                right = {
                    "dau": len(company.active(tool, last, last)),
                    "wau": len(company.active(tool, last - 6 * DAY, last)),
                    "mau": mau,
                }
                same(point, right, ("active_users", tool, last))
                elapsed = [first + number * DAY for number in range((last - first).days + 1)]
                mean = sum(len(company.active(tool, day, day)) for day in elapsed) / len(elapsed)
                same(stuck, {"value": mean / mau if mau else None, "denominator": mau}, ("stickiness", tool, last))


def adoption(asked: Asked) -> None:
    """The share of those who may use a tool that does, by tool, and by team for each tool."""
    company = asked.company
    for tool in sandboxes.TOOLS:
        used = company.active(tool, YESTERDAY - 27 * DAY, YESTERDAY)
        may = company.eligible(tool, YESTERDAY, used)
        assert len(may & used) > 5, tool
        same(asked.total("adoption_rate", tool=tool), _share(may & used, may), ("adoption_rate", tool))
        by_team: dict[str, set[str]] = defaultdict(set)
        for who in may:
            by_team[company.team_at(who, _noon(YESTERDAY)) or "unassigned"].add(who)
        series = asked.series("adoption_rate", grain="total", group_by="team", tool=tool)
        assert {team for (team,) in series} == set(by_team), tool
        for (team,), one in series.items():
            same(one["total"], _share(by_team[team] & used, by_team[team]), ("adoption_rate", tool, team))
    series = asked.series("adoption_rate", grain="month", group_by="tool")
    for (tool,), one in series.items():
        for point, (_, last) in zip(one["points"], ends("month"), strict=False):
            used = company.active(tool, last - 27 * DAY, last)
            may = company.eligible(tool, last, used)
            same(point, _share(may & used, may), ("adoption_rate", tool, last))


def seats(asked: Asked) -> None:
    """Seats whose holders use the tool, where the tool tells of seats."""
    company = asked.company
    series = asked.series("seat_utilisation", grain="total", group_by="tool")
    assert {tool for (tool,) in series} == {"jira", "asana", "slack"}
    for (tool,), one in series.items():
        held = company.holders(tool, YESTERDAY)
        used = company.active(tool, YESTERDAY - 27 * DAY, YESTERDAY)
        same(one["total"], _share(held & used, held), ("seat_utilisation", tool))


def features(asked: Asked) -> None:
    """Events and people of every event name of every tool."""
    right: dict[tuple[str, str], tuple[int, set[str]]] = {}
    for tool in sandboxes.TOOLS:
        for who, event, day, count in asked.company.uses(tool):
            if FIRST_DAY <= day <= NOW.date():
                events, people = right.get((tool, event), (0, set()))
                right[tool, event] = events + count, people | {who}
    shown = asked.total("feature_usage")["by"]
    assert {(one["tool"]["id"], one["event"]["id"]): (one["events"], one["people"]) for one in shown} == {
        key: (events, len(people)) for key, (events, people) in right.items()
    }


def talk(asked: Asked) -> None:
    """How soon people answer, how many threads bring teams together, and how conflicts end."""
    for metric, truth_of in (("response_time", response_time), ("cross_team_share", cross_team_share)):
        (series,) = asked.series(metric, grain="month").values()
        slow = oracle(asked, "month")
        for point, (low, high) in zip(series["points"], slow.spans, strict=True):
            if low < NOW:
                same(point, truth_of(asked.company, low, high), (metric, point["start"]))
        right = truth_of(asked.company, START, END)
        assert right["n"] > 20, metric
        same(series["total"], right, (metric, "total"))
    marked = conflicts(asked.company)
    assert min(marked.values()) > 0
    same(asked.total("conflicts_resolved"), marked, ("conflicts_resolved", "total"))


def opinions(asked: Asked) -> None:
    """What people think of each tool, and of how well they are informed."""
    every = asked.company.records[truth.DIRECTORY]["survey_responses"]
    for metric, grouping, topic in (
        ("tool_satisfaction", "tool", "tool"),
        ("communication_satisfaction", "", "communication"),
    ):
        series = asked.series(metric, grain="month", group_by=grouping)
        slow = oracle(asked, "month")
        for group, one in series.items():
            mine = [answer for answer in every if answer.topic == topic and answer.tool in (*group, None)]
            for point, (low, high) in zip([*one["points"], one["total"]], [*slow.spans, (START, END)], strict=True):
                same(point, _opinion(mine, low, high), (metric, group, low))
    assert set(asked.series("tool_satisfaction", group_by="tool")) == {(tool,) for tool in sandboxes.TOOLS}


def _opinion(answers: list[Any], low: datetime, high: datetime) -> dict[str, Any]:
    mine = [one for one in answers if low <= one.at < high]
    satisfied = sum(1 + 4 * (one.score - one.scale_min) / (one.scale_max - one.scale_min) >= 4 for one in mine)
    of_ten = [one.score for one in mine if one.kind == "nps"]
    promoting = sum(score >= 9 for score in of_ten) - sum(score <= 6 for score in of_ten)
    return {
        "n": len(mine),
        "value": 100 * satisfied / len(mine) if mine else None,
        "nps": 100 * promoting / len(of_ten) if of_ten else None,
    }


def meetings(asked: Asked) -> None:
    """The time in meetings of everybody who was in one within four weeks, over their working time."""
    told = [(asked.company.human(truth.DIRECTORY, one.account), one.day, one.seconds)
            for one in asked.company.records[truth.DIRECTORY]["meeting_days"]]  # fmt: skip
    above = below = 0.0
    day = FIRST_DAY
    while day <= NOW.date():
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZONE)
        people = {who for who, at, _ in told if abs((at - day).days) <= 27}
        above += sum(seconds for _, at, seconds in told if at == day)
        below += len(people) * working_seconds(midnight, min(midnight + DAY, NOW), ZONE)
        day += DAY
    assert above > 0
    right = {"numerator": above, "denominator": below, "value": above / below}
    same(asked.total("meeting_share"), right, ("meeting_share", "total"))


def _share(some: set[str], whole: set[str]) -> dict[str, Any]:
    return {"numerator": len(some), "denominator": len(whole), "value": len(some) / len(whole) if whole else None}


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
