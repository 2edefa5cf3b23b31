"""The Jira connector keeps what every connector keeps, on Cloud and on Data Center."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

from pydantic import SecretStr

from connectors.jira import CONNECTOR
from connectors.jira.config import ApiToken, JiraConfig, PersonalAccessToken
from connectors.jira.sandbox import JiraSandbox, Keys
from connectors.kit.connector import Access
from connectors.kit.hosts import HostPolicy
from connectors.kit.organisation import Organisation, generate
from connectors.kit.sandbox import serving
from connectors.kit.testing import Bench, Conformance

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


@cache
def organisation() -> Organisation:
    return generate(seed=7, end=NOW, items=260, months=18, projects=2, people=12)


def clock() -> datetime:
    return NOW


def no_sleep(seconds: float) -> None:
    """The faults of the plan pass with the next request, not with time."""


def not_saved(credentials: Any) -> None:
    raise AssertionError("Fixed credentials are not changed.")


@contextmanager
def served(app: JiraSandbox, credentials: ApiToken | PersonalAccessToken) -> Iterator[Bench]:
    with serving(app, clock=clock) as server:
        config = JiraConfig(base_url=app.url)
        hosts = HostPolicy(CONNECTOR.hosts(config), ["127.0.0.1"])
        yield Bench(
            Access(
                config=config,
                credentials=credentials,
                hosts=hosts,
                now=clock,
                sleep=no_sleep,
                save_credentials=not_saved,
            ),
            server,
        )


class TestCloud(Conformance):
    connector = CONNECTOR

    def sandbox(self) -> AbstractContextManager[Bench]:
        credentials = ApiToken(email=Keys().email, token=SecretStr(Keys().token))
        return served(JiraSandbox(organisation(), clock=clock), credentials)

    def wrong_credentials(self) -> ApiToken:
        return ApiToken(email=Keys().email, token=SecretStr("fake-revoked-token"))


class TestDataCenter(Conformance):
    connector = CONNECTOR

    def sandbox(self) -> AbstractContextManager[Bench]:
        # A small cap gives several slices to die between.
        app = JiraSandbox(organisation(), clock=clock, deployment="datacenter", context_path="/jira", page_cap=40)
        return served(app, PersonalAccessToken(token=SecretStr(Keys().token)))

    def wrong_credentials(self) -> PersonalAccessToken:
        return PersonalAccessToken(token=SecretStr("fake-revoked-token"))
