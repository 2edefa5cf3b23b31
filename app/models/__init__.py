"""The tables, and nothing else. One file a noun."""

from app.models import access, communication, digest, facts, people, schedule, source, sync, tool, usage, work
from app.models.base import metadata

__all__ = [
    "access",
    "communication",
    "digest",
    "facts",
    "metadata",
    "people",
    "schedule",
    "source",
    "sync",
    "tool",
    "usage",
    "work",
]
