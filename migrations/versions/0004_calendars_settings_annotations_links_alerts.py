"""Working calendars, settings of the running service, annotations, read-only links and alerts."""

import sqlalchemy as sa
from alembic import op

from app.core import types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", types.String(), nullable=False),
        sa.Column("question", types.Json(), nullable=False),
        sa.Column("measure", types.String(), nullable=False),
        sa.Column("above", sa.Float(), nullable=True),
        sa.Column("below", sa.Float(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("state", types.String(), nullable=False),
        sa.Column("state_since", types.Instant(), nullable=True),
        sa.Column("checked_at", types.Instant(), nullable=True),
        sa.Column("groups", types.Json(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("name", name=op.f("uq_alert_name")),
    )
    op.create_table(
        "annotation",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("starts_at", types.Instant(), nullable=False),
        sa.Column("ends_at", types.Instant(), nullable=True),
        sa.Column("title", types.String(), nullable=False),
        sa.Column("text", types.String(), nullable=False),
        sa.Column("created_by", types.String(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotation")),
    )
    op.create_index("ix_annotation_starts_at", "annotation", ["starts_at"])
    op.create_table(
        "calendar",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", types.String(), nullable=False),
        sa.Column("definition", types.Json(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar")),
        sa.UniqueConstraint("name", name=op.f("uq_calendar_name")),
    )
    op.create_index(
        "ix_calendar_is_default",
        "calendar",
        ["is_default"],
        unique=True,
        sqlite_where=sa.text("is_default"),
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "setting",
        sa.Column("name", types.String(), nullable=False),
        sa.Column("value", types.Json(), nullable=False),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )
    op.create_table(
        "share",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", types.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("hint", types.String(), nullable=False),
        sa.Column("question", types.Json(), nullable=False),
        sa.Column("created_by", types.String(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.Column("revoked_at", types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share")),
        sa.UniqueConstraint("digest", name=op.f("uq_share_digest")),
    )
    op.create_table(
        "annotation_tag",
        sa.Column("annotation_id", types.Id(), nullable=False),
        sa.Column("tag", types.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["annotation_id"],
            ["annotation.id"],
            name=op.f("fk_annotation_tag_annotation_id_annotation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("annotation_id", "tag", name=op.f("pk_annotation_tag")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "team_calendar",
        sa.Column("team_id", types.Id(), nullable=False),
        sa.Column("calendar_id", types.Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"], ["calendar.id"], name=op.f("fk_team_calendar_calendar_id_calendar"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_team_calendar_team_id_team"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_team_calendar")),
    )


def downgrade() -> None:
    for table in ("team_calendar", "annotation_tag", "share", "setting", "calendar", "annotation", "alert"):
        op.drop_table(table)
