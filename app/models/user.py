"""People who sign in to the pages: their accounts, their sessions, and the guesses that failed."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table

from app.core.types import Id, Instant, String
from app.models.base import metadata

user_account = Table(
    "user_account",
    metadata,
    Column("id", Id, primary_key=True),
    Column("email", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("password_hash", String, nullable=False),
    Column("role", String, nullable=False),
    Column("locale", String),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant),
    Column("disabled_at", Instant),
)
"""`email` is trimmed and in lower case. `password_hash` is Argon2id with its parameters and salt."""

user_session = Table(
    "user_session",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("user_id", Id, ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Index("ix_user_session_user_id", "user_id"),
)
"""`digest` is SHA-256 of the cookie's secret: its 256 random bits need no slow hash."""

sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("subject", String, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("locked_until", Instant),
)
"""`subject` is an account or an address, as a digest: a name that was mistyped may be a password."""
