"""The data version: what every answer, cache and ETag depends on. One row, made by `migrate`."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from app.models.facts import data_version
from app.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class DataVersion:
    """`version` counts the changes that an answer can show, the last at `at`; `access` those of tokens."""

    version: int
    at: datetime
    access: int


def seed(connection: Connection, now: datetime) -> None:
    """Make the row where there is none."""
    upsert(connection, data_version, ("id", "version", "at", "access_version"), [(1, 1, now, 1)], replace=())


def read(connection: Connection) -> DataVersion:
    """The version that this connection's snapshot shows."""
    row = connection.execute(_READ).one()
    return DataVersion(row.version, row.at, row.access_version)


_READ = select(data_version.c.version, data_version.c.at, data_version.c.access_version)


def bump(connection: Connection, now: datetime) -> int:
    """Declare that answers may have changed; gives the new version.

    Call it last in a transaction: the row is locked until the commit, so versions become visible in order.
    """
    statement = update(data_version).values(version=data_version.c.version + 1, at=now)
    return int(connection.execute(statement.returning(data_version.c.version)).scalar_one())


def bump_access(connection: Connection) -> None:
    """Declare that what tokens may do has changed."""
    connection.execute(update(data_version).values(access_version=data_version.c.access_version + 1))
