"""What goes wrong on purpose: the faults a sandbox can show, and the seeded plan that spreads them."""

import random
import threading
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum


class Fault(StrEnum):
    """A way in which a vendor fails, by name."""

    RATE_LIMITED = "429-retry-after-seconds"
    RATE_LIMITED_UNTIL = "429-retry-after-date"
    RATE_LIMITED_BARE = "429-without-retry-after"
    ERROR_500 = "500-burst"
    ERROR_502 = "502-burst"
    ERROR_503 = "503-burst"
    HTML = "html-in-a-200"
    TRUNCATED = "truncated-body"
    RESET = "reset-connection"
    SLOW = "slow-answer"
    DUPLICATE_PAGE = "duplicate-page"
    REPEATED_TOKEN = "repeated-token"  # noqa: S105 - the name of a fault
    EXPIRED_TOKEN = "expired-token"  # noqa: S105 - the name of a fault
    LATE_INDEX = "late-index"


BURSTS = {Fault.ERROR_500: 500, Fault.ERROR_502: 502, Fault.ERROR_503: 503}
VENDOR_FAULTS = frozenset({Fault.DUPLICATE_PAGE, Fault.REPEATED_TOKEN, Fault.EXPIRED_TOKEN, Fault.LATE_INDEX})
"""Faults that only the vendor's handler can act out; it takes one that is offered, or leaves it."""


class FaultPlan:
    """Which request meets which fault: decided by the seed and the number of the request alone.

    `rate` is the share of requests that start a fault, `limit` how many faults there are in all (None: no
    end). A burst is one fault and spoils up to four requests in a row. A vendor fault that a request has no
    use for waits for the next one. Safe for several threads.
    """

    def __init__(
        self,
        seed: int,
        rate: float,
        kinds: Iterable[Fault] = tuple(Fault),
        limit: int | None = None,
        *,
        retry_after: int = 1,
        pause: float = 0.2,
    ) -> None:
        self._random = random.Random(seed)
        self._rate = rate
        self._kinds = tuple(kinds)
        self._left = limit
        self._burst: list[Fault] = []
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()
        self.retry_after = retry_after
        """Seconds that a 429 or 503 asks for."""
        self.pause = pause
        """Seconds that a slow answer takes."""
        self.met: Counter[Fault] = Counter()
        """How many requests met each fault."""

    def draw(self) -> Fault | None:
        """The fault of the next request. A vendor fault counts as met once it is `taken`."""
        with self._lock:
            fault = self._draw()
            if fault is not None and fault not in VENDOR_FAULTS:
                self.met[fault] += 1
            return fault

    def taken(self, fault: Fault) -> None:
        """The vendor's handler acted the fault out."""
        with self._lock:
            self.met[fault] += 1

    def give_back(self, fault: Fault) -> None:
        """The request had no use for the fault: the next request is offered it."""
        with self._lock:
            if fault not in self._waiting:
                self._waiting.append(fault)

    def _draw(self) -> Fault | None:
        starts = self._random.random() < self._rate
        choice = int(self._random.random() * len(self._kinds))
        length = int(self._random.random() * 4)
        if self._burst:
            return self._burst.pop()
        if starts and self._kinds and self._left != 0:
            if self._left is not None:
                self._left -= 1
            fault = self._kinds[choice]
            if fault in BURSTS:
                self._burst = [fault] * length
            return fault
        return self._waiting.pop(0) if self._waiting else None
