"""The shapes of digests."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, WithJsonSchema

from app.api.schemas import Body, Name

_CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,30}")


def _is_id(channel: str) -> str:
    """Refuse a name: whoever renames the channel would silence the digest."""
    if not _CHANNEL.fullmatch(channel):
        raise ValueError("Send the channel's id, such as C0123456789, and not its name: its details end with it.")
    return channel


Channel = Annotated[str, AfterValidator(_is_id), WithJsonSchema({"type": "string", "pattern": f"^{_CHANNEL.pattern}$"})]
User = Annotated[str, StringConstraints(pattern=r"^[UW][A-Z0-9]{2,30}$")]
Uuid = Annotated[UUID, Field(strict=False)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Metrics = Annotated[list[str], Field(min_length=1, max_length=10)]
Teams = Annotated[list[Uuid], Field(max_length=100)]
Days = Annotated[int, Field(ge=1, le=92)]

DEFAULT_METRICS = ("cycle_time", "throughput", "automation_rate")


class DigestIn(Body):
    """A digest to make."""

    name: Name
    source_id: Uuid = Field(description="The Slack source whose app posts it.")
    channel: Channel = Field(description="The channel's id, as in the last line of its details; names change.")
    teams: Teams = Field(default_factory=list, description="Whose numbers; empty for everybody's.")
    metrics: Metrics = Field(
        default_factory=lambda: list(DEFAULT_METRICS), description="The numbers, the most important one first."
    )
    schedule: Line = Field(default="0 9 * * 1", description="A cron line: minute, hour, day, month, weekday.")
    timezone: str | None = Field(default=None, description="Of the schedule and the days; the deployment's if null.")
    locale: Literal["fr", "en"] | None = Field(default=None, description="The deployment's if null.")
    days: Days = Field(default=7, description="How many whole local days it looks back on.")
    enabled: bool = True


class DigestChange(Body):
    """What to change of a digest; what is not named stays."""

    name: Name | None = None
    source_id: Uuid | None = None
    channel: Channel | None = None
    teams: Teams | None = None
    metrics: Metrics | None = None
    schedule: Line | None = None
    timezone: str | None = None
    locale: Literal["fr", "en"] | None = None
    days: Days | None = None
    enabled: bool | None = None
    muted_until: Annotated[datetime, Field(strict=False)] | None = Field(
        default=None, description="Nothing is posted before; null: it is posted."
    )


class Failure(BaseModel):
    """Why a digest was not posted, and what to do."""

    kind: str = Field(description="`config` and `auth` need somebody; `transient` heals.")
    code: str = Field(description="Slack's word, such as `not_in_channel`.")
    message: str
    remedy: str


class Digest(BaseModel):
    """A digest."""

    id: UUID
    name: str
    source_id: UUID
    channel: str
    teams: list[UUID]
    metrics: list[str]
    schedule: str
    timezone: str
    locale: Literal["fr", "en"]
    days: int
    enabled: bool
    muted_until: datetime | None
    next_at: datetime | None = Field(description="When it is due next, as far as its schedule goes.")
    failure: Failure | None = Field(description="Why the latest one was not posted.")
    created_at: datetime
    updated_at: datetime


class Delivery(BaseModel):
    """A line of the ledger."""

    period: str = Field(description="The local minute of the schedule.")
    status: Literal["sending", "waiting", "sent", "failed", "muted"]
    channel: str
    attempts: int
    claimed_at: datetime
    sent_at: datetime | None
    message: str | None = Field(description="Slack's `ts` of the message.")
    retry_at: datetime | None
    error: Failure | None = Field(description="Of one that was sent: what it had to do without.")


class Image(BaseModel):
    """The chart that is uploaded before the message."""

    filename: str
    title: str
    alt_text: str
    data: str = Field(description="The PNG, in base64.")


class Preview(BaseModel):
    """What Slack would get: the arguments of `chat.postMessage`, and the image."""

    channel: str
    text: str
    blocks: list[dict[str, Any]]
    unfurl_links: bool
    unfurl_media: bool
    image: Image | None = Field(description="Its id stands in the image block once it is uploaded.")


class SendIn(Body):
    """Where to post a digest now."""

    user: User | None = Field(default=None, description="A Slack user's id, to try it alone; null: the channel.")


class Sent(BaseModel):
    """A message that was posted outside of the schedule."""

    channel: str
    message: str = Field(description="Slack's `ts`.")
