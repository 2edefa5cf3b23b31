"""Accounts (an identity in one tool), people, teams, and who was in which team when."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, text

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
    Column("conflict", Boolean, nullable=False, server_default=text("false")),
    Index("ix_account_person_id", "person_id"),
)
"""`conflict`: another account of the source has the same address, so that the address tells nobody apart."""

account_join = Table(
    "account_join",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source_id", Id, ForeignKey("source.id", ondelete="CASCADE"), nullable=False),
    Column("account", String, nullable=False),
    Column("person_id", Id, ForeignKey("person.id", ondelete="SET NULL")),
    Column("how", String, nullable=False),
    Column("joined_by", String),
    Column("at", Instant, nullable=False),
    Column("undone_by", String),
    Column("undone_at", Instant),
    Index("ix_account_join_source_id_account", "source_id", "account"),
    Index("ix_account_join_person_id", "person_id"),
)
"""Why an account is, or was, a person's: `how` is email, directory or admin. Without `joined_by` or `undone_by` it
happened by itself; an account that somebody parted from a person is never joined by itself again."""

person = Table(
    "person",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String),
    Column("email", String),
    Column("created_at", Instant, nullable=False),
    Column("made_by", String, nullable=False, server_default="admin"),
    Column("erased_at", Instant),
    Index("ix_person_email", "email"),
)
"""`email` is trimmed and in lower case. `made_by` is account, directory or admin: who is known from accounts alone
goes when they go. An erased person has no name and no address, and still counts in its teams."""

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
    Column("person_id", Id, ForeignKey("person.id", ondelete="SET NULL")),
    Column("applied", String),
)
"""A human as a directory names them: what people are joined from, never the join itself. `applied` is the team and
the dates that were made into a membership: they are not made again over an admin's later word."""

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

erasure_key = Table(
    "erasure_key",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
)
"""One row, made with the first erasure: the sealed secret that keys the hashes of what was erased."""

erased_id = Table(
    "erased_id",
    metadata,
    source_key(),
    Column("digest", LargeBinary, primary_key=True),
)
"""Vendor's ids, as keyed hashes, that must not come back."""

erased_address = Table("erased_address", metadata, Column("digest", LargeBinary, primary_key=True))
"""Addresses, as keyed hashes, whose accounts must not come back."""
