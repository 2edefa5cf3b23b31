"""The recipes of docs/clients.md, as far as a plain client can try them."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.db import Database
from app.facts.read import FactsReader
from app.schedule.publish import publish
from tests.app.api.conftest import Api, serve
from tests.support.listening import port_of
from tests.support.talk import NOW
from tests.support.working import working_company

DOCS = Path(__file__).parents[2] / "docs"
BASE = "http://localhost:8000"


def recipe(language: str, document: str = "clients.md") -> str:
    """The last example in a language."""
    found: list[str] = re.findall(
        rf"^```{language}\n(.*?)^```", (DOCS / document).read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return found[-1]


@pytest.fixture
def company(sqlite_db: Database) -> Iterator[Api]:
    working_company(sqlite_db)
    for api in serve(sqlite_db, min_group=1):
        api.clock.at = NOW
        yield api


def test_ten_lines_print_a_row_for_each_week_and_team(company: Api) -> None:
    with port_of(company.app, lifespan="off") as port:
        script = recipe("python").replace(BASE, f"http://127.0.0.1:{port}")
        assert len(script.strip().splitlines()) == 9
        surroundings = {**os.environ, "PRODOPS_VIEWER_TOKEN": company.token("viewer")}
        told = subprocess.run(
            [sys.executable, "-c", script], env=surroundings, capture_output=True, text=True, check=True, timeout=60
        )
    assert re.fullmatch(r"(20\d\d-\d\d-\d\d \w+ \d+\.\d hours\n)+", told.stdout)


def test_power_bi_gets_columns_of_the_types_that_its_query_names(company: Api) -> None:
    query = recipe("m")
    path = re.search(r'RelativePath = "(.*?)"', query)
    given = re.search(r"Query = \[(.*?)\]", query)
    headers = re.search(r"Headers = \[(.*?)\]\n", query)
    assert path is not None
    assert given is not None
    assert headers is not None
    params = dict(re.findall(r'(\w+) = "(.*?)"', given.group(1)))
    sent = {name.strip('#"'): value for name, value in re.findall(r'([\w#"-]+) = "([^"]*)"', headers.group(1))}
    assert sent.pop("Authorization") == "Bearer "
    answer = company.get(f"/{path.group(1)}", role="viewer", params=params, headers=sent)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    columns = dict(re.findall(r'\{"(\w+)", ([\w. ]+)\}', query))
    assert columns == {"time": "type datetimezone", "n": "Int64.Type", "value": "type number"}
    assert rows
    for row in rows:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["time"])
        assert int(row["n"]) == float(row["value"])


def test_a_sheet_reads_the_link_that_the_recipe_makes(company: Api) -> None:
    body = re.search(r"-d '(.*?)'", recipe("sh"))
    assert body is not None
    company.ask("PATCH", "/api/v1/settings", json={"shares": True})
    made = company.post("/api/v1/shares", role="editor", json=json.loads(body.group(1)))
    assert made.status_code == 201, made.text
    answer = company.get(made.json()["path"], role=None)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert {"time", "team", "value"} <= rows[0].keys()


def test_metabase_sees_the_views_with_its_own_user_and_nothing_else(
    postgresql_database: Iterator[Database],
) -> None:
    for db in postgresql_database:
        working_company(db)
        for api in serve(db, min_group=1):
            api.clock.at = NOW
            publish(db, FactsReader(db), api.clock, api.settings)
        with db.write() as connection:
            connection.exec_driver_sql(recipe("sql", "views.md").replace("LOGIN PASSWORD '…'", "NOLOGIN"))
            connection.exec_driver_sql("SET LOCAL ROLE bi")
            assert connection.exec_driver_sql(recipe("sql")).all()
            with pytest.raises(DBAPIError, match="permission denied"), connection.begin_nested():
                connection.execute(text("SELECT * FROM person"))
            connection.exec_driver_sql("RESET ROLE")
            connection.exec_driver_sql("DROP OWNED BY bi")
            connection.exec_driver_sql("DROP ROLE bi")
