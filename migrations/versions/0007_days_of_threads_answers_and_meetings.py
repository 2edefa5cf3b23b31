"""Conversations, answers to surveys and meeting days are packed day by day: an index finds a day's rows."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_DAY_OF = {"conversation": "started_at", "survey_response": "at", "meeting_day": "day"}
_KIND_OF = {"conversation": "conversation", "survey_response": "survey", "meeting_day": "meeting"}
_DIRTY_DAY = sa.table("dirty_day", *(sa.column(name) for name in ("source_id", "kind", "day")))
_MICROS_A_DAY = 86_400_000_000


def upgrade() -> None:
    for table, column in _DAY_OF.items():
        op.create_index(f"ix_{table}_source_id_{column}", table, ["source_id", column])
        rows = sa.table(table, sa.column("source_id"))
        kind: sa.ColumnElement[str] = sa.literal_column(f"'{_KIND_OF[table]}'")
        days = sa.select(rows.c.source_id, kind, sa.literal_column(_since_1970(column))).distinct()
        # Nothing was packed from these rows so far.
        op.execute(sa.insert(_DIRTY_DAY).from_select(_DIRTY_DAY.c.keys(), days))


def downgrade() -> None:
    op.execute(sa.delete(_DIRTY_DAY).where(_DIRTY_DAY.c.kind.in_(_KIND_OF.values())))
    for table, column in _DAY_OF.items():
        op.drop_index(f"ix_{table}_source_id_{column}", table)


def _since_1970(column: str) -> str:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if column == "day":
        return "day" if sqlite else "day - DATE '1970-01-01'"
    if not sqlite:
        return f"({column} AT TIME ZONE 'UTC')::date - DATE '1970-01-01'"
    # A division of integers would round instants before 1970 up, to the day after.
    return f"{column} / {_MICROS_A_DAY} - ({column} % {_MICROS_A_DAY} < 0)"
