"""Digests, and the ledger of their deliveries: one row a digest and period, so that each period is sent once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from app.models.digest import digest, digest_delivery
from app.store.listing import By, Keyset
from app.store.upsert import upsert

LEASE = timedelta(minutes=10)
"""How long a delivery may take: after it, whoever looks next takes it for one whose sender was killed."""

_ORDER = Keyset(By(digest.c.name), By(digest.c.id))
_LATEST = Keyset(By(digest_delivery.c.period, descending=True), By(digest_delivery.c.digest_id))
_KEY = ("digest_id", "period")


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send a digest for a period; `attempts` counts this one."""

    digest_id: UUID
    period: str
    attempts: int


def create(connection: Connection, values: Mapping[str, Any], now: datetime) -> UUID:
    """A new one's id."""
    digest_id = uuid4()
    connection.execute(insert(digest).values(id=digest_id, **values, created_at=now, updated_at=now))
    return digest_id


def change(connection: Connection, digest_id: UUID, values: Mapping[str, Any], now: datetime) -> None:
    """Replace columns."""
    connection.execute(update(digest).where(digest.c.id == digest_id).values(**values, updated_at=now))


def mute(connection: Connection, digest_id: UUID, until: datetime | None) -> bool:
    """Send none before an instant, or again from now on; whether the digest is there. Its schedule is not touched."""
    statement = update(digest).where(digest.c.id == digest_id).values(muted_until=until)
    return bool(connection.execute(statement).rowcount)


def remove(connection: Connection, digest_id: UUID) -> bool:
    """Delete one with its ledger. False where there is none."""
    return bool(connection.execute(delete(digest).where(digest.c.id == digest_id)).rowcount)


def get(connection: Connection, digest_id: UUID) -> RowMapping | None:
    """The one with this id."""
    return connection.execute(select(digest).where(digest.c.id == digest_id)).mappings().one_or_none()


def enabled(connection: Connection) -> list[RowMapping]:
    """Those that are sent."""
    return list(connection.execute(select(digest).where(digest.c.enabled).order_by(digest.c.name)).mappings())


def is_name_taken(connection: Connection, name: str, but: UUID | None = None) -> bool:
    """Whether another digest has the name."""
    found = connection.execute(select(digest.c.id).where(digest.c.name == name)).scalar_one_or_none()
    return found is not None and found != but


def page(
    connection: Connection, *, limit: int, after: Sequence[Any] | None
) -> tuple[list[RowMapping], list[Any] | None]:
    """Digests by name, and where the next page begins."""
    return _ORDER.page(connection, select(digest), limit=limit, after=after)


def deliveries(
    connection: Connection, digest_id: UUID, *, limit: int, after: Sequence[Any] | None
) -> tuple[list[RowMapping], list[Any] | None]:
    """The ledger of a digest, the latest period first, and where the next page begins."""
    mine = select(digest_delivery).where(digest_delivery.c.digest_id == digest_id)
    return _LATEST.page(connection, mine, limit=limit, after=after)


def claim(connection: Connection, digest_id: UUID, period: str, channel: str, now: datetime) -> Claim | None:
    """The right to send for a period, of all that ask to exactly one; None where it is sent, failed or being sent.

    A claim whose sender fell silent, or one that waits for another try, is given again.
    """
    columns = (*_KEY, "status", "claimed_at", "channel", "attempts")
    if upsert(connection, digest_delivery, columns, [(digest_id, period, "sending", now, channel, 1)], replace=()):
        return Claim(digest_id, period, 1)
    row = connection.execute(
        select(digest_delivery.c.status, digest_delivery.c.claimed_at, digest_delivery.c.retry_at,
               digest_delivery.c.attempts).where(*_of(digest_id, period))
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    is_silent = row.status == "sending" and row.claimed_at <= now - LEASE
    is_due = row.status == "waiting" and row.retry_at <= now
    if not (is_silent or is_due):
        return None
    attempts = row.attempts + 1
    seen = (digest_delivery.c.status == row.status) & (digest_delivery.c.attempts == row.attempts)
    taken = connection.execute(
        update(digest_delivery)
        .where(*_of(digest_id, period), seen)
        .values(status="sending", claimed_at=now, attempts=attempts, channel=channel, retry_at=None)
    ).rowcount
    return Claim(digest_id, period, attempts) if taken else None


def sent(connection: Connection, taken: Claim, message: str, now: datetime, lacking: Mapping[str, str] | None) -> None:
    """The message is in the channel, under this `ts`; `lacking` says what it had to do without."""
    _settle(connection, taken, status="sent", sent_at=now, message=message, error=lacking)


def wait(connection: Connection, taken: Claim, error: Mapping[str, str], retry_at: datetime) -> None:
    """It could not be sent for now."""
    _settle(connection, taken, status="waiting", error=error, retry_at=retry_at)


def fail(connection: Connection, taken: Claim, error: Mapping[str, str]) -> None:
    """It cannot be sent before somebody does something."""
    _settle(connection, taken, status="failed", error=error)


def leave_out(connection: Connection, digest_id: UUID, period: str, channel: str, now: datetime) -> None:
    """Write down that a period passed in silence, unless something else is known of it."""
    columns = (*_KEY, "status", "claimed_at", "channel")
    upsert(connection, digest_delivery, columns, [(digest_id, period, "muted", now, channel)], replace=())


def count_unposted(connection: Connection) -> int:
    """How many digests are on and their latest delivery failed."""
    failed = failures(connection)
    return sum(row["id"] in failed for row in enabled(connection))


def failures(connection: Connection) -> dict[UUID, dict[str, str]]:
    """Why the latest delivery of a digest failed, of those where it did."""
    newer = digest_delivery.alias()
    is_latest = ~(
        select(newer.c.period)
        .where(newer.c.digest_id == digest_delivery.c.digest_id, newer.c.period > digest_delivery.c.period)
        .exists()
    )
    columns = select(digest_delivery.c.digest_id, digest_delivery.c.error)
    rows = connection.execute(columns.where(digest_delivery.c.status == "failed", is_latest))
    return {row.digest_id: row.error for row in rows}


def _settle(connection: Connection, taken: Claim, **values: Any) -> None:
    """Unless another took the claim over meanwhile: then the other one's word counts."""
    mine = (digest_delivery.c.status == "sending") & (digest_delivery.c.attempts == taken.attempts)
    connection.execute(update(digest_delivery).where(*_of(taken.digest_id, taken.period), mine).values(**values))


def _of(digest_id: UUID, period: str) -> tuple[Any, Any]:
    return digest_delivery.c.digest_id == digest_id, digest_delivery.c.period == period
