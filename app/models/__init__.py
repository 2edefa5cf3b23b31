"""The tables, and nothing else. One file a noun."""

from app.models import (
    access,
    alert,
    annotation,
    calendar,
    communication,
    digest,
    facts,
    people,
    schedule,
    setting,
    share,
    source,
    sync,
    tool,
    usage,
    work,
)
from app.models.base import metadata

__all__ = [
    "access",
    "alert",
    "annotation",
    "calendar",
    "communication",
    "digest",
    "facts",
    "metadata",
    "people",
    "schedule",
    "setting",
    "share",
    "source",
    "sync",
    "tool",
    "usage",
    "work",
]
