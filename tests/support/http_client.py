"""An HTTP client of the kit that never sleeps, for tests with respx and with raw servers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec

from connectors.kit.hosts import HostPolicy
from connectors.kit.http import HttpClient

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
BASE = "https://jira.example.com/context"
THINGS = f"{BASE}/things"


class Answer(msgspec.Struct):
    value: int


class Naps:
    """Sleeps nowhere, and remembers for how long it was asked to."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@contextmanager
def client(base_url: str = BASE, **options: Any) -> Iterator[tuple[HttpClient, Naps]]:
    naps = Naps()
    host = httpx.URL(base_url).host
    hosts = HostPolicy([host], ["127.0.0.1"], resolve=lambda name, port: ["127.0.0.1"])
    with HttpClient(base_url, hosts=hosts, now=lambda: NOW, sleep=naps, **options) as http:
        yield http, naps


def at(port: int) -> str:
    return f"http://vendor.test:{port}"
