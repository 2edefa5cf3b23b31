"""The clock: queues a run of each source when its cron line says so, once, however many clocks run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from apscheduler.executors.base import BaseExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from app.core.clock import Clock
from app.core.cron import trigger
from app.core.db import Database
from app.store import runs, settings, sources, ticks

log = structlog.get_logger(__name__)

_REFRESH_SECONDS = 60
_GRACE = timedelta(hours=1)
"""A tick that is later than this (the machine slept) is left out."""
_TICKS_KEPT = timedelta(days=7)


class _TickExecutor(BaseExecutor):  # type: ignore[misc]
    """Calls a job with the instant that it was due at, which names the tick; in the scheduler's own thread."""

    def _do_submit_job(self, job: Any, run_times: Sequence[datetime]) -> None:
        try:
            job.func(*job.args, run_times[-1])
        except Exception as error:
            log.exception("clock.fault", job=job.id)
            self._run_job_error(job.id, error)
        else:
            self._run_job_success(job.id, [])


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do again and again, by one of the clocks at each tick. `line` is a cron line."""

    name: str
    line: str
    work: Callable[[], None]


class SyncClock:
    """Fires the schedules of the sources table, in the deployment's zone; `read` makes a trigger of a line.

    `zone` is the environment's, and holds until an admin changes it. `jobs` are fired too.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        zone: str,
        read: Callable[[str, str], BaseTrigger] = trigger,
        jobs: Sequence[Job] = (),
    ) -> None:
        self._db = db
        self._clock = clock
        self._environment = zone
        self._zone = zone
        self._jobs = jobs
        self._read = read
        self._lines: dict[UUID, str] = {}
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": _TickExecutor()},
            job_defaults={
                "coalesce": True,
                "max_instances": 1,
                "misfire_grace_time": int(_GRACE.total_seconds()),
            },
            timezone=zone,
        )

    def start(self) -> None:
        """Begin to fire; schedules that change later are seen within a minute."""
        self.refresh()
        self._scheduler.add_job(lambda *_tick: self.refresh(), IntervalTrigger(seconds=_REFRESH_SECONDS), id="refresh")
        for job in self._jobs:
            when = self._read(job.line, self._zone)
            self._scheduler.add_job(lambda *tick, job=job: self.do(job, *tick), when, id=job.name)
        self._scheduler.start()

    def stop(self) -> None:
        """End, after what is being fired."""
        self._scheduler.shutdown(wait=True)

    def refresh(self) -> None:
        """Take the schedules over from the sources table."""
        with self._db.write() as connection:
            every = sources.every(connection)
            ticks.forget_before(connection, self._clock.now() - _TICKS_KEPT)
            zone = settings.changed(connection).get("timezone", self._environment)
        if zone != self._zone:
            self._zone = zone
            # No line is planned as it should be; whose source is gone is still known.
            self._lines = dict.fromkeys(self._lines, "")
        wanted = {source.id: source.schedule for source in every if source.enabled and source.schedule is not None}
        for source_id in self._lines.keys() - wanted.keys():
            self._forget(source_id)
        for source_id, line in wanted.items():
            if self._lines.get(source_id) != line:
                self._plan(source_id, line)

    def next_fire(self, source_id: UUID) -> datetime | None:
        """When a source is synced next, as far as its schedule goes."""
        line = self._lines.get(source_id)
        if line is None:
            return None
        due: datetime | None = self._read(line, self._zone).get_next_fire_time(None, self._clock.now())
        return due

    def fire(self, source_id: UUID, tick: datetime) -> None:
        """Claim a tick, and queue a run if it is ours and none is queued."""
        now = self._clock.now()
        with self._db.write() as connection:
            if not ticks.claim(connection, f"sync/{source_id}", tick):
                return
            source = sources.get(connection, source_id)
            if source is None or not source.enabled:
                return
            run = runs.queue(connection, source_id, mode="incremental", trigger="schedule", streams=None, now=now)
        log.info("clock.fired", source=str(source_id), tick=tick.isoformat(), queued=run is not None)

    def do(self, job: Job, tick: datetime) -> None:
        """Claim a tick of a job, and do it if it is ours."""
        with self._db.write() as connection:
            if not ticks.claim(connection, f"job/{job.name}", tick):
                return
        job.work()

    def _plan(self, source_id: UUID, line: str) -> None:
        try:
            when = self._read(line, self._zone)
        except ValueError as error:
            log.error("clock.unreadable", source=str(source_id), reason=str(error))  # noqa: TRY400 - its text says all
            self._forget(source_id)
            return
        # The tick comes from the executor, which the scheduler cannot know when it counts arguments.
        self._scheduler.add_job(
            lambda *tick: self.fire(source_id, *tick), when, id=str(source_id), replace_existing=True
        )
        self._lines[source_id] = line

    def _forget(self, source_id: UUID) -> None:
        if self._lines.pop(source_id, None) is not None:
            self._scheduler.remove_job(str(source_id))
