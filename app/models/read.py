"""Who looks at what: which numbers of which team were read on a day, and how; never by whom."""

from sqlalchemy import BigInteger, Column, Table

from app.core.types import Day, String
from app.models.base import metadata

asset_read = Table(
    "asset_read",
    metadata,
    Column("day", Day, primary_key=True),
    Column("metric", String, primary_key=True),
    Column("team", String, primary_key=True),
    Column("how", String, primary_key=True),
    Column("reads", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""`team` is a team's id, or '' for the whole organisation; `day` is the deployment's."""
