"""How often something may be asked for, counted by the minute in the memory of one process."""

from datetime import datetime
from threading import Lock


class Limiter:
    """Admits `most` requests a minute under each key. Safe for threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._minute = 0
        self._counts: dict[str, int] = {}
        self._lock = Lock()

    def admits(self, key: str, now: datetime) -> bool:
        """Whether one more request is admitted now; if so, it is counted."""
        minute = int(now.timestamp()) // 60
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._counts.clear()
            count = self._counts.get(key, 0) + 1
            if count <= self._most:
                self._counts[key] = count
            return count <= self._most
