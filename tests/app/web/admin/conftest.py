"""The admin pages without a browser, beside a Jira that is served on this machine."""

from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr

from app.core.crypto import new_key
from app.core.db import Database
from app.core.settings import Settings
from app.facts.dirty import build_dirty
from app.ingest.runner import Runner
from app.ingest.worker import Worker
from app.main import create_app
from connectors import registry
from tests.app.web.conftest import Browser
from tests.support.clock import ManualClock
from tests.support.jira_site import Served, jira
from tests.support.portal import client_of


@pytest.fixture(scope="session")
def site() -> Iterator[Served]:
    """A Jira with a small organisation in it."""
    with jira() as served:
        yield served


@pytest.fixture
def settings() -> Settings:
    """Of a service that may reach this machine."""
    return Settings(
        secret_keys=(SecretStr(new_key()),),
        allowed_private_hosts=("127.0.0.1",),
        _env_file=None,  # type: ignore[call-arg]
    )


@pytest.fixture
def admin(sqlite_db: Database, settings: Settings) -> Iterator[Browser]:
    """The browser of an admin who signed in."""
    clock = ManualClock()
    with client_of(create_app(settings, clock=clock, database=sqlite_db)) as client:
        browser = Browser(client, sqlite_db, clock)
        browser.add_users()
        browser.sign_in("admin@example.com")
        yield browser


@pytest.fixture
def run_next(admin: Browser, settings: Settings) -> Callable[[], None]:
    """Does what a worker does with the sync that waits."""
    runner = Runner(
        db=admin.database,
        connectors=registry.load().connectors,
        keyring=settings.keyring(),
        clock=admin.clock,
        allowed_private_hosts=settings.allowed_private_hosts,
    )

    def run() -> None:
        Worker(runner, build_dirty).run_next()

    return run
