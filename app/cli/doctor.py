"""`prodops doctor`: what is wrong with this deployment, and what to do about it."""

import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Literal

import typer
from sqlalchemy.exc import DBAPIError

from app.cli.session import AsJson, Session
from app.core.crypto import SealError
from app.core.db import Database
from app.ingest import credentials
from app.store import runs, sources
from app.store.migrate import is_migrated

_LEAST_FREE_BYTES = 1 << 30
_LONGEST_WAIT = timedelta(minutes=10)
_COLOURS = {"ok": "green", "warning": "yellow", "error": "red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    status: Literal["ok", "warning", "error"]
    detail: str
    remedy: str = ""


def doctor(as_json: AsJson = False) -> None:
    """Look at settings, database, keys and queue; exit status 1 where something is wrong."""
    session = Session(as_json=as_json)
    findings = list(_findings(session))
    lines = (
        f"[{_COLOURS[finding.status]}]{finding.status:<8}[/] {finding.name}: {finding.detail} {finding.remedy}".rstrip()
        for finding in findings
    )
    session.result({"checks": [asdict(finding) for finding in findings]}, "\n".join(lines))
    if any(finding.status == "error" for finding in findings):
        raise typer.Exit(1)


def _findings(session: Session) -> Iterator[Finding]:
    settings = session.settings
    yield Finding("settings", "ok", f"zone {settings.timezone}, language {settings.locale}.")
    if settings.min_group == 1:
        yield Finding("privacy", "warning", "Small groups are shown.", "Set PRODOPS_MIN_GROUP to 5 unless you mean it.")
    if not settings.secret_keys:
        yield Finding("keys", "error", "No secret key is set.", "Set PRODOPS_SECRET_KEYS to 'prodops keys new'.")
    db = session.database(migrated=False)
    try:
        yield from _database(db)
        if is_migrated(db):
            yield from _sources(session, db)
            yield from _queue(session, db)
    finally:
        db.close()


def _database(db: Database) -> Iterator[Finding]:
    try:
        with db.read() as connection:
            connection.exec_driver_sql("SELECT 1")
    except DBAPIError as error:
        yield Finding(
            "database", "error", f"It cannot be reached ({type(error.orig).__name__}).", "Check PRODOPS_DATABASE_URL."
        )
        return
    if is_migrated(db):
        yield Finding("database", "ok", f"{db.url.get_backend_name()}, up to date.")
    else:
        yield Finding("database", "error", "Its tables are not this version's.", "Run 'prodops migrate'.")
    if db.sqlite_path is not None:
        free = shutil.disk_usage(db.sqlite_path.resolve().parent).free
        enough = free >= _LEAST_FREE_BYTES
        yield Finding(
            "disk",
            "ok" if enough else "warning",
            f"{free / 1e9:.1f} GB are free beside the database.",
            "" if enough else "Make room: a full disk stops every sync.",
        )


def _sources(session: Session, db: Database) -> Iterator[Finding]:
    keyring = session.settings.keyring()
    with db.read() as connection:
        every = sources.every(connection)
        sealed = {source.id: sources.credentials(connection, source.id) for source in every}
        latest = runs.latest(connection)
    for source in every:
        place = f"source '{source.name}'"
        try:
            if sealed[source.id] is not None:
                credentials.unseal(keyring, source.id, sealed[source.id] or b"")
        except SealError:
            yield Finding(place, "error", "Its credentials cannot be opened with these keys.", "Enter them again.")
            continue
        run = latest.get(source.id)
        if run is not None and run.status == "failed" and run.error is not None:
            yield Finding(place, "error", run.error["message"], run.error["remedy"])
        else:
            yield Finding(place, "ok", "not synced yet." if run is None else f"last run: {run.status}.")


def _queue(session: Session, db: Database) -> Iterator[Finding]:
    with db.read() as connection:
        waiting, _ = runs.page(connection, limit=1000, status=("queued",))
    late = [run for run in waiting if session.clock.now() - run.queued_at > _LONGEST_WAIT]
    if late:
        yield Finding(
            "queue", "error", f"{len(late)} runs wait for more than ten minutes.", "Start 'prodops serve' or 'worker'."
        )
    else:
        yield Finding("queue", "ok", f"{len(waiting)} runs wait.")
