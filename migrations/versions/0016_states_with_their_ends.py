"""A state knows when the next one came. The packed states of before do not: they go, and every item is marked, so that
they are packed anew when its facts are built next."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _forget_states()


def downgrade() -> None:
    _forget_states()


def _forget_states() -> None:
    segment = sa.table("fact_segment", sa.column("kind"))
    op.execute(sa.delete(segment).where(segment.c.kind == "states"))
    item = sa.table("work_item", sa.column("source_id"), sa.column("external_id"))
    dirty = sa.table("dirty_item", sa.column("source_id"), sa.column("work_item"))
    marked = sa.exists().where(dirty.c.source_id == item.c.source_id, dirty.c.work_item == item.c.external_id)
    unmarked = sa.select(item.c.source_id, item.c.external_id).where(~marked)
    op.execute(sa.insert(dirty).from_select(["source_id", "work_item"], unmarked))
