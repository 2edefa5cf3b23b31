"""What came into each status and what left it: the moves of items seen from the statuses."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from app.facts import segment
from app.facts.read import Snapshot
from app.facts.segment import HISTORIES, MOVES, NO_CODE, Array, Columns, Kind
from app.facts.shape import MICROS_A_DAY
from app.facts.window import Piece, Window
from app.metrics.question import Facts, Question

PASSAGES = Kind(
    "passages",
    "at",
    (
        ("item", "<i8"),
        ("at", "<i8"),
        ("project", "<i4"),
        ("item_type", "<i4"),
        ("priority", "<i4"),
        ("assignee", "<i4"),
        ("status", "<i4"),
        ("sign", "i1"),
    ),
)
"""An item that came into a status (`sign` is 1) or left it (-1)."""

_LONG_AGO = -(2**31)
_OF_ITEM = ("item", "project", "item_type", "priority", "assignee")


def passages(question: Question, start: int, end: int) -> Facts:
    """What came and went in `[start, end)`, microseconds, as far as it passes the filters.

    An item comes into its first status when it is created. A move within a status is neither, and nothing happens
    to an item before its creation.
    """
    snapshot = question.snapshot
    window = snapshot.once(("passages", start, end), lambda: _window(snapshot, start, end), _size)
    return question.filtered(Facts(window.between(start, end)))


def _size(window: Window) -> int:
    # The columns, and the pieces that they were made of.
    return 2 * PASSAGES.width * len(window)


def _window(snapshot: Snapshot, start: int, end: int) -> Window:
    days = _LONG_AGO, (end - 1) // MICROS_A_DAY
    moves = {
        (day, part): columns for day, part, _, columns in snapshot.days(MOVES, partial(segment.decode, MOVES), *days)
    }
    held: dict[int, list[tuple[Columns, Columns]]] = {}
    for day, part, _, items in snapshot.days(HISTORIES, partial(segment.decode, HISTORIES), *days):
        moved = moves.get((day, part), segment.empty(MOVES))
        # Most items have long been finished: nothing of them is worked out.
        if any(_touches(instants, start, end) for instants in (items["created_at"], moved["at"])):
            held.setdefault(part, []).append((items, moved))
    pieces = []
    for part, some in held.items():
        items, moved = (_joined(columns) for columns in zip(*some, strict=True))
        pieces.append(Piece(part, _passed(items, moved, start, end), {}))
    return Window(PASSAGES, pieces)


def _joined(parts: Sequence[Columns]) -> Columns:
    return {name: np.concatenate([columns[name] for columns in parts]) for name in parts[0]}


def _touches(instants: Array, start: int, end: int) -> bool:
    return bool(len(instants)) and bool(((instants >= start) & (instants < end)).any())


def _passed(items: Columns, moves: Columns, start: int, end: int) -> Columns:
    """The passages of items in `[start, end)`; the moves stand item by item."""
    count = items[MOVES.name]
    owner = np.repeat(np.arange(len(count)), count)
    after = np.cumsum(count, dtype=np.int64)
    moved = np.flatnonzero(count)
    first, last = after[moved] - count[moved], after[moved] - 1
    entered = moves["to_status"].copy()
    present = items["status"][moved]
    entered[last] = np.where(present == NO_CODE, entered[last], present)
    left = np.roll(entered, 1)
    left[first] = moves["from_status"][first]
    begins_in = items["status"].copy()
    begins_in[moved] = left[first]
    created = items["created_at"]
    at = np.maximum(moves["at"], created[owner])
    some = np.flatnonzero((left != entered) & (at >= start) & (at < end))
    born = np.flatnonzero((created >= start) & (created < end))
    whose = np.concatenate((owner[some], owner[some], born))
    return {
        **{name: items[name][whose] for name in _OF_ITEM},
        "at": np.concatenate((at[some], at[some], created[born])),
        "status": np.concatenate((left[some], entered[some], begins_in[born])),
        "sign": _signs(len(some), len(some) + len(born)),
    }


def _signs(departures: int, arrivals: int) -> Array:
    return np.repeat(np.array([-1, 1], dtype=np.int8), (departures, arrivals))
