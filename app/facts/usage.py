"""Usage as facts: who used a tool on a day, as sets of bits, and how often, as columns.

A day is the vendor's: it is not cut again.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from app.facts import segment
from app.facts.days import Packed
from app.facts.rows import Codes
from app.facts.segment import NEVER, NO_CODE, Array, Kind
from app.facts.teams import ALWAYS
from app.store import usage as store

MARK = store.MARK

USAGE = Kind("usage", "", (("event", "<i4"), ("account", "<i4"), ("count", "<i8")))
"""How often each account did what, by event and account."""

ACTIVITY = Kind("activity", "", (("event", "<i4"), ("events", "<i8"), ("offset", "<i4"), ("width", "<i4")))
"""Sets of accounts: one for all events (`event` is NO_CODE, always the first), and one for each event.

`events` is how many there were. A set is `width` bytes from the byte `offset` on: codes of other sources, which
stand before and behind, cost nothing. The sets stand one after another behind the columns.
"""

SEATS = Kind("seats", "", (("account", "<i4"), ("product", "<i4"), ("assigned", "<i8"), ("removed", "<i8")))
"""Every seat of a source that is or was held, all on day 0; `assigned` is ALWAYS where the vendor tells no instant."""

_COLUMNS_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Activity:
    """The sets of one day of one source: see `ACTIVITY`. `starts` is where each one's bytes begin in `bits`."""

    event: Array
    events: Array
    offset: Array
    starts: Array
    bits: Array

    def accounts(self, place: int) -> Array:
        """The codes of the accounts in a set, ascending."""
        held = self.bits[self.starts[place] : self.starts[place + 1]]
        codes: Array = np.flatnonzero(np.unpackbits(held, bitorder="little")) + 8 * int(self.offset[place])
        return codes


def pack(connection: Connection, source_id: UUID, codes: Codes, days: Sequence[int]) -> Iterator[Packed]:
    """The segments of both kinds of each day that saw any use."""
    for day in days:
        rows = store.of_day(connection, source_id, day)
        if not rows:
            continue
        accounts, events, counts = zip(*rows, strict=True)
        account, event = codes.of("account", accounts), codes.of("event", events)
        count = np.array(counts, dtype=np.int64)
        order = np.lexsort((account, event))
        account, event, count = account[order], event[order], count[order]
        columns = {"event": event, "account": account, "count": count}
        yield USAGE.name, day, len(rows), segment.encode(USAGE, columns)
        yield ACTIVITY.name, day, len(rows), encode_activity(event, account, count)


def pack_seats(connection: Connection, source_id: UUID, codes: Codes, days: Sequence[int]) -> Iterator[Packed]:
    """The segment of a source's seats, which stand on one day."""
    rows = sorted(store.seats(connection, source_id))
    if not rows:
        return
    accounts, products, assigned, removed = zip(*rows, strict=True)
    columns = {
        "account": codes.of("account", accounts),
        "product": codes.of("product", products),
        "assigned": np.array([ALWAYS if at is None else at for at in assigned], dtype=np.int64),
        "removed": np.array([NEVER if at is None else at for at in removed], dtype=np.int64),
    }
    yield SEATS.name, days[0], len(rows), segment.encode(SEATS, columns)


def encode_activity(event: Array, account: Array, count: Array) -> bytes:
    """The sets of a day; the rows stand by event."""
    bounds = np.flatnonzero(np.diff(event)) + 1
    groups = [np.unique(account), *np.split(account, bounds)]
    offset = np.array([group[0] // 8 for group in groups])
    width = np.array([group[-1] // 8 for group in groups]) - offset + 1
    columns = {
        "event": np.concatenate(([NO_CODE], event[np.concatenate(([0], bounds))])),
        "events": np.concatenate(([count.sum()], np.add.reduceat(count, np.concatenate(([0], bounds))))),
        "offset": offset,
        "width": width,
    }
    table = segment.encode(ACTIVITY, columns)
    sets = [_bits(group - 8 * low, size) for group, low, size in zip(groups, offset, width, strict=True)]
    return b"".join((_COLUMNS_LENGTH.pack(len(table)), table, *sets))


def decode_activity(payload: bytes) -> Activity:
    """Read-only views on the payload. Raises ValueError for bytes that hold no such sets."""
    (length,) = _COLUMNS_LENGTH.unpack_from(payload)
    behind = _COLUMNS_LENGTH.size + length
    columns = segment.decode(ACTIVITY, payload[_COLUMNS_LENGTH.size : behind])
    starts = np.concatenate(([0], np.cumsum(columns["width"], dtype=np.int64)))
    if len(payload) != behind + starts[-1]:
        raise ValueError("A segment of 'activity' is damaged: rebuild the facts.")
    bits = np.frombuffer(payload, dtype=np.uint8, offset=behind)
    return Activity(columns["event"], columns["events"], columns["offset"], starts, bits)


def _bits(codes: Array, width: int) -> bytes:
    seen = np.zeros(8 * int(width), dtype=bool)
    seen[codes] = True
    return np.packbits(seen, bitorder="little").tobytes()
