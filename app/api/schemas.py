"""Shapes that several resources share."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints


def _no_number(value: object) -> object:
    if isinstance(value, str):
        return value
    raise ValueError("Send an RFC 3339 instant.")


SourceId = Annotated[UUID, Path(description="A source's id.")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Instant = Annotated[AwareDatetime, BeforeValidator(_no_number), Field(strict=False)]
"""An instant in a body: text with an offset. Pydantic alone would take a number for epoch seconds."""


class Body(BaseModel):
    """Base of everything that is sent to us: what we do not know is refused, and no type is guessed."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Place(BaseModel):
    """One wrong place of a request."""

    loc: list[str | int] = Field(description="Where: `body`, `query`, `path` or `header`, then the way down.")
    msg: str


class Problem(BaseModel):
    """RFC 9457: why a request was refused."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[Place] | None = Field(default=None, description="On 422: every wrong place.")
    trace_id: str | None = Field(default=None, description="On 500: what the log names.")


class Named(BaseModel):
    """A thing of the vendor's, as groups and references show it."""

    id: UUID | None = None
    name: str | None = None
    external_id: str | None = None


class AuditEntry(BaseModel):
    """One administrative act."""

    id: UUID
    at: datetime
    actor: str = Field(description="`token:<id>`, `user:<id>`, or `admin-token` for PRODOPS_ADMIN_TOKEN.")
    action: str
    target: str
    detail: dict[str, Any]
