"""A served Mixpanel sandbox and the access that reaches it, for the tests of the connector."""

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
from connectors.kit.sandbox import SandboxServer, serving
from connectors.mixpanel.config import MixpanelConfig, ProjectSecret, ServiceAccount
from connectors.mixpanel.connector import MixpanelConnector
from connectors.mixpanel.sandbox import MixpanelSandbox
from tests.support.clock import ManualClock
from tests.support.door import Answer, Door

NOW = datetime(2026, 11, 2, 14, 30, tzinfo=UTC)


@cache
def organisation() -> Organisation:
    """The same one for every test: generating takes longer than reading."""
    return generate(seed=7, end=NOW, items=60, months=3, projects=1, people=14)


class MixpanelDoor(Door):
    """Knows which days were exported."""

    def days(self) -> list[str]:
        """The days that were exported whole, in the order of asking."""
        exports = [one for one in self.asked if one.path.endswith("/export") and not one.param("limit")]
        assert all(one.param("from_date") == one.param("to_date") for one in exports)
        return [one.param("from_date") for one in exports]


@dataclass
class Served:
    """A sandbox on its port, what was asked of it, and a way in."""

    sandbox: MixpanelSandbox
    server: SandboxServer
    door: MixpanelDoor
    clock: ManualClock
    connector: MixpanelConnector = field(default_factory=lambda: MixpanelConnector(queries_an_hour=100_000))
    naps: list[float] = field(default_factory=list)

    def access(self, credentials: ServiceAccount | ProjectSecret | None = None, **config: Any) -> Access:
        settings = MixpanelConfig(base_url=self.sandbox.url, project_id=self.sandbox.keys.project_id, **config)
        keys = self.sandbox.keys
        return Access(
            config=settings,
            credentials=credentials or ServiceAccount(username=keys.username, secret=SecretStr(keys.secret)),
            hosts=HostPolicy(self.connector.hosts(settings), ["127.0.0.1"]),
            now=self.clock.now,
            sleep=self.naps.append,
            save_credentials=lambda changed: None,
        )


@contextmanager
def mixpanel(answer: Answer = lambda request: None, *, now: datetime = NOW, **options: Any) -> Iterator[Served]:
    """A sandbox that is served while the block runs; `answer` may take a request from it."""
    clock = ManualClock(now)
    sandbox = MixpanelSandbox(organisation(), clock=clock.now, **{"days": 20, **options})
    door = MixpanelDoor(sandbox, answer)
    with serving(door, clock=clock.now) as server:
        yield Served(sandbox, server, door, clock)


def days_ago(number: int) -> datetime:
    return NOW - timedelta(days=number)
