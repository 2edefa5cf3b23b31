"""An item in a status that means nothing to us is not in progress. The items of sources with such a status are marked,
so that their facts are built again."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _mark()


def downgrade() -> None:
    _mark()


def _mark() -> None:
    item = sa.table("work_item", sa.column("source_id"), sa.column("external_id"))
    status = sa.table("status", sa.column("source_id"), sa.column("category"))
    dirty = sa.table("dirty_item", sa.column("source_id"), sa.column("work_item"))
    unknown = sa.exists().where(status.c.source_id == item.c.source_id, status.c.category.is_(None))
    marked = sa.exists().where(dirty.c.source_id == item.c.source_id, dirty.c.work_item == item.c.external_id)
    touched = sa.select(item.c.source_id, item.c.external_id).where(unknown, ~marked)
    op.execute(sa.insert(dirty).from_select(["source_id", "work_item"], touched))
