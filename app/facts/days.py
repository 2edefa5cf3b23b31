"""The builder of facts that stand on days of their own, such as usage: takes the marked days and packs them anew."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection

from app.core.db import Database
from app.facts import segment
from app.facts.rows import Codes
from app.store import dirty, sources
from app.store import facts as store

_DAYS_AT_ONCE = 100

Packed = tuple[str, int, int, bytes]
"""`(kind of segment, day, rows, payload)`"""

Pack = Callable[[Connection, UUID, Codes, Sequence[int]], Iterable[Packed]]
"""Packs the rows of a source on those days; a day or kind without rows is left out."""


def build_dirty_days(db: Database, packers: Mapping[str, tuple[Pack, tuple[str, ...]]]) -> int:
    """Build every marked day; gives their number.

    `packers` say for each kind of mark how its days are packed and which kinds of segments come of it. The
    segments, the codes that they need and the removal of the marks commit together.
    """
    with db.read() as connection:
        waiting = dirty.sources_with_days(connection)
    built = 0
    for source_id, kind in waiting:
        pack, segments = packers[kind]
        while some := _build_some(db, source_id, kind, pack, segments):
            built += some
            if some < _DAYS_AT_ONCE:
                break
    return built


def _build_some(db: Database, source_id: UUID, kind: str, pack: Pack, segments: tuple[str, ...]) -> int:
    with db.write() as connection:
        if not sources.lock(connection, source_id):
            return 0
        days = dirty.marked_days(connection, source_id, kind, _DAYS_AT_ONCE)
        if days:
            codes = Codes(connection, source_id)
            part = int(codes.of("source", [""])[0])
            store.delete_segments(connection, part, [(name, day) for name in segments for day in days])
            store.write_segments(
                connection,
                [
                    (name, day, part, segment.fingerprint(payload), rows, payload)
                    for name, day, rows, payload in pack(connection, source_id, codes, days)
                ],
            )
            dirty.clear_days(connection, source_id, kind, days)
        return len(days)
