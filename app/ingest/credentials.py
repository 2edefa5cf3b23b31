"""A source's credentials, sealed for the database and bound to their source."""

import secrets
from typing import Any
from uuid import UUID

import orjson
from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError
from sqlalchemy import Connection

from app.core.crypto import Keyring, SealError
from app.store import sources
from connectors.kit.connector import Connector


def seal(keyring: Keyring, source_id: UUID, given: BaseModel) -> bytes:
    """The sealed form of credentials. Raises SealError without a key."""
    return keyring.seal(orjson.dumps(_revealed(given)), _place(source_id))


def unseal(keyring: Keyring, source_id: UUID, sealed: bytes) -> bytes:
    """What was sealed, as JSON. Raises SealError where the key is gone or the value was altered or moved."""
    return keyring.open(sealed, _place(source_id))


def open_sealed(keyring: Keyring, source_id: UUID, connector: Connector, sealed: bytes) -> Any:
    """The credentials as one of the connector's models. Raises SealError where they cannot be read."""
    text = unseal(keyring, source_id, sealed)
    try:
        return TypeAdapter(connector.Credentials).validate_json(text)
    except ValidationError:
        # The cause holds what was sealed: it must not travel further.
        raise SealError(
            "The stored credentials are not of a kind that the connector takes: enter them again."
        ) from None


def rotate(connection: Connection, keyring: Keyring, source_id: UUID) -> bool:
    """Wrap what a source has sealed by the newest key; whether there was anything to do. Raises SealError."""
    if not sources.lock(connection, source_id):
        return False
    changed = False
    credentials = sources.credentials(connection, source_id)
    if credentials is not None and not keyring.is_current(credentials):
        sources.set_credentials(connection, source_id, keyring.rewrap(credentials, _place(source_id)))
        changed = True
    key = sources.event_key(connection, source_id)
    if key is not None and not keyring.is_current(key):
        sources.set_event_key(connection, source_id, keyring.rewrap(key, _event_place(source_id)))
        changed = True
    secret = sources.webhook_secret(connection, source_id)
    if secret is not None and not keyring.is_current(secret):
        sources.set_webhook_secret(connection, source_id, keyring.rewrap(secret, _webhook_place(source_id)))
        changed = True
    return changed


def seal_webhook_secret(keyring: Keyring, source_id: UUID, secret: str) -> bytes:
    """The sealed form of what a vendor signs its webhooks with. Raises SealError without a key."""
    return keyring.seal(secret.encode(), _webhook_place(source_id))


def webhook_secret(connection: Connection, keyring: Keyring, source_id: UUID) -> bytes | None:
    """What a vendor signs its webhooks with, where that is known. Raises SealError where no key opens it."""
    sealed = sources.webhook_secret(connection, source_id)
    return None if sealed is None else keyring.open(sealed, _webhook_place(source_id))


def event_key(connection: Connection, keyring: Keyring, source_id: UUID) -> bytes:
    """The secret that keys the hashes of a source's usage events; made when it is first needed.

    Raises SealError where there is no key to seal it with, or none that opens it.
    """
    sealed = sources.event_key(connection, source_id)
    if sealed is not None:
        return keyring.open(sealed, _event_place(source_id))
    fresh = secrets.token_bytes(32)
    sources.set_event_key(connection, source_id, keyring.seal(fresh, _event_place(source_id)))
    return fresh


def _place(source_id: UUID) -> str:
    return f"source/{source_id}/credentials"


def _webhook_place(source_id: UUID) -> str:
    return f"source/{source_id}/webhook_secret"


def _event_place(source_id: UUID) -> str:
    return f"source/{source_id}/event_key"


def _revealed(value: Any) -> Any:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case BaseModel():
            return {name: _revealed(getattr(value, name)) for name in type(value).model_fields}
        case list() | tuple():
            return [_revealed(inner) for inner in value]
        case dict():
            return {key: _revealed(inner) for key, inner in value.items()}
        case _:
            return value
