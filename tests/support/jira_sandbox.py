"""A small generated Jira, served, and a client that speaks to it as a program would."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx

from connectors.jira.sandbox import JiraSandbox, Keys
from connectors.kit.organisation import Item, Organisation, generate, milliseconds
from connectors.kit.sandbox import SandboxServer, serving
from connectors.kit.sandbox_faults import FaultPlan
from tests.support.clock import ManualClock

TODAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEYS = Keys()


@cache
def organisation(items: int = 700, seed: int = 3) -> Organisation:
    """Generated once for all tests: it never changes, only the clock does."""
    return generate(seed=seed, end=TODAY, items=items)


@dataclass
class Served:
    """A running sandbox and a client that is let in."""

    sandbox: JiraSandbox
    server: SandboxServer
    http: httpx.Client
    clock: ManualClock

    def get(self, path: str, **params: Any) -> Any:
        answer = self.http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.http.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def search(self, jql: str, **body: Any) -> list[dict[str, Any]]:
        """All pages of Cloud's search, as pages."""
        pages: list[dict[str, Any]] = []
        token: dict[str, str] = {}
        while True:
            pages.append(self.post("/rest/api/3/search/jql", {"jql": jql, **body, **token}))
            if "nextPageToken" not in pages[-1]:
                return pages
            token = {"nextPageToken": pages[-1]["nextPageToken"]}

    def ids(self, jql: str) -> list[int]:
        """The issues that Cloud's search finds."""
        return [int(issue["id"]) for page in self.search(jql, maxResults=5000) for issue in page["issues"]]

    def items(self) -> list[Item]:
        """The items that exist now."""
        now = milliseconds(self.clock.now())
        return [item for item in self.sandbox.organisation.items.values() if item.exists(now)]


@contextmanager
def jira(items: int = 700, faults: FaultPlan | None = None, **options: Any) -> Iterator[Served]:
    """Serves a sandbox. `options` are those of `JiraSandbox`."""
    clock = ManualClock(TODAY)
    sandbox = JiraSandbox(organisation(items), clock=clock.now, **options)
    auth: httpx.Auth | None = httpx.BasicAuth(KEYS.email, KEYS.token)
    headers = {}
    if options.get("deployment") == "datacenter":
        auth, headers = None, {"Authorization": f"Bearer {KEYS.token}"}
    with (
        serving(sandbox, clock=clock.now, faults=faults) as server,
        httpx.Client(base_url=sandbox.url, auth=auth, headers=headers, timeout=60) as http,
    ):
        yield Served(sandbox, server, http, clock)
