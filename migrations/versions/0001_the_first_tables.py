"""The first tables."""

import sqlalchemy as sa
from alembic import op

from app.core import types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("actor", types.String(), nullable=False),
        sa.Column("action", types.String(), nullable=False),
        sa.Column("target", types.String(), nullable=False),
        sa.Column("detail", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_at", "audit", ["at"], unique=False)
    op.create_table(
        "data_version",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("access_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_version")),
    )
    op.create_table(
        "fact_code",
        sa.Column("dimension", types.String(), nullable=False),
        sa.Column("code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("external_id", types.String(), nullable=False),
        sa.PrimaryKeyConstraint("dimension", "code", name=op.f("pk_fact_code")),
    )
    op.create_index("uq_fact_code_value", "fact_code", ["dimension", "source_id", "external_id"], unique=True)
    op.create_table(
        "fact_segment",
        sa.Column("kind", types.String(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "bucket", "part", name=op.f("pk_fact_segment")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "idempotency_key",
        sa.Column("actor", types.String(), nullable=False),
        sa.Column("key", types.String(), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_table(
        "person",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", types.String(), nullable=True),
        sa.Column("email", types.String(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_table(
        "source",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("connector", types.String(), nullable=False),
        sa.Column("tool", types.String(), nullable=False),
        sa.Column("name", types.String(), nullable=False),
        sa.Column("config", types.Json(), nullable=False),
        sa.Column("credentials", sa.LargeBinary(), nullable=True),
        sa.Column("credentials_set_at", types.Instant(), nullable=True),
        sa.Column("credentials_hint", types.String(), nullable=True),
        sa.Column("event_key", sa.LargeBinary(), nullable=True),
        sa.Column("schedule", types.String(), nullable=True),
        sa.Column("start_date", types.Day(), nullable=True),
        sa.Column("streams", types.Json(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("name", name=op.f("uq_source_name")),
    )
    op.create_table(
        "team",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", types.String(), nullable=False),
        sa.Column("parent_id", types.Id(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["team.id"], name=op.f("fk_team_parent_id_team"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("name", name=op.f("uq_team_name")),
    )
    op.create_table(
        "tick",
        sa.Column("job", types.String(), nullable=False),
        sa.Column("scheduled_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("job", "scheduled_at", name=op.f("pk_tick")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "account",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("external_id", types.String(), nullable=False),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("display_name", types.String(), nullable=True),
        sa.Column("email", types.String(), nullable=True),
        sa.Column("kind", types.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=True),
        sa.Column("last_active_at", types.Instant(), nullable=True),
        sa.Column("automation_override", sa.Boolean(), nullable=True),
        sa.Column("person_id", types.Id(), nullable=True),
        sa.Column("listed", sa.Boolean(), server_default=sa.text("(true)"), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_account_person_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_account_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "external_id", name=op.f("pk_account")),
        sa.UniqueConstraint("id", name=op.f("uq_account_id")),
    )
    op.create_index("ix_account_person_id", "account", ["person_id"], unique=False)
    op.create_table(
        "api_token",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", types.String(), nullable=False),
        sa.Column("role", types.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("hint", types.String(), nullable=False),
        sa.Column("source_id", types.Id(), nullable=True),
        sa.Column("team_id", types.Id(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=True),
        sa.Column("revoked_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_api_token_source_id_source"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_api_token_team_id_team"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_token_digest")),
    )
    op.create_table(
        "channel",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("external_id", types.String(), nullable=False),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", types.String(), nullable=True),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("members", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_channel_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "external_id", name=op.f("pk_channel")),
        sa.UniqueConstraint("id", name=op.f("uq_channel_id")),
    )
    op.create_table(
        "conversation",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("external_id", types.String(), nullable=False),
        sa.Column("channel", types.String(), nullable=False),
        sa.Column("started_at", types.Instant(), nullable=False),
        sa.Column("started_by", types.String(), nullable=True),
        sa.Column("first_reply_at", types.Instant(), nullable=True),
        sa.Column("first_reply_by", types.String(), nullable=True),
        sa.Column("participants", types.Json(), nullable=False),
        sa.Column("messages", sa.BigInteger(), nullable=False),
        sa.Column("automated_messages", sa.BigInteger(), nullable=False),
        sa.Column("marks", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_conversation_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "external_id", name=op.f("pk_conversation")),
    )
    op.create_table(
        "digest",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", types.String(), nullable=False),
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("channel", types.String(), nullable=False),
        sa.Column("teams", types.Json(), nullable=False),
        sa.Column("metrics", types.Json(), nullable=False),
        sa.Column("schedule", types.String(), nullable=False),
        sa.Column("timezone", types.String(), nullable=False),
        sa.Column("locale", types.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_digest_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest")),
        sa.UniqueConstraint("name", name=op.f("uq_digest_name")),
    )
    op.create_table(
        "dirty_item",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("work_item", types.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_dirty_item_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "work_item", name=op.f("pk_dirty_item")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fact_item",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("work_item", types.String(), nullable=False),
        sa.Column("days", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_fact_item_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "work_item", name=op.f("pk_fact_item")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "item_activity",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("work_item", types.String(), nullable=False),
        sa.Column("days", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_item_activity_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "work_item", name=op.f("pk_item_activity")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "item_type",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("external_id", types.String(), nullable=False),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", types.String(), nullable=False),
        sa.Column("kind", types.String(), nullable=True),
        sa.Column("kind_override", types.String(), nullable=True),
        sa.Column("listed", sa.Boolean(), server_default=sa.text("(true)"), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_item_type_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "external_id", name=op.f("pk_item_type")),
        sa.UniqueConstraint("id", name=op.f("uq_item_type_id")),
    )
    op.create_table(
        "meeting_day",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("account", types.String(), nullable=False),
        sa.Column("day", types.Day(), nullable=False),
        sa.Column("meetings", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_meeting_day_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "account", "day", name=op.f("pk_meeting_day")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "person_record",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("external_id", types.String(), nullable=False),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", types.String(), nullable=True),
        sa.Column("email", types.String(), nullable=True),
        sa.Column("team", types.String(), nullable=True),
        sa.Column("valid_from", types.String(), nullable=True),
        sa.Column("valid_to", types.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_person_record_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "external_id", name=op.f("pk_person_record")),
        sa.UniqueConstraint("id", name=op.f("uq_person_record_id")),
    )
    op.create_table(
        "project",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("external_id", types.String(), nullable=False),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("key", types.String(), nullable=True),
        sa.Column("name", types.String(), nullable=False),
        sa.Column("url", types.String(), nullable=True),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("listed", sa.Boolean(), server_default=sa.text("(true)"), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_project_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "external_id", name=op.f("pk_project")),
        sa.UniqueConstraint("id", name=op.f("uq_project_id")),
    )
    op.create_table(
        "release",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("external_id", types.String(), nullable=False),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("project", types.String(), nullable=True),
        sa.Column("name", types.String(), nullable=False),
        sa.Column("released_at", types.Instant(), nullable=True),
        sa.Column("released_on", types.String(), nullable=True),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column("listed", sa.Boolean(), server_default=sa.text("(true)"), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_release_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "external_id", name=op.f("pk_release")),
        sa.UniqueConstraint("id", name=op.f("uq_release_id")),
    )
    op.create_table(
        "resolution",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("external_id", types.String(), nullable=False),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", types.String(), nullable=False),
        sa.Column("category", types.String(), nullable=True),
        sa.Column("category_override", types.String(), nullable=True),
        sa.Column("listed", sa.Boolean(), server_default=sa.text("(true)"), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_resolution_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "external_id", name=op.f("pk_resolution")),
        sa.UniqueConstraint("id", name=op.f("uq_resolution_id")),
    )
    op.create_table(
        "seat",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("account", types.String(), nullable=False),
        sa.Column("product", types.String(), nullable=False),
        sa.Column("assigned_at", types.Instant(), nullable=True),
        sa.Column("removed_at", types.Instant(), nullable=True),
        sa.Column("as_of", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_seat_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "account", "product", name=op.f("pk_seat")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "status",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("external_id", types.String(), nullable=False),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", types.String(), nullable=False),
        sa.Column("category", types.String(), nullable=True),
        sa.Column("project", types.String(), nullable=True),
        sa.Column("listed", sa.Boolean(), server_default=sa.text("(true)"), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_status_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "external_id", name=op.f("pk_status")),
        sa.UniqueConstraint("id", name=op.f("uq_status_id")),
    )
    op.create_table(
        "status_override",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("status", types.String(), nullable=False),
        sa.Column("project", types.String(), nullable=False),
        sa.Column("category", types.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_status_override_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "status", "project", name=op.f("pk_status_override")),
    )
    op.create_table(
        "stream_state",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("stream", types.String(), nullable=False),
        sa.Column("scope", types.String(), nullable=False),
        sa.Column("cursor", types.String(), nullable=True),
        sa.Column("complete_until", types.Instant(), nullable=True),
        sa.Column("census_at", types.Instant(), nullable=True),
        sa.Column("retry_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_stream_state_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "stream", "scope", name=op.f("pk_stream_state")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "survey_response",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("external_id", types.String(), nullable=False),
        sa.Column("survey", types.String(), nullable=False),
        sa.Column("question", types.String(), nullable=True),
        sa.Column("topic", types.String(), nullable=True),
        sa.Column("tool", types.String(), nullable=True),
        sa.Column("scale_min", sa.Float(), nullable=False),
        sa.Column("scale_max", sa.Float(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("kind", types.String(), nullable=True),
        sa.Column("comment", types.String(), nullable=True),
        sa.Column("account", types.String(), nullable=True),
        sa.Column("team", types.String(), nullable=True),
        sa.Column("at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_survey_response_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "external_id", name=op.f("pk_survey_response")),
    )
    op.create_table(
        "sync_run",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("mode", types.String(), nullable=False),
        sa.Column("trigger", types.String(), nullable=False),
        sa.Column("status", types.String(), nullable=False),
        sa.Column("requested_streams", types.Json(), nullable=True),
        sa.Column("queued_at", types.Instant(), nullable=False),
        sa.Column("started_at", types.Instant(), nullable=True),
        sa.Column("finished_at", types.Instant(), nullable=True),
        sa.Column("worker", types.String(), nullable=True),
        sa.Column("heartbeat_at", types.Instant(), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("progress", types.Json(), nullable=True),
        sa.Column("streams", types.Json(), nullable=True),
        sa.Column("error", types.Json(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_sync_run_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_run")),
    )
    op.create_index("ix_sync_run_queued_at", "sync_run", ["queued_at"], unique=False)
    op.create_index(
        "uq_sync_run_queued",
        "sync_run",
        ["source_id"],
        unique=True,
        sqlite_where=sa.text("status = 'queued'"),
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.create_index(
        "uq_sync_run_running",
        "sync_run",
        ["source_id"],
        unique=True,
        sqlite_where=sa.text("status = 'running'"),
        postgresql_where=sa.text("status = 'running'"),
    )
    op.create_table(
        "team_member",
        sa.Column("person_id", types.Id(), nullable=False),
        sa.Column("valid_from", types.Instant(), nullable=False),
        sa.Column("team_id", types.Id(), nullable=False),
        sa.Column("valid_to", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_team_member_person_id_person"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_member_team_id_team"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "valid_from", name=op.f("pk_team_member")),
    )
    op.create_table(
        "transition",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("external_id", types.String(), nullable=False),
        sa.Column("work_item", types.String(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("from_status", types.String(), nullable=True),
        sa.Column("to_status", types.String(), nullable=False),
        sa.Column("actor", types.String(), nullable=True),
        sa.Column("automated", sa.Boolean(), nullable=True),
        sa.Column("automated_by", types.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_transition_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "external_id", name=op.f("pk_transition")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_transition_source_id_work_item", "transition", ["source_id", "work_item"], unique=False)
    op.create_table(
        "usage_day",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("account", types.String(), nullable=False),
        sa.Column("event", types.String(), nullable=False),
        sa.Column("day", types.Day(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_usage_day_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "account", "event", "day", name=op.f("pk_usage_day")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "usage_event_seen",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("day", types.Day(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_usage_event_seen_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "digest", name=op.f("pk_usage_event_seen")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_usage_event_seen_source_id_day", "usage_event_seen", ["source_id", "day"], unique=False)
    op.create_table(
        "work_item",
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("external_id", types.String(), nullable=False),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("key", types.String(), nullable=True),
        sa.Column("url", types.String(), nullable=True),
        sa.Column("title", types.String(), nullable=True),
        sa.Column("project", types.String(), nullable=True),
        sa.Column("item_type", types.String(), nullable=True),
        sa.Column("status", types.String(), nullable=True),
        sa.Column("resolution", types.String(), nullable=True),
        sa.Column("resolved_at", types.Instant(), nullable=True),
        sa.Column("priority", types.String(), nullable=True),
        sa.Column("assignee", types.String(), nullable=True),
        sa.Column("creator", types.String(), nullable=True),
        sa.Column("parent", types.String(), nullable=True),
        sa.Column("labels", types.Json(), nullable=False),
        sa.Column("points", sa.Float(), nullable=True),
        sa.Column("due_at", types.Instant(), nullable=True),
        sa.Column("releases", types.Json(), nullable=False),
        sa.Column("affects_releases", types.Json(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.Column("deleted_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_work_item_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "external_id", name=op.f("pk_work_item")),
        sa.UniqueConstraint("id", name=op.f("uq_work_item_id")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_work_item_source_id_project", "work_item", ["source_id", "project"], unique=False)
    op.create_table(
        "digest_delivery",
        sa.Column("digest_id", types.Id(), nullable=False),
        sa.Column("period", types.String(), nullable=False),
        sa.Column("status", types.String(), nullable=False),
        sa.Column("claimed_at", types.Instant(), nullable=False),
        sa.Column("sent_at", types.Instant(), nullable=True),
        sa.Column("message", types.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["digest_id"], ["digest.id"], name=op.f("fk_digest_delivery_digest_id_digest"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest_id", "period", name=op.f("pk_digest_delivery")),
    )
    op.create_table(
        "reject",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("run_id", types.Id(), nullable=True),
        sa.Column("stream", types.String(), nullable=False),
        sa.Column("external_id", types.String(), nullable=True),
        sa.Column("field", types.String(), nullable=True),
        sa.Column("reason", types.String(), nullable=False),
        sa.Column("raw", types.Json(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("resolved_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["sync_run.id"], name=op.f("fk_reject_run_id_sync_run"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_reject_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reject")),
    )
    op.create_index("ix_reject_run_id", "reject", ["run_id"], unique=False)
    op.create_index("ix_reject_source_id_stream", "reject", ["source_id", "stream"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_reject_source_id_stream", table_name="reject")
    op.drop_index("ix_reject_run_id", table_name="reject")
    op.drop_table("reject")
    op.drop_table("digest_delivery")
    op.drop_index("ix_work_item_source_id_project", table_name="work_item")
    op.drop_table("work_item")
    op.drop_index("ix_usage_event_seen_source_id_day", table_name="usage_event_seen")
    op.drop_table("usage_event_seen")
    op.drop_table("usage_day")
    op.drop_index("ix_transition_source_id_work_item", table_name="transition")
    op.drop_table("transition")
    op.drop_table("team_member")
    op.drop_index(
        "uq_sync_run_running",
        table_name="sync_run",
        sqlite_where=sa.text("status = 'running'"),
        postgresql_where=sa.text("status = 'running'"),
    )
    op.drop_index(
        "uq_sync_run_queued",
        table_name="sync_run",
        sqlite_where=sa.text("status = 'queued'"),
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.drop_index("ix_sync_run_queued_at", table_name="sync_run")
    op.drop_table("sync_run")
    op.drop_table("survey_response")
    op.drop_table("stream_state")
    op.drop_table("status_override")
    op.drop_table("status")
    op.drop_table("seat")
    op.drop_table("resolution")
    op.drop_table("release")
    op.drop_table("project")
    op.drop_table("person_record")
    op.drop_table("meeting_day")
    op.drop_table("item_type")
    op.drop_table("item_activity")
    op.drop_table("fact_item")
    op.drop_table("dirty_item")
    op.drop_table("digest")
    op.drop_table("conversation")
    op.drop_table("channel")
    op.drop_table("api_token")
    op.drop_index("ix_account_person_id", table_name="account")
    op.drop_table("account")
    op.drop_table("tick")
    op.drop_table("team")
    op.drop_table("source")
    op.drop_table("person")
    op.drop_table("idempotency_key")
    op.drop_table("fact_segment")
    op.drop_index("uq_fact_code_value", table_name="fact_code")
    op.drop_table("fact_code")
    op.drop_table("data_version")
    op.drop_index("ix_audit_at", table_name="audit")
    op.drop_table("audit")
