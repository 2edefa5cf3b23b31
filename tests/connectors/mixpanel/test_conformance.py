"""The Mixpanel connector keeps what every connector keeps, for new projects and for old ones."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from pydantic import SecretStr

from connectors.kit.testing import Bench, Conformance
from connectors.mixpanel.config import ProjectSecret, ServiceAccount
from connectors.mixpanel.connector import MixpanelConnector
from tests.support.mixpanel_site import mixpanel


class TestNewProject(Conformance):
    # The quota is an hour's, and the sandbox's clock stands still.
    connector = MixpanelConnector(queries_an_hour=1_000_000)

    @contextmanager
    def _served(self, credentials: Any = None, config: Any = None, **options: Any) -> Iterator[Bench]:
        with mixpanel(page_size=4, days=9, **options) as served:
            yield Bench(served.access(credentials, **(config or {})), served.server)

    def sandbox(self) -> AbstractContextManager[Bench]:
        return self._served()

    def wrong_credentials(self) -> ServiceAccount:
        return ServiceAccount(username="sync.fake", secret=SecretStr("fake-revoked-secret"))


class TestOldProject(TestNewProject):
    """Its days and times are those of its zone."""

    def sandbox(self) -> AbstractContextManager[Bench]:
        config = {"project_timezone": "Europe/Paris"}
        return self._served(ProjectSecret(secret=SecretStr("fake-project-secret")), config, time_zone="Europe/Paris")

    def wrong_credentials(self) -> Any:
        return ProjectSecret(secret=SecretStr("fake-revoked-secret"))
