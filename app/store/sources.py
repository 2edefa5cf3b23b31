"""Sources: the registered accounts of vendors. Credentials pass through sealed; nothing here can read them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.models.source import source


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A row of `source`. `streams` names those to read (`None`: all), `schedule` is a cron line or `None`."""

    id: UUID
    connector: str
    tool: str
    name: str
    config: Mapping[str, Any]
    credentials_set_at: datetime | None = None
    credentials_hint: str | None = None
    schedule: str | None = None
    start_date: date | None = None
    streams: tuple[str, ...] | None = None
    enabled: bool = True
    created_at: datetime
    updated_at: datetime


class NameTakenError(Exception):
    """Another source has the name."""


_COLUMNS = [source.c[name] for name in Source.__slots__]


def insert_source(connection: Connection, row: Source) -> None:
    """Store a new source. Raises NameTakenError."""
    _unique_name(connection, insert(source).values(asdict(row)))


def get(connection: Connection, source_id: UUID) -> Source | None:
    """The source, if there is one."""
    row = connection.execute(select(*_COLUMNS).where(source.c.id == source_id)).one_or_none()
    return None if row is None else _source(row._mapping)


def get_by_name(connection: Connection, name: str) -> Source | None:
    """The source of that name, if there is one."""
    row = connection.execute(select(*_COLUMNS).where(source.c.name == name)).one_or_none()
    return None if row is None else _source(row._mapping)


def every(connection: Connection) -> list[Source]:
    """All sources, by name."""
    return [_source(row._mapping) for row in connection.execute(select(*_COLUMNS).order_by(source.c.name))]


def update_source(connection: Connection, source_id: UUID, changes: Mapping[str, Any]) -> bool:
    """Change columns of a source; whether it is there. Raises NameTakenError."""
    return _unique_name(connection, update(source).where(source.c.id == source_id).values(dict(changes))) == 1


def delete_source(connection: Connection, source_id: UUID) -> bool:
    """Remove a source and every row that belongs to it; whether it was there."""
    return connection.execute(delete(source).where(source.c.id == source_id)).rowcount == 1


def lock(connection: Connection, source_id: UUID) -> bool:
    """Keep every other writer of this source's facts out until the transaction ends; whether it is there.

    Take it first in a transaction that writes a source's facts or reads its dirty marks: then folding and
    building never meet half of another's work. (SQLite has one writer anyway.)
    """
    statement = select(source.c.id).where(source.c.id == source_id).with_for_update(key_share=True)
    return connection.execute(statement).one_or_none() is not None


def credentials(connection: Connection, source_id: UUID) -> bytes | None:
    """The sealed credentials."""
    return connection.execute(select(source.c.credentials).where(source.c.id == source_id)).scalar_one_or_none()


def set_credentials(
    connection: Connection, source_id: UUID, sealed: bytes, *, set_at: datetime | None = None, hint: str | None = None
) -> None:
    """Replace the sealed credentials. Without `set_at` they count as the same ones, rotated by the vendor."""
    values: dict[str, Any] = {"credentials": sealed}
    if set_at is not None:
        values |= {"credentials_set_at": set_at, "credentials_hint": hint}
    connection.execute(update(source).where(source.c.id == source_id).values(values))


def event_key(connection: Connection, source_id: UUID) -> bytes | None:
    """The sealed key of the source's event hashes, where one was made."""
    return connection.execute(select(source.c.event_key).where(source.c.id == source_id)).scalar_one_or_none()


def set_event_key(connection: Connection, source_id: UUID, sealed: bytes) -> None:
    """Store the sealed key of the source's event hashes."""
    connection.execute(update(source).where(source.c.id == source_id).values(event_key=sealed))


def webhook_secret(connection: Connection, source_id: UUID) -> bytes | None:
    """The sealed secret that the vendor signs its webhooks with, where there is one."""
    return connection.execute(select(source.c.webhook_secret).where(source.c.id == source_id)).scalar_one_or_none()


def set_webhook_secret(connection: Connection, source_id: UUID, sealed: bytes | None) -> None:
    """Store the sealed secret of webhooks, or forget it."""
    connection.execute(update(source).where(source.c.id == source_id).values(webhook_secret=sealed))


def _unique_name(connection: Connection, statement: Any) -> int:
    try:
        with connection.begin_nested():
            return connection.execute(statement).rowcount
    except IntegrityError as error:
        raise NameTakenError("Another source has this name: choose another.") from error


def _source(row: Mapping[Any, Any]) -> Source:
    values = dict(row)
    values["streams"] = None if values["streams"] is None else tuple(values["streams"])
    return Source(**values)
