"""A worker in a process of its own, over the real connector and a database: made to be killed."""

import logging
import multiprocessing
import signal
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess

import structlog

from app.core.crypto import Keyring
from app.core.db import Database
from app.facts.dirty import build_dirty
from app.ingest.runner import Runner
from app.ingest.worker import Worker
from connectors.jira.connector import JiraConnector
from connectors.kit.retry import RetryPolicy
from tests.support.clock import ManualClock

DEAD_AFTER = timedelta(seconds=60)

_HASTY = RetryPolicy(attempts=3, first=0.005, longest=0.02)
"""Three attempts, or no burst would ever end a run; short pauses, or the soak would only wait."""

_processes = multiprocessing.get_context("forkserver")
# What a worker imports is imported once, so that each start costs a fork only.
_processes.set_forkserver_preload([__name__, "connectors.jira.client"])


def worker(db: Database, key: str, now: datetime) -> Worker:
    """A worker whose clock stands still."""
    runner = Runner(
        db,
        {"jira": JiraConnector(retry=_HASTY)},
        Keyring([key]),
        ManualClock(now),
        allowed_private_hosts=("127.0.0.1",),
    )
    return Worker(runner, build_dirty, heartbeat_every=0.05, dead_after=DEAD_AFTER)


def start(url: str, key: str, now: datetime) -> BaseProcess:
    """A process that takes one queued run; SIGTERM makes it stop as `prodops worker` does."""
    process = _processes.Process(target=_work, args=(url, key, now), daemon=True)
    process.start()
    return process


def _work(url: str, key: str, now: datetime) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    db = Database(url)
    ours = worker(db, key, now)
    signal.signal(signal.SIGTERM, lambda *_: ours.stop())
    ours.run_next()
    db.close()
