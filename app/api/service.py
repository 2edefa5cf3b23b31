"""What the routes work with: the parts that the composition root put together, and who is asking."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from pydantic import BaseModel, SecretStr
from sqlalchemy import Connection
from starlette.responses import Response

from app.api.answers import Answers
from app.api.deployment import Deployment
from app.api.latencies import Latencies
from app.api.limits import Limiter
from app.api.principal import Principal
from app.api.reads import Reads
from app.api.sessions import Sessions
from app.core.clock import Clock
from app.core.crypto import Keyring, SealError
from app.core.db import Database
from app.core.errors import ConflictError, InvalidError, UnavailableError
from app.core.settings import Settings
from app.facts.read import FactsReader
from app.store import audit, idempotency
from app.store.stamp import StampReader
from app.store.version import DataVersion
from connectors.registry import Registry


@dataclass(frozen=True, slots=True)
class Service:
    """The parts of one deployment."""

    settings: Settings
    """Those of the environment and, in a request, what an admin changed of them."""
    deployment: Deployment
    clock: Clock
    database: Database
    keyring: Keyring
    registry: Registry
    facts: FactsReader
    answers: Answers
    latencies: Latencies
    reads: Reads
    limiter: Limiter
    """Of the links that need no token."""
    mask: Callable[[Iterable[str]], None]
    """Told every secret before it is used, so that no log shows it."""
    stamps: StampReader
    sessions: Sessions
    setup_code: SecretStr | None = None
    """What the first-run wizard asks for."""


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    stamp: DataVersion | None = request.scope.get("stamp")
    if stamp is None:
        return service
    return replace(service, settings=await service.deployment.settings(stamp.version))


async def _principal(request: Request) -> Principal:
    principal: Principal = request.scope["principal"]
    return principal


TheService = Annotated[Service, Depends(_service)]
ThePrincipal = Annotated[Principal, Depends(_principal)]


class Act:
    """One change that somebody makes: its transaction, its instant, and the audit row that goes with it."""

    def __init__(self, connection: Connection, now: datetime, principal: Principal) -> None:
        self.connection = connection
        self.now = now
        self._principal = principal

    @property
    def actor(self) -> str:
        """Who makes the change."""
        return self._principal.actor

    def audit(self, action: str, target: str, **detail: Any) -> None:
        """Write the act down in the same transaction. `detail` must hold no secret."""
        audit.record(
            self.connection, at=self.now, actor=self._principal.actor, action=action, target=target, detail=detail
        )


class Acting:
    """Opens the transaction of a change."""

    def __init__(self, service: TheService, principal: ThePrincipal) -> None:
        self._service = service
        self._principal = principal

    @contextmanager
    def begin(self) -> Iterator[Act]:
        """One transaction: kept when the block ends, undone when it raises."""
        with self._service.database.write() as connection:
            yield Act(connection, self._service.clock.now(), self._principal)


class Creation(Act):
    """An act that creates; `earlier` is the answer where the same request was answered before."""

    def __init__(self, connection: Connection, now: datetime, principal: Principal, creating: "Creating") -> None:
        super().__init__(connection, now, principal)
        self._creating = creating
        creating.hold(connection)
        self.earlier: Response | None = creating.earlier(connection, now, creating.digest)

    def answer(self, status: int, content: BaseModel) -> Response:
        """The answer, kept for whoever repeats the request with the same key."""
        body = content.model_dump_json(by_alias=True).encode()
        self._creating.keep(self.connection, self.now, status, body, self._creating.digest)
        return json_answer(status, body)


class Creating:
    """Opens the transaction of a creation, once per `Idempotency-Key`.

    The answer is kept in the transaction of the creation, so that neither can be there without the other,
    and sealed, since it may hold a token.
    """

    def __init__(
        self,
        request: Request,
        service: TheService,
        principal: ThePrincipal,
        idempotency_key: Annotated[
            str | None,
            Header(
                alias="Idempotency-Key",
                min_length=1,
                max_length=255,
                description="The same key with the same body gets the same answer for a day; with another body, 409.",
            ),
        ] = None,
    ) -> None:
        self._service = service
        self._principal = principal
        self.key = idempotency_key
        if idempotency_key is not None and not idempotency_key.isprintable():
            raise InvalidError.at(["header", "Idempotency-Key"], "The key must be printable text.")
        line = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
        self.hash = hashlib.sha256(line + request.scope.get("body", b""))
        """Of the request; a body that is streamed has to be added."""

    @property
    def digest(self) -> bytes:
        """What the request is compared by."""
        return self.hash.digest()

    @contextmanager
    def begin(self) -> Iterator[Creation]:
        """One transaction: kept when the block ends, undone when it raises."""
        with self._service.database.write() as connection:
            yield Creation(connection, self._service.clock.now(), self._principal, self)

    def hold(self, connection: Connection) -> None:
        """Let a request with the same key wait for the end of this transaction."""
        if self.key is not None:
            idempotency.hold(connection, self._principal.actor, self.key)

    def is_known(self, connection: Connection, now: datetime) -> bool:
        """Whether a request with this key was answered before."""
        return self.key is not None and idempotency.find(connection, self._principal.actor, self.key, now) is not None

    def earlier(self, connection: Connection, now: datetime, digest: bytes) -> Response | None:
        """What the same request was answered. Raises ConflictError if the key was used for another request."""
        row = None if self.key is None else idempotency.find(connection, self._principal.actor, self.key, now)
        if row is None:
            return None
        if row["request_digest"] != digest:
            raise ConflictError("This Idempotency-Key was used for another request: take a new key.")
        try:
            body = self._service.keyring.open(row["answer"], self._place)
        except SealError as error:
            raise ConflictError("The request was answered, and its answer cannot be opened any more.") from error
        return json_answer(row["status"], body)

    def keep(self, connection: Connection, now: datetime, status: int, body: bytes, digest: bytes) -> None:
        """Keep the answer, if the request has a key."""
        if self.key is None:
            return
        try:
            sealed = self._service.keyring.seal(body, self._place)
        except SealError as error:
            raise UnavailableError(
                "Answers to an Idempotency-Key are kept sealed: set PRODOPS_SECRET_KEYS, or send no key."
            ) from error
        idempotency.keep(
            connection,
            actor=self._principal.actor,
            key=self.key,
            request_digest=digest,
            status=status,
            answer=sealed,
            now=now,
        )

    @property
    def _place(self) -> str:
        return f"idempotency/{self._principal.actor}/{self.key}"


TheAct = Annotated[Acting, Depends()]
TheCreation = Annotated[Creating, Depends()]


@contextmanager
def sealing() -> Iterator[None]:
    """Around what needs the deployment's keys: without them the service cannot answer."""
    try:
        yield
    except SealError as error:
        raise UnavailableError(str(error)) from error


def json_answer(status: int, body: bytes) -> Response:
    """An answer that is JSON already."""
    return Response(body, status, media_type="application/json")
