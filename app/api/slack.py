"""`/slack/*`: the command `/prodops` and the buttons of digests, signed by Slack.

Slack waits three seconds. What takes longer is acknowledged first, and answered at the address that came with it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import orjson
import structlog
from anyio.to_thread import run_sync
from fastapi import Request, Response
from sqlalchemy.exc import DBAPIError
from starlette.responses import JSONResponse

from app.api.requests import bounded
from app.api.routing import open_to_all, router
from app.api.service import Service
from app.core.errors import BadRequestError, UnauthenticatedError
from app.digest.desk import Desk, Locales
from app.digest.signed import is_first, sender
from app.digest.workspace import Tools, Workspace
from connectors.kit.errors import ConnectorError

log = structlog.get_logger(__name__)

routes = router("/slack", "slack")

PATIENCE = 1.5
"""Seconds after which Slack gets an acknowledgement in place of the answer; it waits for three, the way included."""

Plain = dict[str, Any]
Work = Callable[[], Plain | None]


class Later:
    """Answers that are still being made, so that none is forgotten half-way; and what is known of those who ask."""

    def __init__(self) -> None:
        self.locales = Locales()
        self._waiting: set[asyncio.Task[Any]] = set()

    def keep(self, task: "asyncio.Task[Any]") -> None:
        """Hold it until it is done."""
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)


@dataclass(frozen=True, slots=True)
class Received:
    """A request that Slack signed. `first` tells whether it was not answered before."""

    form: dict[str, str]
    desk: Desk
    later: Later
    first: Callable[[], bool]

    async def answer(self, work: Work, address: str, *, at_once: bool) -> Plain | None:
        """The answer if it is made in time and may be given `at_once`; else it goes to the address.

        Raises UnauthenticatedError where the request was answered before, as far as that is known in time: to find
        it out needs the database's writers, which may be at work for long.
        """
        claim = asyncio.create_task(self._run(self.first))
        making = asyncio.create_task(self._made(claim, work))
        await asyncio.wait({making if at_once else claim}, timeout=PATIENCE)
        if claim.done() and claim.exception() is None and not claim.result():
            raise UnauthenticatedError("The request was answered before.")
        if at_once and making.done():
            return making.result()
        self.later.keep(asyncio.create_task(_send(making, self.desk.workspace, address)))
        return None

    async def _made(self, claim: "asyncio.Task[bool]", work: Work) -> Plain | None:
        try:
            first = await claim
        except DBAPIError:
            log.exception("slack.unclaimed")
            return self.desk.trouble("")
        return await run_sync(work) if first else None

    async def _run(self, work: Callable[[], bool]) -> bool:
        return await run_sync(work)


@routes.post("/commands", summary="The slash command", **open_to_all(400, 401, 413))
async def answer_command(request: Request) -> Response:
    received = await _received(request)
    desk = received.desk
    text, user, address = (received.form.get(name, "") for name in ("text", "user_id", "response_url"))

    def work() -> Plain:
        try:
            return desk.command(text, user)
        except Exception:
            log.exception("slack.command_failed")
            return desk.trouble(user)

    answer = await received.answer(work, address, at_once=True)
    return JSONResponse(desk.working(user) if answer is None else answer)


@routes.post("/interactions", summary="A button of a digest", **open_to_all(400, 401, 413))
async def answer_interaction(request: Request) -> Response:
    received = await _received(request)
    desk = received.desk
    try:
        payload = orjson.loads(received.form.get("payload", ""))
        action = payload["actions"][0]
        name, value = str(action["action_id"]), str(action.get("value", ""))
        user, address = str(payload["user"]["id"]), str(payload.get("response_url", ""))
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, AttributeError):
        # A kind of interaction that we show nowhere: Slack is content with an empty answer.
        return Response(status_code=200)

    def work() -> Plain | None:
        try:
            return desk.pressed(name, value, user)
        except Exception:
            log.exception("slack.button_failed", action=name)
            return desk.trouble(user)

    await received.answer(work, address, at_once=False)
    return Response(status_code=200)


async def _received(request: Request) -> Received:
    """The form, once Slack was found to have signed it. Raises UnauthenticatedError, BadRequestError."""
    body = await bounded(request)
    service: Service = request.app.state.service
    headers = request.headers
    stamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    tools = Tools(service.clock, service.keyring, service.settings, service.mask)

    def whose() -> Workspace | None:
        with service.database.read() as connection:
            return sender(connection, tools, body, stamp, signature)

    def first() -> bool:
        with service.database.write() as connection:
            return is_first(connection, stamp, signature)

    workspace = await run_sync(whose)
    if workspace is None:
        raise UnauthenticatedError("The request is not signed by a Slack app of this service, or it is not fresh.")
    try:
        form = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
    except ValueError as error:
        raise BadRequestError("The body is no form.") from error
    later: Later = request.app.state.later
    return Received(form, Desk(service.database, service.facts, tools, later.locales, workspace), later, first)


async def _send(making: "asyncio.Task[Plain | None]", workspace: Workspace, address: str) -> None:
    message = await making
    if message is None or not address:
        return

    def respond() -> None:
        with workspace.posting() as poster:
            poster.respond(address, message)

    try:
        await run_sync(respond)
    except ConnectorError as error:
        log.warning("slack.late_answer_lost", reason=error.message)
