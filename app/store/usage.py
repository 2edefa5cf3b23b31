"""Usage days, the shares of work items in them, and the events that were counted.

Whoever changes usage days marks them here, in the same transaction, so that their facts are built again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, delete, func, select

from app.core.types import EPOCH
from app.models.usage import item_activity, seat, usage_day, usage_event_seen
from app.store import dirty
from app.store.facts import Row, micros
from app.store.upsert import upsert

UsageKey = tuple[str, str, date]
"""(account, event, day)"""

Share = list[list[Any]]
"""What one work item adds to the usage days: `[account, event, day as its ordinal, count]` each."""

MARK = "usage"
"""The kind of the marks."""

_AT_ONCE = 500
_EPOCH_DAY = EPOCH.date()
_COLUMNS = ("source_id", "account", "event", "day", "count")


def add_counts(connection: Connection, source_id: UUID, changes: Mapping[UsageKey, int]) -> None:
    """Move usage days by these differences; a day that falls to nothing is removed."""
    moved = {key: change for key, change in changes.items() if change}
    upsert(
        connection,
        usage_day,
        _COLUMNS,
        [(source_id, *key, change) for key, change in moved.items()],
        add=("count",),
    )
    _remove(connection, source_id, [key for key, change in moved.items() if change < 0], usage_day.c.count <= 0)
    _mark(connection, source_id, moved)


def set_counts(connection: Connection, source_id: UUID, counts: Mapping[UsageKey, int]) -> int:
    """Replace usage days; a count of nothing removes the day. Gives the number of days changed."""
    written = upsert(
        connection, usage_day, _COLUMNS, [(source_id, *key, count) for key, count in counts.items() if count]
    )
    written += _remove(connection, source_id, [key for key, count in counts.items() if not count])
    if written:
        _mark(connection, source_id, counts)
    return written


def keep_of_day(connection: Connection, source_id: UUID, day: date, keys: Collection[tuple[str, str]]) -> int:
    """Remove the usage of a day that is of none of these (account, event); gives the number of rows removed."""
    query = select(usage_day.c.account, usage_day.c.event).where(
        usage_day.c.source_id == source_id, usage_day.c.day == day
    )
    gone = [(account, event, day) for account, event in connection.execute(query) if (account, event) not in keys]
    if gone:
        _mark(connection, source_id, gone)
    return _remove(connection, source_id, gone)


_OF_DAY = select(usage_day.c.account, usage_day.c.event, usage_day.c.count).where(
    usage_day.c.source_id == bindparam("source"), usage_day.c.day == bindparam("a_day")
)


def of_day(connection: Connection, source_id: UUID, since_1970: int) -> list[tuple[str, str, int]]:
    """`(account, event, count)` of everything that was used on a day, which counts from 1970-01-01."""
    values = {"source": source_id, "a_day": _EPOCH_DAY + timedelta(days=since_1970)}
    # The driver's own tuples: an object of SQLAlchemy for each row doubles the time.
    return list(connection.execute(_OF_DAY, values).cursor.fetchall())


_SHARES = select(item_activity.c.work_item, item_activity.c.days).where(
    item_activity.c.source_id == bindparam("source"), item_activity.c.work_item.in_(bindparam("items", expanding=True))
)


def seats(connection: Connection, source_id: UUID) -> list[Row]:
    """`(account, product, assigned_at, removed_at)` of every seat that is or was held, microseconds or None."""
    columns = (seat.c.account, seat.c.product, micros(seat.c.assigned_at), micros(seat.c.removed_at))
    return [tuple(row) for row in connection.execute(select(*columns).where(seat.c.source_id == source_id))]


def item_shares(connection: Connection, source_id: UUID, work_items: Sequence[str]) -> dict[str, Share]:
    """The stored shares of these items."""
    shares: dict[str, Share] = {}
    for start in range(0, len(work_items), _AT_ONCE):
        rows = connection.execute(_SHARES, {"source": source_id, "items": work_items[start : start + _AT_ONCE]})
        shares.update((item, days) for item, days in rows)
    return shares


def set_item_shares(connection: Connection, source_id: UUID, shares: Mapping[str, Share]) -> None:
    """Replace the shares of items; an item without any loses its row."""
    kept = [(source_id, item, days) for item, days in shares.items() if days]
    upsert(connection, item_activity, ("source_id", "work_item", "days"), kept)
    gone = [item for item, days in shares.items() if not days]
    for start in range(0, len(gone), _AT_ONCE):
        connection.execute(
            delete(item_activity).where(
                item_activity.c.source_id == source_id, item_activity.c.work_item.in_(gone[start : start + _AT_ONCE])
            )
        )


def newest_event_day(connection: Connection, source_id: UUID) -> date | None:
    """The latest day of an event that was counted."""
    query = select(func.max(usage_event_seen.c.day)).where(usage_event_seen.c.source_id == source_id)
    newest: date | None = connection.execute(query).scalar_one()
    return newest


def events_seen(connection: Connection, source_id: UUID, digests: Sequence[bytes]) -> set[bytes]:
    """Which of these events were counted already."""
    seen: set[bytes] = set()
    for start in range(0, len(digests), _AT_ONCE):
        seen.update(
            bytes(digest)
            for digest in connection.execute(
                select(usage_event_seen.c.digest).where(
                    usage_event_seen.c.source_id == source_id,
                    usage_event_seen.c.digest.in_(digests[start : start + _AT_ONCE]),
                )
            ).scalars()
        )
    return seen


def remember_events(connection: Connection, source_id: UUID, events: Iterable[tuple[bytes, date]]) -> None:
    """Store that events were counted: `(digest, day)`."""
    upsert(
        connection,
        usage_event_seen,
        ("source_id", "digest", "day"),
        [(source_id, digest, day) for digest, day in events],
    )


def forget_events_before(connection: Connection, source_id: UUID, day: date) -> None:
    """Drop the memory of events from before a day."""
    connection.execute(
        delete(usage_event_seen).where(usage_event_seen.c.source_id == source_id, usage_event_seen.c.day < day)
    )


def _mark(connection: Connection, source_id: UUID, keys: Iterable[UsageKey]) -> None:
    dirty.mark_days(connection, source_id, MARK, {(day - _EPOCH_DAY).days for _, _, day in keys})


def _remove(connection: Connection, source_id: UUID, keys: Collection[UsageKey], *also: Any) -> int:
    if not keys:
        return 0
    statement = delete(usage_day).where(
        usage_day.c.source_id == source_id,
        usage_day.c.account == bindparam("an_account"),
        usage_day.c.event == bindparam("an_event"),
        usage_day.c.day == bindparam("a_day"),
        *also,
    )
    values = [{"an_account": account, "an_event": event, "a_day": day} for account, event, day in keys]
    return connection.execute(statement, values).rowcount
