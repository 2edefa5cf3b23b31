"""A source: one registered account of a vendor; and where its streams got to."""

from sqlalchemy import Boolean, Column, LargeBinary, Table

from app.core.types import Day, Id, Instant, Json, String
from app.models.base import metadata, source_key

source = Table(
    "source",
    metadata,
    Column("id", Id, primary_key=True),
    Column("connector", String, nullable=False),
    Column("tool", String, nullable=False),
    Column("name", String, nullable=False, unique=True),
    Column("config", Json, nullable=False),
    Column("credentials", LargeBinary),
    Column("credentials_set_at", Instant),
    Column("credentials_hint", String),
    Column("event_key", LargeBinary),
    Column("webhook_secret", LargeBinary),
    Column("schedule", String),
    Column("start_date", Day),
    Column("streams", Json),
    Column("enabled", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
"""`credentials`, `event_key` and `webhook_secret` are sealed; the second keys the hashes of usage events
(`usage_event_seen`), the third is what the vendor signs its webhooks with."""

stream_state = Table(
    "stream_state",
    metadata,
    source_key(),
    Column("stream", String, primary_key=True),
    Column("scope", String, primary_key=True),
    Column("cursor", String),
    Column("complete_until", Instant),
    Column("census_at", Instant),
    Column("retry_at", Instant),
    sqlite_with_rowid=False,
)
"""`scope` is '' for a stream that is read as one. `complete_until`: the vendor's changes up to here are stored;
`retry_at`: the vendor asked not to be asked before."""
