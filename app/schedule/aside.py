"""Work that would keep the clock waiting is done beside it."""

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)


class Aside:
    """Does its work in a thread of its own; while it is busy, another call does nothing.

    The thread ends with the process: only work that survives being killed belongs here.
    """

    def __init__(self, name: str, work: Callable[[], object]) -> None:
        self._name = name
        self._work = work
        self._busy = threading.Lock()

    def __call__(self) -> None:
        """Begin, unless the last beginning is still at it."""
        if self._busy.acquire(blocking=False):
            threading.Thread(target=self._do, name=self._name, daemon=True).start()

    def _do(self) -> None:
        try:
            self._work()
        except Exception:
            # The next tick tries again.
            log.exception("aside.fault", work=self._name)
        finally:
            self._busy.release()
