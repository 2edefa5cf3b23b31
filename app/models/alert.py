"""Thresholds on metrics, and on which side of them each metric was when the clock last looked."""

from sqlalchemy import Boolean, Column, Float, Table

from app.core.types import Id, Instant, Json, String
from app.models.base import metadata

alert = Table(
    "alert",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("question", Json, nullable=False),
    Column("measure", String, nullable=False),
    Column("above", Float),
    Column("below", Float),
    Column("enabled", Boolean, nullable=False),
    Column("state", String, nullable=False),
    Column("state_since", Instant),
    Column("checked_at", Instant),
    Column("groups", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
"""`question` holds the parameters of a metric; `groups` what each of its groups was at `checked_at`."""
