"""Events to draw over charts: launches, re-organisations, incidents."""

from sqlalchemy import Column, ForeignKey, Index, Table

from app.core.types import Id, Instant, String
from app.models.base import metadata

annotation = Table(
    "annotation",
    metadata,
    Column("id", Id, primary_key=True),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant),
    Column("title", String, nullable=False),
    Column("text", String, nullable=False),
    Column("created_by", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("ix_annotation_starts_at", "starts_at"),
)
"""`ends_at` is NULL for an event without a duration."""

annotation_tag = Table(
    "annotation_tag",
    metadata,
    Column("annotation_id", Id, ForeignKey("annotation.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", String, primary_key=True),
    sqlite_with_rowid=False,
)
