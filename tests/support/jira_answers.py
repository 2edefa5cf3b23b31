"""A Jira site that is nothing but the answers that a test gives it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import respx
from pydantic import SecretStr

from connectors.jira import CONNECTOR, raw
from connectors.jira.cloud import CloudIssues
from connectors.jira.config import ApiToken, JiraConfig, PersonalAccessToken
from connectors.jira.datacenter import DataCenterIssues
from connectors.kit.connector import Access
from connectors.kit.hosts import HostPolicy
from connectors.kit.stream import Page, Scope
from tests.support.jira_site import NOW

SITE = "https://acme.example.com"
PROJECT = Scope(external_id="10000", name="Sample", key="SP")


@dataclass
class Opened:
    """The reader of a site that is nothing but its router."""

    issues: CloudIssues | DataCenterIssues
    router: respx.Router


@contextmanager
def api(*, cloud: bool = True, **config: Any) -> Iterator[Opened]:
    settings = JiraConfig(base_url=SITE, deployment="cloud" if cloud else "datacenter", **config)
    token = SecretStr("fake-token")
    access = Access(
        config=settings,
        credentials=ApiToken(email="a@example.test", token=token) if cloud else PersonalAccessToken(token=token),
        hosts=HostPolicy(CONNECTOR.hosts(settings), resolve=lambda host, port: ["93.184.215.14"]),
        now=lambda: NOW,
        sleep=lambda seconds: None,
        save_credentials=lambda credentials: None,
    )
    with respx.mock(base_url=SITE, assert_all_called=False) as router:
        router.get(path__in=("/rest/api/3/field", "/rest/api/2/field")).respond(json=[])
        router.get("/rest/api/3/project/search").respond(json={"values": [], "total": 0})
        router.get("/rest/api/2/project").respond(json=[])
        router.get("/rest/api/3/project/10000").respond(json={"id": "10000", "key": "SP", "name": "Sample"})
        router.post("/rest/api/3/search/approximate-count").respond(json={"count": 3})
        with CONNECTOR.open(access) as opened:
            yield Opened(opened.issues, router)


def issue(number: int, updated: str = "2026-10-01T00:00:00.000+0000", **rest: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "key": f"SP-{number}",
        "fields": {"created": "2026-01-01T00:00:00.000+0000", "updated": updated},
        **rest,
    }


def answering(*answers: Any) -> Callable[[httpx.Request], httpx.Response]:
    """One answer after another, the last one for all that follow; bodies asked are kept in `.bodies`."""
    bodies: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        found = answers[min(len(bodies), len(answers)) - 1]
        return found if isinstance(found, httpx.Response) else httpx.Response(200, json=found)

    answer.bodies = bodies
    return answer


def ids(pages: list[Page]) -> list[list[str]]:
    return [[item.id if isinstance(item, raw.Malformed) else item.issue.id for item in page.items] for page in pages]


NO_HISTORIES = {"issueChangeLogs": []}


def history(number: int, **rest: Any) -> dict[str, Any]:
    change = {"field": "status", "fieldId": "status", "from": "1", "to": "3"}
    return {"id": str(number), "created": 1790000000000 + number, "items": [change], **rest}
