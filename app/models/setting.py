"""Settings that an admin changed while the service ran: they stand above the environment."""

from sqlalchemy import Column, Table

from app.core.types import Instant, Json, String
from app.models.base import metadata

setting = Table(
    "setting",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Json, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
