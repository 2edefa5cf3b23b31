"""Ticks of the clock that were claimed, so that each fires once however many schedulers run."""

from sqlalchemy import Column, Table

from app.core.types import Instant, String
from app.models.base import metadata

tick = Table(
    "tick",
    metadata,
    Column("job", String, primary_key=True),
    Column("scheduled_at", Instant, primary_key=True),
    sqlite_with_rowid=False,
)
