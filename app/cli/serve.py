"""`prodops serve`: the API, the clock and a worker, as one command on one database."""

import os
import secrets
import socket
from base64 import b32encode
from collections.abc import Callable
from typing import Annotated, Any

import structlog
import typer
import uvicorn
from pydantic import SecretStr

from app.cli.migrate import database_up_to_date
from app.cli.processes import Child
from app.cli.session import Session
from app.core.crypto import new_key
from app.core.db import Database
from app.digest.deliver import Courier
from app.digest.workspace import Tools
from app.facts.read import FactsReader
from app.main import create_app
from app.schedule.alerts import look_at_alerts
from app.schedule.aside import Aside
from app.schedule.clock import Job, SyncClock
from app.schedule.coverage import write_down_coverage
from app.schedule.publish import publish
from app.schedule.retention import apply_retention
from app.store import users
from app.web.static import make_ready

log = structlog.get_logger(__name__)


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    dev: Annotated[bool, typer.Option(help="Do without PRODOPS_SECRET_KEYS: credentials end with it.")] = False,
) -> None:
    """Start the API, the clock and a worker; migrates the database first."""
    session = Session(as_json=False, service=True)
    if not session.settings.secret_keys:
        if not dev:
            session.fail(
                "No secret key is set: credentials could not be sealed.",
                "Set PRODOPS_SECRET_KEYS to the output of 'prodops keys new', or try --dev.",
            )
        # The worker is another process: it must open what the API sealed.
        os.environ["PRODOPS_SECRET_KEYS"] = new_key()
        session = Session(as_json=False, service=True)
        session.say("[yellow]--dev: credentials are sealed with a key that ends with this process.[/]")
    run_service(session, host, port)


def run_service(session: Session, host: str, port: int, *, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until a signal; `ready` is called once the API answers."""
    listening = _listen(session, host, port)
    db = database_up_to_date(session)
    if session.settings.min_group == 1:
        log.warning("privacy.small_groups_are_shown", remedy="Set PRODOPS_MIN_GROUP to 5 unless you mean it.")
    worker = Child("worker", ["app.cli", "worker", "--until-input-ends"])
    clock = SyncClock(db, session.clock, session.settings.timezone, jobs=_jobs(session, db))
    clock.start()
    setup_code = _setup_code(session, db)

    def started() -> None:
        # Beside everything else: the first page with a chart would wait for it.
        Aside("charts", make_ready)()
        ready()
        if setup_code is not None:
            address = f"http://localhost:{port}/welcome?code={setup_code.get_secret_value()}"
            session.say(f"Nobody has an account yet. Make the first one, an admin's, at:\n  {address}")

    try:
        _serve_api(session, db, listening, setup_code, started)
    finally:
        clock.stop()
        worker.stop()
        db.close()


def _jobs(session: Session, db: Database) -> list[Job]:
    reader = FactsReader(db)
    tools = Tools(session.clock, session.settings.keyring(), session.settings, session.mask.add)
    courier = Courier(db, reader, tools)
    return [
        Job("retention", "30 3 * * *", lambda: apply_retention(db, session.clock, session.settings)),
        Job("coverage", "55 * * * *", lambda: write_down_coverage(db, reader, session.clock, session.settings)),
        Job("views", "*/5 * * * *", Aside("views", lambda: publish(db, reader, session.clock, session.settings))),
        Job("alerts", "*/5 * * * *", lambda: look_at_alerts(db, reader, session.clock, session.settings)),
        # Each digest has a schedule and a zone of its own, which the courier looks at.
        Job("digests", "* * * * *", Aside("digests", courier.deliver_due)),
    ]


def _setup_code(session: Session, db: Database) -> SecretStr | None:
    """What the first-run wizard asks for, so that whoever reaches the service first does not take it."""
    with db.read() as connection:
        if not users.are_none(connection):
            return None
    # Letters and digits that nobody takes for each other, in groups: it may be typed from another screen.
    letters = b32encode(secrets.token_bytes(10)).decode()
    code = "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
    session.mask.add([code])
    return SecretStr(code)


def _serve_api(
    session: Session,
    db: Database,
    listening: socket.socket,
    setup_code: SecretStr | None,
    ready: Callable[[], None],
) -> None:
    app = create_app(session.settings, clock=session.clock, database=db, mask=session.mask.add, setup_code=setup_code)
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, date_header=True)
    _Server(config, ready).run(sockets=[listening])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            log.info("service.started", url=f"http://{host}:{port}")
            self._ready()


def _listen(session: Session, host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        session.fail(f"Port {port} of {host} cannot be used ({error.strerror}).", "Choose another with --port.", code=1)
    return listening
