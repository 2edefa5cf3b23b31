"""Reads a listing whole, and notes what it no longer holds."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection

from app.core.types import without_nul
from app.ingest.rows import SHAPES
from app.ingest.selection import Selected
from app.ingest.session import Session, StateChange
from app.ingest.share import unusual
from app.ingest.walk import read_pages
from app.models import work
from app.store import dirty, presence
from connectors.kit.errors import Transient
from connectors.kit.records import Account, Record, Seat
from connectors.kit.stream import Scope, Since

Change = Callable[[Connection], int]


def read_listing(session: Session, selected: Selected) -> None:
    """Read a listing. Raises a ConnectorError; what was read before it is stored, and nothing is unlisted."""
    stream = selected.stream
    scopes: Sequence[Scope | None] = session.scopes() if stream.scoped else [None]
    for scope in scopes:
        _read_scope(session, selected, scope)
    state = StateChange(stream.name, "", {"complete_until": session.started, "retry_at": None})
    session.commit((), [state])


def _read_scope(session: Session, selected: Selected, scope: Scope | None) -> None:
    stream = selected.stream
    assert stream.fetch is not None  # noqa: S101 - a listing has one: the conformance suite checks it
    session.at(stream.name, scope, None)
    seen: set[Any] = set()
    whole = True
    for _, batches in read_pages(session, selected, stream.fetch(session.api, scope, Since())):
        session.commit(batches)
        whole = whole and not any(batch.set_aside for batch in batches)
        seen |= {_key(record) for batch in batches for record in batch.records if type(record) is stream.emits}
    # What was set aside is still listed, under a key that nobody could read.
    if whole and session.reports[stream.name].rejected == 0:
        session.commit(also=lambda connection: _note_absent(session, stream.emits, scope, seen, connection))


def _note_absent(
    session: Session, kind: type[Record], scope: Scope | None, seen: set[Any], connection: Connection
) -> int:
    source_id = session.source.id
    guard = session.writer.guard(connection) if kind in (Account, Seat) else None
    if guard is not None:
        # The vendor lists erased accounts by their ids, the store by their pseudonyms.
        seen = {(guard.account(key[0]), key[1]) if kind is Seat else guard.account(key) for key in seen}
    if kind is Seat:
        held = presence.held_seats(connection, source_id)
        gone = _gone(session, held, seen)
        presence.remove_seats(connection, source_id, gone, session.started)
        return len(gone)
    shape = SHAPES.get(kind)
    if shape is None or not shape.is_listed:
        return 0
    project = None if scope is None else scope.external_id
    gone = _gone(session, presence.listed(connection, shape.table, source_id, project), seen)
    presence.unlist(connection, shape.table, source_id, gone)
    if shape.table is work.status and gone:
        dirty.mark_meanings(connection, source_id, "status", gone)
    return len(gone)


def _gone(session: Session, before: set[Any], seen: set[Any]) -> set[Any]:
    gone = before - seen
    if not session.full and unusual(len(gone), len(before)):
        raise Transient(
            f"The vendor's list lacks {len(gone)} of {len(before)} entries: it is taken for a partial answer.",
            "Start a full sync if they are gone indeed.",
        )
    return gone


def _key(record: Any) -> Any:
    if isinstance(record, Seat):
        return without_nul(record.account), without_nul(record.product)
    return without_nul(record.external_id)
