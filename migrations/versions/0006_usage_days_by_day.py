"""Usage days stand by day: they come and are packed day by day, and by account each row lay on a page of its own."""

import sqlalchemy as sa
from alembic import op

from app.core import types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BY_DAY = ("source_id", "day", "account", "event")
_BY_ACCOUNT = ("source_id", "account", "event", "day")
_COLUMNS = ("source_id", "account", "event", "day", "count")
_DIRTY_DAY = sa.table("dirty_day", *(sa.column(name) for name in ("source_id", "kind", "day")))


def upgrade() -> None:
    _order_by(_BY_DAY)
    since_1970 = "day" if op.get_bind().dialect.name == "sqlite" else "day - DATE '1970-01-01'"
    usage_day = _table("usage_day")
    days = sa.select(usage_day.c.source_id, sa.literal_column("'usage'"), sa.literal_column(since_1970)).distinct()
    # Nothing was packed from these rows so far.
    op.execute(sa.insert(_DIRTY_DAY).from_select(_DIRTY_DAY.c.keys(), days))


def downgrade() -> None:
    op.execute(sa.delete(_DIRTY_DAY).where(_DIRTY_DAY.c.kind == "usage"))
    _order_by(_BY_ACCOUNT)


def _order_by(key: tuple[str, ...]) -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f("pk_usage_day"), "usage_day", type_="primary")
        op.create_primary_key(op.f("pk_usage_day"), "usage_day", list(key))
        return
    # There the key is the table: it is written anew.
    op.create_table(
        "usage_day_in_order",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("account", types.String(), nullable=False),
        sa.Column("event", types.String(), nullable=False),
        sa.Column("day", types.Day(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_usage_day_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_usage_day")),
        sqlite_with_rowid=False,
    )
    before, after = _table("usage_day"), _table("usage_day_in_order")
    op.execute(sa.insert(after).from_select(_COLUMNS, sa.select(before).order_by(*(before.c[name] for name in key))))
    op.drop_table("usage_day")
    op.rename_table("usage_day_in_order", "usage_day")


def _table(name: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column) for column in _COLUMNS))
