"""A store with one source and its reader, for tests of metrics and of insights."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from app.core.db import Database
from app.core.settings import Settings
from app.facts.read import FactsReader
from app.metrics.query import MetricQuery, answer, behind
from tests.support.rows import Item, Store

WEEK = (datetime(2026, 8, 3, tzinfo=UTC), datetime(2026, 8, 10, tzinfo=UTC))


@dataclass
class Site:
    """A source to put items into and to ask about; the window is the week of the worked example."""

    store: Store
    source_id: UUID
    reader: FactsReader
    settings: Settings

    def put(self, *items: Item, **more: Any) -> None:
        self.store.put(self.source_id, items, **more)

    def query(self, metric: str, **more: Any) -> MetricQuery:
        window = {"start": WEEK[0], "end": WEEK[1], "tz": "UTC"}
        return MetricQuery(metric=metric, **{**window, **more})

    def answer(self, metric: str, **more: Any) -> dict[str, Any]:
        return answer(self.reader, self.settings, self.query(metric, **more))

    def total(self, metric: str, **more: Any) -> dict[str, Any]:
        """The total of the only series."""
        (series,) = self.answer(metric, **more)["series"]
        total: dict[str, Any] = series["total"]
        return total

    def behind(self, metric: str, *, bucket: Any = None, group: Any = None, limit: int = 100, cursor: Any = None,
               **more: Any) -> dict[str, Any]:  # fmt: skip
        query = self.query(metric, **more)
        return behind(self.reader, self.settings, query, bucket=bucket, group=group, limit=limit, cursor=cursor)


def _site(db: Database, **settings: Any) -> Site:
    store = Store(db)
    return Site(store, store.source(), FactsReader(db), Settings(_env_file=None, timezone="Europe/Paris", **settings))


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
