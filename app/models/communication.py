"""Answers to surveys, conversations without their words, and days of meetings."""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Table

from app.core.types import Day, Id, Instant, Json, String
from app.models.base import metadata, source_key

survey_response = Table(
    "survey_response",
    metadata,
    source_key(),
    Column("external_id", String, primary_key=True),
    Column("survey", String, nullable=False),
    Column("question", String),
    Column("topic", String),
    Column("tool", String),
    Column("scale_min", Float, nullable=False),
    Column("scale_max", Float, nullable=False),
    Column("score", Float, nullable=False),
    Column("kind", String),
    Column("comment", String),
    Column("account", String),
    Column("team", String),
    Column("at", Instant, nullable=False),
    Index("ix_survey_response_source_id_at", "source_id", "at"),
)

channel = Table(
    "channel",
    metadata,
    source_key(),
    Column("external_id", String, primary_key=True),
    Column("id", Id, nullable=False, unique=True),
    Column("name", String),
    Column("private", Boolean, nullable=False),
    Column("members", Json, nullable=False),
)

conversation = Table(
    "conversation",
    metadata,
    source_key(),
    Column("external_id", String, primary_key=True),
    Column("channel", String, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("started_by", String),
    Column("first_reply_at", Instant),
    Column("first_reply_by", String),
    Column("participants", Json, nullable=False),
    Column("messages", BigInteger, nullable=False),
    Column("automated_messages", BigInteger, nullable=False),
    Column("marks", Json, nullable=False),
    Index("ix_conversation_source_id_started_at", "source_id", "started_at"),
)
"""`marks` are `[{"name", "by", "at"}]`, with `"first_seen": true` where the vendor gave no instant."""

meeting_day = Table(
    "meeting_day",
    metadata,
    source_key(),
    Column("account", String, primary_key=True),
    Column("day", Day, primary_key=True),
    Column("meetings", BigInteger, nullable=False),
    Column("seconds", BigInteger, nullable=False),
    Index("ix_meeting_day_source_id_day", "source_id", "day"),
    sqlite_with_rowid=False,
)
