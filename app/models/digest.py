"""A digest: what Slack gets, and the ledger that keeps it to one message a period."""

from sqlalchemy import Boolean, Column, ForeignKey, Table

from app.core.types import Id, Instant, Json, String
from app.models.base import metadata

digest = Table(
    "digest",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("source_id", Id, ForeignKey("source.id", ondelete="CASCADE"), nullable=False),
    Column("channel", String, nullable=False),
    Column("teams", Json, nullable=False),
    Column("metrics", Json, nullable=False),
    Column("schedule", String, nullable=False),
    Column("timezone", String, nullable=False),
    Column("locale", String, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
)

digest_delivery = Table(
    "digest_delivery",
    metadata,
    Column("digest_id", Id, ForeignKey("digest.id", ondelete="CASCADE"), primary_key=True),
    Column("period", String, primary_key=True),
    Column("status", String, nullable=False),
    Column("claimed_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("message", String),
)
