"""Every few minutes, each alert is held against its metric."""

import structlog

from app.core.clock import Clock
from app.core.db import Database
from app.core.errors import InvalidError
from app.core.settings import Settings
from app.facts.read import FactsReader
from app.metrics.query import answer
from app.metrics.threshold import judged, last_days
from app.store import alerts, settings

log = structlog.get_logger(__name__)


def look_at_alerts(db: Database, reader: FactsReader, clock: Clock, environment: Settings) -> None:
    """Write down on which side of its threshold the metric of each enabled alert is now."""
    with db.read() as connection:
        present = settings.effective(connection, environment)
        rows = alerts.enabled(connection)
    now = clock.now()
    for row in rows:
        try:
            found = answer(reader, present, last_days(row["question"], now, present.zone))
            state, groups = judged(found, row["measure"], row["above"], row["below"])
        except InvalidError as error:
            # What the alert asks about was there when it was made, and is no longer.
            state, groups = "invalid", [{"group": {}, "state": "invalid", "value": None, "reason": error.detail}]
        with db.write() as connection:
            moved = alerts.saw(connection, row, state, groups, now)
        if moved:
            log.info("alert.moved", alert=row["name"], state=state, before=row["state"])
