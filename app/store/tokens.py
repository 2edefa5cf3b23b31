"""API tokens: made, found by their digest, listed and revoked. A token itself is never stored."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, RowMapping, insert, select, update

from app.models.access import api_token
from app.store import version
from app.store.listing import By, Keyset

PREFIX = "prodops_"
_ORDER = Keyset(By(api_token.c.created_at, descending=True), By(api_token.c.id))
_SHOWN = [column for column in api_token.c if column is not api_token.c.digest]


def digest(token: str) -> bytes:
    """What is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def create(
    connection: Connection,
    *,
    name: str,
    role: str,
    now: datetime,
    expires_at: datetime | None = None,
    source_id: UUID | None = None,
    team_id: UUID | None = None,
) -> tuple[RowMapping, str]:
    """A new token's row and the token, which can be had only here."""
    token = PREFIX + secrets.token_urlsafe(32)
    token_id = uuid4()
    values = {
        "id": token_id,
        "name": name,
        "role": role,
        "digest": digest(token),
        "hint": f"{PREFIX}…{token[-4:]}",
        "source_id": source_id,
        "team_id": team_id,
        "created_at": now,
        "expires_at": expires_at,
    }
    connection.execute(insert(api_token).values(values))
    row = find_by_id(connection, token_id)
    if row is None:
        raise RuntimeError("The token that was just written cannot be read back.")
    return row, token


def find(connection: Connection, token_digest: bytes) -> RowMapping | None:
    """The token with this digest, unless it is revoked. Its expiry is the caller's to judge."""
    query = select(*_SHOWN).where(api_token.c.digest == token_digest, api_token.c.revoked_at.is_(None))
    return connection.execute(query).mappings().one_or_none()


def find_by_id(connection: Connection, token_id: UUID) -> RowMapping | None:
    """The token with this id, revoked ones too."""
    return connection.execute(select(*_SHOWN).where(api_token.c.id == token_id)).mappings().one_or_none()


def page(
    connection: Connection, *, limit: int, after: Sequence[Any] | None
) -> tuple[list[RowMapping], list[Any] | None]:
    """Tokens, newest first, and where the next page begins."""
    return _ORDER.page(connection, select(*_SHOWN), limit=limit, after=after)


def revoke(connection: Connection, token_id: UUID, now: datetime) -> RowMapping | None:
    """Refuse a token from the next request on, in every process; `None` where there is no such token."""
    unrevoked = (api_token.c.id == token_id) & api_token.c.revoked_at.is_(None)
    connection.execute(update(api_token).where(unrevoked).values(revoked_at=now))
    version.bump_access(connection)
    return find_by_id(connection, token_id)
