"""Every hour, how complete the data is: the last word of a day is what is known of that day for ever."""

import structlog

from app.core.clock import Clock
from app.core.db import Database
from app.core.settings import Settings
from app.core.types import to_micros
from app.facts.read import FactsReader
from app.metrics.coverage import record_coverage
from app.store import coverage, settings

log = structlog.get_logger(__name__)


def write_down_coverage(db: Database, reader: FactsReader, clock: Clock, environment: Settings) -> None:
    """Record the present day, in the deployment's zone, in place of what was recorded of it earlier."""
    now = clock.now()
    with db.read() as connection:
        zone = settings.effective(connection, environment).zone
    shares = record_coverage(reader, to_micros(now))
    with db.write() as connection:
        coverage.record(connection, now.astimezone(zone).date(), shares)
    log.info("coverage.recorded", shares=len(shares))
