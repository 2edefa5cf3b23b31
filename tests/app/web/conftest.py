"""The pages without a browser: requests as a browser sends them, and what comes back."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from app.api.sessions import COOKIE
from app.core import passwords
from app.core.crypto import new_key
from app.core.db import Database
from app.core.settings import Settings
from app.main import create_app
from app.store import users
from tests.support.clock import ManualClock
from tests.support.portal import client_of

URL = "https://hub.test"
SETUP_CODE = "FAKE-SETU-PCOD-E000"
ADMIN_TOKEN = "fake-admin-token-for-tests"
PASSWORD = "fake password of a test"
HASHED = passwords.hash_of(PASSWORD)


class Browser:
    """Keeps cookies, and sends what browsers send along."""

    def __init__(self, client: Any, database: Database, clock: ManualClock) -> None:
        self._client = client
        self.database = database
        self.clock = clock
        self.cookies: dict[str, str] = {}
        self.given: list[str] = []
        """Every `Set-Cookie` so far."""

    def another(self) -> "Browser":
        """Before the same service, without a cookie."""
        return Browser(self._client, self.database, self.clock)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Accept": "text/html", "Accept-Language": "en", **options.pop("headers", {})}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer: httpx.Response = self._client.request(method, URL + path, headers=headers, **options)
        for line in answer.headers.get_list("set-cookie"):
            self.given.append(line)
            name, _, value = line.partition(";")[0].partition("=")
            if "Max-Age=0" in line:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        self._client.concurrent.cookies.clear()
        return answer

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("GET", path, **options)

    def post(self, path: str, *, token: str | None = None, **fields: str | list[str]) -> httpx.Response:
        """Send a form with the session's token, as a page of ours has it, or with another one."""
        if COOKIE in self.cookies:
            fields["csrf_token"] = self.csrf_token() if token is None else token
        return self.ask("POST", path, data=fields, headers={"Origin": URL, "Sec-Fetch-Site": "same-origin"})

    def csrf_token(self) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/account").text)
        assert found is not None
        return found[1]

    def sign_in(self, email: str = "viewer@example.com", password: str = PASSWORD) -> httpx.Response:
        return self.ask("POST", "/sign-in", data={"email": email, "password": password})

    def add_users(self) -> None:
        """`viewer@example.com`, `editor@example.com` and `admin@example.com`, all with PASSWORD."""
        with self.database.write() as connection:
            for role in ("viewer", "editor", "admin"):
                users.add(
                    connection, email=f"{role}@example.com", name=role.title(), password_hash=HASHED, role=role,
                    locale=None, now=self.clock.now(),
                )  # fmt: skip


@pytest.fixture
def stranger(sqlite_db: Database) -> Iterator[Browser]:
    """A browser before a service in which nobody has an account."""
    clock = ManualClock()
    settings = Settings(
        secret_keys=(SecretStr(new_key()),),
        admin_token=SecretStr(ADMIN_TOKEN),
        _env_file=None,  # type: ignore[call-arg]
    )
    app = create_app(settings, clock=clock, database=sqlite_db, setup_code=SecretStr(SETUP_CODE))
    with client_of(app) as client:
        yield Browser(client, sqlite_db, clock)


@pytest.fixture
def browser(stranger: Browser) -> Browser:
    """A browser before a service with an account for each role."""
    stranger.add_users()
    return stranger
