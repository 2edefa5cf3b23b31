"""What an admin entered for a source, held against the connector's own models; and the access to its vendor."""

import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from anyio import move_on_after
from anyio.to_thread import run_sync
from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError

from app.api.problems import invalid
from app.api.service import Service
from app.core.crypto import Keyring, SealError
from app.core.errors import ConflictError, InvalidError, UnavailableError
from app.ingest import credentials
from connectors.kit.connector import Access, Connector, NoCredentials
from connectors.kit.errors import Transient
from connectors.kit.hosts import HostPolicy
from connectors.kit.redaction import secrets_of

CHECK_SECONDS = 45.0
_HINTED = 4
_LONG_ENOUGH_TO_HINT = 16


def connector_of(service: Service, kind: str) -> Connector:
    """The connector of that kind. Raises InvalidError at `connector`."""
    found = service.registry.connectors.get(kind)
    if found is None:
        kinds = ", ".join(sorted(service.registry.connectors))
        raise InvalidError.at(["body", "connector"], f"There is no connector of this kind; there are: {kinds}.")
    return found


def read_config(connector: Connector, raw: Mapping[str, Any]) -> Any:
    """An instance of the connector's `Config`. Raises InvalidError at the places under `config`."""
    return _validated(TypeAdapter(connector.Config), raw, "config")


def read_credentials(service: Service, connector: Connector, raw: Mapping[str, Any] | None) -> Any:
    """An instance of one of the connector's `Credentials`. Raises InvalidError at the places under `credentials`."""
    if connector.Credentials is NoCredentials:
        return _validated(TypeAdapter(NoCredentials), raw or {}, "credentials")
    if raw is None:
        raise InvalidError.at(
            ["body", "credentials"], f"A source of the connector '{connector.kind}' needs credentials."
        )
    given = _validated(TypeAdapter(connector.Credentials), raw, "credentials")
    service.mask(secrets_of(given))
    return given


def hint_of(given: BaseModel) -> str:
    """What tells credentials apart without giving them away: their kind and the end of their first long secret."""
    kind = str(getattr(given, "kind", ""))
    for name in type(given).model_fields:
        value = getattr(given, name)
        if isinstance(value, SecretStr) and len(value.get_secret_value()) >= _LONG_ENOUGH_TO_HINT:
            return f"{kind} …{value.get_secret_value()[-_HINTED:]}".strip()
    return kind


def needs_credentials(connector: Connector) -> bool:
    """Whether its sources have credentials at all."""
    return connector.Credentials is not NoCredentials


def sealed(keyring: Keyring, source_id: UUID, given: Any) -> bytes:
    """The credentials as they are stored. Raises UnavailableError without a key."""
    try:
        return credentials.seal(keyring, source_id, given)
    except SealError as error:
        raise UnavailableError(f"The credentials cannot be sealed. {error}") from error


def opened(service: Service, source_id: UUID, connector: Connector, stored: bytes | None) -> Any:
    """The stored credentials. Raises ConflictError where there are none, or they cannot be opened."""
    if not needs_credentials(connector):
        return NoCredentials()
    if stored is None:
        raise ConflictError(f"The source has no credentials: PUT them to /api/v1/sources/{source_id}/credentials.")
    try:
        given = credentials.open_sealed(service.keyring, source_id, connector, stored)
    except SealError as error:
        raise ConflictError(f"The stored credentials cannot be opened. {error}") from error
    service.mask(secrets_of(given))
    return given


def access(
    service: Service, connector: Connector, config: Any, given: Any, save: Callable[[Any], None] = lambda changed: None
) -> Access:
    """What the connector gets to reach a vendor while somebody waits for the answer."""
    deadline = time.monotonic() + CHECK_SECONDS

    def sleep(seconds: float) -> None:
        if time.monotonic() + seconds > deadline:
            raise Transient("The vendor asks for a longer pause than a check can wait.", "Try again in some minutes.")
        time.sleep(seconds)

    return Access(
        config=config,
        credentials=given,
        hosts=HostPolicy(connector.hosts(config), service.settings.allowed_private_hosts),
        now=service.clock.now,
        sleep=sleep,
        save_credentials=save,
    )


async def bounded(work: Callable[[], Any]) -> Any:
    """The result of work that asks a vendor. Raises UnavailableError when the vendor takes too long."""
    with move_on_after(CHECK_SECONDS):
        return await run_sync(work, abandon_on_cancel=True)
    raise UnavailableError(f"The vendor did not answer within {CHECK_SECONDS:.0f} seconds: try again later.")


def _validated(adapter: TypeAdapter[Any], raw: Mapping[str, Any], where: str) -> Any:
    try:
        return adapter.validate_python(raw)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False, include_context=False)
    # The tag of a union is no place in what was sent.
    tags = {str(raw.get("kind"))}
    errors = []
    for problem in problems:
        way = [
            part for index, part in enumerate(problem["loc"]) if not (index == 0 and part in tags and part not in raw)
        ]
        errors.append({"loc": ["body", where, *way], "msg": problem["msg"]})
    raise invalid(errors)
