"""How a run is told to end before its time, and how it sleeps meanwhile."""

import threading
from typing import Literal

Why = Literal["cancelled", "stopping", "lost"]


class Interrupted(Exception):
    """The run has to end: somebody cancelled it, the worker stops, or it was given up for dead."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


class Interrupt:
    """Set from any thread; looked at by the run between pages and in every sleep."""

    def __init__(self) -> None:
        self._set = threading.Event()
        self._why: Why = "stopping"

    def set(self, why: Why) -> None:
        """Ask the run to end; the first reason stays."""
        if not self._set.is_set():
            self._why = why
            self._set.set()

    def check(self) -> None:
        """Raises Interrupted once it is set."""
        if self._set.is_set():
            raise Interrupted(self._why)

    def sleep(self, seconds: float) -> None:
        """Sleep; raises Interrupted as soon as it is set."""
        self._set.wait(seconds)
        self.check()
