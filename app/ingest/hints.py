"""Webhooks: a vendor's hint that something changed. It is signed, it queues a run, and nothing else of it is used."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from app.store import runs

HANDSHAKE = "x-hook-secret"
"""Asana opens a webhook by sending the secret that it will sign with, and wants it back."""

_SIGNATURES = {"asana": ("x-hook-signature", ""), "jira": ("x-hub-signature", "sha256=")}
"""By connector: the header with the HMAC-SHA256 of the body in hexadecimal, and what stands before it."""


def takes_secret(connector: str) -> bool:
    """Whether webhooks of this connector are signed with a secret of their own."""
    return connector in _SIGNATURES


def opens_with_secret(connector: str, headers: Mapping[str, str]) -> str | None:
    """The secret of a vendor's first request, which tells it."""
    secret = headers.get(HANDSHAKE, "") if connector == "asana" else ""
    return secret if 16 <= len(secret) <= 256 and secret.isascii() and secret.isprintable() else None


def is_signed(connector: str, secret: bytes, body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether the vendor signed a body with this secret; no connector without a known signature is believed."""
    if connector not in _SIGNATURES:
        return False
    name, before = _SIGNATURES[connector]
    proof = before + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(proof.encode(), headers.get(name, "").encode("utf-8", "replace"))


def take(connection: Connection, source_id: UUID, now: datetime) -> bool:
    """Queue an incremental run, unless one waits already; whether it was queued."""
    queued = runs.queue(connection, source_id, mode="incremental", trigger="webhook", streams=None, now=now)
    return queued is not None
