"""Conversations that a channel no longer holds: a vendor tells of a deletion only by no longer naming what is gone."""

from sqlalchemy import Connection

from app.core.types import without_nul
from app.ingest.session import Change, Session
from app.ingest.usage import retract_activity
from app.store import conversations
from connectors.kit.stream import Page, Scope, Stream


def removal(session: Session, stream: Stream, scope: Scope | None, page: Page) -> Change | None:
    """What has to be done in the page's transaction: forget what was stored and is not there, with what it counted."""
    whole = page.whole
    if whole is None or scope is None:
        return None
    source_id, channel = session.source.id, scope.external_id
    present = {without_nul(external_id) for external_id in whole.ids}

    def remove(connection: Connection) -> int:
        stored = conversations.between(connection, source_id, channel, whole.since, whole.until)
        gone = [external_id for external_id in stored if external_id not in present]
        if gone:
            retract_activity(connection, source_id, gone)
        removed = conversations.remove(connection, source_id, gone)
        session.reports[stream.name].deleted += removed
        return removed

    return remove
