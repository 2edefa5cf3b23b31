"""`prodops demo`: a service with a generated organisation behind four sandboxes, read for the first time."""

import os
import socket
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import sleep
from typing import Annotated

import typer

from app.cli.demo_company import company, join_accounts, tell, tell_once
from app.cli.demo_digest import make_digests
from app.cli.demo_home import DemoHome, environment, open_home
from app.cli.demo_sources import ensure, wanted
from app.cli.migrate import database_up_to_date
from app.cli.processes import Child
from app.cli.reading import read_now
from app.cli.serve import run_service
from app.cli.session import Session
from app.core.clock import SystemClock
from app.core.db import Database
from app.ingest.report import STOPPED
from app.store import runs, tokens
from app.store.sources import Source
from connectors import sandboxes

_SEED = 7
_PATIENCE, _PAUSE = 120.0, 0.1
_INTERRUPTED = 130
"""What a shell calls the exit of a command that Ctrl-C ended."""


def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port of the service.")] = 8000,
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path(".demo"),
    items: Annotated[int, typer.Option(min=50, max=100_000, help="Items in a new demo's Jira.")] = 2_000,
    people: Annotated[int, typer.Option(min=10, max=1_000, help="People of a new demo's company.")] = 120,
) -> None:
    """Start everything on this machine: sandboxes of four tools, a first sync, the service. A second start is quick."""
    home = open_home(folder, SystemClock().now(), items=items, people=people)
    # The worker is another process and reads its settings from the environment.
    os.environ.update(environment(home, port))
    session = Session(as_json=False)
    served = _start_sandboxes(home)
    try:
        home = _prepare(session, home)
        run_service(session, "127.0.0.1", port, ready=lambda: _welcome(session, home, port))
    finally:
        served.stop()


def _start_sandboxes(home: DemoHome) -> Child:
    arguments = [
        "connectors.sandboxes",
        *("--ports", *(str(home.ports[tool]) for tool in sandboxes.TOOLS)),
        *("--seed", str(_SEED)),
        *("--items", str(home.items)),
        *("--people", str(home.people)),
        *("--generated-at", home.generated_at.isoformat()),
        "--until-input-ends",
    ]
    return Child("sandboxes", arguments, quiet=True)


def _prepare(session: Session, home: DemoHome) -> DemoHome:
    db = database_up_to_date(session)
    if home.viewer_token is None:
        with db.write() as connection:
            _, token = tokens.create(connection, name="demo viewer", role="viewer", now=session.clock.now())
        home = replace(home, viewer_token=token)
        home.save()
    asked, company_source = _register(session, db, home)
    facts = company(_SEED, home.people, home.generated_at)
    tell(session, db, company_source.id, facts)
    if not home.told:
        tell_once(session, db, asked[0].id, facts)
        make_digests(session, db, asked[sandboxes.TOOLS.index("slack")].id, facts)
        home = replace(home, told=True)
        home.save()
    _read(session, db, home, asked)
    db.close()
    return home


def _register(session: Session, db: Database, home: DemoHome) -> tuple[list[Source], Source]:
    """The sources of the sandboxes in the order of the tools, and the one that the company pushes to."""
    measured_since = home.generated_at.date() - timedelta(days=sandboxes.Sizes.beside(home.items).days)
    *asked, pushed = [ensure(session, db, one) for one in wanted(home.ports, measured_since)]
    return asked, pushed


def _read(session: Session, db: Database, home: DemoHome, asked: list[Source]) -> None:
    """Read for the first time what was never read to its end."""
    _end_runs(session, db)
    with db.read() as connection:
        read = runs.read_once(connection)
    unread = [one for one in asked if one.id not in read]
    _wait_for(session, home)
    if not unread:
        return
    session.say("Reading the sandboxes for the first time:")
    outcome = read_now(session, db, unread, mode="incremental", streams=None, console=session.console)
    if outcome.interrupted:
        session.say("Stopped: the next start goes on from here.")
        raise typer.Exit(_INTERRUPTED)
    for one, run in zip(unread, outcome.runs, strict=True):
        if run.status != "succeeded":
            session.say(f"[yellow]{one.name}: the first sync ended '{run.status}'; the next one goes on from there.[/]")
    join_accounts(session, db)


def _end_runs(session: Session, db: Database) -> None:
    """End what an earlier start left behind when it was killed: nobody else works on this folder's database."""
    now = session.clock.now()
    with db.write() as connection:
        for run in runs.latest(connection).values():
            if run.status == "queued":
                runs.cancel(connection, run.id, now)
        runs.reap(connection, silent_since=now, error=STOPPED, now=now)


def _wait_for(session: Session, home: DemoHome) -> None:
    for port in home.ports.values():
        for _ in range(round(_PATIENCE / _PAUSE)):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=2).close()
            except OSError:
                sleep(_PAUSE)
            else:
                break
        else:
            session.fail("The sandboxes did not start.", "Look at their messages above.", code=1)


def _welcome(session: Session, home: DemoHome, port: int) -> None:
    # By its name: over plain http browsers keep the session of no other.
    url = f"http://localhost:{port}"
    ask = f"curl -s -H 'Authorization: Bearer {home.viewer_token}'"
    session.say(f"\n[bold green]ProdOps Hub answers on {url}[/]   (stop it with Ctrl-C)\n")
    session.say(f"Viewer token: {home.viewer_token}\nAdmin token: {home.admin_token}\n\nTry:")
    for question in (
        "cycle_time?grain=month&group_by=team",
        "automation_rate?grain=total&group_by=tool",
        "adoption_rate?grain=week&group_by=tool",
        "throughput?grain=week&group_by=tool&shape=table&format=csv",
    ):
        typer.echo(f"  {ask} '{url}/api/v1/metrics/{question}'")
