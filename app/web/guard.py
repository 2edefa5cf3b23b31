"""Signing in: passwords checked without telling who exists, guessing slowed down, sessions begun and ended."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from app.api.service import Service
from app.core import passwords
from app.store import audit, sign_ins, user_sessions, users


@dataclass(frozen=True, slots=True)
class Refused:
    """Nobody was signed in: the address or the password is wrong, or it is to be tried again later."""

    until: datetime | None = None


def sign_in(service: Service, *, email: str, password: str, address: str, earlier: str | None) -> str | Refused:
    """The secret of a new session in place of the `earlier` one of this browser.

    An unknown account is refused as a wrong password is, as slowly, and as often.
    """
    account = sign_ins.subject("account", users.address(email))
    place = sign_ins.subject("address", address)
    now = service.clock.now()
    with service.database.write() as connection:
        until = sign_ins.attempt(connection, [account, place], now)
        user = users.find_by_email(connection, email)
        if until is not None:
            _record(connection, now, None if user is None else user["id"], "user.sign_in_locked", address)
    if until is not None:
        return Refused(until)
    stored = None if user is None or user["disabled_at"] is not None else user["password_hash"]
    right = passwords.matches(password, stored)
    with service.database.write() as connection:
        if user is None or not right:
            _record(connection, now, None if user is None else user["id"], "user.sign_in_refused", address)
            return Refused()
        sign_ins.forget(connection, account)
        sign_ins.take_back(connection, place)
        if passwords.is_outdated(user["password_hash"]):
            users.change(connection, user["id"], {"password_hash": passwords.hash_of(password)})
        return begin(service, connection, user["id"], earlier)


def begin(service: Service, connection: Connection, user_id: UUID, earlier: str | None) -> str:
    """The secret of a new session; the one that the browser had before ends."""
    now = service.clock.now()
    if earlier is not None:
        user_sessions.end(connection, earlier)
    secret = user_sessions.begin(connection, user_id, now)
    service.mask([secret])
    _record(connection, now, user_id, "user.sign_in", "")
    return secret


def _record(connection: Connection, now: datetime, user_id: UUID | None, action: str, address: str) -> None:
    actor = "nobody" if user_id is None else f"user:{user_id}"
    detail = {"address": address} if address else {}
    audit.record(connection, at=now, actor=actor, action=action, target=actor, detail=detail)
