"""Failed sign-ins, counted for each account and each address, known or not, and how long they are to wait."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from app.models.user import sign_in_failure
from app.store.upsert import upsert

FREE = {"account": 5, "address": 20}
"""How many failures cost no waiting: an address may be that of a whole office."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)


def subject(kind: str, name: str) -> str:
    """What is counted under: an `account` or an `address`, without its name."""
    return f"{kind}:{hashlib.sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()}"


def attempt(connection: Connection, subjects: list[str], now: datetime) -> datetime | None:
    """Count an attempt as failed before it is tried, so that no two are tried at once; `forget` and
    `take_back` undo it.

    Gives until when they have to wait, and then counts nothing.
    """
    connection.execute(delete(sign_in_failure).where(sign_in_failure.c.last_at <= now - FORGOTTEN_AFTER))
    rows = [(one, 0, now, None) for one in sorted(subjects)]
    upsert(connection, sign_in_failure, ("subject", "failures", "last_at", "locked_until"), rows, replace=())
    query = select(sign_in_failure).where(sign_in_failure.c.subject.in_(subjects)).with_for_update()
    held = connection.execute(query.order_by(sign_in_failure.c.subject)).mappings().all()
    waiting: list[datetime] = [
        row["locked_until"] for row in held if row["locked_until"] is not None and row["locked_until"] > now
    ]
    if waiting:
        return max(waiting)
    for row in held:
        failures = row["failures"] + 1
        over = failures - FREE[row["subject"].partition(":")[0]]
        until = None if over < 0 else now + min(FIRST_WAIT * 2 ** min(over, 10), LONGEST_WAIT)
        one = sign_in_failure.c.subject == row["subject"]
        connection.execute(
            update(sign_in_failure).where(one).values(failures=failures, last_at=now, locked_until=until)
        )
    return None


def forget(connection: Connection, account: str) -> None:
    """Forget what was counted for an account, after the right password."""
    connection.execute(delete(sign_in_failure).where(sign_in_failure.c.subject == account))


def take_back(connection: Connection, address: str) -> None:
    """Take back the one attempt from this address that was right; those that were wrong go on counting."""
    one = (sign_in_failure.c.subject == address) & (sign_in_failure.c.failures > 0)
    statement = update(sign_in_failure).where(one)
    connection.execute(statement.values(failures=sign_in_failure.c.failures - 1, locked_until=None))
