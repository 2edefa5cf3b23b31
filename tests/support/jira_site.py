"""A served Jira sandbox and the access that reaches it, for the tests of the connector."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from pydantic import SecretStr

from connectors.jira.config import ApiToken, JiraConfig, OAuthGrant, PersonalAccessToken
from connectors.jira.connector import JiraConnector
from connectors.jira.sandbox import JiraSandbox, Keys
from connectors.kit.connector import Access
from connectors.kit.hosts import HostPolicy
from connectors.kit.organisation import Organisation, generate
from connectors.kit.sandbox import Response, SandboxServer, serving
from tests.support.door import Answer, Door

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)

Credentials = ApiToken | PersonalAccessToken | OAuthGrant


def clock() -> datetime:
    return NOW


@cache
def organisation(items: int = 260, projects: int = 2) -> Organisation:
    """The same one for every test: generating takes longer than reading."""
    return generate(seed=7, end=NOW, items=items, months=18, projects=projects, people=12)


@dataclass
class Served:
    """A sandbox on its port, what was asked of it, and a way in."""

    sandbox: JiraSandbox
    server: SandboxServer
    door: Door
    connector: JiraConnector
    saved: list[OAuthGrant] = field(default_factory=list)

    def access(
        self,
        credentials: Credentials | None = None,
        *,
        base_url: str | None = None,
        private: tuple[str, ...] = ("127.0.0.1",),
        now: Callable[[], datetime] = clock,
        **config: Any,
    ) -> Access:
        settings = JiraConfig(base_url=base_url or self.sandbox.url, **config)
        return Access(
            config=settings,
            credentials=credentials or self.good_credentials(),
            hosts=HostPolicy(self.connector.hosts(settings), private),
            now=now,
            sleep=lambda seconds: None,
            save_credentials=self.saved.append,
        )

    def good_credentials(self) -> Credentials:
        keys = self.sandbox.gate.keys
        if self.sandbox.deployment == "cloud":
            return ApiToken(email=keys.email, token=SecretStr(keys.token))
        return PersonalAccessToken(token=SecretStr(keys.token))


@contextmanager
def jira(answer: Answer = lambda request: None, *, keys: Keys | None = None, **options: Any) -> Iterator[Served]:
    """A sandbox that is served while the block runs; `answer` may take a request from it."""
    options.setdefault("clock", clock)
    sandbox = JiraSandbox(options.pop("organisation", organisation()), keys=keys, **options)
    door = Door(sandbox, answer)
    with serving(door, clock=options["clock"]) as server:
        yield Served(sandbox, server, door, JiraConnector(login_url=server.url))


def refuse(part: str, status: int = 403) -> Answer:
    """Answers for a door that refuses every path that holds `part`."""
    return lambda request: Response(status, b'{"errorMessages":["no"]}') if part in request.path else None
