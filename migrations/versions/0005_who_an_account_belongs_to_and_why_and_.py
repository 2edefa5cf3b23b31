"""Whose account it is and why, what a directory named was made into, and what was erased and must not come back."""

import sqlalchemy as sa
from alembic import op

from app.core import types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erased_address",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_erased_address")),
    )
    op.create_table(
        "erasure_key",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_key")),
    )
    op.create_table(
        "account_join",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("account", types.String(), nullable=False),
        sa.Column("person_id", types.Id(), nullable=True),
        sa.Column("how", types.String(), nullable=False),
        sa.Column("joined_by", types.String(), nullable=True),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("undone_by", types.String(), nullable=True),
        sa.Column("undone_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_account_join_person_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_account_join_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_join")),
    )
    with op.batch_alter_table("account_join", schema=None) as batch_op:
        batch_op.create_index("ix_account_join_person_id", ["person_id"], unique=False)
        batch_op.create_index("ix_account_join_source_id_account", ["source_id", "account"], unique=False)

    op.create_table(
        "erased_id",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_erased_id_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "digest", name=op.f("pk_erased_id")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("conflict", sa.Boolean(), server_default=sa.text("false"), nullable=False))

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("made_by", types.String(), server_default="admin", nullable=False))
        batch_op.add_column(sa.Column("erased_at", types.Instant(), nullable=True))
        batch_op.create_index("ix_person_email", ["email"], unique=False)

    with op.batch_alter_table("person_record", schema=None) as batch_op:
        batch_op.add_column(sa.Column("person_id", types.Id(), nullable=True))
        batch_op.add_column(sa.Column("applied", types.String(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_person_record_person_id_person"), "person", ["person_id"], ["id"], ondelete="SET NULL"
        )


def downgrade() -> None:
    with op.batch_alter_table("person_record", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_person_record_person_id_person"), type_="foreignkey")
        batch_op.drop_column("applied")
        batch_op.drop_column("person_id")

    # Not in batches: on SQLite they drop a table and make it anew, and what rests on a person would go with it.
    op.drop_index("ix_person_email", table_name="person")
    op.drop_column("person", "erased_at")
    op.drop_column("person", "made_by")
    op.drop_column("account", "conflict")
    op.drop_table("erased_id")
    with op.batch_alter_table("account_join", schema=None) as batch_op:
        batch_op.drop_index("ix_account_join_source_id_account")
        batch_op.drop_index("ix_account_join_person_id")

    op.drop_table("account_join")
    op.drop_table("erasure_key")
    op.drop_table("erased_address")
