"""Creating requests that were answered already, by the key that their caller gave them."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, delete, func, insert, select

from app.models.access import idempotency_key

KEPT_FOR = timedelta(days=1)


def hold(connection: Connection, actor: str, key: str) -> None:
    """Let equal keys wait for each other until this transaction ends."""
    # SQLite has one writer at a time; PostgreSQL must be told.
    if connection.dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(f"{actor}\0{key}".encode()).digest()[:8], "big", signed=True)
        connection.execute(select(func.pg_advisory_xact_lock(number)))


def find(connection: Connection, actor: str, key: str, now: datetime) -> RowMapping | None:
    """What this actor was answered under this key within the last day."""
    query = select(idempotency_key).where(
        idempotency_key.c.actor == actor,
        idempotency_key.c.key == key,
        idempotency_key.c.created_at > now - KEPT_FOR,
    )
    return connection.execute(query).mappings().one_or_none()


def keep(
    connection: Connection, *, actor: str, key: str, request_digest: bytes, status: int, answer: bytes, now: datetime
) -> None:
    """Keep an answer for a day; older ones are dropped."""
    connection.execute(delete(idempotency_key).where(idempotency_key.c.created_at <= now - KEPT_FOR))
    connection.execute(
        insert(idempotency_key).values(
            actor=actor, key=key, request_digest=request_digest, status=status, answer=answer, created_at=now
        )
    )
