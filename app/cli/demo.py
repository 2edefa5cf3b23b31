"""`prodops demo`: a service with a generated organisation behind a sandbox Jira, read for the first time."""

import os
from pathlib import Path
from time import sleep
from typing import Annotated
from urllib.request import urlopen
from uuid import uuid4

import typer
from pydantic import TypeAdapter

from app.cli.demo_home import DemoHome, environment, open_home
from app.cli.processes import Child
from app.cli.serve import run_service
from app.cli.session import Session
from app.cli.sync import run_now
from app.core.clock import SystemClock
from app.core.db import Database
from app.ingest import credentials
from app.store import runs, sources, tokens
from app.store.migrate import migrate
from connectors import registry

SOURCE = "Jira (demo)"
_SEED = 7
_PEOPLE = 60
_ATTEMPTS = 100


def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port of the service.")] = 8000,
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path(".demo"),
    items: Annotated[int, typer.Option(min=50, max=100_000, help="Size of a new demo's organisation.")] = 2_000,
) -> None:
    """Start everything on this machine: a sandbox Jira, a first sync, and the service. A second start is quick."""
    home = open_home(folder, SystemClock().now(), items)
    # The worker is another process and reads its settings from the environment.
    os.environ.update(environment(home))
    session = Session(as_json=False)
    sandbox = _start_sandbox(home)
    try:
        home = _prepare(session, home)
        run_service(session, "127.0.0.1", port, ready=lambda: _welcome(session, home, port))
    finally:
        sandbox.stop()


def _start_sandbox(home: DemoHome) -> Child:
    arguments = [
        "connectors.jira.sandbox",
        *("--port", str(home.sandbox_port)),
        *("--seed", str(_SEED)),
        *("--items", str(home.items)),
        *("--people", str(_PEOPLE)),
        *("--generated-at", home.generated_at.isoformat()),
        "--until-input-ends",
    ]
    return Child("sandbox", arguments, quiet=True)


def _prepare(session: Session, home: DemoHome) -> DemoHome:
    db = session.database(migrated=False)
    migrate(db, session.clock.now())
    _wait_for(session, home)
    source = _source(session, db, home)
    if home.viewer_token is None:
        with db.write() as connection:
            _, token = tokens.create(connection, name="demo viewer", role="viewer", now=session.clock.now())
        home = home.with_viewer(token)
        home.save()
    with db.read() as connection:
        latest = runs.latest(connection).get(source.id)
    if latest is None or latest.status != "succeeded":
        session.say("Reading the sandbox Jira for the first time:")
        run = run_now(session, db, source, mode="incremental", streams=None, console=session.console)
        if run.status != "succeeded":
            session.say(f"[yellow]The first sync ended '{run.status}'; the next one goes on from there.[/]")
    db.close()
    return home


def _source(session: Session, db: Database, home: DemoHome) -> sources.Source:
    connector = registry.load().connectors["jira"]
    given = {"kind": "api_token", "email": "sync@example.test", "token": "fake-api-token"}
    config = connector.Config.model_validate({"base_url": home.sandbox_url}).model_dump(mode="json")
    now = session.clock.now()
    with db.write() as connection:
        found = sources.get_by_name(connection, SOURCE)
        if found is not None:
            sources.update_source(connection, found.id, {"config": config})
            return found
        source = sources.Source(
            id=uuid4(),
            connector="jira",
            tool=connector.tool,
            name=SOURCE,
            config=config,
            schedule="*/5 * * * *",
            created_at=now,
            updated_at=now,
        )
        sources.insert_source(connection, source)
        model = TypeAdapter(connector.Credentials).validate_python(given)
        sealed = credentials.seal(session.settings.keyring(), source.id, model)
        sources.set_credentials(connection, source.id, sealed, set_at=now, hint="sync@example.test")
        return source


def _wait_for(session: Session, home: DemoHome) -> None:
    for _ in range(_ATTEMPTS):
        try:
            with urlopen(f"{home.sandbox_url}/rest/api/2/serverInfo", timeout=2):  # noqa: S310 - our own sandbox
                return
        except OSError:
            sleep(0.1)
    session.fail("The sandbox Jira did not start.", "Look at its messages above.", code=1)


def _welcome(session: Session, home: DemoHome, port: int) -> None:
    url = f"http://127.0.0.1:{port}"
    ask = f"curl -s -H 'Authorization: Bearer {home.viewer_token}'"
    session.say(f"\n[bold green]ProdOps Hub answers on {url}[/]   (stop it with Ctrl-C)\n")
    session.say(f"Viewer token: {home.viewer_token}\n\nTry:")
    for question in (
        "cycle_time?grain=month&group_by=project",
        "time_in_status?grain=total",
        "throughput?grain=week&shape=table&format=csv",
    ):
        typer.echo(f"  {ask} '{url}/api/v1/metrics/{question}'")
