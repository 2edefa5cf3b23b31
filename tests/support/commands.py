"""The `prodops` command as a person runs it: a process of its own, with its own folder and environment."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

_COMMAND = [sys.executable, "-m", "app.cli"]
_ROOT = Path(__file__).parent.parent.parent
PATIENCE = 120.0


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The surroundings of a command: nothing of the developer's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PRODOPS_")}
    return {**kept, "PYTHONPATH": str(_ROOT), "PRODOPS_DATABASE_URL": f"sqlite:///{folder / 'prodops.db'}", **settings}


def prodops(folder: Path, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    return subprocess.run(
        [*_COMMAND, *arguments],
        cwd=folder,
        env=environment(folder, **settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        stdin=subprocess.DEVNULL,
    )


def free_port() -> int:
    """A port that nobody listens on now, below those that systems give to whoever asks for any."""
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextmanager
def running(folder: Path, url: str, *arguments: str, **settings: str) -> Iterator["subprocess.Popen[str]"]:
    """A command that serves, from the moment that it is ready; ended by SIGTERM unless it has ended already."""
    process = subprocess.Popen(
        [*_COMMAND, *arguments],
        cwd=folder,
        env=environment(folder, **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    try:
        wait_until_ready(url, process)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)


def wait_until_ready(url: str, process: "subprocess.Popen[str]") -> None:
    """Return once `/readyz` says so; fail with what the process said if it ends before."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise AssertionError(f"It ended with {process.returncode}: {process.communicate()[0]}")
        try:
            if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("It did not become ready.")


def ask(url: str, token: str, **parameters: Any) -> Mapping[str, Any]:
    """The JSON that a GET answers."""
    answer = httpx.get(url, headers={"Authorization": f"Bearer {token}"}, params=parameters, timeout=PATIENCE)
    assert answer.status_code == 200, answer.text
    value: Mapping[str, Any] = json.loads(answer.content)
    return value
