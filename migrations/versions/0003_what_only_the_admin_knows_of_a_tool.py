"""Facts about a tool that no vendor tells: seats bought, their price, how fresh its data has to be."""

import sqlalchemy as sa
from alembic import op

from app.core import types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tool_facts",
        sa.Column("tool", types.String(), nullable=False),
        sa.Column("seats_bought", sa.Integer(), nullable=True),
        sa.Column("seat_price", sa.Float(), nullable=True),
        sa.Column("currency", types.String(), nullable=True),
        sa.Column("freshness_hours", sa.Float(), nullable=True),
        sa.Column("in_catalogue", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tool", name=op.f("pk_tool_facts")),
    )


def downgrade() -> None:
    op.drop_table("tool_facts")
