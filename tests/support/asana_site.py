"""A served Asana sandbox and the access that reaches it, for the tests of the connector."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from pydantic import SecretStr

from connectors.asana.config import AsanaConfig, OAuthGrant, PersonalAccessToken, ServiceAccount
from connectors.asana.connector import AsanaConnector
from connectors.asana.sandbox import WORKSPACE, AsanaSandbox, Keys
from connectors.kit.connector import Access
from connectors.kit.hosts import HostPolicy
from connectors.kit.organisation import Organisation, generate
from connectors.kit.sandbox import SandboxServer, serving
from tests.support.door import Answer, Door

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)

Credentials = PersonalAccessToken | ServiceAccount | OAuthGrant


def clock() -> datetime:
    return NOW


@cache
def organisation(items: int = 150, projects: int = 3) -> Organisation:
    """The same one for every test: generating takes longer than reading."""
    return generate(seed=7, end=NOW, items=items, months=18, projects=projects, people=12)


@dataclass
class Served:
    """A sandbox on its port, what was asked of it, and a way in."""

    sandbox: AsanaSandbox
    server: SandboxServer
    door: Door
    connector: AsanaConnector
    saved: list[OAuthGrant] = field(default_factory=list)

    def access(
        self,
        credentials: Credentials | None = None,
        *,
        now: Callable[[], datetime] | None = None,
        private: tuple[str, ...] = ("127.0.0.1",),
        **config: Any,
    ) -> Access:
        settings = AsanaConfig(**{"base_url": self.sandbox.url, "workspace": WORKSPACE, **config})
        return Access(
            config=settings,
            credentials=credentials or personal(),
            hosts=HostPolicy(self.connector.hosts(settings), private),
            now=now or self.sandbox.clock,
            sleep=lambda seconds: None,
            save_credentials=self.saved.append,
        )


def personal(token: str = Keys().token) -> PersonalAccessToken:
    return PersonalAccessToken(token=SecretStr(token))


def service(token: str = Keys().service_token) -> ServiceAccount:
    return ServiceAccount(token=SecretStr(token))


@contextmanager
def asana(answer: Answer = lambda request: None, *, keys: Keys | None = None, **options: Any) -> Iterator[Served]:
    """A sandbox that is served while the block runs; `answer` may take a request from it."""
    options.setdefault("clock", clock)
    sandbox = AsanaSandbox(options.pop("organisation", None) or organisation(), keys=keys, **options)
    door = Door(sandbox, answer)
    with serving(door, clock=options["clock"]) as server:
        yield Served(sandbox, server, door, AsanaConnector())
