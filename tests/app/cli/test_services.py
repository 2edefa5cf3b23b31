"""The commands that stay: `serve` and `demo`, watched over HTTP and through their processes."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from app.cli.demo_home import open_home
from app.core.crypto import new_key
from connectors.sandboxes import TOOLS
from tests.support.commands import PATIENCE, ask, environment, free_port, prodops, running

ADMIN = "a-fake-admin-token-for-tests"


def children(pid: int) -> list[int]:
    """The processes that a command started and keeps; what draws charts comes and goes, and is no module of ours."""
    every = [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]
    return [child for child in every if b"\0-m\0" in Path(f"/proc/{child}/cmdline").read_bytes()]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "zombie" not in Path(f"/proc/{pid}/status").read_text()


def wait_until_gone(pids: list[int]) -> None:
    end = time.monotonic() + PATIENCE
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < end, "A child outlived its parent."
        time.sleep(0.1)


def test_serve_is_one_command_with_a_worker_that_ends_with_it(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {"PRODOPS_SECRET_KEYS": new_key(), "PRODOPS_ADMIN_TOKEN": ADMIN}
    with running(tmp_path, url, "serve", "--port", str(port), **settings) as process:
        assert httpx.get(f"{url}/healthz").status_code == 200
        assert ask(f"{url}/api/v1/metrics", ADMIN)["items"]
        workers = children(process.pid)
        assert len(workers) == 1
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE)
        wait_until_gone(workers)


def test_a_worker_is_started_again_and_ends_when_serve_is_killed(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with running(tmp_path, url, "serve", "--port", str(port), "--dev") as process:
        (first,) = children(process.pid)
        os.kill(first, signal.SIGKILL)
        end = time.monotonic() + PATIENCE
        while not [pid for pid in children(process.pid) if pid != first]:
            assert time.monotonic() < end, "The worker was not started again."
            time.sleep(0.1)
        workers = children(process.pid)
        process.kill()
        process.wait(timeout=PATIENCE)
        wait_until_gone(workers)


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = prodops(tmp_path, "serve", "--port", str(port), PRODOPS_SECRET_KEYS=new_key())
    assert refused.returncode == 1
    assert f"Port {port}" in refused.stderr
    assert "--port" in refused.stderr


@pytest.fixture
def demo_port() -> int:
    return free_port()


def interrupt_while_it_reads(folder: Path, *arguments: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert "for the first time" in process.stdout.readline()
        started = children(process.pid)
        process.send_signal(signal.SIGINT)
        try:
            said, _ = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert process.returncode == 130, said
    assert len(started) == 1
    wait_until_gone(started)


def test_the_demo_reads_its_tools_once_and_answers(tmp_path: Path, demo_port: int) -> None:
    url = f"http://127.0.0.1:{demo_port}"
    arguments = ("demo", "--port", str(demo_port), "--items", "60", "--people", "30")
    interrupt_while_it_reads(tmp_path, *arguments)
    with running(tmp_path, url, *arguments) as process:
        started = children(process.pid)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=PATIENCE)
        wait_until_gone(started)
    assert len(started) == 2, "a process for the sandboxes, and the worker"
    token, admin = re.search(r"Viewer token: (\S+)", said), re.search(r"Admin token: (\S+)", said)
    assert token is not None, said
    assert admin is not None, said
    with running(tmp_path, url, *arguments) as process:
        questions = re.findall(r"'(http://\S+)'", said)
        asked = {question.split("?")[0].split("/")[-1] for question in questions}
        assert asked >= {"cycle_time", "automation_rate", "adoption_rate"}
        for question in questions:
            answer = httpx.get(question, headers={"Authorization": f"Bearer {token[1]}"}, timeout=PATIENCE)
            assert answer.status_code == 200, answer.text
        sources = ask(f"{url}/api/v1/sources", admin[1])["items"]
        assert {(one["connector"], one["status"]) for one in sources if one["connector"] != "push"} == {
            (tool, "ok") for tool in TOOLS
        }
        people = ask(f"{url}/api/v1/people", admin[1], limit=1000)["items"]
        assert sum(one["team"] is not None for one in people) > 20
        logins = [one["email"].partition("@")[0].lower() for one in people]
        assert len(set(logins)) == len(logins) > 20, "nobody is two people because of another address in a tool"
        digests = ask(f"{url}/api/v1/digests", admin[1])["items"]
        assert [(one["locale"], len(one["teams"]), one["enabled"]) for one in digests] == [
            ("fr", 1, True),
            ("fr", 0, True),
        ]
        teams = {one["name"]: one for one in ask(f"{url}/api/v1/teams", admin[1])["items"]}
        assert teams["Paiement"]["parent_id"] == teams["Produit"]["id"]
        total = ask(f"{url}/api/v1/metrics/arrivals", token[1], **{"from": "2020-01-01", "grain": "total"})
        assert total["series"][0]["total"]["value"] > 40
        process.send_signal(signal.SIGTERM)
        again, _ = process.communicate(timeout=PATIENCE)
    assert token[1] in again
    assert "for the first time" not in again


def test_a_demo_of_the_version_that_had_a_jira_alone_goes_on_with_four_tools(tmp_path: Path) -> None:
    old = {
        "secret_key": "fake-key",
        "admin_token": "fake-admin-token",
        "generated_at": "2026-10-01T08:00:00Z",
        "sandbox_port": free_port(),
        "items": 60,
        "viewer_token": "fake-viewer-token",
    }
    (tmp_path / "demo.json").write_text(json.dumps(old))
    for _ in range(2):
        home = open_home(tmp_path, datetime(2026, 11, 2, tzinfo=UTC), items=2_000, people=80)
        assert (home.generated_at, home.items, home.people) == (datetime(2026, 10, 1, 8, tzinfo=UTC), 60, 60)
        assert home.ports["jira"] == old["sandbox_port"]
        assert len(set(home.ports.values())) == len(TOOLS)
        assert (home.viewer_token, home.admin_token, home.told) == ("fake-viewer-token", "fake-admin-token", False)
