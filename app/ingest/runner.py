"""Runs one sync of one source, from its credentials to its outcome."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta, tzinfo
from functools import cache, partial
from typing import Any

import structlog
from pydantic import TypeAdapter, ValidationError

from app.core.clock import Clock
from app.core.crypto import Keyring, SealError
from app.core.db import Database
from app.ingest import credentials, identity
from app.ingest.census import take_census
from app.ingest.interrupt import Interrupt, Interrupted
from app.ingest.listing import read_listing
from app.ingest.report import STOPPED, Problem, StreamReport, instant, outcome, problem, told
from app.ingest.selection import Selected, select
from app.ingest.session import Session, StateChange
from app.ingest.walk import read_walk, scope_id
from app.ingest.write import Writer
from app.store import runs, sources, states, version
from app.store.runs import Run, RunLostError
from app.store.sources import Source
from connectors.kit.connector import Access, Connector, NoCredentials
from connectors.kit.errors import AuthError, ConfigError, ConnectorError, NotOffered, RateLimited
from connectors.kit.hosts import HostPolicy
from connectors.kit.redaction import secrets_of
from connectors.kit.stream import Scope

_GIVE_UP_AFTER = 3
"""Streams in a row that a vendor fails to answer for before the others are left to the next run."""

_WORTH_TELLING = 3.0
"""Shorter waits of a run, in seconds, are over before somebody reads of them."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Runner:
    """Everything that runs have in common."""

    db: Database
    connectors: Mapping[str, Connector]
    keyring: Keyring
    clock: Clock
    allowed_private_hosts: tuple[str, ...] = ()
    mask: Callable[[Iterable[str]], None] = field(default=lambda secrets: None)
    """Told every secret before it is used, so that no log shows it."""
    between_pages: Callable[[], None] = field(default=lambda: None)
    """Called after each committed page."""
    zone: tzinfo = UTC
    """The deployment's zone, whose midnights a directory's dates are."""

    def run(self, run: Run, interrupt: Interrupt) -> None:
        """Read the source of a run that this process has claimed, and store how it ended. Never raises for a
        vendor's fault or our own; a run that was given up meanwhile is left as it is.
        """
        reports: dict[str, StreamReport] = {}
        try:
            try:
                status, error = self._read(run, interrupt, reports)
                identity.settle(self.db, zone=self.zone, now=self.clock.now())
            except ConnectorError as fault:
                status, error = ("incomplete" if fault.kind == "transient" else "failed"), problem(fault)
            except Interrupted as interrupted:
                status, error = self._interrupted(interrupted, reports)
            except RunLostError:
                raise
            except Exception:
                trace = secrets.token_hex(8)
                log.exception("run.bug", run=str(run.id), trace=trace)
                status, error = "failed", _bug(trace)
            self._finish(run, status, error, reports)
        except RunLostError:
            log.warning("run.lost", run=str(run.id))

    def _read(self, run: Run, interrupt: Interrupt, reports: dict[str, StreamReport]) -> tuple[str, Problem | None]:
        with self.db.read() as connection:
            source = sources.get(connection, run.source_id)
            sealed = sources.credentials(connection, run.source_id)
            stored = states.of_source(connection, run.source_id)
        if source is None:
            raise RunLostError
        connector = self.connectors.get(source.connector)
        if connector is None:
            raise ConfigError(
                f"The connector '{source.connector}' is not installed.", "Install it, or delete the source."
            )
        chosen = select(connector.streams, source.streams, run.requested_streams)
        reports |= {name: StreamReport(name) for selected in chosen for name in selected.names}
        access = self._access(source, connector, sealed, partial(self._sleep, run, interrupt))
        with connector.open(access) as api:
            session = Session(
                db=self.db,
                source=source,
                run=run,
                api=api,
                writer=Writer(
                    source.id,
                    now=self.clock.now,
                    keyring=self.keyring,
                    lists={
                        selected.stream.emits
                        for selected in select(connector.streams, source.streams)
                        if selected.stream.listing
                    },
                ),
                interrupt=interrupt,
                now=self.clock.now,
                started=run.started_at or self.clock.now(),
                states=stored,
                reports=reports,
                scopes=_once(lambda: connector.scopes(api)),
                between_pages=self.between_pages,
            )
            failures = 0
            for selected in chosen:
                if not self._read_stream(session, selected):
                    break
                failures = failures + 1 if reports[selected.stream.name].status == "incomplete" else 0
                if failures == _GIVE_UP_AFTER:
                    break
        for report in reports.values():
            report.end("skipped" if report.status == "queued" else "succeeded")
        return outcome(list(reports.values()))

    def _read_stream(self, session: Session, selected: Selected) -> bool:
        """Read one stream with its children; whether others can be read behind it."""
        stream = selected.stream
        mine = [session.reports[name] for name in selected.names]
        for report in mine:
            report.status = "running"
        try:
            _respect_pause(session, selected)
            if stream.listing:
                read_listing(session, selected)
            else:
                _walk(session, selected)
        except (Interrupted, RunLostError):
            raise
        except ConnectorError as error:
            if isinstance(error, NotOffered) or (stream.optional and isinstance(error, AuthError | ConfigError)):
                for report in mine:
                    report.status, report.error = "skipped", problem(error)
                return True
            for report in mine:
                report.fail(error)
            if isinstance(error, RateLimited) and error.retry_at is not None:
                session.commit((), [StateChange(stream.name, "", {"retry_at": error.retry_at})])
            return not isinstance(error, AuthError)
        except Exception:
            trace = secrets.token_hex(8)
            log.exception("run.bug", run=str(session.run.id), trace=trace)
            for report in mine:
                report.status, report.error = "failed", _bug(trace)
        for report in mine:
            report.end()
        return True

    def _access(
        self, source: Source, connector: Connector, sealed: bytes | None, sleep: Callable[[float], None]
    ) -> Access:
        config = _config(connector, source)

        def save(changed: Any) -> None:
            self.mask(secrets_of(changed))
            with self.db.write() as connection:
                sources.set_credentials(connection, source.id, credentials.seal(self.keyring, source.id, changed))

        return Access(
            config=config,
            credentials=self._credentials(source, connector, sealed),
            hosts=HostPolicy(connector.hosts(config), self.allowed_private_hosts),
            now=self.clock.now,
            sleep=sleep,
            save_credentials=save,
        )

    def _sleep(self, run: Run, interrupt: Interrupt, seconds: float) -> None:
        if seconds >= _WORTH_TELLING:
            with self.db.write() as connection:
                runs.waits(connection, run, instant(self.clock.now() + timedelta(seconds=seconds)))
        interrupt.sleep(seconds)

    def _credentials(self, source: Source, connector: Connector, sealed: bytes | None) -> Any:
        if connector.Credentials is NoCredentials:
            return NoCredentials()
        if sealed is None:
            raise AuthError("The source has no credentials.", "Enter them.")
        try:
            given = credentials.open_sealed(self.keyring, source.id, connector, sealed)
        except SealError as error:
            raise AuthError(f"The stored credentials cannot be opened. {error}", "Enter them again.") from error
        self.mask(secrets_of(given))
        return given

    def _interrupted(self, interrupted: Interrupted, reports: Mapping[str, StreamReport]) -> tuple[str, Problem | None]:
        if interrupted.why == "lost":
            raise RunLostError
        cancelled = interrupted.why == "cancelled"
        for report in reports.values():
            if report.status == "running":
                report.status = "cancelled" if cancelled else "incomplete"
                report.error = None if cancelled else STOPPED
            report.end("skipped")
        return ("cancelled", None) if cancelled else ("incomplete", STOPPED)

    def _finish(self, run: Run, status: str, error: Problem | None, reports: Mapping[str, StreamReport]) -> None:
        for report in reports.values():
            report.end("skipped" if report.status == "queued" else "incomplete")
        now = self.clock.now()
        with self.db.write() as connection:
            runs.finish(connection, run, status=status, streams=told(list(reports.values())), error=error, now=now)
            # Freshness is part of every answer.
            version.bump(connection, now)
        log.info("run.finished", run=str(run.id), source=str(run.source_id), status=status)


def _walk(session: Session, selected: Selected) -> None:
    complete = read_walk(session, selected)
    if not selected.stream.scoped:
        return
    scopes = session.scopes()
    read = {scope_id(scope) for scope in scopes}
    take_census(session, selected, complete, read)

    def forget(connection: Any) -> int:
        for name in selected.names:
            states.keep_scopes(connection, session.source.id, name, read)
        return 0

    session.commit(also=forget)


def _respect_pause(session: Session, selected: Selected) -> None:
    """Raises RateLimited where the vendor asked not to be asked yet."""
    retry_at = session.state(selected.stream, "").retry_at
    if retry_at is not None and retry_at > session.now():
        raise RateLimited("The vendor asked for a pause.", "Nothing to do: it goes on then.", retry_at)


def _config(connector: Connector, source: Source) -> Any:
    try:
        return TypeAdapter(connector.Config).validate_python(dict(source.config))
    except ValidationError as error:
        places = ", ".join(".".join(str(part) for part in fault["loc"]) for fault in error.errors())
        raise ConfigError(f"The source's settings are not valid: {places}.", "Correct them.") from error


def _once(read: Callable[[], Iterable[Scope]]) -> Callable[[], list[Scope]]:
    return cache(lambda: list(read()))


def _bug(trace: str) -> Problem:
    """A fault of ours; the trace id leads from the answer to the log, which alone holds the exception."""
    return {
        "kind": "bug",
        "message": f"The service met a fault of its own (trace {trace}).",
        "remedy": "Look for the trace in the log, and report it.",
    }
