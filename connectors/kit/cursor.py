"""When a cursor may advance. Pure functions: the runner holds the state and calls these.

The rule. In cursor order a cursor follows the pages; in any other order it waits for the end of the walk
and an interrupted walk goes on behind its `resume` key. It never passes the start of the run (what changes
while we read is read again), never moves back, and the overlap is always read again.
"""

from datetime import UTC, datetime, timedelta

import msgspec

FUTURE_TOLERANCE = timedelta(minutes=5)
"""How far our own clock may have been set back since a cursor was stored. A vendor's clock cannot bring a
cursor ahead of ours, for it never passes the start of a run."""

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Far enough from the edge of the calendar to take an overlap from."""


class Cursor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a stream got to in one scope: all changes up to `at` are in the store.

    The others belong to a walk that has not ended: the key to go on behind, the greatest cursor value seen
    (by the vendor's clock), the lower bound that the walk began with, and when it began, maybe runs ago.

    `token` is a vendor's own mark in its feed of changes. It outlives the walk that brought it.
    """

    at: datetime | None = None
    resume: str | None = None
    high: datetime | None = None
    since: datetime | None = None
    started: datetime | None = None
    token: str | None = None

    def encode(self) -> str:
        """The form kept in the store."""
        return msgspec.json.encode(self).decode()


class AbnormalCursor(ValueError):
    """A stored cursor that cannot be obeyed; its text says why. The stream starts over."""


def decode(text: str | None, now: datetime) -> Cursor:
    """The cursor kept in the store; an empty one where there is none.

    Raises AbnormalCursor for one that is corrupt, foreign, or in the future: obeying it would skip items.
    """
    if text is None:
        return Cursor()
    try:
        cursor = msgspec.json.decode(text, type=Cursor)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise AbnormalCursor("The stored cursor is not one of ours.") from error
    instants = [value for value in (cursor.at, cursor.high, cursor.since, cursor.started) if value is not None]
    if any(value.tzinfo is None for value in instants):
        raise AbnormalCursor("The stored cursor has an instant without a zone.")
    if any(value < _EARLIEST for value in instants):
        raise AbnormalCursor("The stored cursor lies before there were vendors.")
    ours = [value for value in (cursor.at, cursor.since, cursor.started) if value is not None]
    if any(value > now + FUTURE_TOLERANCE for value in ours):
        raise AbnormalCursor("The stored cursor lies in the future.")
    return cursor


def lower_bound(cursor: Cursor, overlap: timedelta, start: datetime | None) -> datetime | None:
    """From which cursor value a walk reads: the overlap before `at`, not before the source's `start`.

    An interrupted walk keeps the bound that it began with, so that its keys still mean the same.
    """
    if cursor.resume is not None:
        return cursor.since
    if cursor.at is None:
        return start
    bound = cursor.at - overlap
    return bound if start is None else max(bound, start)


def after_page(
    cursor: Cursor,
    *,
    in_order: bool,
    high: datetime | None,
    resume: str | None,
    since: datetime | None,
    run_started: datetime,
    token: str | None = None,
) -> Cursor:
    """The cursor to commit together with a page."""
    seen = _latest(cursor.high, high)
    token = token or cursor.token
    if in_order:
        return Cursor(at=_advance(cursor.at, seen, run_started), token=token)
    return Cursor(
        at=cursor.at,
        resume=resume or cursor.resume,
        high=seen,
        since=since,
        started=run_started if cursor.started is None else cursor.started,
        token=token,
    )


def after_walk(cursor: Cursor, *, run_started: datetime) -> Cursor:
    """The cursor to commit when the walk ended without an error.

    It never passes the start of the run that the walk *began* in: what was read then may have changed since.
    """
    began = run_started if cursor.started is None else min(cursor.started, run_started)
    return Cursor(at=_advance(cursor.at, cursor.high, began), token=cursor.token)


def _advance(at: datetime | None, seen: datetime | None, run_started: datetime) -> datetime | None:
    if seen is None:
        return at
    capped = min(seen.astimezone(UTC), run_started.astimezone(UTC))
    return capped if at is None else max(at, capped)


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return max(one, other)
