"""The shapes of sources."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, field_validator

from app.api.schemas import Body, Name
from app.core import cron

Status = Literal["never_synced", "queued", "syncing", "ok", "incomplete", "failed", "cancelled", "paused"]
StreamName = Annotated[str, StringConstraints(min_length=1, max_length=100)]
CronLine = Annotated[
    str,
    Field(
        max_length=100,
        description="When to sync, as five cron fields in the deployment's zone (Monday is 1 or mon); null: by hand.",
    ),
]
_CONFIG = "What the connector's `config` schema asks for."
_CREDENTIALS = "What the connector's `credentials` schema asks for. Never shown again."
_START = "Read nothing that changed last before this day; null: everything."
_STREAMS = "Names of the streams to read; null: all."

CredentialsIn = Annotated[dict[str, Any] | None, Field(description=_CREDENTIALS, json_schema_extra={"writeOnly": True})]


class Fields(Body):
    """Checks that a new source and a changed one share."""

    @field_validator("schedule", check_fields=False)
    @classmethod
    def _readable(cls, line: str | None) -> str | None:
        if line is not None:
            cron.trigger(line, "UTC")
        return line

    @field_validator("start_date", mode="before", check_fields=False)
    @classmethod
    def _text(cls, value: object) -> object:
        return date.fromisoformat(value) if isinstance(value, str) else value


class SourceIn(Fields):
    """A source to register."""

    connector: Annotated[str, Field(max_length=100, description="A connector's kind.")]
    name: Name
    config: dict[str, Any] = Field(default_factory=dict, description=_CONFIG)
    credentials: CredentialsIn = None
    schedule: CronLine | None = None
    start_date: date | None = Field(default=None, description=_START)
    streams: list[StreamName] | None = Field(default=None, min_length=1, description=_STREAMS)
    enabled: bool = Field(default=True, description="False: it is not synced by its schedule.")


class SourceChange(Fields):
    """What to change of a source; what is not named stays."""

    name: Name | None = None
    config: dict[str, Any] | None = Field(default=None, description=f"{_CONFIG} Replaces the whole of it.")
    credentials: CredentialsIn = None
    schedule: CronLine | None = None
    start_date: date | None = Field(default=None, description=_START)
    streams: list[StreamName] | None = Field(default=None, min_length=1, description=_STREAMS)
    enabled: bool | None = None

    @field_validator("name", "config", "credentials", "enabled")
    @classmethod
    def _not_null(cls, value: object) -> object:
        if value is None:
            raise ValueError("Leave it out instead of sending null.")
        return value


class CheckIn(Body):
    """A source to test before it is saved."""

    connector: Annotated[str, Field(max_length=100, description="A connector's kind.")]
    config: dict[str, Any] = Field(default_factory=dict, description=_CONFIG)
    credentials: CredentialsIn = None


class CredentialsOut(BaseModel):
    """What is told of stored credentials."""

    set_at: datetime
    hint: str | None = Field(description="What tells them apart: their kind and last characters.")


class Source(BaseModel):
    """One registered account of a vendor."""

    id: UUID
    connector: str
    tool: str = Field(description="The name that it is reported under.")
    name: str
    config: dict[str, Any]
    schedule: str | None
    start_date: date | None
    streams: list[str] | None
    enabled: bool
    status: Status = Field(
        description=(
            "`paused` when not enabled, `syncing` or `queued` while a run is there, else how the newest run ended "
            "(`ok`, `incomplete`: heals by itself, `failed`: needs a person, `cancelled`), `never_synced` before the "
            "first. A source that is pushed to is `ok`."
        )
    )
    credentials: CredentialsOut | None
    complete_until: datetime | None = Field(description="The vendor's changes up to here are stored.")
    created_at: datetime
    updated_at: datetime


class CheckOut(BaseModel):
    """One finding."""

    name: str
    status: Literal["ok", "warning", "error"]
    detail: str
    remedy: str


class Checks(BaseModel):
    """All findings about a source, most basic first."""

    ok: bool = Field(description="Whether no finding is an error.")
    checks: list[CheckOut]


class ScopeOut(BaseModel):
    """A part of a vendor that can be read by itself: a project, a board, a channel."""

    external_id: str
    key: str | None
    name: str
    items: int | None = Field(
        description="About how many items the vendor says it holds; null where it does not say so cheaply."
    )
    members: int | None = Field(description="How many people are in it, of a channel whose messages nobody counts.")
    chosen: bool = Field(description="Whether the source reads it now.")


class Deleted(BaseModel):
    """What went with a source."""

    deleted: dict[str, int] = Field(description="Numbers of rows by kind.")
