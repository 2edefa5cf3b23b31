"""How digests are delivered, and what webhooks are signed with.

A digest can be muted, and a delivery that failed says why and when it is tried again. No row of either table was
ever made before, so columns without a default can be added.
"""

import sqlalchemy as sa
from alembic import op

from app.core import types

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("digest", schema=None) as batch_op:
        batch_op.add_column(sa.Column("days", sa.Integer(), server_default="7", nullable=False))
        batch_op.add_column(sa.Column("muted_until", types.Instant(), nullable=True))
        batch_op.add_column(sa.Column("updated_at", types.Instant(), nullable=False))

    with op.batch_alter_table("digest_delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("channel", types.String(), nullable=False))
        batch_op.add_column(sa.Column("attempts", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("retry_at", types.Instant(), nullable=True))
        batch_op.add_column(sa.Column("error", types.Json(), nullable=True))

    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.add_column(sa.Column("webhook_secret", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    # Not in batches: on SQLite they drop a table and make it anew, and what rests on a source would go with it.
    for table, columns in (
        ("source", ("webhook_secret",)),
        ("digest_delivery", ("error", "retry_at", "attempts", "channel")),
        ("digest", ("updated_at", "muted_until", "days")),
    ):
        for column in columns:
            op.drop_column(table, column)
