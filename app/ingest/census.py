"""Finds deleted and moved items: the vendor's ids, scope by scope, against the store's.

An id that is missing is looked up before it is believed: an index may lag, and an item may have moved to
where nobody lists it. A scope that the vendor no longer shows is never taken for deletions: it is not counted.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from itertools import chain

from sqlalchemy import Connection

from app.ingest.selection import Selected
from app.ingest.session import Session, StateChange
from app.ingest.share import unusual
from app.ingest.usage import retract_activity
from app.ingest.walk import read_pages
from app.store import dirty, presence, states
from app.store.states import StreamState
from connectors.kit.errors import AuthError, ConnectorError, RateLimited, Transient
from connectors.kit.records import WorkItem
from connectors.kit.stream import Page, Scope

EVERY = timedelta(hours=24)
_AT_ONCE = 1_000


def take_census(session: Session, selected: Selected, scopes: Sequence[Scope | None], read: Collection[str]) -> None:
    """Bring the store to what the vendor holds in `scopes`, which were just read to their end.

    `read` are the ids of all scopes that the source reads: an item that went elsewhere is gone for it.

    Raises AuthError and RateLimited; other errors of a scope are reported and leave it as it was.
    """
    if selected.stream.census is None:
        return
    with session.db.read() as connection:
        # As this run's walk left them.
        present = states.of_source(connection, session.source.id)
    due = [
        scope
        for scope in scopes
        if scope is not None and _is_due(session, present.get((selected.stream.name, scope.external_id)))
    ]
    held: dict[str, set[str]] = {}
    for scope in due:
        session.at(selected.stream.name, scope, None)
        try:
            held[scope.external_id] = _ids(session, selected, scope)
        except (AuthError, RateLimited):
            raise
        except ConnectorError as error:
            session.reports[selected.stream.name].fail(error)
    everywhere = set(chain.from_iterable(held.values()))
    for scope in due:
        if scope.external_id in held:
            _settle(session, selected, scope, held[scope.external_id], everywhere=everywhere, read=read)


def _is_due(session: Session, state: StreamState | None) -> bool:
    """Once a day, and for what was begun by an earlier run or seen again: items may have gone meanwhile."""
    if session.full or state is None or state.census_at is None:
        return True
    return session.started - state.census_at >= EVERY


def _ids(session: Session, selected: Selected, scope: Scope) -> set[str]:
    census = selected.stream.census
    assert census is not None  # noqa: S101 - the caller has looked
    ids: set[str] = set()
    for page in census(session.api, scope):
        session.interrupt.check()
        ids.update(page)
    return ids


def _settle(
    session: Session,
    selected: Selected,
    scope: Scope,
    held: set[str],
    *,
    everywhere: set[str],
    read: Collection[str],
) -> None:
    with session.db.read() as connection:
        stored = presence.live_items(connection, session.source.id, scope.external_id)
    missing = stored - everywhere
    if not session.full and unusual(len(missing), len(stored)):
        session.reports[selected.stream.name].fail(
            Transient(
                f"{scope.name}: the vendor's list lacks {len(missing)} of {len(stored)} items: it is taken for a "
                "partial answer, and none of them for deleted.",
                "Start a full sync if they are gone indeed.",
            )
        )
        return
    # A source that reads from a day on leaves older items alone, and knows every other one already.
    unknown = held - stored if session.source.start_date is None else set()
    found = _look_up(session, selected, sorted(missing | unknown), read)
    _delete(session, selected, scope, missing - found)


def _look_up(session: Session, selected: Selected, ids: Sequence[str], read: Collection[str]) -> set[str]:
    """Read items by id, and store them; gives those that are there, in a scope that the source reads."""
    found: set[str] = set()
    refetch = selected.stream.refetch
    if refetch is None or not ids:
        return found

    def pages() -> Iterator[Page]:
        for start in range(0, len(ids), _AT_ONCE):
            yield from refetch(session.api, ids[start : start + _AT_ONCE])

    for _, batches in read_pages(session, selected, pages()):
        items, *_ = batches
        found |= {one.external_id for one in items.set_aside if one.external_id is not None}
        found |= {
            record.external_id
            for record in items.records
            if isinstance(record, WorkItem) and (record.project is None or record.project in read)
        }
        session.commit(batches)
    return found


def _delete(session: Session, selected: Selected, scope: Scope, gone: Collection[str]) -> None:
    source_id = session.source.id

    def delete(connection: Connection) -> int:
        deleted = presence.delete_items(connection, source_id, gone, session.started)
        retract_activity(connection, source_id, deleted)
        dirty.mark(connection, source_id, deleted)
        session.reports[selected.stream.name].deleted += len(deleted)
        return len(deleted)

    session.commit(
        (), [StateChange(selected.stream.name, scope.external_id, {"census_at": session.started})], also=delete
    )
