"""`prodops sync SOURCE`: read one source now, in this process, with a progress bar."""

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.cli.reading import read_now
from app.cli.session import AsJson, Session
from app.cli.sources import find_source
from app.store.runs import Run

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
    found = find_source(session, db, source)
    console = None if as_json else session.console
    (run,) = read_now(session, db, [found], mode=mode.value, streams=stream, console=console).runs
    db.close()
    if as_json:
        session.result(asdict(run), "")
    else:
        _show(session.console, run)
    raise typer.Exit(EXIT_CODES.get(run.status, 1))


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
