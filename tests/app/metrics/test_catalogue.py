"""Every number of the contract is there, and does in every form what a number has to do."""

import io
import json
from datetime import timedelta
from typing import Any

import msgspec
import nanoarrow
import pytest
from nanoarrow.ipc import InputStream

from app.api import forms
from app.api.metrics import rendered
from app.core.db import Database
from app.core.settings import Settings
from app.facts.read import FactsReader
from app.metrics.catalogue import BY_NAME, CATALOGUE
from app.metrics.insights import INSIGHTS
from app.metrics.query import MetricQuery, answer, behind
from connectors.kit.records import Conversation, Record
from tests.support.records import ACCOUNTS, BEGIN, Base, deeds, words

PROCESS = (
    "cycle_time", "active_time", "lead_time", "reaction_time", "time_in_status", "flow_efficiency", "throughput",
    "arrivals", "wip", "wip_age", "cumulative_flow", "reopen_rate", "bottleneck", "automation_rate", "forecast",
)  # fmt: skip
TOOLING = ("adoption_rate", "active_users", "stickiness", "seat_utilisation", "feature_usage", "tool_satisfaction")
DATA = ("data_coverage", "data_utilisation", "freshness")
COMMUNICATION = (
    "communication_satisfaction", "conflicts_resolved", "response_time", "cross_team_share", "meeting_share",
)  # fmt: skip
DELIVERY = ("launch_time", "bugs_per_launch", "impact", "maturity", "recommendations")
ROWS = {*PROCESS, *TOOLING, *DATA, *COMMUNICATION, *DELIVERY}

EVERY = sorted(metric.name for metric in CATALOGUE)
CSV = forms.choose("", shape="", form="csv")
OPEN = Settings(_env_file=None, timezone="UTC", min_group=1)
PRIVATE = Settings(_env_file=None, timezone="UTC", min_group=5)
OF_STAYS = {"time_in_status", "bottleneck"}
"""Their facts are the stays of items in statuses, and items are what they count."""

OF_NOBODY = set(DATA)
"""They count sources, rules and reads, and rest on no person."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Any) -> FactsReader:
    """One company, which no test here changes."""
    return _reader(tmp_path_factory.mktemp("company") / "prodops.db", sqlite_template, [*words(), *deeds(1)])


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Any) -> FactsReader:
    """The same company as if two people had done everything in it."""
    told = [_of_two(one) for one in (*words(), *deeds(1))]
    unique = {(one.record_type, *(getattr(one, name) for name in one.key)): one for one in told}
    return _reader(tmp_path_factory.mktemp("pair") / "prodops.db", sqlite_template, list(unique.values()))


def _reader(path: Any, template: Any, records: list[Record]) -> FactsReader:
    path.write_bytes(template.read_bytes())
    made = Base(Database(f"sqlite:///{path}"))
    made.tell("north", "north", records)
    made.join(("north",))
    return made.reader()


def _of_two(record: Record) -> Record:
    names = {"assignee", "actor", "account", "started_by", "first_reply_by"} & set(record.__struct_fields__)
    changes: dict[str, Any] = {}
    for name in names:
        who = getattr(record, name)
        if who in ACCOUNTS:
            changes[name] = ACCOUNTS[ACCOUNTS.index(who) % 2]
    if isinstance(record, Conversation):
        changes["participants"] = ACCOUNTS[:2]
    return msgspec.structs.replace(record, **changes)


def query(metric: str, **more: Any) -> MetricQuery:
    given = {"start": BEGIN, "end": BEGIN + timedelta(days=56), "tz": "UTC", "grain": "total"}
    return MetricQuery(metric=metric, **{**given, **more})


def test_every_row_of_the_contract_is_in_the_catalogue() -> None:
    assert {metric.name for metric in (*CATALOGUE, *INSIGHTS)} == ROWS


@pytest.mark.parametrize("name", EVERY)
def test_declared_measures_are_in_the_answer(filled: FactsReader, name: str) -> None:
    (series,) = answer(filled, OPEN, query(name))["series"]
    found = set(series["total"])
    for entries in series["total"].values():
        if isinstance(entries, list):
            found |= {measure for entry in entries if isinstance(entry, dict) for measure in entry}
    assert set(BY_NAME[name].measures) <= found


@pytest.mark.parametrize("name", EVERY)
def test_every_grain_and_dimension_is_answered(filled: FactsReader, name: str) -> None:
    for grain in BY_NAME[name].grains:
        assert answer(filled, OPEN, query(name, grain=grain))["series"]
    for dimension in BY_NAME[name].dimensions:
        for series in answer(filled, OPEN, query(name, group_by=(dimension,)))["series"]:
            assert set(series["group"]) == {dimension}
            value = series["group"][dimension]["id"]
            if value is not None:
                (alone,) = answer(filled, OPEN, query(name, filters={dimension: (value,)}))["series"]
                if not (dimension == "team" or alone["total"]["n"] == 0 or dimension in ("status", "event")):
                    assert alone["total"]["n"] == series["total"]["n"], (dimension, value)


@pytest.mark.parametrize("name", EVERY)
def test_the_facts_behind_are_as_many_as_the_number_says(filled: FactsReader, name: str) -> None:
    (series,) = answer(filled, OPEN, query(name))["series"]
    facts = behind(filled, OPEN, query(name), limit=10_000)
    assert facts["n"] == (series["total"]["n"] if name not in OF_STAYS else len(facts["items"]))
    if name in OF_STAYS:
        assert len({fact["item"]["id"] for fact in facts["items"]}) == series["total"]["n"]


@pytest.mark.parametrize("name", sorted(set(EVERY) - OF_NOBODY))
def test_what_two_people_did_is_not_told(pair: FactsReader, name: str) -> None:
    (whole,) = answer(pair, OPEN, query(name))["series"]
    assert whole["total"]["n"]
    content = answer(pair, PRIVATE, query(name, grain="month"))
    (series,) = content["series"]
    assert series["total"] == {"suppressed": True}
    assert behind(pair, PRIVATE, query(name)) == {"items": [], "next": None, "suppressed": True}
    assert not any(point.get("n") for point in series["points"])
    assert not any({**content["excluded"], **content["flagged"]}.values())


@pytest.mark.parametrize("name", EVERY)
def test_every_form_has_the_same_rows(filled: FactsReader, name: str) -> None:
    group_by = BY_NAME[name].dimensions[:1]
    content = answer(filled, OPEN, query(name, grain="month", group_by=group_by))
    sizes = set()
    table = json.loads(rendered(content, forms.choose("", shape="table", form=""), group_by))
    sizes.add(len(table))
    sizes.add(len(rendered(content, forms.choose("", shape="", form="ndjson"), group_by).splitlines()))
    arrow = rendered(content, forms.choose("", shape="", form="arrow"), group_by)
    sizes.add(len(nanoarrow.Array(InputStream.from_readable(io.BytesIO(arrow)))))
    assert len(sizes) == 1
    csv = rendered(content, forms.choose("", shape="", form="csv"), group_by).decode("utf-8-sig").splitlines()
    assert len(csv) == len(table) + 1


@pytest.mark.parametrize("name", EVERY)
def test_a_table_has_the_columns_of_its_question_whatever_is_in_it(filled: FactsReader, name: str) -> None:
    """One stable address per data set: a program that reads it finds the same columns in an empty window."""
    group_by = BY_NAME[name].dimensions[:1]
    begun, long_ago = (
        query(name, grain="month", group_by=group_by, start=start, end=start + timedelta(days=56))
        for start in (BEGIN, BEGIN - timedelta(days=900))
    )
    full, empty = answer(filled, OPEN, begun), answer(filled, OPEN, long_ago)
    headers = {rendered(one, CSV, group_by).split(b"\r\n")[0].decode() for one in (full, empty)}
    assert len(headers) == 1
    told = set(next(iter(headers)).split(","))
    points = [point for series in full["series"] for point in series["points"] if not point.get("suppressed")]
    listed = [entry for point in points for entry in point.get("by", [])] if "by" in points[0] else points
    assert {key for one in listed for key in one} - {"start", "end"} <= told
