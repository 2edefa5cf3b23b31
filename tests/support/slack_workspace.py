"""A served Slack sandbox and the access that reaches it, for the tests of the connector."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from pydantic import SecretStr

from connectors.kit.connector import Access
from connectors.kit.hosts import HostPolicy
from connectors.kit.organisation import Organisation, generate
from connectors.kit.sandbox import Request, SandboxServer, serving
from connectors.slack.config import BotToken, SlackConfig
from connectors.slack.connector import SlackConnector
from connectors.slack.sandbox import SlackSandbox
from tests.support.clock import ManualClock
from tests.support.door import Answer, Door

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


@cache
def organisation() -> Organisation:
    """The same one for every test: generating takes longer than reading."""
    return generate(seed=7, end=NOW, items=20, months=2, projects=2, people=14)


class SlackDoor(Door):
    """Knows Slack's methods."""

    def methods(self) -> list[str]:
        """The methods that were asked, in order."""
        return [request.path.removeprefix("/api/") for request in self.asked]

    def asked_for(self, method: str) -> list[Request]:
        return [request for request in self.asked if request.path == f"/api/{method}"]


@dataclass
class Served:
    """A sandbox on its port, what was asked of it, and a way in. Sleeping moves its clock."""

    sandbox: SlackSandbox
    server: SandboxServer
    door: SlackDoor
    clock: ManualClock
    connector: SlackConnector
    slept: list[float] = field(default_factory=list)

    def access(self, *, user: bool = False, credentials: BotToken | None = None, **config: Any) -> Access:
        settings = SlackConfig(base_url=self.sandbox.url, **config)
        return Access(
            config=settings,
            credentials=credentials or self.credentials(user=user),
            hosts=HostPolicy(self.connector.hosts(settings), ("127.0.0.1",)),
            now=self.clock.now,
            sleep=self._sleep,
            save_credentials=_not_saved,
        )

    def credentials(self, *, user: bool) -> BotToken:
        keys = self.sandbox.gate.keys
        return BotToken(
            token=SecretStr(keys.token),
            signing_secret=SecretStr(keys.signing_secret),
            user_token=SecretStr(keys.user_token) if user else None,
        )

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.at += timedelta(seconds=seconds)


def _not_saved(credentials: Any) -> None:
    raise AssertionError("Tokens of an app are not changed.")


@contextmanager
def slack(answer: Answer = lambda request: None, **options: Any) -> Iterator[Served]:
    """A sandbox that is served while the block runs; `answer` may take a request from it."""
    clock = options.pop("clock", None) or ManualClock(NOW)
    sandbox = SlackSandbox(organisation(), clock=clock.now, exchanges=options.pop("exchanges", 150), **options)
    door = SlackDoor(sandbox, answer)
    connector = SlackConnector(monotonic=clock.seconds, analytics_days=80)
    with serving(door, clock=clock.now) as server:
        yield Served(sandbox, server, door, clock, connector)
