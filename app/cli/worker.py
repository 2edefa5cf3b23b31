"""`prodops worker`: the process that syncs run in."""

import signal
import threading
from typing import Annotated

import typer

from app.cli.processes import when_parent_ends
from app.cli.runtime import new_worker
from app.cli.session import Session


def worker(
    concurrency: Annotated[int, typer.Option(min=1, max=32, help="How many sources are read at once.")] = 2,
    until_input_ends: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Run queued syncs until it is told to end. `prodops serve` starts one; more may run on other machines."""
    session = Session(as_json=False, service=True)
    db = session.database()
    workers = [new_worker(session, db) for _ in range(concurrency)]
    threads = [threading.Thread(target=one.run_forever, name=one.name) for one in workers]
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if until_input_ends:
        when_parent_ends(stop)
    for thread in threads:
        thread.start()
    stop.wait()
    for one in workers:
        one.stop()
    for thread in threads:
        thread.join()
    db.close()
