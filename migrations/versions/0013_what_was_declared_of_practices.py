"""What was declared of practices: maturity rests on answers beside numbers, and they are kept with who gave them."""

import sqlalchemy as sa
from alembic import op

from app.core import types

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "maturity_answer",
        sa.Column("question", types.String(), nullable=False),
        sa.Column("answer", sa.Boolean(), nullable=False),
        sa.Column("answered_by", types.String(), nullable=False),
        sa.Column("answered_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("question", name=op.f("pk_maturity_answer")),
    )


def downgrade() -> None:
    op.drop_table("maturity_answer")
