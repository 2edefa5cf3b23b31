"""A digest: what Slack gets, and the ledger that keeps it to one message a period."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, Table

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
    Column("days", Integer, nullable=False, server_default="7"),
    Column("muted_until", Instant),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
"""`channel` is Slack's id of it; `days` is how many local days each message looks back on."""

digest_delivery = Table(
    "digest_delivery",
    metadata,
    Column("digest_id", Id, ForeignKey("digest.id", ondelete="CASCADE"), primary_key=True),
    Column("period", String, primary_key=True),
    Column("status", String, nullable=False),
    Column("claimed_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("message", String),
    Column("channel", String, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="1"),
    Column("retry_at", Instant),
    Column("error", Json),
)
"""`period` is the local minute that the schedule named: one that the clocks show twice is one period. `status` is
`sending` (claimed), `waiting` (to be tried at `retry_at`), `sent` (`message` is Slack's `ts`), `failed` or `muted`."""
