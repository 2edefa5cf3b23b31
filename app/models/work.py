"""Work items, their histories, and what their statuses, types and resolutions are.

References are the vendor's ids of the same source and carry no foreign key: what is not here yet joins
when it arrives. Columns `*_override` are an admin's word and no sync writes them.
"""

from sqlalchemy import Boolean, Column, Float, Index, Table, text

from app.core.types import Id, Instant, Json, String
from app.models.base import metadata, source_key

project = Table(
    "project",
    metadata,
    source_key(),
    Column("external_id", String, primary_key=True),
    Column("id", Id, nullable=False, unique=True),
    Column("key", String),
    Column("name", String, nullable=False),
    Column("url", String),
    Column("archived", Boolean, nullable=False),
    Column("listed", Boolean, nullable=False, server_default=text("true")),
)

status = Table(
    "status",
    metadata,
    source_key(),
    Column("external_id", String, primary_key=True),
    Column("id", Id, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("category", String),
    Column("project", String),
    Column("listed", Boolean, nullable=False, server_default=text("true")),
)
"""`category` is the vendor's last known default; `listed` is false once a complete listing lacks the status."""

status_override = Table(
    "status_override",
    metadata,
    source_key(),
    Column("status", String, primary_key=True),
    Column("project", String, primary_key=True),
    Column("category", String, nullable=False),
)
"""An admin's category for a status; `project` is '' for the whole source."""

item_type = Table(
    "item_type",
    metadata,
    source_key(),
    Column("external_id", String, primary_key=True),
    Column("id", Id, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("kind", String),
    Column("kind_override", String),
    Column("listed", Boolean, nullable=False, server_default=text("true")),
)

resolution = Table(
    "resolution",
    metadata,
    source_key(),
    Column("external_id", String, primary_key=True),
    Column("id", Id, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("category", String),
    Column("category_override", String),
    Column("listed", Boolean, nullable=False, server_default=text("true")),
)

work_item = Table(
    "work_item",
    metadata,
    source_key(),
    Column("external_id", String, primary_key=True),
    Column("id", Id, nullable=False, unique=True),
    Column("key", String),
    Column("url", String),
    Column("title", String),
    Column("project", String),
    Column("item_type", String),
    Column("status", String),
    Column("resolution", String),
    Column("resolved_at", Instant),
    Column("priority", String),
    Column("assignee", String),
    Column("creator", String),
    Column("parent", String),
    Column("labels", Json, nullable=False),
    Column("points", Float),
    Column("due_at", Instant),
    Column("releases", Json, nullable=False),
    Column("affects_releases", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    Index("ix_work_item_source_id_project", "source_id", "project"),
    sqlite_with_rowid=False,
)
"""An item with `deleted_at` is gone at the vendor and leaves every metric."""

transition = Table(
    "transition",
    metadata,
    source_key(),
    Column("external_id", String, primary_key=True),
    Column("work_item", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("from_status", String),
    Column("to_status", String, nullable=False),
    Column("actor", String),
    Column("automated", Boolean),
    Column("automated_by", String),
    Index("ix_transition_source_id_work_item", "source_id", "work_item"),
    sqlite_with_rowid=False,
)

release = Table(
    "release",
    metadata,
    source_key(),
    Column("external_id", String, primary_key=True),
    Column("id", Id, nullable=False, unique=True),
    Column("project", String),
    Column("name", String, nullable=False),
    Column("released_at", Instant),
    Column("released_on", String),
    Column("released", Boolean, nullable=False),
    Column("listed", Boolean, nullable=False, server_default=text("true")),
)
"""A release has an instant (`released_at`) or a day without one (`released_on`, `YYYY-MM-DD`)."""
