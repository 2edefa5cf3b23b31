"""`prodops sync SOURCE`: read one source now, in this process, with a progress bar."""

import threading
from collections.abc import Callable
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.cli.runtime import new_worker
from app.cli.session import AsJson, Session
from app.core.db import Database
from app.facts.dirty import build_dirty
from app.store import runs, sources
from app.store.runs import Run
from app.store.sources import Source

EXIT_CODES = {"succeeded": 0, "incomplete": 3, "cancelled": 4}
"""Any other end is 1: a person has to act."""

_COLOURS = {"succeeded": "green", "incomplete": "yellow"}


class Mode(StrEnum):
    """How much is read."""

    incremental = "incremental"
    full = "full"


def sync(
    source: Annotated[str, typer.Argument(help="The source's name or id.")],
    mode: Annotated[Mode, typer.Option(help="'full' reads everything again and applies every deletion.")] = (
        Mode.incremental
    ),
    stream: Annotated[list[str] | None, typer.Option(help="Only this stream; may be repeated.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read a source now. Exit status: 0 all read, 3 incomplete (heals by itself), 4 cancelled, 1 a person must act."""
    session = Session(as_json=as_json)
    db = session.database()
    found = _source(session, db, source)
    run = run_now(session, db, found, mode=mode.value, streams=stream, console=None if as_json else session.console)
    db.close()
    if as_json:
        session.result(asdict(run), "")
    else:
        _show(session.console, run)
    raise typer.Exit(EXIT_CODES.get(run.status, 1))


def run_now(
    session: Session, db: Database, source: Source, *, mode: str, streams: list[str] | None, console: Console | None
) -> Run:
    """Run a sync of the source in this process and build its facts; shows its progress on the console, if any."""
    worker = new_worker(session, db)
    now = session.clock.now()
    with db.write() as connection:
        queued = runs.queue(connection, source.id, mode=mode, trigger="command", streams=streams, now=now)
        run = None if queued is None else runs.claim(connection, worker.name, now, only=queued.id)
        if run is None:
            session.fail(f"A sync of '{source.name}' is running or queued.", "Wait for its end, or cancel it.", code=1)

    def work() -> None:
        worker.work_on(run)
        build_dirty(db)

    thread = threading.Thread(target=work, name="sync")
    thread.start()
    try:
        _follow(db, run.id, thread, console)
    except KeyboardInterrupt:
        worker.stop()
        thread.join()
    with db.read() as connection:
        ended = runs.get(connection, run.id)
    if ended is None:
        session.fail("The source was deleted while it was read.", code=1)
    return ended


def _follow(db: Database, run_id: UUID, thread: threading.Thread, console: Console | None) -> None:
    if console is None:
        thread.join()
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Reading", total=None)
        while thread.is_alive():
            thread.join(timeout=0.2)
            _update(progress.update, task, db, run_id)
        _update(progress.update, task, db, run_id)


def _update(update: Callable[..., Any], task: Any, db: Database, run_id: UUID) -> None:
    with db.read() as connection:
        run = runs.get(connection, run_id)
    if run is None or run.progress is None:
        return
    where = " · ".join(part for part in (run.progress["stream"], run.progress["scope"]) if part)
    if run.status != "running":
        where = "Building the facts"
    update(task, description=where or "Reading", completed=run.progress["done"], total=run.progress["total"])


def _source(session: Session, db: Database, text: str) -> Source:
    with db.read() as connection:
        found = sources.get_by_name(connection, text)
        if found is None:
            try:
                found = sources.get(connection, UUID(text))
            except ValueError:
                found = None
        known = ", ".join(f"'{one.name}'" for one in sources.every(connection))
    if found is None:
        session.fail(f"There is no source '{text}'.", f"There are: {known or 'none yet'}.")
    return found


def _show(console: Console, run: Run) -> None:
    table = Table("stream", "end", "read", "written", "unchanged", "deleted", "set aside", "remark", box=None)
    for stream in run.streams or []:
        remark = "" if stream["error"] is None else stream["error"]["message"]
        counts = (str(stream[name]) for name in ("read", "written", "unchanged", "deleted", "rejected"))
        table.add_row(stream["stream"], stream["status"], *counts, remark)
    console.print(table)
    console.print(f"[{_COLOURS.get(run.status, 'red')}]{run.status}[/]", highlight=False)
    if run.error is not None:
        console.print(f"{run.error['message']} {run.error['remedy']}", highlight=False)
