"""A change of meaning is one mark, and facts follow from packed histories: every item is marked, so that its history is
packed when its facts are built next. Facts that are there stay until then."""

import sqlalchemy as sa
from alembic import op

from app.core import types

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dirty_meaning",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("dimension", types.String(), nullable=False),
        sa.Column("external_id", types.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_dirty_meaning_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "dimension", "external_id", name=op.f("pk_dirty_meaning")),
        sqlite_with_rowid=False,
    )
    _mark_every_item()


def downgrade() -> None:
    # The builder of before knows neither these marks nor these segments.
    _mark_every_item()
    segment = sa.table("fact_segment", sa.column("kind"))
    op.execute(sa.delete(segment).where(segment.c.kind.in_(("histories", "moves"))))
    op.drop_table("dirty_meaning")


def _mark_every_item() -> None:
    item = sa.table("work_item", sa.column("source_id"), sa.column("external_id"))
    dirty = sa.table("dirty_item", sa.column("source_id"), sa.column("work_item"))
    marked = sa.exists().where(dirty.c.source_id == item.c.source_id, dirty.c.work_item == item.c.external_id)
    unmarked = sa.select(item.c.source_id, item.c.external_id).where(~marked)
    op.execute(sa.insert(dirty).from_select(["source_id", "work_item"], unmarked))
