"""Counts which numbers are read, so that `data_utilisation` can say which nobody needs; never who read them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from threading import Lock
from zoneinfo import ZoneInfo

from sqlalchemy.exc import DBAPIError

from app.core.clock import Clock
from app.core.db import Database
from app.store import reads as store
from app.store import version

AUTOMATIC = (b"prodops-refresh", b"automatic")
"""The header by which a dashboard says that nobody asked: it refreshes by itself. Such a request is no reading."""

EVERY_SECONDS = 30.0
"""How long counts wait in memory. What waits is lost if the process is killed."""

ABOUT_READS = "data_utilisation"
"""The metric that rests on the reads counted here."""

Asset = tuple[str, str]
"""(metric, id of the team, or '' for everybody)"""


class Reads:
    """Collects reads in memory and adds them to the store now and then. Safe for threads."""

    def __init__(self, database: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._waiting: Counter[store.ReadKey] = Counter()
        self._lock = Lock()

    def add(self, assets: Sequence[Asset], how: str, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Count one read of each asset, unless the request says that nobody asked for it."""
        if any(name == AUTOMATIC[0] and value.lower() == AUTOMATIC[1] for name, value in headers):
            return
        day = self._clock.now().astimezone(self._zone).date()
        with self._lock:
            for metric, team in assets:
                self._waiting[day, metric, team, how] += 1

    def settle(self, metric: str) -> None:
        """Store what waits where the metric is about reads: it counts those of a moment ago. Raises as `flush`."""
        if metric == ABOUT_READS:
            self.flush()

    def flush(self) -> None:
        """Store what waits; gives the data a new version where something was read for the first time of its day.

        Raises DBAPIError where the database is out of reach: then all of it goes on waiting.
        """
        with self._lock:
            waiting, self._waiting = self._waiting, Counter()
        if not waiting:
            return
        try:
            with self._database.write() as connection:
                if store.add(connection, waiting):
                    version.bump(connection, self._clock.now())
        except DBAPIError:
            with self._lock:
                self._waiting.update(waiting)
            raise
