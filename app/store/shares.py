"""Read-only links: made, found by the digest of their secret, listed and revoked. A secret itself is never stored."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, RowMapping, insert, select, update

from app.models.share import share
from app.store.listing import By, Keyset

_ORDER = Keyset(By(share.c.created_at, descending=True), By(share.c.id))
_SHOWN = [column for column in share.c if column is not share.c.digest]


def create(
    connection: Connection, *, name: str, question: Mapping[str, str], by: str, now: datetime, expires_at: datetime
) -> tuple[RowMapping, str]:
    """A new link's row and its secret, which can be had only here. Its 256 random bits need no slow hash."""
    secret = secrets.token_urlsafe(32)
    values = {
        "id": uuid4(),
        "name": name,
        "digest": _digest(secret),
        "hint": f"…{secret[-4:]}",
        "question": dict(question),
        "created_by": by,
        "created_at": now,
        "expires_at": expires_at,
    }
    connection.execute(insert(share).values(values))
    return connection.execute(select(*_SHOWN).where(share.c.id == values["id"])).mappings().one(), secret


def find(connection: Connection, secret: str, now: datetime) -> RowMapping | None:
    """The link with this secret, unless it is revoked or has expired."""
    query = select(*_SHOWN).where(
        share.c.digest == _digest(secret), share.c.revoked_at.is_(None), share.c.expires_at > now
    )
    return connection.execute(query).mappings().one_or_none()


def page(
    connection: Connection, *, limit: int, after: Sequence[Any] | None
) -> tuple[list[RowMapping], list[Any] | None]:
    """Links, newest first, and where the next page begins."""
    return _ORDER.page(connection, select(*_SHOWN), limit=limit, after=after)


def revoke(connection: Connection, share_id: UUID, now: datetime) -> str | None:
    """Refuse a link from now on; gives its name, `None` where there is no such link."""
    unrevoked = (share.c.id == share_id) & share.c.revoked_at.is_(None)
    connection.execute(update(share).where(unrevoked).values(revoked_at=now))
    return connection.execute(select(share.c.name).where(share.c.id == share_id)).scalar_one_or_none()


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()
