"""Who may do what, what was done, and which creating requests were answered already."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table

from app.core.types import Id, Instant, Json, String
from app.models.base import metadata

api_token = Table(
    "api_token",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("hint", String, nullable=False),
    Column("source_id", Id, ForeignKey("source.id", ondelete="CASCADE")),
    Column("team_id", Id, ForeignKey("team.id", ondelete="CASCADE")),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
)
"""`digest` is SHA-256 of the token: its 256 random bits need no slow hash."""

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String, nullable=False),
    Column("action", String, nullable=False),
    Column("target", String, nullable=False),
    Column("detail", Json, nullable=False),
    Index("ix_audit_at", "at"),
)

idempotency_key = Table(
    "idempotency_key",
    metadata,
    Column("actor", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("request_digest", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
)
"""`answer` is sealed where it may hold a secret that is shown once."""
