"""The worker: takes queued runs one after the other, and shows that it lives while it works.

Any number of workers may run: the database keeps to one run a source. A worker that dies leaves a run whose
heartbeat stops; any worker then gives it up, and the next run goes on from its cursors.
"""

import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import structlog

from app.core.db import Database
from app.ingest.interrupt import Interrupt
from app.ingest.report import STOPPED
from app.ingest.runner import Runner
from app.store import runs, version
from app.store.runs import Run, RunLostError

log = structlog.get_logger(__name__)

Build = Callable[[Database], int]
"""Builds the facts of what was changed; gives the number of items."""


class Worker:
    """Runs what is queued. `build` is called after each run, and every `build_every` seconds of a long one."""

    def __init__(
        self,
        runner: Runner,
        build: Build,
        *,
        heartbeat_every: float = 5.0,
        dead_after: timedelta = timedelta(seconds=60),
        build_every: float = 60.0,
    ) -> None:
        self.name = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"
        self._runner = replace(runner, between_pages=self._between_pages)
        self._db = runner.db
        self._clock = runner.clock
        self._build = build
        self._heartbeat_every = heartbeat_every
        self._dead_after = dead_after
        self._build_every = build_every
        self._built_at = monotonic()
        self._stopping = threading.Event()
        self._current: Interrupt | None = None

    def run_forever(self, poll_every: float = 1.0) -> None:
        """Work until `stop` is called."""
        log.info("worker.started", worker=self.name)
        while not self._stopping.is_set():
            try:
                idle = self.run_next() is None
            except Exception:
                # A database that is away for a while must not end the worker.
                log.exception("worker.fault", worker=self.name)
                idle = True
            if idle:
                self._stopping.wait(poll_every)
        log.info("worker.stopped", worker=self.name)

    def stop(self) -> None:
        """End soon: the present run ends at its next page, and goes on with the next run. Safe in a signal handler."""
        self._stopping.set()
        current = self._current
        if current is not None:
            current.set("stopping")

    def run_next(self) -> Run | None:
        """Give up dead runs, then run what waits longest; the run as it was claimed, or `None`."""
        self.reap()
        with self._db.write() as connection:
            run = runs.claim(connection, self.name, self._clock.now())
        if run is not None:
            self.work_on(run)
        self._build(self._db)
        return run

    def reap(self) -> None:
        """Give up the runs whose worker is silent."""
        now = self._clock.now()
        with self._db.write() as connection:
            dead = runs.reap(connection, silent_since=now - self._dead_after, error=STOPPED, now=now)
            if dead:
                version.bump(connection, now)
        for run_id in dead:
            log.warning("run.given_up", run=str(run_id))

    def work_on(self, run: Run) -> None:
        """Run what was claimed in this worker's name, and show meanwhile that it lives."""
        log.info("run.started", run=str(run.id), source=str(run.source_id), mode=run.mode, worker=self.name)
        self._built_at = monotonic()
        self._current = interrupt = Interrupt()
        if self._stopping.is_set():
            interrupt.set("stopping")
        try:
            with self._alive(run, interrupt):
                self._runner.run(run, interrupt)
        finally:
            self._current = None

    @contextmanager
    def _alive(self, run: Run, interrupt: Interrupt) -> Iterator[None]:
        over = threading.Event()

        def beat() -> None:
            while not over.wait(self._heartbeat_every):
                try:
                    with self._db.write() as connection:
                        cancel = runs.heartbeat(connection, run, self._clock.now())
                except RunLostError:
                    interrupt.set("lost")
                    return
                except Exception:
                    # The next beat may succeed; if none does, the run is given up as it should.
                    log.exception("worker.heartbeat", run=str(run.id))
                else:
                    if cancel:
                        interrupt.set("cancelled")

        thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _between_pages(self) -> None:
        if monotonic() - self._built_at >= self._build_every:
            self._build(self._db)
            self._built_at = monotonic()
