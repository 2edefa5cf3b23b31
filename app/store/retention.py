"""Deletes what the settings say is kept long enough. Nothing that is deleted comes back, except from a vendor.

A number over days that are kept is what it was: usage is kept for 28 days longer than is said, since a number of
active people looks that far back.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import Connection, delete, exists, select, update

from app.core.settings import Kept
from app.models.access import audit
from app.models.communication import conversation, survey_response
from app.models.sync import sync_run
from app.models.usage import usage_day
from app.store import conversations, dirty, rejects, sources, usage
from app.store.days import day_of

LOOK_BACK = timedelta(days=28)


def apply(connection: Connection, kept: Mapping[Kept, int], today: date) -> dict[str, int]:
    """Delete what is older than its days, counted back from midnight UTC of `today`; how much it was, by kind."""
    removed: dict[str, int] = {
        kind: _DELETE[kind](connection, today - timedelta(days=days)) for kind, days in kept.items()
    }
    return {kind: number for kind, number in removed.items() if number}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _usage(connection: Connection, first_kept: date) -> int:
    first_kept -= LOOK_BACK
    number = 0
    for source_id in _locked(connection):
        old = (usage_day.c.source_id == source_id) & (usage_day.c.day < first_kept)
        days = connection.execute(select(usage_day.c.day).where(old).distinct()).scalars().all()
        number += connection.execute(delete(usage_day).where(old)).rowcount
        dirty.mark_days(connection, source_id, usage.MARK, [day_of(day) for day in days])
        usage.forget_events_before(connection, source_id, first_kept)
    return number


def _conversations(connection: Connection, first_kept: date) -> int:
    number = 0
    for source_id in _locked(connection):
        old = (conversation.c.source_id == source_id) & (conversation.c.started_at < _midnight(first_kept))
        gone = connection.execute(select(conversation.c.external_id).where(old)).scalars().all()
        number += conversations.remove(connection, source_id, gone)
    return number


def _comments(connection: Connection, first_kept: date) -> int:
    old = (survey_response.c.at < _midnight(first_kept)) & survey_response.c.comment.is_not(None)
    return connection.execute(update(survey_response).where(old).values(comment=None)).rowcount


def _rejects(connection: Connection, first_kept: date) -> int:
    return rejects.forget_before(connection, _midnight(first_kept))


def _audit(connection: Connection, first_kept: date) -> int:
    return connection.execute(delete(audit).where(audit.c.at < _midnight(first_kept))).rowcount


def _runs(connection: Connection, first_kept: date) -> int:
    """The last run of a source stays: it says how the source is."""
    later = sync_run.alias()
    followed = exists().where(later.c.source_id == sync_run.c.source_id, later.c.queued_at > sync_run.c.queued_at)
    old = sync_run.c.finished_at < _midnight(first_kept)
    return connection.execute(delete(sync_run).where(old, followed)).rowcount


def _locked(connection: Connection) -> list[UUID]:
    """Every source, locked: whoever marks days must hold its lock."""
    return [one.id for one in sources.every(connection) if sources.lock(connection, one.id)]


_DELETE: Mapping[Kept, Callable[[Connection, date], int]] = {
    "usage_days": _usage,
    "conversations": _conversations,
    "survey_comments": _comments,
    "rejects": _rejects,
    "audit": _audit,
    "sync_runs": _runs,
}
