"""What the `kpi_*` views read: numbers as the API last answered them, and when each work item started and ended.

Nothing here is truth, and nothing tells of a person: all of it is written anew from answers and facts.
"""

from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, LargeBinary, Table

from app.core.types import Day, Instant, String
from app.models.base import metadata, source_key

publication = Table(
    "publication",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    Column("as_of", Instant, nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("timezone", String, nullable=False),
    Column("min_group", Integer, nullable=False),
)
"""One row: which version of the data was published, with which settings."""

published_point = Table(
    "published_point",
    metadata,
    Column("metric", String, primary_key=True),
    Column("grain", String, primary_key=True),
    Column("scope", String, primary_key=True),
    Column("group_id", String, primary_key=True),
    Column("start", Day, primary_key=True),
    Column("until", Day, nullable=False),
    Column("group_name", String),
    Column("complete", Boolean, nullable=False),
    Column("suppressed", Boolean, nullable=False),
    Column("n", BigInteger),
    Column("value", Float),
    Column("p50", Float),
    Column("p85", Float),
    sqlite_with_rowid=False,
)
"""A point of an answer. `scope` is the dimension that it is grouped by, or `all`; `until` is the day after its last."""

published_item = Table(
    "published_item",
    metadata,
    source_key(),
    Column("item", LargeBinary, primary_key=True),
    Column("started_at", BigInteger),
    Column("finished_at", BigInteger),
    Column("discarded_at", BigInteger),
    Column("reopened", Boolean, nullable=False),
    sqlite_with_rowid=False,
)
"""`item` is the first 8 bytes of the work item's id, as in the facts; instants are microseconds since 1970-01-01."""

published_view = Table(
    "published_view",
    metadata,
    Column("name", String, primary_key=True),
    Column("digest", String, nullable=False),
)
"""The views that are there: one is made anew, and loses the rights that were granted on it, only when it changed."""
