"""Reading sources now, in this process: all of them at once, with a bar for each."""

import signal
import threading
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from app.cli.runtime import new_worker
from app.cli.session import Session
from app.core.db import Database
from app.facts.dirty import build_dirty
from app.ingest.worker import Worker
from app.store import runs
from app.store.runs import Run
from app.store.sources import Source

_REFRESH = 0.2


@dataclass(frozen=True, slots=True)
class _Reading:
    """A source that is being read: its run, who works on it, and in which thread."""

    source: Source
    run: Run
    worker: Worker
    thread: threading.Thread


@dataclass(frozen=True, slots=True)
class Outcome:
    """The runs as they ended, in the order of the sources; `interrupted` where somebody pressed Ctrl-C."""

    runs: list[Run]
    interrupted: bool


def read_now(
    session: Session,
    db: Database,
    found: Sequence[Source],
    *,
    mode: str,
    streams: list[str] | None,
    console: Console | None,
) -> Outcome:
    """Read the sources in this process, each in a thread of its own, and build their facts.

    Shows the progress on the console, if any. An interrupt ends each run at its next page.
    """
    stopping = threading.Event()
    # Raised as an exception, an interrupt can hit a place that swallows it: here it is only noted.
    before = signal.signal(signal.SIGINT, lambda *_: stopping.set())
    try:
        readings = [_begin(session, db, source, mode=mode, streams=streams) for source in found]
        for reading in readings:
            reading.thread.start()
        _follow(db, readings, console, stopping)
        interrupted = stopping.is_set()
        if interrupted:
            _stop(readings)
    finally:
        signal.signal(signal.SIGINT, before)
    ended: list[Run] = []
    for reading in readings:
        with db.read() as connection:
            run = runs.get(connection, reading.run.id)
        if run is None:
            session.fail(f"The source '{reading.source.name}' was deleted while it was read.", code=1)
        ended.append(run)
    return Outcome(ended, interrupted)


def _stop(readings: Sequence[_Reading]) -> None:
    for reading in readings:
        reading.worker.stop()
    for reading in readings:
        reading.thread.join()


def _begin(session: Session, db: Database, source: Source, *, mode: str, streams: list[str] | None) -> _Reading:
    worker = new_worker(session, db)
    now = session.clock.now()
    with db.write() as connection:
        queued = runs.queue(connection, source.id, mode=mode, trigger="command", streams=streams, now=now)
        run = None if queued is None else runs.claim(connection, worker.name, now, only=queued.id)
        if run is None:
            session.fail(f"A sync of '{source.name}' is running or queued.", "Wait for its end, or cancel it.", code=1)
    return _Reading(source, run, worker, threading.Thread(target=worker.work_on, args=(run,), name=source.name))


def _follow(db: Database, readings: Sequence[_Reading], console: Console | None, stopping: threading.Event) -> None:
    """Until all are read and their facts are built, or somebody stops it."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    progress = None if console is None else Progress(*columns, console=console)
    with progress or nullcontext():
        bars: dict[TaskID, _Reading] = {}
        if progress is not None:
            bars = {progress.add_task(reading.source.name, total=None): reading for reading in readings}
        while any(reading.thread.is_alive() for reading in readings) and not stopping.is_set():
            for reading in readings:
                reading.thread.join(timeout=_REFRESH / len(readings))
            _show(progress, bars, db)
        _show(progress, bars, db)
        if stopping.is_set():
            return
        building = None if progress is None else progress.add_task("Building the facts", total=1)
        build_dirty(db)
        if progress is not None and building is not None:
            progress.update(building, completed=1)


def _show(progress: Progress | None, bars: dict[TaskID, _Reading], db: Database) -> None:
    if progress is None:
        return
    for bar, reading in bars.items():
        with db.read() as connection:
            run = runs.get(connection, reading.run.id)
        if run is None or run.progress is None:
            continue
        done, total = run.progress["done"], run.progress["total"]
        if run.status == "running":
            where = (run.progress["stream"], run.progress["scope"])
            text = " · ".join(part for part in (reading.source.name, *where) if part)
        else:
            text, total = f"{reading.source.name} · {run.status}", done
        progress.update(bar, description=text, completed=done, total=total)
