"""Ten times the data take no more memory: every connector gives its pages away and forgets them.

The sandboxes run in a process of their own, so that only the reader's memory is measured.
Mixpanel's days are folded while they arrive: `tests/connectors/mixpanel` holds them to it.
"""

import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter

from connectors import registry, sandboxes
from connectors.kit.connector import Access, Connector
from connectors.kit.errors import AuthError, NotOffered
from connectors.kit.hosts import HostPolicy
from connectors.kit.reading import records_of, scopes_of
from connectors.kit.stream import Since

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
ITEMS = 600
LARGER = 10
PAGE = {"jira": 2**20, "asana": 2**20, "slack": 2**18}
"""What one page more may hold, in bytes: the largest need not be among the first."""


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    """Of the four sandboxes, by tool."""
    process = subprocess.Popen(
        [sys.executable, "-m", "connectors.sandboxes", "--items", str(ITEMS), "--months", "6",
         "--today", NOW.isoformat(), "--until-input-ends"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        told = [process.stdout.readline().split() for _ in sandboxes.TOOLS]
        yield {tool: int(url.removesuffix("/api").rpartition(":")[2]) for tool, url in told}
    finally:
        process.communicate("")


def access_to(connector: Connector, port: int) -> Access:
    config, credentials = sandboxes.settings(connector.kind, port)
    settings = TypeAdapter(connector.Config).validate_python(config)
    return Access(
        config=settings,
        credentials=TypeAdapter(connector.Credentials).validate_python(credentials),
        hosts=HostPolicy(connector.hosts(settings), ["127.0.0.1"]),
        now=lambda: NOW,
        sleep=lambda seconds: None,
        save_credentials=lambda changed: None,
    )


def read(connector: Connector, port: int) -> Iterator[int]:
    """Reads everything and keeps nothing; gives the number of records of each page."""
    with connector.open(access_to(connector, port)) as api:
        for stream in connector.streams:
            if stream.fetch is None:
                continue
            try:
                for scope in scopes_of(connector, stream, api):
                    for page in stream.fetch(api, scope, Since()):
                        yield sum(1 for _ in records_of(connector, stream, api, page))
            except NotOffered:
                continue
            except AuthError:
                assert stream.optional


@pytest.mark.parametrize("tool", PAGE)
def test_ten_times_the_data_take_no_more_memory(ports: dict[str, int], tool: str) -> None:
    connector = registry.load(()).connectors[tool]
    whole = sum(read(connector, ports[tool]))
    count, early = 0, 0
    tracemalloc.start()
    try:
        for records in read(connector, ports[tool]):
            if count * LARGER < whole:
                early = tracemalloc.get_traced_memory()[1]
            count += records
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == whole
    assert most < 1.5 * early + PAGE[tool], f"A tenth held {early:,} bytes, all {count} records {most:,}."
