"""`/api/v1/digests`: what is posted to Slack, when, and what became of it."""

import base64
from datetime import UTC, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Response

from app.api.digest_schemas import Delivery, Digest, DigestChange, DigestIn, Image, Preview, SendIn, Sent
from app.api.paging import Page, ThePage
from app.api.routing import needs, router
from app.api.service import Act, Service, TheAct, TheCreation, TheService
from app.core.cron import trigger
from app.core.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from app.digest import due
from app.digest.amounts import main_measure
from app.digest.deliver import Courier, told
from app.digest.workspace import KIND, Tools
from app.metrics.query import metric_named
from app.store import digests, sources, teams
from connectors.kit.errors import ConnectorError, Transient

routes = router("/api/v1/digests", "digests")
_NOBODY = frozenset({"channel_not_found", "user_not_found", "users_not_found", "messages_tab_disabled"})
"""What Slack says of a member whom the app cannot write to."""
DigestId = Annotated[UUID, Path(description="A digest's id.")]


@routes.get("", summary="Digests, by name", **needs("editor"))
def list_digests(paging: ThePage, service: TheService) -> Page[Digest]:
    with service.database.read() as connection:
        failures = digests.failures(connection)
    return paging.read("digests", digests.page, lambda row: _shown(dict(row), failures, service))


@routes.post("", status_code=201, response_model=Digest, summary="Make a digest", **needs("editor", 400, 409, 413, 415))
def create_digest(body: DigestIn, service: TheService, creating: TheCreation) -> Response:
    values = body.model_dump()
    values["timezone"] = values["timezone"] or service.settings.timezone
    values["locale"] = values["locale"] or service.settings.locale
    with creating.begin() as creation:
        if creation.earlier is not None:
            return creation.earlier
        _check(creation, values)
        _refuse_taken(creation, body.name, None)
        digest_id = digests.create(creation.connection, _stored(values), creation.now)
        creation.audit("digest.create", f"digest:{digest_id}", name=body.name, channel=body.channel)
        return creation.answer(201, _read(creation, digest_id, service))


@routes.get("/{digest_id}", summary="One digest", **needs("editor", 404))
def read_digest(digest_id: DigestId, service: TheService) -> Digest:
    with service.database.read() as connection:
        row, failures = digests.get(connection, digest_id), digests.failures(connection)
    if row is None:
        raise _unknown()
    return _shown(dict(row), failures, service)


@routes.patch("/{digest_id}", summary="Change a digest", **needs("editor", 400, 404, 409, 413, 415))
def change_digest(digest_id: DigestId, body: DigestChange, service: TheService, acting: TheAct) -> Digest:
    given = {name: value for name, value in body.model_dump().items() if name in body.model_fields_set}
    for name in sorted(given.keys() - {"muted_until"}):
        if given[name] is None:
            raise InvalidError.at(["body", name], "This cannot be null.")
    if given.get("muted_until") is not None and given["muted_until"].tzinfo is None:
        raise InvalidError.at(["body", "muted_until"], "An instant needs its offset, such as Z.")
    with acting.begin() as act:
        before = digests.get(act.connection, digest_id)
        if before is None:
            raise _unknown()
        _check(act, {**before, **given}, names=given.keys())
        if body.name is not None:
            _refuse_taken(act, body.name, digest_id)
        digests.change(act.connection, digest_id, _stored(given), act.now)
        act.audit("digest.change", f"digest:{digest_id}", fields=sorted(given))
        return _read(act, digest_id, service)


@routes.delete("/{digest_id}", status_code=204, summary="Remove a digest with its ledger", **needs("editor", 404))
def remove_digest(digest_id: DigestId, acting: TheAct) -> None:
    with acting.begin() as act:
        if not digests.remove(act.connection, digest_id):
            raise _unknown()
        act.audit("digest.remove", f"digest:{digest_id}")


@routes.post("/{digest_id}/preview", summary="What Slack would get now; nothing is posted", **needs("editor", 404, 503))
def preview_digest(digest_id: DigestId, service: TheService) -> Preview:
    row = _row(service, digest_id)
    prepared = courier_of(service).prepare(row)
    drawn = prepared.picture
    image = None
    if drawn is not None:
        data = base64.b64encode(drawn.png).decode()
        image = Image(filename="digest.png", title=drawn.title, alt_text=drawn.alt_text, data=data)
    message: dict[str, Any] = prepared.message
    return Preview(channel=row["channel"], unfurl_links=False, unfurl_media=False, image=image, **message)


@routes.post(
    "/{digest_id}/send",
    summary="Post it now, to its channel or to one person; the schedule and its ledger stay as they are",
    **needs("editor", 404, 409, 413, 415, 503),
)
def send_digest(digest_id: DigestId, service: TheService, acting: TheAct, body: SendIn | None = None) -> Sent:
    row = _row(service, digest_id)
    user = None if body is None else body.user
    channel = user or str(row["channel"])
    try:
        message = courier_of(service).send_now(row, channel)
    except Transient as error:
        raise UnavailableError(f"{error.message} {error.remedy}".strip()) from error
    except ConnectorError as error:
        if user is not None and error.code in _NOBODY:
            raise InvalidError.at(
                ["body", "user"], "Slack knows no such member, or none that apps may write to."
            ) from error
        why = told(error)
        raise ConflictError(f"{why['message']} {why['remedy']}".strip()) from error
    with acting.begin() as act:
        act.audit("digest.send", f"digest:{digest_id}", channel=channel)
    return Sent(channel=channel, message=message)


@routes.get("/{digest_id}/deliveries", summary="What became of each period, the latest first", **needs("editor", 404))
def list_deliveries(digest_id: DigestId, paging: ThePage, service: TheService) -> Page[Delivery]:
    _row(service, digest_id)

    def page(connection: Any, **how: Any) -> Any:
        return digests.deliveries(connection, digest_id, **how)

    return paging.read(f"deliveries/{digest_id}", page, lambda row: Delivery(**row))


def courier_of(service: Service) -> Courier:
    """What composes and posts digests for the API."""
    tools = Tools(service.clock, service.keyring, service.settings, service.mask)
    return Courier(service.database, service.facts, tools)


def _row(service: Service, digest_id: UUID) -> dict[str, Any]:
    with service.database.read() as connection:
        row = digests.get(connection, digest_id)
    if row is None:
        raise _unknown()
    return dict(row)


def _check(act: Act, values: dict[str, Any], names: Any = None) -> None:
    """Refuse a digest that could never be posted. Raises InvalidError at its place; `names` are looked at, or all."""
    asked = set(values if names is None else names)
    if "source_id" in asked:
        source = sources.get(act.connection, values["source_id"])
        if source is None or source.connector != KIND:
            raise InvalidError.at(["body", "source_id"], "There is no Slack source with this id.")
    if "metrics" in asked:
        _check_metrics(values["metrics"])
    if "teams" in asked:
        known = teams.names(act.connection)
        for place, team in enumerate(values["teams"]):
            if team not in known:
                raise InvalidError.at(["body", "teams", place], "There is no team with this id.")
    if asked & {"schedule", "timezone"}:
        try:
            due.check_schedule("0 9 * * 1", values["timezone"])
        except (ValueError, LookupError, OSError) as error:
            raise InvalidError.at(
                ["body", "timezone"], "There is no such time zone: use a name such as Europe/Paris."
            ) from error
        try:
            due.check_schedule(values["schedule"], values["timezone"])
        except ValueError as error:
            raise InvalidError.at(["body", "schedule"], str(error)) from error


def _check_metrics(names: list[str]) -> None:
    for place, name in enumerate(names):
        where: list[str | int] = ["body", "metrics", place]
        try:
            metric = metric_named(name)
        except InvalidError as error:
            raise InvalidError.at(where, error.detail) from error
        if main_measure(metric) is None:
            raise InvalidError.at(where, f"'{name}' is a list, and no single number to begin a message with.")
        if name in names[:place]:
            raise InvalidError.at(where, f"'{name}' is named twice.")


def _stored(values: dict[str, Any]) -> dict[str, Any]:
    if "teams" in values:
        return {**values, "teams": [str(team) for team in values["teams"]]}
    return values


def _read(act: Act, digest_id: UUID, service: Service) -> Digest:
    row = digests.get(act.connection, digest_id)
    if row is None:
        raise _unknown()
    return _shown(dict(row), digests.failures(act.connection), service)


def _shown(row: dict[str, Any], failures: dict[UUID, Any], service: Service) -> Digest:
    now = service.clock.now()
    muted = row["muted_until"]
    after = now if muted is None else max(now, muted)
    fires = trigger(row["schedule"], row["timezone"]).get_next_fire_time(None, after + timedelta(microseconds=1))
    due_at = fires.astimezone(UTC) if fires is not None and row["enabled"] else None
    return Digest(**row, next_at=due_at, failure=failures.get(row["id"]))


def _refuse_taken(act: Act, name: str, but: UUID | None) -> None:
    if digests.is_name_taken(act.connection, name, but):
        raise ConflictError(f"There is a digest with the name '{name}': choose another name.")


def _unknown() -> NotFoundError:
    return NotFoundError("There is no digest with this id.")
