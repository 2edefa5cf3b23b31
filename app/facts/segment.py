"""A segment: one day of one kind of fact of one source, packed as little-endian columns one after another."""

import hashlib
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Columns = dict[str, Array]

NEVER = np.iinfo(np.int64).max
"""The instant of what has not happened, in microseconds."""

NO_CODE = -1
"""The code of a reference that is empty."""

UNMAPPED, HISTORY_GAP, REOPENED, EARLY, ENDS_DISCARDED = 1, 2, 4, 8, 16
"""Bits of `flags`: an unmapped status, a history that ends elsewhere, left `done` once, moved before it was created,
discarded and not taken up again."""

_FORMAT = 1
_HEADER = struct.Struct("<II")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fact: the column that says on which day it stands, and its columns with their types.

    What each row holds inside (its visits, its moves) stands row after row in the day's segment of the kind
    `inner`; the column of that name counts it.
    """

    name: str
    time: str
    columns: tuple[tuple[str, str], ...]
    inner: "Kind | None" = None

    @property
    def width(self) -> int:
        """Bytes of one row."""
        return sum(np.dtype(dtype).itemsize for _, dtype in self.columns)


_ITEM = (("project", "<i4"), ("item_type", "<i4"), ("priority", "<i4"), ("assignee", "<i4"), ("flags", "u1"))

VISITS = Kind("visits", "", (("start", "<i8"), ("end", "<i8"), ("status", "<i4"), ("category", "i1")))
"""Where finished items stood before they finished; within an item by category and status."""

FINISHED = Kind(
    "finished",
    "finished_at",
    (("item", "<i8"), ("finished_at", "<i8"), ("started_at", "<i8"), ("created_at", "<i8"), ("visits", "<i4"), *_ITEM),
    VISITS,
)
"""Items by the day they finished, with their visits."""

TRANSITIONS = Kind(
    "transitions",
    "at",
    (
        ("item", "<i8"),
        ("at", "<i8"),
        ("actor", "<i4"),
        *_ITEM[:-1],
        ("flags", "u1"),
        ("left", "i1"),
        ("entered", "i1"),
        ("automated", "i1"),
        ("automated_by", "i1"),
    ),
)
"""Moves as the history tells them; `left` and `entered` are categories, `automated` the vendor's word (-1: none)."""

STATES = Kind(
    "states",
    "at",
    (("item", "<i8"), ("at", "<i8"), ("until", "<i8"), *_ITEM, ("left", "i1"), ("entered", "i1")),
)
"""Changes of an item's category, its creation (`left` is -2) among them, the closing as it is seen today; `until` is
when the next one of the item came."""

ARRIVALS = Kind("arrivals", "created_at", (("item", "<i8"), ("created_at", "<i8"), *_ITEM))
STARTS = Kind(
    "starts",
    "started_at",
    (("item", "<i8"), ("started_at", "<i8"), ("created_at", "<i8"), ("end", "<i8"), *_ITEM),
)
"""Items by the day they were started; `end` is when they were finished or discarded."""

MOVES = Kind(
    "moves",
    "",
    (
        ("at", "<i8"),
        ("from_status", "<i4"),
        ("to_status", "<i4"),
        ("actor", "<i4"),
        ("automated", "i1"),
        ("automated_by", "i1"),
    ),
)
"""The transitions of items, each item's in their true order."""

HISTORIES = Kind(
    "histories",
    "created_at",
    (
        ("item", "<i8"),
        ("created_at", "<i8"),
        ("resolved_at", "<i8"),
        ("moves", "<i4"),
        *_ITEM[:-1],
        ("status", "<i4"),
        ("resolution", "<i4"),
    ),
    MOVES,
)
"""Items by the day they were created, as the rows tell them: no category, so that no mapping changes them and the
other kinds can be built from them."""

NAMED_RELEASES = Kind(
    "named_releases",
    "created_at",
    (("item", "<i8"), ("created_at", "<i8"), ("release", "<i4"), ("affected", "u1")),
)
"""The releases that items name, by the day the item was created: one that it is in, or (`affected`) was found in."""

DERIVED = (FINISHED, TRANSITIONS, STATES, ARRIVALS, STARTS)
"""What follows from the histories and from what statuses and resolutions mean."""

KINDS = (*DERIVED, VISITS, HISTORIES, MOVES, NAMED_RELEASES)


def names(kinds: Iterable[Kind]) -> list[str]:
    """The names of these kinds and of what their rows hold inside."""
    return [kind.name for outer in kinds for kind in (outer, outer.inner) if kind is not None]


def encode(kind: Kind, columns: Mapping[str, Array]) -> bytes:
    """The columns as bytes; they must all have the same length."""
    rows = len(columns[kind.columns[0][0]])
    parts: list[Any] = [_HEADER.pack(_FORMAT, rows)]
    for name, dtype in kind.columns:
        column = np.ascontiguousarray(columns[name], dtype=dtype)
        if len(column) != rows:
            raise ValueError(f"The column '{name}' of '{kind.name}' has {len(column)} rows, not {rows}.")
        parts.append(column)
    return b"".join(parts)


def decode(kind: Kind, payload: bytes) -> Columns:
    """Read-only views on the payload. Raises ValueError for bytes that are no segment of this kind."""
    form, rows = _HEADER.unpack_from(payload)
    if form != _FORMAT or len(payload) != _HEADER.size + rows * kind.width:
        raise ValueError(f"A segment of '{kind.name}' is damaged or of another format: rebuild the facts.")
    columns: Columns = {}
    offset = _HEADER.size
    for name, dtype in kind.columns:
        columns[name] = np.frombuffer(payload, dtype=dtype, count=rows, offset=offset)
        offset += columns[name].nbytes
    return columns


def empty(kind: Kind) -> Columns:
    """The kind's columns without a row."""
    return {name: np.empty(0, dtype=dtype) for name, dtype in kind.columns}


def fingerprint(payload: bytes) -> int:
    """64 bits that tell two payloads apart: the segment's version."""
    return int.from_bytes(hashlib.sha256(payload).digest()[:8], "little", signed=True)
