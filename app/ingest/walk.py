"""Reads a walk scope by scope, its children along with it, and keeps their cursors."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from app.ingest import vanished
from app.ingest.ahead import ahead
from app.ingest.objects import Batch
from app.ingest.selection import Selected
from app.ingest.session import Session, StateChange, shown
from app.ingest.whole_days import WholeDays
from app.store import presence
from connectors.kit import cursor as rules
from connectors.kit.cursor import AbnormalCursor, Cursor
from connectors.kit.errors import AuthError, ConfigError, ConnectorError, NotOffered, RateLimited, Transient
from connectors.kit.stream import Order, Page, Scope, Since, Stream

_GIVE_UP_AFTER = 3
"""Scopes in a row that a vendor fails to answer for before the others are left to the next run."""


def read_walk(session: Session, selected: Selected) -> list[Scope | None]:
    """Read all scopes of a walk; gives those that were read to their end.

    A scope that fails is reported and stops no other. Raises AuthError (nothing else can be read either),
    NotOffered (the plan lacks all of it) and RateLimited (the vendor wants a pause).
    """
    stream = selected.stream
    scopes: Sequence[Scope | None] = session.scopes() if stream.scoped else [None]
    if stream.scoped and not scopes:
        raise ConfigError(
            "The vendor shows nothing to read to these credentials.",
            "Give the account access to what should be read, or enter other credentials.",
        )
    session.at(stream.name, scopes[0], sum(_expected(session, stream, scope) for scope in scopes) or None)
    complete: list[Scope | None] = []
    failures = 0
    for scope in scopes:
        try:
            _read_scope(session, selected, scope)
        except (AuthError, NotOffered, RateLimited):
            raise
        except ConnectorError as error:
            _fail(session, selected, scope, error)
            failures = failures + 1 if isinstance(error, Transient) else 0
            if failures == _GIVE_UP_AFTER:
                break
        else:
            failures = 0
            complete.append(scope)
    return complete


def _expected(session: Session, stream: Stream, scope: Scope | None) -> int:
    """How many items of a scope will come, as far as it is known before it is asked: all of one never read."""
    fresh = session.full or (stream.name, scope_id(scope)) not in session.states
    return scope.items or 0 if scope is not None and fresh and _start(session) is None else 0


def read_pages(session: Session, selected: Selected, pages: Iterator[Page]) -> Iterator[tuple[Page, list[Batch]]]:
    """Pages with the records of the stream and its children; the next one downloads meanwhile."""

    def expanded() -> Iterator[tuple[Page, list[tuple[Stream, Sequence[Any]]]]]:
        for page in pages:
            objects: list[tuple[Stream, Sequence[Any]]] = [(selected.stream, page.items)]
            objects += ((child, child.children_of(session.api, page)) for child in selected.children)
            yield page, objects

    for page, objects in ahead(expanded()):
        session.interrupt.check()
        batches = [session.normalised(stream, items) for stream, items in objects]
        session.progress["done"] += len(page.items)
        yield page, batches


def scope_id(scope: Scope | None) -> str:
    """The scope as states know it."""
    return "" if scope is None else scope.external_id


def _read_scope(session: Session, selected: Selected, scope: Scope | None) -> None:
    stream = selected.stream
    cursor = _cursor(session, selected, scope)
    is_first = scope is not None and _holds_nothing(session, selected, scope)
    is_resumed = cursor.resume is not None
    cursor = _read_on(session, selected, scope, cursor)
    if is_resumed:
        # What changed since the walk began, behind the key that it went on from, was not met.
        cursor = _read_on(session, selected, scope, cursor)
    session.reports[stream.name].cursor = _earliest(session.reports[stream.name].cursor, shown(cursor.at))
    values = {"cursor": cursor.encode(), "complete_until": session.started, "retry_at": None}
    if is_first:
        # All that is stored of it was read just now: nothing can be missing yet.
        values["census_at"] = session.started
    session.commit((), _states(selected, scope, values))


def _read_on(session: Session, selected: Selected, scope: Scope | None, cursor: Cursor) -> Cursor:
    """Walk from a cursor to the end, page by page; gives the cursor behind the walk."""
    stream = selected.stream
    assert stream.fetch is not None  # noqa: S101 - a walk has one: the conformance suite checks it
    since = rules.lower_bound(cursor, stream.overlap, _start(session))
    session.at(stream.name, scope, scope.items if scope is not None and since is None else None)
    if _unchanged(scope, cursor, since):
        return cursor
    in_order = stream.order(session.api) is Order.CURSOR
    told = False
    days = WholeDays(session, stream)
    begin = Since(since, cursor.resume, cursor.token)
    for page, batches in read_pages(session, selected, stream.fetch(session.api, scope, begin)):
        if page.total is not None and not told:
            session.at(stream.name, scope, page.total - len(page.items))
            told = True
        cursor = rules.after_page(
            cursor,
            in_order=in_order,
            high=page.high,
            resume=page.resume,
            token=page.token,
            since=since,
            run_started=session.started,
        )
        if page.note is not None:
            session.reports[stream.name].note(page.note)
        states = _states(selected, scope, {"cursor": cursor.encode()})
        session.commit(batches, states, also=days.take(page, batches) or vanished.removal(session, stream, scope, page))
    return rules.after_walk(cursor, run_started=session.started)


def _cursor(session: Session, selected: Selected, scope: Scope | None) -> Cursor:
    """Where to go on: where the slowest of the stream and its children got to."""
    if session.full:
        return Cursor()
    report = session.reports[selected.stream.name]
    cursors: list[Cursor] = []
    for name in selected.names:
        state = session.states.get((name, scope_id(scope)))
        try:
            cursors.append(rules.decode(None if state is None else state.cursor, session.now()))
        except AbnormalCursor as error:
            report.note(f"{error} The stream was read again from its start.")
            return Cursor()
    if all(cursor == cursors[0] for cursor in cursors):
        cursor = cursors[0]
        # Without a key to go on behind, an interrupted walk begins again.
        return cursor if cursor.resume is not None else Cursor(at=cursor.at, token=cursor.token)
    reached = [cursor.at for cursor in cursors if cursor.at is not None]
    return Cursor(at=min(reached) if len(reached) == len(cursors) else None)


def _holds_nothing(session: Session, selected: Selected, scope: Scope) -> bool:
    """Whether nothing is stored of a scope: it was not even begun before, in this run or one that ended early."""
    if session.state(selected.stream, scope.external_id).complete_until is not None:
        return False
    with session.db.read() as connection:
        return not presence.live_items(connection, session.source.id, scope.external_id)


def _unchanged(scope: Scope | None, cursor: Cursor, since: datetime | None) -> bool:
    """Whether the vendor says that nothing of the scope changed since."""
    if scope is None or scope.changed_at is None or since is None:
        return False
    return cursor.at is not None and cursor.resume is None and scope.changed_at < since


def _start(session: Session) -> datetime | None:
    day = session.source.start_date
    return None if day is None else datetime.combine(day, time(), UTC)


def _states(selected: Selected, scope: Scope | None, values: Mapping[str, Any]) -> list[StateChange]:
    return [StateChange(name, scope_id(scope), values) for name in selected.names]


def _fail(session: Session, selected: Selected, scope: Scope | None, error: ConnectorError) -> None:
    if scope is not None:
        error.message = f"{scope.name}: {error.message}"
    for name in selected.names:
        session.reports[name].fail(error)
    # A scope that was never read to its end shows in the freshness, even if not one page of it came.
    session.commit((), _states(selected, scope, {"retry_at": None}))


def _earliest(one: str | None, other: str | None) -> str | None:
    return min(one, other) if one is not None and other is not None else one or other
