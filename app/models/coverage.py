"""How complete the data was, as it was recorded on each day: it cannot be known later."""

from sqlalchemy import BigInteger, Column, Table

from app.core.types import Day, String
from app.models.base import metadata

coverage_day = Table(
    "coverage_day",
    metadata,
    Column("day", Day, primary_key=True),
    Column("rule", String, primary_key=True),
    Column("tool", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("team", String, primary_key=True),
    Column("present", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""`source` and `team` are ids, or '' where the rule is of none; `day` is the deployment's."""
