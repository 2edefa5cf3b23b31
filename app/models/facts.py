"""The read model: day segments, what they were built from, and what has to be built again.

Nothing here is truth: all of it can be dropped and built from the rows.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table

from app.core.types import Id, Instant, String
from app.models.base import metadata, source_key

fact_segment = Table(
    "fact_segment",
    metadata,
    Column("kind", String, primary_key=True),
    Column("bucket", Integer, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("n", Integer, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""`bucket` counts days since 1970-01-01 in UTC, `part` is the code of the source, `version` a fingerprint of the
payload."""

fact_code = Table(
    "fact_code",
    metadata,
    Column("dimension", String, primary_key=True),
    Column("code", Integer, primary_key=True, autoincrement=False),
    Column("source_id", Id, nullable=False),
    Column("external_id", String, nullable=False),
    Index("uq_fact_code_value", "dimension", "source_id", "external_id", unique=True),
)
"""The small numbers that stand for statuses, projects, accounts and the like inside segments."""

fact_item = Table(
    "fact_item",
    metadata,
    source_key(),
    Column("work_item", String, primary_key=True),
    Column("days", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""The days of an item's instants (int32): its facts stand on these, whatever its statuses mean, so that a change finds
the days it leaves."""

dirty_item = Table(
    "dirty_item",
    metadata,
    source_key(),
    Column("work_item", String, primary_key=True),
    sqlite_with_rowid=False,
)
"""Items whose rows changed since their segments were built; marked in the transaction that changed them."""

dirty_meaning = Table(
    "dirty_meaning",
    metadata,
    source_key(),
    Column("dimension", String, primary_key=True),
    Column("external_id", String, primary_key=True),
    sqlite_with_rowid=False,
)
"""Statuses and resolutions (`dimension`) whose meaning changed since the segments were built: one row, however many
items it touches."""

dirty_day = Table(
    "dirty_day",
    metadata,
    source_key(),
    Column("kind", String, primary_key=True),
    Column("day", Integer, primary_key=True),
    sqlite_with_rowid=False,
)
"""Days of facts that are no items' (`kind`: usage, conversation, ...) whose rows changed since their segments were
built; `day` counts days since 1970-01-01."""

data_version = Table(
    "data_version",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("access_version", BigInteger, nullable=False),
)
"""One row. `version` rises with every change that an answer can show, `access_version` with every token change."""
