"""However the same facts come in - read at once, bit by bit, or pushed - every number is the same to the last digit."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID

from pydantic import SecretStr

from app.core.db import Database
from app.core.settings import Settings
from app.facts.read import FactsReader
from app.ingest import credentials
from app.ingest.interrupt import Interrupt
from app.ingest.runner import Runner
from app.ingest.write import Writer
from app.metrics.catalogue import BY_NAME, CATALOGUE
from app.metrics.query import MetricQuery, answer
from app.store import runs, sources, version
from connectors.jira.config import ApiToken
from connectors.jira.connector import JiraConnector
from connectors.kit.connector import Connector
from connectors.kit.records import Record
from tests.app.metrics.test_metamorphic import plain
from tests.support import jira_sandbox, slack_workspace
from tests.support.clock import ManualClock
from tests.support.stored import KEYRING, add_source

SETTINGS = Settings(_env_file=None, timezone="Europe/Paris", min_group=1)
ABOUT_THE_READING = {"freshness", "data_coverage", "data_utilisation"}
"""How a source was read, and whether somebody read the numbers, is what they are about."""

SEATS = {"seat_utilisation", "adoption_rate"}
"""Who holds a seat is told by what a token may see: the token of these sources sees none, the sandbox's truth does."""

FIRST_SEEN = {"conflicts_resolved"}
"""Slack gives marks no instant: the first time that a reader saw one counts, and each way sees it at its own."""


class _Unhurried(Interrupt):
    def sleep(self, seconds: float) -> None:
        """The sandbox holds still meanwhile."""


def source_of(db: Database, kind: str, config: dict[str, Any], secret: Any, at: datetime) -> UUID:
    identity = add_source(db, kind, name=kind, config=config)
    with db.write() as connection:
        sealed = credentials.seal(KEYRING, identity, secret)
        sources.set_credentials(connection, identity, sealed, set_at=at)
    return identity


def sync(db: Database, identity: UUID, connector: Connector, clock: ManualClock, mode: str) -> None:
    with db.write() as connection:
        runs.queue(connection, identity, mode=mode, trigger="manual", streams=None, now=clock.now())
        run = runs.claim(connection, "test", clock.now())
    assert run is not None
    Runner(db, {connector.kind: connector}, KEYRING, clock, ("127.0.0.1",)).run(run, _Unhurried())
    with db.read() as connection:
        ended = runs.get(connection, run.id)
    assert ended is not None
    assert ended.status == "succeeded", ended.error


def push(db: Database, told: dict[str, list[Record]], at: datetime) -> None:
    identity = add_source(db, "push", name="pushed")
    with db.write() as connection:
        assert sources.lock(connection, identity)
        writer = Writer(identity, now=lambda: at, keyring=KEYRING)
        assert writer.write(connection, list(chain.from_iterable(told.values()))).faults == ()
        version.bump(connection, at)


def numbers(db: Database, now: datetime, days: int, without: set[str]) -> Iterator[tuple[Any, Any]]:
    """The answers to every metric, in all, by project and by kind, without the ids that differ between sources."""
    reader = FactsReader(db)
    for name in sorted(metric.name for metric in CATALOGUE if metric.name not in ABOUT_THE_READING | without):
        for dimension in ("", "project", "item_kind"):
            if not dimension or dimension in BY_NAME[name].dimensions:
                query = MetricQuery(
                    metric=name, start=now - timedelta(days=days), end=now, tz="Europe/Paris", grain="month",
                    group_by=(dimension,) if dimension else (), now=now,
                )  # fmt: skip
                yield (name, dimension), plain(answer(reader, SETTINGS, query)["series"])


def test_jira_read_at_once_bit_by_bit_or_pushed(sqlite_db: Database, other: Database, third: Database) -> None:
    with jira_sandbox.jira(40) as served:
        clock, secret = served.clock, ApiToken(email=jira_sandbox.KEYS.email, token=SecretStr(jira_sandbox.KEYS.token))
        end, config = clock.at, {"base_url": served.sandbox.url}
        first = clock.at = end - timedelta(days=40)
        bit_by_bit = source_of(sqlite_db, "jira", config, secret, clock.at)
        for days in (0, 1, 12, 27):
            clock.at += timedelta(days=days)
            sync(sqlite_db, bit_by_bit, JiraConnector(), clock, "incremental")
        assert clock.at == end
        at_once = source_of(other, "jira", config, secret, end)
        sync(other, at_once, JiraConnector(), clock, "full")
        push(third, served.sandbox.truth(end, first_sync=first), end)
        expected = dict(numbers(other, end, 400, SEATS))
        assert dict(numbers(sqlite_db, end, 400, SEATS)) == expected
        assert dict(numbers(third, end, 400, SEATS)) == expected


def test_slack_read_at_once_bit_by_bit_or_pushed(db: Database, other: Database, third: Database) -> None:
    with slack_workspace.slack(analytics=False, exchanges=60) as served:
        clock, secret = served.clock, served.credentials(user=False)
        end, config = clock.at, {"base_url": served.sandbox.url}
        clock.at = end - timedelta(days=20)
        bit_by_bit = source_of(db, "slack", config, secret, clock.at)
        for days in (0, 3, 8, 9):
            clock.at += timedelta(days=days)
            sync(db, bit_by_bit, served.connector, clock, "incremental")
        assert clock.at == end
        at_once = source_of(other, "slack", config, secret, end)
        sync(other, at_once, served.connector, clock, "full")
        told = served.sandbox.truth(end)
        del told["usage_days"]  # The access log is for a user's token, which was not given.
        push(third, told, end)
        expected = dict(numbers(other, end, 90, FIRST_SEEN | SEATS))
        assert dict(numbers(db, end, 90, FIRST_SEEN | SEATS)) == expected
        assert dict(numbers(third, end, 90, FIRST_SEEN | SEATS)) == expected
