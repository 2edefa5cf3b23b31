"""Read-only links to one data set, for clients that can send no header."""

from sqlalchemy import Column, LargeBinary, Table

from app.core.types import Id, Instant, Json, String
from app.models.base import metadata

share = Table(
    "share",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("hint", String, nullable=False),
    Column("question", Json, nullable=False),
    Column("created_by", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)
"""`digest` is SHA-256 of the link's secret; `question` holds the parameters of the one metric that it answers."""
