"""Accounts (an identity in one tool), people, teams, and who was in which team when."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, text

from app.core.types import Id, Instant, String
from app.models.base import metadata, source_key

account = Table(
    "account",
    metadata,
    source_key(),
    Column("external_id", String, primary_key=True),
    Column("id", Id, nullable=False, unique=True),
    Column("display_name", String),
    Column("email", String),
    Column("kind", String, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", Instant),
    Column("last_active_at", Instant),
    Column("automation_override", Boolean),
    Column("person_id", Id, ForeignKey("person.id", ondelete="SET NULL")),
    Column("listed", Boolean, nullable=False, server_default=text("true")),
    Index("ix_account_person_id", "person_id"),
)

person = Table(
    "person",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String),
    Column("email", String),
    Column("created_at", Instant, nullable=False),
)

person_record = Table(
    "person_record",
    metadata,
    source_key(),
    Column("external_id", String, primary_key=True),
    Column("id", Id, nullable=False, unique=True),
    Column("name", String),
    Column("email", String),
    Column("team", String),
    Column("valid_from", String),
    Column("valid_to", String),
)
"""A human as a directory names them: what people are joined from, never the join itself."""

team = Table(
    "team",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("parent_id", Id, ForeignKey("team.id", ondelete="RESTRICT")),
    Column("created_at", Instant, nullable=False),
)

team_member = Table(
    "team_member",
    metadata,
    Column("person_id", Id, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True),
    Column("valid_from", Instant, primary_key=True),
    Column("team_id", Id, ForeignKey("team.id", ondelete="CASCADE"), nullable=False),
    Column("valid_to", Instant),
)
