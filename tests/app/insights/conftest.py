"""A store with one source, for insights over its items."""

import pytest

from app.core.db import Database
from app.core.settings import Settings
from app.facts.read import FactsReader
from tests.app.metrics.conftest import Site
from tests.support.rows import Store


def _site(db: Database, **settings: int) -> Site:
    store = Store(db)
    configured = Settings(_env_file=None, timezone="Europe/Paris", **settings)
    return Site(store, store.source(), FactsReader(db), configured)


@pytest.fixture
def site(db: Database) -> Site:
    """On both databases, with the rule about small groups switched off."""
    return _site(db, min_group=1)


@pytest.fixture
def sqlite_site(sqlite_db: Database) -> Site:
    return _site(sqlite_db, min_group=1)


@pytest.fixture
def private_site(sqlite_db: Database) -> Site:
    """With the rule about small groups as it is by default."""
    return _site(sqlite_db)
