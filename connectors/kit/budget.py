"""A rate budget: how many requests a vendor's rule leaves us, refilled by the clock."""

import threading
import time
from collections.abc import Callable


class RateBudget:
    """A token bucket, shared by the threads of one run.

    `rate` is requests a second, `burst` how many may go at once after a rest. Waiting is the caller's: `take`
    books the next place and says in how many seconds it comes.
    """

    def __init__(self, rate: float, burst: int = 1, monotonic: Callable[[], float] = time.monotonic) -> None:
        if rate <= 0 or burst < 1:
            raise ValueError("A budget needs a positive rate and a burst of at least one.")
        self._interval = 1 / rate
        self._depth = (burst - 1) * self._interval
        self._monotonic = monotonic
        self._next = float("-inf")
        self._lock = threading.Lock()

    def take(self) -> float:
        """Books one request; the seconds to wait before sending it (0 while tokens last)."""
        with self._lock:
            now = self._monotonic()
            self._next = max(self._next, now - self._depth)
            wait = self._next - now
            self._next += self._interval
        return max(0.0, wait)

    def pace(self, rate: float) -> None:
        """So many requests a second from now on, one by one: the vendor allows less than was thought."""
        with self._lock:
            self._interval = 1 / rate
            self._depth = 0.0

    def hold(self, seconds: float) -> None:
        """Nobody sends for so long, and nobody may burst afterwards: the vendor asked for a pause."""
        with self._lock:
            self._next = max(self._next, self._monotonic() + seconds)


class Budgets:
    """A budget for each (method, rule) of a vendor, made when first needed. `rule` groups paths."""

    def __init__(self, rate: float, burst: int, rule: Callable[[str], str]) -> None:
        self._rate = rate
        self._burst = burst
        self._rule = rule
        self._budgets: dict[tuple[str, str], RateBudget] = {}
        self._lock = threading.Lock()

    def __call__(self, method: str, path: str) -> RateBudget:
        """The budget that a request draws on."""
        key = (method, self._rule(path))
        with self._lock:
            if key not in self._budgets:
                self._budgets[key] = RateBudget(self._rate, self._burst)
            return self._budgets[key]
