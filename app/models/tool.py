"""What only the admin knows of a tool: no vendor tells how many seats were bought, or for how much."""

from sqlalchemy import Boolean, Column, Float, Integer, Table, text

from app.core.types import Instant, String
from app.models.base import metadata

tool_facts = Table(
    "tool_facts",
    metadata,
    Column("tool", String, primary_key=True),
    Column("seats_bought", Integer),
    Column("seat_price", Float),
    Column("currency", String),
    Column("freshness_hours", Float),
    Column("in_catalogue", Boolean, nullable=False, server_default=text("true")),
    Column("updated_at", Instant, nullable=False),
)
"""`seat_price` is what one seat costs a month, in `currency` (ISO 4217); `freshness_hours`: how old the tool's data
may be; a tool that is not `in_catalogue` is not waited for by the metrics of data quality."""
