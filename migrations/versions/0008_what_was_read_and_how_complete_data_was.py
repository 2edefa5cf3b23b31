"""Which numbers were read, and how complete the data was: neither can be known later, so both are kept by day."""

import sqlalchemy as sa
from alembic import op

from app.core import types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "asset_read",
        sa.Column("day", types.Day(), nullable=False),
        sa.Column("metric", types.String(), nullable=False),
        sa.Column("team", types.String(), nullable=False),
        sa.Column("how", types.String(), nullable=False),
        sa.Column("reads", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "metric", "team", "how", name=op.f("pk_asset_read")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "coverage_day",
        sa.Column("day", types.Day(), nullable=False),
        sa.Column("rule", types.String(), nullable=False),
        sa.Column("tool", types.String(), nullable=False),
        sa.Column("source", types.String(), nullable=False),
        sa.Column("team", types.String(), nullable=False),
        sa.Column("present", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "rule", "tool", "source", "team", name=op.f("pk_coverage_day")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("coverage_day")
    op.drop_table("asset_read")
