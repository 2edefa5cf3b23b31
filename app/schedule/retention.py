"""Once a night, what was kept long enough is deleted."""

import structlog

from app.core.clock import Clock
from app.core.db import Database
from app.core.settings import Settings
from app.store import audit, retention, settings, version

log = structlog.get_logger(__name__)


def apply_retention(db: Database, clock: Clock, environment: Settings) -> None:
    """Delete what the settings of this moment do not keep; an audit row says how much it was."""
    now = clock.now()
    with db.write() as connection:
        kept = settings.effective(connection, environment).retention
        removed = retention.apply(connection, kept, now.date())
        if not removed:
            return
        audit.record(connection, at=now, actor="clock", action="retention.apply", target="deployment", detail=removed)
        version.bump(connection, now)
    log.info("retention.applied", **removed)
