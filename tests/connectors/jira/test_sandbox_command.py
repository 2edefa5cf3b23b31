"""`python -m connectors.jira.sandbox`: a Jira to look at."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.jira_sandbox import KEYS

ROOT = Path(__file__).parents[3]


@contextmanager
def running(*arguments: str) -> Iterator[httpx.Client]:
    command = [sys.executable, "-m", "connectors.jira.sandbox", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert KEYS.token in process.stdout.readline()
            with httpx.Client(base_url=url, auth=(KEYS.email, KEYS.token), timeout=60) as client:
                yield client
        finally:
            process.terminate()


def test_it_prints_its_address_and_serves_the_same_site_for_the_same_arguments() -> None:
    arguments = ("--seed", "4", "--items", "60", "--generated-at", "2026-03-02T09:00Z", "--today", "2026-03-05T09:00Z")
    answers = []
    for _ in range(2):
        with running(*arguments) as client:
            count = client.post("/rest/api/3/search/approximate-count", json={"jql": "id > 0"}).json()["count"]
            answers.append((count, client.get("/rest/api/3/issue/10000").json()["fields"]["summary"]))
    assert answers[0] == answers[1]
    assert answers[0][0] >= 55


def test_it_can_be_a_data_center_under_a_context_path() -> None:
    with running("--items", "20", "--deployment", "datacenter", "--context", "/jira") as client:
        assert str(client.base_url).endswith("/jira/")
        assert client.get("rest/api/2/serverInfo").json()["deploymentType"] == "Server"


def test_an_instant_without_an_offset_is_refused() -> None:
    command = [sys.executable, "-m", "connectors.jira.sandbox", "--today", "2026-03-02T09:00:00"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "offset" in done.stderr


@pytest.mark.parametrize("arguments", [("--items", "20", "--fault-rate", "1")])
def test_it_can_fail_on_purpose(arguments: tuple[str, ...]) -> None:
    with running(*arguments) as client:
        bad = 0
        for _ in range(10):
            try:
                answer = client.get("/rest/api/3/myself")
                bad += answer.status_code != 200 or "html" in answer.headers["Content-Type"]
            except httpx.TransportError:
                bad += 1
        assert bad > 3
