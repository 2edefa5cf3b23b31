"""A person with a browser: real Chromium, against the real service, who complains about what a page does wrong."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request, Response, expect
from pydantic import SecretStr

from app.core import passwords
from app.core.crypto import new_key
from app.core.db import Database
from app.core.settings import Settings
from app.main import create_app
from app.store import users
from tests.support.clock import ManualClock
from tests.support.commands import PATIENCE
from tests.support.listening import port_of

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SCREENSHOTS = Path(__file__).parents[2] / "build" / "pages"
SETUP_CODE = "FAKE-SETU-PCOD-E000"
PASSWORD = "fake password of a test"
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
Role = Literal["viewer", "editor", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "editor", "admin")

expect.set_options(timeout=PATIENCE * 1_000)


class Hub:
    """The service on a port of this machine, with its clock in the test's hands."""

    def __init__(self, database: Database, clock: ManualClock, url: str) -> None:
        self.database = database
        self.clock = clock
        self.url = url

    def add_users(self) -> None:
        """One account for each role, `viewer@example.com` and so on, all with PASSWORD."""
        hashed = passwords.hash_of(PASSWORD)
        with self.database.write() as connection:
            for role in ROLES:
                users.add(
                    connection, email=f"{role}@example.com", name=role.title(), password_hash=hashed, role=role,
                    locale=None, now=self.clock.now(),
                )  # fmt: skip


@contextmanager
def serving(database: Database, clock: ManualClock, **settings: Any) -> Iterator[Hub]:
    """The service over a database, as `prodops serve` runs it."""
    values = {"secret_keys": (SecretStr(new_key()),), "locale": "fr", "_env_file": None, **settings}
    app = create_app(Settings(**values), clock=clock, database=database, setup_code=SecretStr(SETUP_CODE))
    with port_of(app) as port:
        yield Hub(database, clock, f"http://localhost:{port}")


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    assert Path(CHROMIUM).exists(), f"{CHROMIUM} is not there: apt-get install chromium, or set CHROMIUM."
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield browser
    browser.close()


class Visitor:
    """Walks the pages. `check` fails if a page wrote to the console, asked another host, or was answered 5xx."""

    def __init__(self, browser: Browser, hub: Hub, *, width: dict[str, int] = WIDE, language: str = "fr", **more: Any):
        self.hub = hub
        self._context = browser.new_context(
            base_url=hub.url, viewport=width, locale=f"{language}-{language.upper()}", **more
        )
        self._context.set_default_timeout(PATIENCE * 1_000)
        self.page: Page = self._context.new_page()
        self._complaints: list[str] = []
        self._expected: list[str] = []
        self.page.on("console", self._spoken)
        self.page.on("pageerror", lambda error: self._complaints.append(f"error: {error}"))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def sign_in(self, role: Role, password: str = PASSWORD) -> None:
        """Sign in as the account of this role."""
        self.page.goto("/sign-in")
        self.page.locator("input[name=email]").fill(f"{role}@example.com")
        self.page.locator("input[name=password]").fill(password)
        self.page.locator("form[action='/sign-in'] button").click()

    def open(self, path: str) -> Page:
        """Go to a page."""
        self.page.goto(path)
        return self.page

    def expects(self, complaint: str) -> None:
        """A complaint with these words is no fault: the browser remarks each answer of 4xx."""
        self._expected.append(complaint)

    def accessible(self) -> None:
        """Fail if axe finds something serious or critical."""
        found = [
            f"{one['id']} ({one['impact']}): {[node['html'] for node in one['nodes']]}"
            for one in Axe().run(self.page).response["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        assert not found, "\n".join(found)

    def fits(self) -> None:
        """Fail if the page is wider than the window."""
        wide, window = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert wide <= window, f"The page is {wide} pixels wide in a window of {window}."

    def screenshot(self, name: str) -> Path:
        """Keep what is seen, the whole page, in `build/pages`."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        self.page.screenshot(path=path, full_page=True)
        return path

    def check(self) -> None:
        """Fail with what the pages did wrong so far."""
        wrong = [one for one in self._complaints if not any(words in one for words in self._expected)]
        assert not wrong, "\n".join(wrong)

    def leave(self) -> None:
        """Close the browser's window."""
        self._context.close()

    def _spoken(self, message: ConsoleMessage) -> None:
        self._complaints.append(f"console: {message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and f"{parts.scheme}://{parts.netloc}" != self.hub.url:
            self._complaints.append(f"another host: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self._complaints.append(f"status {response.status}: {response.url}")
