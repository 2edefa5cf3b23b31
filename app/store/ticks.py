"""Ticks of the clock: each is claimed once, however many schedulers run."""

from datetime import datetime

from sqlalchemy import Connection, delete

from app.models.schedule import tick
from app.store.upsert import upsert


def claim(connection: Connection, job: str, scheduled_at: datetime) -> bool:
    """Whether this tick is ours: of all that ask, exactly one is told so."""
    return upsert(connection, tick, ("job", "scheduled_at"), [(job, scheduled_at)], replace=()) == 1


def forget_before(connection: Connection, before: datetime) -> None:
    """Delete the ticks that no scheduler can still be about to claim."""
    connection.execute(delete(tick).where(tick.c.scheduled_at < before))
