"""Every query of every dashboard is asked of a running service, or of a real PostgreSQL, as Grafana would ask it."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text

from app.core.db import Database
from app.facts.read import FactsReader
from app.schedule.publish import publish
from grafana.build import written
from tests.app.api.conftest import Api, serve
from tests.support.talk import NOW
from tests.support.working import working_company

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "grafana"
FROM, TO = NOW - timedelta(days=90), NOW
EVERYTHING = {"team": ",", "project": ","}
Json = dict[str, Any]


def dashboards(kind: str) -> list[Json]:
    return [json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob(f"dashboards/*/{kind}/*.json"))]


@pytest.fixture
def company(sqlite_db: Database) -> Iterator[Api]:
    working_company(sqlite_db)
    for api in serve(sqlite_db, min_group=1):
        api.clock.at = NOW
        yield api


@pytest.fixture
def views(postgresql_database: Iterator[Database]) -> Iterator[Database]:
    for db in postgresql_database:
        working_company(db)
        for api in serve(db, min_group=1):
            api.clock.at = NOW
            assert publish(db, FactsReader(db), api.clock, api.settings)
            yield db


def test_the_files_are_what_the_panels_say() -> None:
    there = {path.relative_to(FOLDER / "dashboards").as_posix(): path for path in FOLDER.rglob("dashboards/**/*.json")}
    assert {name: path.read_text("utf-8") for name, path in there.items()} == written(), "Run make docs."


def ask(api: Api, target: Json, variables: dict[str, str]) -> list[Json]:
    """What the Infinity data source gets and cuts out: the rows under the root, with the named columns."""
    assert (target["type"], target["source"], target["url_options"]["method"]) == ("json", "url", "GET")
    macros = {"__from": str(int(FROM.timestamp() * 1000)), "__to": str(int(TO.timestamp() * 1000))}
    known = macros | {f"{name}:csv": value for name, value in variables.items()}
    params = {
        one["key"]: re.sub(r"\$\{([^}]+)\}", lambda match: known[match.group(1)], one["value"])
        for one in target["url_options"]["params"]
    }
    headers = {one["key"]: one["value"] for one in target["url_options"]["headers"]}
    answer = api.get(target["url"], role="viewer", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    found: list[Json] = body[target["root_selector"]] if target["root_selector"] else body
    return [{column["text"]: row[column["selector"]] for column in target["columns"]} for row in found]


def variable_values(api: Api, dashboard: Json) -> dict[str, list[Json]]:
    return {
        variable["name"]: ask(api, variable["query"]["infinityQuery"], {})
        for variable in dashboard["templating"]["list"]
    }


def test_every_panel_over_http_gets_the_columns_that_it_names(company: Api) -> None:
    launched = (NOW - timedelta(days=1)).isoformat()
    company.post("/api/v1/annotations", json={"time": launched, "timeEnd": launched, "title": "Launch", "tags": []})
    before = company.get("/api/v1/metrics/data_utilisation?grain=total", role="viewer").json()
    for dashboard in dashboards("http"):
        values = variable_values(company, dashboard)
        for name, found in values.items():
            assert found
            assert all(row["__text"] and row["__value"] for row in found), name
        chosen = {name: found[0]["__value"] for name, found in values.items()}
        for panel in dashboard["panels"]:
            (target,) = panel["targets"]
            rows = ask(company, target, EVERYTHING)
            numbers = {column["text"] for column in target["columns"] if column["type"] == "number"}
            assert any(row[name] is not None for row in rows for name in numbers), panel["title"]
            named = {one["matcher"]["options"] for one in panel["fieldConfig"]["overrides"]}
            assert named <= rows[0].keys()
            ask(company, target, EVERYTHING | chosen)
        for annotation in dashboard["annotations"]["list"]:
            (event,) = ask(company, annotation["target"], {})
            assert event["title"] == "Launch"
    after = company.get("/api/v1/metrics/data_utilisation?grain=total", role="viewer").json()
    # Only the two questions for it were readings.
    assert after["series"][0]["total"]["numerator"] - before["series"][0]["total"]["numerator"] <= 1


def run(db: Database, query: str, group: str) -> list[Json]:
    """What the PostgreSQL data source gets, with its macro and the variable in place."""
    window = rf"\1 BETWEEN '{FROM:%Y-%m-%dT%H:%M:%SZ}' AND '{TO:%Y-%m-%dT%H:%M:%SZ}'"
    query = re.sub(r"\$__timeFilter\((\w+)\)", window, query).replace("${group}", group)
    assert "$" not in query
    with db.read() as connection:
        return [dict(row) for row in connection.execute(text(query.replace(":", r"\:"))).mappings()]


def test_every_panel_in_sql_runs_on_postgresql_and_has_the_columns_that_it_names(views: Database) -> None:
    for dashboard in dashboards("sql"):
        groups = ["all"]
        for variable in dashboard["templating"]["list"]:
            found = run(views, variable["query"], "")
            assert {"__value", "__text"} == found[0].keys()
            groups += [row["__value"] for row in found]
        assert len(groups) == len(set(groups)) + bool(dashboard["templating"]["list"])
        for panel in dashboard["panels"]:
            (target,) = panel["targets"]
            named = {one["matcher"]["options"] for one in panel["fieldConfig"]["overrides"]}
            rows = run(views, target["rawSql"], "all")
            assert rows, panel["title"]
            assert rows[0].keys() == named | ({"time"} if target["format"] == "time_series" else set())
            assert any(row[name] is not None for row in rows for name in named), panel["title"]
            for group in groups[1:]:
                run(views, target["rawSql"], group)


def test_the_profile_provisions_what_the_dashboards_name() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    grafana = compose["services"]["grafana"]
    assert grafana["profiles"] == ["grafana"]
    assert "profiles" not in compose["services"]["prodops"]
    provisioned = (FOLDER / "provisioning/datasources/prodops.yaml").read_text("utf-8")
    sources = {(one["uid"], one["type"]) for one in yaml.safe_load(provisioned)["datasources"]}
    named = {
        (target["datasource"]["uid"], target["datasource"]["type"])
        for kind in ("http", "sql")
        for dashboard in dashboards(kind)
        for panel in dashboard["panels"]
        for target in panel["targets"]
    }
    assert sources == named
    assert set(re.findall(r"\$(\w+)", provisioned)) <= grafana["environment"].keys()
    (provider,) = yaml.safe_load((FOLDER / "provisioning/dashboards/prodops.yaml").read_text("utf-8"))["providers"]
    mounts = [volume.removesuffix(":ro").rpartition(":") for volume in grafana["volumes"]]
    (folder,) = [host for host, _, inside in mounts if inside == provider["options"]["path"]]
    standard = re.sub(r"\$\{\w+:-(\w+)\}", r"\1", folder)
    assert sorted(path.name for path in (ROOT / standard).glob("*.json")) == [
        "adoption.json",
        "data-health.json",
        "flow.json",
    ]
