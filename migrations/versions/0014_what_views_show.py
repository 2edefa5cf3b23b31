"""Add what SQL views show: answers and item times as rows, since segments are for reading by the service alone."""

import sqlalchemy as sa
from alembic import op

from app.core import types

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "publication",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("as_of", types.Instant(), nullable=False),
        sa.Column("published_at", types.Instant(), nullable=False),
        sa.Column("timezone", types.String(), nullable=False),
        sa.Column("min_group", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
    )
    op.create_table(
        "published_point",
        sa.Column("metric", types.String(), nullable=False),
        sa.Column("grain", types.String(), nullable=False),
        sa.Column("scope", types.String(), nullable=False),
        sa.Column("group_id", types.String(), nullable=False),
        sa.Column("start", types.Day(), nullable=False),
        sa.Column("until", types.Day(), nullable=False),
        sa.Column("group_name", types.String(), nullable=True),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("suppressed", sa.Boolean(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("p50", sa.Float(), nullable=True),
        sa.Column("p85", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("metric", "grain", "scope", "group_id", "start", name=op.f("pk_published_point")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "published_view",
        sa.Column("name", types.String(), nullable=False),
        sa.Column("digest", types.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_published_view")),
    )
    op.create_table(
        "published_item",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("item", sa.LargeBinary(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("discarded_at", sa.BigInteger(), nullable=True),
        sa.Column("reopened", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_published_item_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "item", name=op.f("pk_published_item")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("published_item")
    op.drop_table("published_view")
    op.drop_table("published_point")
    op.drop_table("publication")
