"""Sessions of people who signed in: begun, found by the digest of their secret, ended. A secret is never stored."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from app.models.user import user_account, user_session

IDLE = timedelta(hours=12)
"""A session ends when nothing was asked in it for so long."""
LONGEST = timedelta(days=7)
"""A session ends so long after the sign-in, whatever was asked in it."""
SEEN_EVERY = timedelta(minutes=5)
"""How coarsely it is written down when something was asked."""


def digest(secret: str) -> bytes:
    """What is stored of a session's secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def begin(connection: Connection, user_id: UUID, now: datetime) -> str:
    """The secret of a new session, which can be had only here. Sessions that have ended by themselves go."""
    over = (user_session.c.seen_at <= now - IDLE) | (user_session.c.created_at <= now - LONGEST)
    connection.execute(delete(user_session).where(over))
    secret = secrets.token_urlsafe(32)
    values = {"digest": digest(secret), "user_id": user_id, "created_at": now, "seen_at": now}
    connection.execute(insert(user_session).values(values))
    connection.execute(update(user_account).where(user_account.c.id == user_id).values(seen_at=now))
    return secret


def find(connection: Connection, secret: str, now: datetime) -> RowMapping | None:
    """The user of a session that goes on (`id`, `name`, `email`, `role`, `locale`), and when it was last `seen_at`."""
    query = (
        select(
            user_account.c.id,
            user_account.c.name,
            user_account.c.email,
            user_account.c.role,
            user_account.c.locale,
            user_session.c.seen_at,
        )
        .join(user_account, user_account.c.id == user_session.c.user_id)
        .where(
            user_session.c.digest == digest(secret),
            user_session.c.seen_at > now - IDLE,
            user_session.c.created_at > now - LONGEST,
            user_account.c.disabled_at.is_(None),
        )
    )
    return connection.execute(query).mappings().one_or_none()


def seen(connection: Connection, secret: str, now: datetime) -> None:
    """Write down that something was asked in a session."""
    connection.execute(update(user_session).where(user_session.c.digest == digest(secret)).values(seen_at=now))


def end(connection: Connection, secret: str) -> None:
    """End a session, in every process, from the next request on."""
    connection.execute(delete(user_session).where(user_session.c.digest == digest(secret)))


def end_all(connection: Connection, user_id: UUID) -> int:
    """End every session of a user; gives how many there were."""
    return connection.execute(delete(user_session).where(user_session.c.user_id == user_id)).rowcount
