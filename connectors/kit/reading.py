"""Reads a connector's streams as the service would, without a store: for tests, and for trying a connector."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from connectors.kit import cursor as cursors
from connectors.kit.connector import Connector
from connectors.kit.cursor import Cursor
from connectors.kit.errors import AuthError, ConfigError, NotOffered
from connectors.kit.records import Record
from connectors.kit.stream import Order, Page, Scope, Since, Stream

Key = tuple[Any, ...]
Rows = dict[str, dict[Key, Record]]
"""Records by the name of their stream and their key."""


def key_of(record: Record) -> Key:
    """The natural key of a record."""
    return tuple(getattr(record, name) for name in type(record).key)


def scopes_of(connector: Connector, stream: Stream, api: Any) -> list[Scope | None]:
    """The scopes that a stream is read in."""
    return [*connector.scopes(api)] if stream.scoped else [None]


def records_of(connector: Connector, stream: Stream, api: Any, page: Page) -> Iterator[tuple[str, Record]]:
    """(stream name, record) for a page and for the children that are read along with it."""
    for item in page.items:
        for record in stream.normalise(item, api.context):
            yield stream.name, record
    for child in connector.streams:
        if child.parent == stream.name:
            for item in child.children_of(api, page):
                for record in child.normalise(item, api.context):
                    yield child.name, record


def read_all(connector: Connector, api: Any) -> Rows:
    """Everything that a connector yields on a first run; an optional stream that is refused, and one that the plan
    lacks, give nothing.

    Raises the first other ConnectorError.
    """
    rows: Rows = {stream.name: {} for stream in connector.streams}
    for stream in connector.streams:
        if stream.fetch is None:
            continue
        try:
            for scope in scopes_of(connector, stream, api):
                for page in stream.fetch(api, scope, Since()):
                    for name, record in records_of(connector, stream, api, page):
                        rows[name][key_of(record)] = record
        except (AuthError, ConfigError) as error:
            if not (stream.optional or isinstance(error, NotOffered)):
                raise
    return rows


def walk(
    stream: Stream, api: Any, scope: Scope | None, cursor: Cursor, *, run_started: datetime
) -> Iterator[tuple[Page, Cursor]]:
    """The pages of one run of a walk, each with the cursor to commit together with it."""
    if stream.fetch is None:
        raise ValueError(f"The stream {stream.name} is not read by itself.")
    in_order = stream.order(api) is Order.CURSOR
    since = cursors.lower_bound(cursor, stream.overlap, None)
    for page in stream.fetch(api, scope, Since(since, cursor.resume, cursor.token)):
        cursor = cursors.after_page(
            cursor,
            in_order=in_order,
            high=page.high,
            resume=page.resume,
            since=since,
            run_started=run_started,
            token=page.token,
        )
        yield page, cursor
