"""The service with a small company in it, and a browser: for `make test-pages`, not for `make test`."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.browser import Hub, Visitor, chromium, serving
from tests.support.clock import ManualClock
from tests.support.databases import copy_of
from tests.support.small_company import NOW, furnish

Visit = Callable[..., Visitor]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; each visitor has cookies of his own."""
    with sync_playwright() as playwright, chromium(playwright) as running:
        yield running


@pytest.fixture(scope="session")
def hub(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The service over the small company, with an account for each role. Tests that change much take `new_hub`."""
    with copy_of(sqlite_template, tmp_path_factory.mktemp("hub") / "hub.db") as database:
        furnish(database)
        with serving(database, ManualClock(NOW)) as running:
            running.add_users()
            yield running


@pytest.fixture
def new_hub(sqlite_template: Path, tmp_path: Path) -> Iterator[Hub]:
    """The service over an empty database, with nobody in it."""
    with copy_of(sqlite_template, tmp_path / "hub.db") as database, serving(database, ManualClock(NOW)) as running:
        yield running


@pytest.fixture
def visit(browser: Browser, hub: Hub) -> Iterator[Visit]:
    """Makes visitors (`visit(role="viewer", language="en", width=PHONE)`), and checks in the end what they met."""
    visitors: list[Visitor] = []

    def begin(role: Any = None, *, to: Hub = hub, **more: Any) -> Visitor:
        visitor = Visitor(browser, to, **more)
        visitors.append(visitor)
        if role is not None:
            visitor.sign_in(role)
        return visitor

    yield begin
    for visitor in visitors:
        visitor.leave()
    for visitor in visitors:
        visitor.check()
