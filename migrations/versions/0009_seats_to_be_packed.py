"""Seats are packed too: those of an existing database are marked, since nothing was packed from them so far."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_DIRTY_DAY = sa.table("dirty_day", *(sa.column(name) for name in ("source_id", "kind", "day")))


def upgrade() -> None:
    seat = sa.table("seat", sa.column("source_id"))
    sources = sa.select(seat.c.source_id, sa.literal_column("'seat'"), sa.literal_column("0")).distinct()
    op.execute(sa.insert(_DIRTY_DAY).from_select(_DIRTY_DAY.c.keys(), sources))


def downgrade() -> None:
    op.execute(sa.delete(_DIRTY_DAY).where(_DIRTY_DAY.c.kind == "seat"))
