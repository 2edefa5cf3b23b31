"""A running API for tests: the real application over a real database, and a client for each role."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from app.core.crypto import new_key
from app.core.db import Database
from app.core.settings import Settings
from app.main import create_app
from app.store import tokens
from tests.support.clock import ManualClock
from tests.support.portal import AppClient, client_of

ADMIN_TOKEN = "fake-admin-token-for-tests"


@dataclass
class Api:
    """One application, its clock and database, and who asks."""

    app: FastAPI
    client: AppClient
    clock: ManualClock
    database: Database
    settings: Settings
    _tokens: dict[str, str] = field(default_factory=dict)

    def token(self, role: str, source_id: UUID | None = None) -> str:
        """A token of this role."""
        name = f"{role} {source_id}"
        if name not in self._tokens:
            with self.database.write() as connection:
                _, secret = tokens.create(connection, name=name, role=role, source_id=source_id, now=self.clock.now())
            self._tokens[name] = secret
        return self._tokens[name]

    def ask(
        self, method: str, path: str, *, role: str | None = "admin", token: str | None = None, **options: Any
    ) -> Any:
        """Send a request as a role (`None`: as nobody) or with a token."""
        headers = dict(options.pop("headers", {}))
        secret = token or (ADMIN_TOKEN if role == "admin" else None if role is None else self.token(role))
        if secret is not None:
            headers["Authorization"] = f"Bearer {secret}"
        return self.client.request(method, path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> Any:
        return self.ask("GET", path, **options)

    def post(self, path: str, **options: Any) -> Any:
        return self.ask("POST", path, **options)


def settings_for(database: Database, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "database_url": database.url.render_as_string(hide_password=False),
        "secret_keys": (SecretStr(new_key()),),
        "admin_token": SecretStr(ADMIN_TOKEN),
        "_env_file": None,
    }
    return Settings(**(values | changes))


def serve(database: Database, **changes: Any) -> Iterator[Api]:
    clock = ManualClock()
    settings = settings_for(database, **changes)
    app = create_app(settings, clock=clock, database=database)
    with client_of(app) as client:
        yield Api(app, client, clock, database, settings)


@pytest.fixture
def api(sqlite_db: Database) -> Iterator[Api]:
    """The API on SQLite."""
    yield from serve(sqlite_db)


@pytest.fixture(scope="module")
def shared_api(shared_sqlite_db: Database) -> Iterator[Api]:
    """One for all tests of a module: for those that are refused or only read, and leave nothing that others notice."""
    yield from serve(shared_sqlite_db)


@pytest.fixture
def api_on_both(db: Database) -> Iterator[Api]:
    """The API on SQLite, then on PostgreSQL: for what rests on the store."""
    yield from serve(db)
