"""How tools are used: days per account and event, and the seats that are held."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, PrimaryKeyConstraint, Table

from app.core.types import Day, Instant, Json, String
from app.models.base import metadata, source_key

usage_day = Table(
    "usage_day",
    metadata,
    source_key(),
    Column("account", String, primary_key=True),
    Column("event", String, primary_key=True),
    Column("day", Day, primary_key=True),
    Column("count", BigInteger, nullable=False),
    PrimaryKeyConstraint("source_id", "day", "account", "event"),
    sqlite_with_rowid=False,
)
"""Keyed by day first: days come, change and are packed together."""

usage_event_seen = Table(
    "usage_event_seen",
    metadata,
    source_key(),
    Column("digest", LargeBinary, primary_key=True),
    Column("day", Day, nullable=False),
    Index("ix_usage_event_seen_source_id_day", "source_id", "day"),
    sqlite_with_rowid=False,
)
"""Keyed hashes of the events folded into usage days, kept for the look-back so that a repeat counts once."""

item_activity = Table(
    "item_activity",
    metadata,
    source_key(),
    Column("work_item", String, primary_key=True),
    Column("days", Json, nullable=False),
    sqlite_with_rowid=False,
)
"""One work item's share of the usage days: `[[account, event, ordinal of the day, count], ...]`."""

seat = Table(
    "seat",
    metadata,
    source_key(),
    Column("account", String, primary_key=True),
    Column("product", String, primary_key=True),
    Column("assigned_at", Instant),
    Column("removed_at", Instant),
    Column("as_of", Instant, nullable=False),
    sqlite_with_rowid=False,
)
