"""How often each method may be asked: Slack counts by method, workspace and app, and by the minute.

Until Slack complains we ask as fast as it answers, which bursts allow. After that a method keeps to its tier.
"""

import threading
import time
from collections.abc import Callable

from connectors.kit.budget import RateBudget

TIERS: dict[str, int] = {
    "conversations.list": 20,
    "conversations.history": 50,
    "conversations.replies": 50,
    "conversations.members": 100,
    "users.list": 20,
    "team.billableInfo": 20,
    "team.accessLogs": 20,
    "admin.analytics.getFile": 20,
}
"""Requests a minute, at least."""
MESSAGES = ("conversations.history", "conversations.replies")
"""What the limit of 2025 is about."""
LIMITED_A_MINUTE = 1
LIMITED_PAGE = 15
_UNLISTED = 20
_UNHURRIED = 1000.0
_LONG_PAUSE = 30.0
_HARDLY_ANY = 3


class MethodBudget(RateBudget):
    """A method's allowance; it drops to the tier's rate when Slack asks for a pause.

    A long pause after hardly any request means that Slack allows much less than the tier: `meagre` tells it.
    """

    def __init__(self, a_minute: int, monotonic: Callable[[], float]) -> None:
        super().__init__(_UNHURRIED, burst=int(_UNHURRIED), monotonic=monotonic)
        self._a_minute = a_minute
        self._taken = 0
        self.meagre = False

    def take(self) -> float:
        """See `RateBudget`."""
        self._taken += 1
        return super().take()

    def keep_to(self, a_minute: int) -> None:
        """So many requests a minute from now on, whatever the tier says; this minute's is taken to be spent."""
        self._a_minute = a_minute
        self.hold(60 / a_minute)

    def hold(self, seconds: float) -> None:
        """Nobody sends for so long; then the tier's rate holds, for it is what Slack complained about."""
        self.meagre = self.meagre or (seconds >= _LONG_PAUSE and self._taken <= _HARDLY_ANY)
        self._taken = 0
        self.pace(self._a_minute / 60)
        super().hold(seconds)


class MethodBudgets:
    """The budget of each method, made when first needed; methods are the paths of requests."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._budgets: dict[str, MethodBudget] = {}
        self._limited = False
        self._lock = threading.Lock()

    def __call__(self, verb: str, path: str) -> MethodBudget:  # noqa: ARG002 - Slack counts a GET and a POST together
        """The budget that a request draws on."""
        method = path.rpartition("/")[2]
        with self._lock:
            if method not in self._budgets:
                self._budgets[method] = MethodBudget(TIERS.get(method, _UNLISTED), self._monotonic)
            return self._budgets[method]

    @property
    def limited(self) -> bool:
        """Whether this app turned out to be under the limit of 2025."""
        if not self._limited and any(self("GET", method).meagre for method in MESSAGES):
            self.limit_messages()
        return self._limited

    def limit_messages(self) -> None:
        """This app is under the limit of 2025: messages once a minute, from now on."""
        if not self._limited:
            self._limited = True
            for method in MESSAGES:
                self("GET", method).keep_to(LIMITED_A_MINUTE)
