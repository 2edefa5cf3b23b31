"""Working calendars: when people work, for the working clock."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, text

from app.core.types import Id, Instant, Json, String
from app.models.base import metadata

calendar = Table(
    "calendar",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("definition", Json, nullable=False),
    Column("is_default", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index(
        "ix_calendar_is_default",
        "is_default",
        unique=True,
        sqlite_where=text("is_default"),
        postgresql_where=text("is_default"),
    ),
)
"""One at most `is_default`: that of the deployment."""

team_calendar = Table(
    "team_calendar",
    metadata,
    Column("team_id", Id, ForeignKey("team.id", ondelete="CASCADE"), primary_key=True),
    Column("calendar_id", Id, ForeignKey("calendar.id", ondelete="CASCADE"), nullable=False),
)
"""A team's own calendar; a team without one has that of the nearest team above it."""
