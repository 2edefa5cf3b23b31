"""A sync run: one attempt to read a source; and the records that it set aside."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, text

from app.core.types import Id, Instant, Json, String
from app.models.base import metadata

sync_run = Table(
    "sync_run",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source_id", Id, ForeignKey("source.id", ondelete="CASCADE"), nullable=False),
    Column("mode", String, nullable=False),
    Column("trigger", String, nullable=False),
    Column("status", String, nullable=False),
    Column("requested_streams", Json),
    Column("queued_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("worker", String),
    Column("heartbeat_at", Instant),
    Column("cancel_requested", Boolean, nullable=False, server_default=text("false")),
    Column("progress", Json),
    Column("streams", Json),
    Column("error", Json),
    Index(
        "uq_sync_run_queued",
        "source_id",
        unique=True,
        sqlite_where=text("status = 'queued'"),
        postgresql_where=text("status = 'queued'"),
    ),
    Index(
        "uq_sync_run_running",
        "source_id",
        unique=True,
        sqlite_where=text("status = 'running'"),
        postgresql_where=text("status = 'running'"),
    ),
    Index("ix_sync_run_queued_at", "queued_at"),
)
"""At most one run of a source is queued and one is running: the database says so, not the code."""

reject = Table(
    "reject",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source_id", Id, ForeignKey("source.id", ondelete="CASCADE"), nullable=False),
    Column("run_id", Id, ForeignKey("sync_run.id", ondelete="CASCADE")),
    Column("stream", String, nullable=False),
    Column("external_id", String),
    Column("field", String),
    Column("reason", String, nullable=False),
    Column("raw", Json, nullable=False),
    Column("at", Instant, nullable=False),
    Column("resolved_at", Instant),
    Index("ix_reject_run_id", "run_id"),
    Index("ix_reject_source_id_stream", "source_id", "stream"),
)
"""Only what was set aside keeps its raw form; it goes with its source."""
