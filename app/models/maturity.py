"""What was declared of the practices that no number shows."""

from sqlalchemy import Boolean, Column, Table

from app.core.types import Instant, String
from app.models.base import metadata

maturity_answer = Table(
    "maturity_answer",
    metadata,
    Column("question", String, primary_key=True),
    Column("answer", Boolean, nullable=False),
    Column("answered_by", String, nullable=False),
    Column("answered_at", Instant, nullable=False),
)
