"""`/webhooks/{source_id}`: a vendor says that something changed. It queues a run, and nothing else of it is used."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from anyio.to_thread import run_sync
from fastapi import Request, Response
from pydantic import Field, SecretStr
from starlette.responses import JSONResponse

from app.api.requests import bounded
from app.api.routing import needs, open_to_all, router
from app.api.schemas import Body, SourceId
from app.api.service import Service, TheAct, TheService, sealing
from app.core.crypto import SealError
from app.core.errors import InvalidError, NotFoundError, UnauthenticatedError
from app.digest import signed
from app.digest.workspace import KIND as SLACK
from app.digest.workspace import Tools, open_workspace
from app.ingest import credentials, hints
from app.store import sources
from connectors.kit.errors import ConnectorError

routes = router("/webhooks", "webhooks")
secrets = router("/api/v1/sources/{source_id}/webhook", "sources")


class WebhookSecret(Body):
    """What the vendor signs its webhooks with."""

    secret: Annotated[SecretStr, Field(min_length=16, max_length=256)]


@routes.post("/{source_id}", summary="A hint to read a source again", **open_to_all(401, 404, 413, 422))
async def take_hint(source_id: SourceId, request: Request) -> Response:
    body = await bounded(request)
    service: Service = request.app.state.service
    return await run_sync(_taken, service, source_id, body, dict(request.headers.items()))


@secrets.put("", status_code=204, summary="Tell the secret that a vendor signs webhooks with",
             **needs("admin", 400, 404, 413, 415, 503))  # fmt: skip
def set_secret(source_id: SourceId, body: WebhookSecret, service: TheService, acting: TheAct) -> None:
    secret = body.secret.get_secret_value()
    service.mask([secret])
    with acting.begin() as act, sealing():
        source = sources.get(act.connection, source_id)
        if source is None:
            raise _unknown()
        if not hints.takes_secret(source.connector):
            raise InvalidError.at(["path", "source_id"], "Webhooks of this connector need no secret of their own.")
        sealed = credentials.seal_webhook_secret(service.keyring, source_id, secret)
        sources.set_webhook_secret(act.connection, source_id, sealed)
        act.audit("source.webhook_secret", f"source:{source_id}")


@secrets.delete("", status_code=204, summary="Forget the secret: the next handshake is accepted", **needs("admin", 404))
def forget_secret(source_id: SourceId, acting: TheAct) -> None:
    with acting.begin() as act:
        if sources.get(act.connection, source_id) is None:
            raise _unknown()
        sources.set_webhook_secret(act.connection, source_id, None)
        act.audit("source.webhook_secret_forgotten", f"source:{source_id}")


def _taken(service: Service, source_id: UUID, body: bytes, headers: dict[str, str]) -> Response:
    with service.database.write() as connection:
        source = sources.get(connection, source_id)
        if source is None:
            raise _unsigned()
        try:
            secret = credentials.webhook_secret(connection, service.keyring, source_id)
        except SealError as error:
            raise _unsigned() from error
        handshake = hints.opens_with_secret(source.connector, headers)
        if handshake is not None and secret is None:
            service.mask([handshake])
            with sealing():
                sealed = credentials.seal_webhook_secret(service.keyring, source_id, handshake)
            sources.set_webhook_secret(connection, source_id, sealed)
            return Response(status_code=200, headers={hints.HANDSHAKE: handshake})
        if source.connector == SLACK:
            _check_slack(service, connection, source_id, body, headers)
        elif secret is None or not hints.is_signed(source.connector, secret, body, headers):
            raise _unsigned()
        if source.connector == SLACK and (challenge := _challenge(body)) is not None:
            return JSONResponse({"challenge": challenge})
        if source.enabled:
            hints.take(connection, source_id, service.clock.now())
    return Response(status_code=200)


def _check_slack(service: Service, connection: Any, source_id: UUID, body: bytes, headers: dict[str, str]) -> None:
    """Raises UnauthenticatedError unless the source's own app signed the request."""
    tools = Tools(service.clock, service.keyring, service.settings, service.mask)
    stamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    try:
        secret = open_workspace(connection, source_id, tools).credentials.signing_secret.get_secret_value()
    except ConnectorError as error:
        raise _unsigned() from error
    if not signed.is_signed(secret, body, stamp, signature, service.clock):
        raise _unsigned()


def _challenge(body: bytes) -> str | None:
    """What Slack wants back when the address of its events is entered."""
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(event, dict) or event.get("type") != "url_verification":
        return None
    return str(event.get("challenge", ""))


def _unsigned() -> UnauthenticatedError:
    return UnauthenticatedError("The webhook is not signed by the vendor of this source.")


def _unknown() -> NotFoundError:
    return NotFoundError("There is no source with this id.")
