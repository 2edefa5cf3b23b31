"""Folding: what is told event by event, or item by item, becomes usage days.

A source tells its usage in one way. Days that are pushed (`usage_days`) replace what was folded into them.
A day is a day in UTC where the vendor tells instants.
"""

import hmac
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, timedelta
from uuid import UUID

from sqlalchemy import Connection

from app.core.types import without_nul
from app.ingest.rows import Fault
from app.store import usage as store
from app.store.usage import Share, UsageKey
from connectors.kit.records import ActivityOf, UsageDay, UsageEvent

LOOK_BACK = timedelta(days=10)
"""For how long behind the newest event a source's events are remembered, so that a repeat counts once."""
_DIGEST_BYTES = 16


def fold_activity(connection: Connection, source_id: UUID, records: Sequence[ActivityOf]) -> list[str]:
    """Move the usage days by what changed in each item's share; gives the items whose share changed."""
    return _move(connection, source_id, {without_nul(record.work_item): _share(record) for record in records})


def retract_activity(connection: Connection, source_id: UUID, work_items: Sequence[str]) -> None:
    """Take the shares of items out of the usage days: the items are gone."""
    _move(connection, source_id, {without_nul(item): [] for item in work_items})


def fold_days(connection: Connection, source_id: UUID, records: Sequence[UsageDay]) -> int:
    """Replace usage days by what the vendor counted; gives the number that changed."""
    counts = {(without_nul(record.account), without_nul(record.event), record.day): record.count for record in records}
    return store.set_counts(connection, source_id, counts)


def fold_events(
    connection: Connection, source_id: UUID, records: Sequence[UsageEvent], key: bytes
) -> tuple[int, list[Fault]]:
    """Count the events that were not counted before: their number, and those that are too old to tell.

    An event from before the look-back may have been counted and forgotten: it is refused, since counting
    it twice would be worse. "Old" is measured from the newest event that was counted before this call, so
    that years of events can be sent in any order that goes forward.
    """
    newest = store.newest_event_day(connection, source_id)
    oldest = None if newest is None else newest - LOOK_BACK
    fresh: dict[bytes, UsageEvent] = {}
    faults: list[Fault] = []
    for index, record in enumerate(records):
        if oldest is not None and _day(record) < oldest:
            faults.append(Fault(index, "at", _TOO_OLD))
        else:
            fresh.setdefault(hmac.digest(key, record.external_id.encode(), "sha256")[:_DIGEST_BYTES], record)
    for digest in store.events_seen(connection, source_id, list(fresh)):
        del fresh[digest]
    changes: Counter[UsageKey] = Counter()
    for record in fresh.values():
        changes[without_nul(record.account), without_nul(record.event), _day(record)] += record.count
    store.add_counts(connection, source_id, changes)
    store.remember_events(connection, source_id, [(digest, _day(record)) for digest, record in fresh.items()])
    if fresh:
        latest = max(_day(record) for record in fresh.values())
        store.forget_events_before(connection, source_id, max(latest, newest or latest) - LOOK_BACK)
    return len(fresh), faults


_TOO_OLD = (
    f"It is more than {LOOK_BACK.days} days older than events sent before, so that nobody can tell whether it was "
    "counted: send older events first, or send the day as 'usage_days'."
)


def _day(record: UsageEvent) -> date:
    return record.at.astimezone(UTC).date()


def _share(record: ActivityOf) -> Share:
    # Every item of every page passes here: days as numbers cost a tenth of days as texts.
    return [
        [without_nul(account), without_nul(event), day.toordinal(), count]
        for account, event, day, count in record.days
        if count
    ]


def _move(connection: Connection, source_id: UUID, shares: Mapping[str, Share]) -> list[str]:
    before = store.item_shares(connection, source_id, list(shares))
    changed = {item: share for item, share in shares.items() if share != before.get(item, [])}
    moved: defaultdict[tuple[str, str, int], int] = defaultdict(int)
    for item, share in changed.items():
        for account, event, day, count in share:
            moved[account, event, day] += count
        for account, event, day, count in before.get(item, ()):
            moved[account, event, day] -= count
    changes = {(account, event, date.fromordinal(day)): change for (account, event, day), change in moved.items()}
    store.add_counts(connection, source_id, changes)
    store.set_item_shares(connection, source_id, changed)
    return list(changed)
