"""Days of facts that are no items': marked where their rows change, so that only they are built again."""

import sqlalchemy as sa
from alembic import op

from app.core import types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dirty_day",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("kind", types.String(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_dirty_day_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "kind", "day", name=op.f("pk_dirty_day")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("dirty_day")
