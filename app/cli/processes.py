"""A child process that lives as long as its parent wants, and no longer than the parent lives."""

import subprocess
import sys
import threading
from collections.abc import Sequence

import structlog

log = structlog.get_logger(__name__)

_SHORTEST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_PATIENCE = 20.0


class Child:
    """Runs `python -m <module> ...` beside this process and starts it again whenever it ends by itself.

    The child is told to stop by the end of its standard input, which also comes when this process is killed.
    """

    def __init__(self, name: str, arguments: Sequence[str], *, quiet: bool = False) -> None:
        self._name = name
        self._command = [sys.executable, "-m", *arguments]
        self._output = subprocess.DEVNULL if quiet else None
        self._stopping = threading.Event()
        self._process = self._start()
        self._watcher = threading.Thread(target=self._watch, name=f"watch-{name}", daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        """Let the child finish what it is at, for some seconds; then end it."""
        self._stopping.set()
        process = self._process
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._watcher.join(timeout=5)

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 - our own modules
            self._command, stdin=subprocess.PIPE, stdout=self._output, start_new_session=True
        )

    def _watch(self) -> None:
        pause = _SHORTEST_PAUSE
        while True:
            code = self._process.wait()
            if self._stopping.is_set():
                return
            log.error("process.ended", process=self._name, code=code, restart_in=pause)
            if self._stopping.wait(pause):
                return
            pause = min(pause * 2, _LONGEST_PAUSE)
            self._process = self._start()


def when_parent_ends(stop: threading.Event) -> None:
    """Set `stop` when standard input ends: the parent asked for it, or is gone."""

    def watch() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        stop.set()

    threading.Thread(target=watch, name="parent", daemon=True).start()
