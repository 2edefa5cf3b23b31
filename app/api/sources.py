"""`/api/v1/sources`: registered accounts of vendors. Credentials are written, never read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any
from uuid import UUID, uuid4

from anyio.to_thread import run_sync
from fastapi import Body, Query, Response
from sqlalchemy import Connection

from app.api import vendors
from app.api.paging import Page, ThePage
from app.api.routing import needs, router
from app.api.schemas import SourceId
from app.api.service import Act, Service, TheAct, TheCreation, TheService
from app.api.source_schemas import (
    CheckIn,
    CheckOut,
    Checks,
    CredentialsOut,
    Deleted,
    ScopeOut,
    Source,
    SourceChange,
    SourceIn,
    Status,
)
from app.core.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from app.store import facts, items, runs, sources, states, version
from connectors.kit.connector import Access, Check, Connector
from connectors.kit.errors import ConnectorError, Transient
from connectors.kit.redaction import secrets_of

routes = router("/api/v1/sources", "sources")
Row = sources.Source
_MANY = 100_000


class UnconfirmedError(InvalidError):
    """A deletion that does not name what it deletes; the problem's `goes_with` counts it."""

    def __init__(self, detail: str, goes_with: Mapping[str, int]) -> None:
        super().__init__(detail, errors=[{"loc": ["query", "confirm"], "msg": "The source's name is needed."}])
        self._goes_with = dict(goes_with)

    def body(self, instance: str) -> dict[str, Any]:
        """The problem with what goes with the source."""
        return {**super().body(instance), "goes_with": self._goes_with}


@routes.post(
    "", status_code=201, response_model=Source, summary="Register a source", **needs("admin", 400, 409, 413, 415, 503)
)
def create_source(body: SourceIn, creating: TheCreation, service: TheService) -> Response:
    connector = vendors.connector_of(service, body.connector)
    config = vendors.read_config(connector, body.config)
    given = vendors.read_credentials(service, connector, body.credentials)
    _check_streams(connector, body.streams)
    with creating.begin() as creation:
        if creation.earlier is not None:
            return creation.earlier
        row = Row(
            id=uuid4(),
            connector=connector.kind,
            tool=connector.tool_name(config),
            name=body.name,
            config=config.model_dump(mode="json"),
            schedule=body.schedule,
            start_date=body.start_date,
            streams=None if body.streams is None else tuple(body.streams),
            enabled=body.enabled,
            created_at=creation.now,
            updated_at=creation.now,
        )
        with _name_free():
            sources.insert_source(creation.connection, row)
        if vendors.needs_credentials(connector):
            _store_credentials(creation, service, row.id, given)
        creation.audit("source.create", f"source:{row.id}", name=row.name, connector=row.connector)
        version.bump(creation.connection, creation.now)
        return creation.answer(201, _Shown(creation.connection).source(_found(creation.connection, row.id), service))


@routes.get("", summary="Sources, by name", **needs("admin"))
def list_sources(paging: ThePage, service: TheService) -> Page[Source]:
    with service.database.read() as connection:
        shown = _Shown(connection)
        every = [shown.source(row, service) for row in sources.every(connection)]
    return paging.cut("sources", every, lambda source: source.name)


@routes.post(
    "/check", summary="Test a source before it is saved; nothing is stored", **needs("admin", 400, 413, 415, 503)
)
async def check_unsaved(body: CheckIn, service: TheService) -> Checks:
    connector = vendors.connector_of(service, body.connector)
    config = vendors.read_config(connector, body.config)
    given = vendors.read_credentials(service, connector, body.credentials)
    return await _checked(partial(connector.check, vendors.access(service, connector, config, given)))


@routes.get("/{source_id}", summary="One source", **needs("admin", 404))
def read_source(source_id: SourceId, service: TheService) -> Source:
    with service.database.read() as connection:
        return _Shown(connection).source(_found(connection, source_id), service)


@routes.patch("/{source_id}", summary="Change a source", **needs("admin", 400, 404, 409, 413, 415, 503))
def change_source(source_id: SourceId, body: SourceChange, acting: TheAct, service: TheService) -> Source:
    with acting.begin() as act:
        row = _locked(act.connection, source_id)
        connector = _connector(service, row)
        changes = {name: getattr(body, name) for name in body.model_fields_set - {"config", "credentials"}}
        if "streams" in changes:
            _check_streams(connector, body.streams)
        if body.config is not None:
            config = vendors.read_config(connector, body.config)
            changes |= {"config": config.model_dump(mode="json"), "tool": connector.tool_name(config)}
            _keep_credentials_at_home(connector, row, config, body)
        changed = {name: value for name, value in changes.items() if value != _plain(getattr(row, name))}
        if changed.keys() & {"config", "start_date", "streams"}:
            _refuse_while_running(act.connection, source_id)
            states.forget_cursors(act.connection, source_id)
        if body.credentials is not None:
            _store_credentials(act, service, source_id, vendors.read_credentials(service, connector, body.credentials))
        if changed:
            with _name_free():
                sources.update_source(act.connection, source_id, {**changed, "updated_at": act.now})
        if changed or body.credentials is not None:
            fields = sorted({*changed, *(["credentials"] if body.credentials is not None else [])})
            act.audit("source.change", f"source:{source_id}", name=row.name, fields=fields)
            version.bump(act.connection, act.now)
        return _Shown(act.connection).source(_found(act.connection, source_id), service)


@routes.delete(
    "/{source_id}",
    summary="Delete a source with all that was read from it",
    description="Without `confirm` nothing is deleted, and the problem's `goes_with` says what would be.",
    **needs("admin", 404, 409),
)
def delete_source(
    source_id: SourceId,
    acting: TheAct,
    confirm: Annotated[str | None, Query(description="The source's name, to show that it is meant.")] = None,
) -> Deleted:
    with acting.begin() as act:
        row = _locked(act.connection, source_id)
        goes_with = items.goes_with(act.connection, source_id)
        if confirm != row.name:
            counted = ", ".join(f"{count} {noun.replace('_', ' ')}" for noun, count in goes_with.items())
            raise UnconfirmedError(
                f"This deletes the source with {counted or 'nothing else'}: repeat it with its name as 'confirm'.",
                goes_with,
            )
        _refuse_while_running(act.connection, source_id)
        facts.forget_source(act.connection, source_id)
        sources.delete_source(act.connection, source_id)
        act.audit("source.delete", f"source:{source_id}", name=row.name, deleted=goes_with)
        version.bump_access(act.connection)
        version.bump(act.connection, act.now)
    return Deleted(deleted=goes_with)


@routes.post("/{source_id}/check", summary="Test a source as it is saved", **needs("admin", 404, 409, 503))
async def check_saved(source_id: SourceId, service: TheService) -> Checks:
    return await _checked(
        await run_sync(_with_access, service, source_id, lambda connector, access: connector.check(access))
    )


@routes.put(
    "/{source_id}/credentials",
    summary="Replace the credentials; what was read stays",
    **needs("admin", 400, 404, 413, 415, 503),
)
def replace_credentials(
    source_id: SourceId,
    body: Annotated[dict[str, Any], Body(description="What the connector's `credentials` schema asks for.")],
    acting: TheAct,
    service: TheService,
) -> CredentialsOut:
    with acting.begin() as act:
        row = _locked(act.connection, source_id)
        connector = _connector(service, row)
        if not vendors.needs_credentials(connector):
            raise InvalidError.at(["body"], f"Sources of the connector '{connector.kind}' have no credentials.")
        given = vendors.read_credentials(service, connector, body)
        hint = _store_credentials(act, service, source_id, given)
        act.audit("source.credentials", f"source:{source_id}", name=row.name)
        return CredentialsOut(set_at=act.now, hint=hint)


@routes.get(
    "/{source_id}/scopes", summary="What the vendor offers to read, for choosing", **needs("admin", 404, 409, 503)
)
async def list_scopes(source_id: SourceId, paging: ThePage, service: TheService) -> Page[ScopeOut]:
    try:
        found = await vendors.bounded(await run_sync(_with_access, service, source_id, _offered))
    except Transient as error:
        raise UnavailableError(f"{error.message} {error.remedy}".strip()) from error
    except ConnectorError as error:
        raise ConflictError(f"{error.message} {error.remedy}".strip()) from error
    return paging.cut("scopes", found, lambda scope: f"{scope.name} {scope.external_id}")


def _check(connector: Connector, access: Access) -> Sequence[Check]:
    return connector.check(access)


def _offered(connector: Connector, access: Access) -> list[ScopeOut]:
    with connector.open(access) as api:
        chosen = {scope.external_id for scope in connector.scopes(api)}
        return [
            ScopeOut(
                external_id=scope.external_id,
                key=scope.key,
                name=scope.name,
                items=scope.items,
                members=scope.members,
                chosen=scope.external_id in chosen,
            )
            for scope in connector.offered_scopes(api)
        ]


def _with_access(service: Service, source_id: UUID, work: Callable[[Connector, Access], Any]) -> Callable[[], Any]:
    """Work that asks the vendor of a saved source, ready to be run."""
    with service.database.read() as connection:
        row = _found(connection, source_id)
        stored = sources.credentials(connection, source_id)
    connector = _connector(service, row)
    config = vendors.read_config(connector, row.config)
    given = vendors.opened(service, source_id, connector, stored)

    def save(changed: Any) -> None:
        service.mask(secrets_of(changed))
        with service.database.write() as connection:
            sources.set_credentials(connection, source_id, vendors.sealed(service.keyring, source_id, changed))

    return lambda: work(connector, vendors.access(service, connector, config, given, save))


async def _checked(check: Callable[[], Sequence[Check]]) -> Checks:
    try:
        found = await vendors.bounded(check)
    except UnavailableError as error:
        found = [Check("reachable", "error", error.detail, "Check the address and that this machine can reach it.")]
    return Checks(
        ok=all(check.status != "error" for check in found),
        checks=[CheckOut(name=one.name, status=one.status, detail=one.detail, remedy=one.remedy) for one in found],
    )


class _Shown:
    """Sources as they are shown, with what else is known of all of them."""

    def __init__(self, connection: Connection) -> None:
        self._newest = runs.latest(connection)
        self._running = _running(connection)
        self._complete = states.complete_until(connection)

    def source(self, row: Row, service: Service) -> Source:
        """One of them."""
        stored = None
        if row.credentials_set_at is not None:
            stored = CredentialsOut(set_at=row.credentials_set_at, hint=row.credentials_hint)
        return Source(
            id=row.id,
            connector=row.connector,
            tool=row.tool,
            name=row.name,
            config=dict(row.config),
            schedule=row.schedule,
            start_date=row.start_date,
            streams=None if row.streams is None else list(row.streams),
            enabled=row.enabled,
            status=self._status(row, service),
            credentials=stored,
            complete_until=self._complete.get(row.id),
            created_at=row.created_at,
            updated_at=row.updated_at,
        )

    def _status(self, row: Row, service: Service) -> Status:
        newest = self._newest.get(row.id)
        if row.id in self._running:
            return "syncing"
        if newest is not None and newest.status == "queued":
            return "queued"
        if not row.enabled:
            return "paused"
        if newest is not None:
            ended: dict[str, Status] = {"succeeded": "ok", "incomplete": "incomplete", "failed": "failed"}
            return ended.get(newest.status, "cancelled")
        connector = service.registry.connectors.get(row.connector)
        return "ok" if connector is not None and not connector.streams else "never_synced"


def _found(connection: Connection, source_id: UUID) -> Row:
    row = sources.get(connection, source_id)
    if row is None:
        raise NotFoundError("There is no source with this id.")
    return row


def _locked(connection: Connection, source_id: UUID) -> Row:
    sources.lock(connection, source_id)
    return _found(connection, source_id)


def _connector(service: Service, row: Row) -> Connector:
    connector = service.registry.connectors.get(row.connector)
    if connector is None:
        raise ConflictError(f"The connector '{row.connector}' is not installed any more: install it again.")
    return connector


def _check_streams(connector: Connector, wanted: Sequence[str] | None) -> None:
    known = [stream.name for stream in connector.streams]
    for place, name in enumerate(wanted or ()):
        if name not in known:
            listed = ", ".join(known) or "none"
            raise InvalidError.at(["body", "streams", place], f"There is no stream '{name}'; there are: {listed}.")


def _keep_credentials_at_home(connector: Connector, row: Row, config: Any, body: SourceChange) -> None:
    """Stored credentials never go to a host that they were not entered for."""
    if row.credentials_set_at is None or body.credentials is not None:
        return
    before = vendors.read_config(connector, row.config)
    if sorted(connector.hosts(config)) != sorted(connector.hosts(before)):
        raise InvalidError.at(
            ["body", "credentials"], "The address changes to another host: send the credentials for it too."
        )


def _refuse_while_running(connection: Connection, source_id: UUID) -> None:
    if source_id in _running(connection):
        raise ConflictError("A sync of this source is running: cancel it or wait for its end.")


def _running(connection: Connection) -> set[UUID]:
    found, _ = runs.page(connection, limit=_MANY, status=("running",))
    return {run.source_id for run in found}


def _store_credentials(act: Act, service: Service, source_id: UUID, given: Any) -> str:
    hint = vendors.hint_of(given)
    stored = vendors.sealed(service.keyring, source_id, given)
    sources.set_credentials(act.connection, source_id, stored, set_at=act.now, hint=hint)
    return hint


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@contextmanager
def _name_free() -> Iterator[None]:
    try:
        yield
    except sources.NameTakenError as error:
        raise ConflictError("Another source has this name: choose another.") from error
