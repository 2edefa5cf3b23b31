"""The Asana connector keeps what every connector keeps."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from connectors.asana import CONNECTOR
from connectors.asana.config import PersonalAccessToken, ServiceAccount
from connectors.asana.sandbox import STAGE, project_gid
from connectors.kit.testing import Bench, Conformance
from tests.support.asana_site import Credentials, asana, organisation, personal, service


@contextmanager
def served(credentials: Credentials, **options: object) -> Iterator[Bench]:
    config = options.pop("config", {})
    with asana(organisation=organisation(60, 3), **options) as site:
        yield Bench(site.access(credentials, **config), site.server)


class TestPersonalAccessToken(Conformance):
    connector = CONNECTOR

    def sandbox(self) -> AbstractContextManager[Bench]:
        return served(personal(), page_cap=9)

    def wrong_credentials(self) -> PersonalAccessToken:
        return personal("fake-revoked-token")


class TestServiceAccountWithRulesOfItsOwn(Conformance):
    connector = CONNECTOR

    def sandbox(self) -> AbstractContextManager[Bench]:
        rules = {project_gid("10000"): STAGE, project_gid("10001"): "completion"}
        return served(service(), config={"status_from": rules})

    def wrong_credentials(self) -> ServiceAccount:
        return service("fake-revoked-token")
