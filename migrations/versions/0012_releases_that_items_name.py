"""Launches follow from the releases that items name, and from which items were discarded: every item is marked, so that
its facts are built with both. Facts that are there stay until then."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _mark_every_item()


def downgrade() -> None:
    _mark_every_item()
    segment = sa.table("fact_segment", sa.column("kind"))
    op.execute(sa.delete(segment).where(segment.c.kind == "named_releases"))


def _mark_every_item() -> None:
    item = sa.table("work_item", sa.column("source_id"), sa.column("external_id"))
    dirty = sa.table("dirty_item", sa.column("source_id"), sa.column("work_item"))
    marked = sa.exists().where(dirty.c.source_id == item.c.source_id, dirty.c.work_item == item.c.external_id)
    unmarked = sa.select(item.c.source_id, item.c.external_id).where(~marked)
    op.execute(sa.insert(dirty).from_select(["source_id", "work_item"], unmarked))
