"""Records that are sent to us: NDJSON or CSV in, rows in the store, and a word about every bad line."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Literal
from uuid import UUID

from app.core.crypto import Keyring
from app.core.db import Database
from app.core.errors import NotFoundError
from app.ingest import lines
from app.ingest.lines import Line
from app.ingest.write import Writer, Written
from app.store import sources, version
from connectors.kit.records import PUSHABLE, Record

AT_ONCE = 2_000
"""Lines that are stored in one transaction, unless the caller says otherwise."""

Format = Literal["ndjson", "csv"]


@dataclass(slots=True)
class Pushed:
    """What became of lines: `rejected` holds `{"line": 1.., "errors": [{"loc": [...], "msg": "..."}]}`."""

    accepted: int = 0
    unchanged: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)


def push(
    db: Database,
    source_id: UUID,
    record_type: str,
    body: Iterable[bytes],
    *,
    form: Format,
    keyring: Keyring,
    now: datetime,
) -> Pushed:
    """Store what is sent to a source, `AT_ONCE` lines a transaction; all of it is durable when this returns.

    `body` comes in pieces of any size. A bad line is reported and spoils no other. Raises NotFoundError for
    an unknown source or record type, InvalidError for a CSV header that cannot be meant.
    """
    read = lines_of(record_type, body, form=form)
    with db.read() as connection:
        if sources.get(connection, source_id) is None:
            raise NotFoundError("There is no such source.")
    pushed = Pushed()
    for part in store(db, source_id, read, keyring=keyring, now=lambda: now):
        pushed.accepted += part.accepted
        pushed.unchanged += part.unchanged
        pushed.rejected += part.rejected
    return pushed


def lines_of(
    record_type: str, body: Iterable[bytes], *, form: Format, columns: Mapping[str, str] | None = None
) -> Iterator[Line]:
    """The lines of a body, read as they are asked for. `columns`: see `lines.csv_rows`.

    Raises NotFoundError for an unknown record type.
    """
    kind = PUSHABLE.get(record_type)
    if kind is None:
        raise NotFoundError(f"There is no record type '{record_type}'; there are: {', '.join(PUSHABLE)}.")
    return lines.ndjson(body, kind) if form == "ndjson" else lines.csv_rows(body, kind, columns)


def store(
    db: Database,
    source_id: UUID,
    read: Iterable[Line],
    *,
    keyring: Keyring,
    now: Callable[[], datetime],
    at_once: int = AT_ONCE,
) -> Iterator[Pushed]:
    """Store lines, `at_once` a transaction; gives what became of each of these, once it is durable.

    Raises NotFoundError for an unknown source.
    """
    writer = Writer(source_id, now=now, keyring=keyring)
    unread = iter(read)
    while batch := list(islice(unread, at_once)):
        good: list[tuple[int, Record]] = []
        pushed = Pushed()
        for line in batch:
            if isinstance(line.content, Record):
                good.append((line.number, line.content))
            else:
                pushed.rejected.append({"line": line.number, "errors": line.content})
        with db.write() as connection:
            if not sources.lock(connection, source_id):
                raise NotFoundError("There is no such source.")
            done = writer.write(connection, [record for _, record in good]) if good else Written(Counter(), ())
            if done.written:
                version.bump(connection, now())
        _count(pushed, good, done)
        yield pushed


def _count(pushed: Pushed, good: list[tuple[int, Record]], done: Written) -> None:
    errors: dict[int, list[dict[str, Any]]] = {}
    for fault in done.faults:
        place = [] if fault.field is None else [fault.field]
        errors.setdefault(good[fault.index][0], []).append({"loc": place, "msg": fault.reason})
    pushed.rejected += [{"line": number, "errors": found} for number, found in errors.items()]
    pushed.rejected.sort(key=lambda rejected: rejected["line"])
    pushed.accepted += done.written
    pushed.unchanged += len(good) - len(errors) - done.written
