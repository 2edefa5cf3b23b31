"""Who may use a tool: the holders of its seats, or everybody where the tool has never told of a seat."""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.facts import active, segment
from app.facts.active import Slots
from app.facts.read import Snapshot
from app.facts.shape import MICROS_A_DAY
from app.facts.usage import SEATS
from app.metrics.use import Days, Tool
from app.store import dimensions as store

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Seats:
    """Seats that humans hold or held: whose, of which source (by code) and product, since when and until when.

    `machines` is how many further seats there are.
    """

    human: Array
    account: Array
    product: Array
    part: Array
    assigned: Array
    removed: Array
    machines: int

    def held(self, last: int) -> Array:
        """Which of them were held at the end of a day (since 1970, in UTC)."""
        end = (last + 1) * MICROS_A_DAY
        held: Array = (self.assigned < end) & (self.removed >= end)
        return held


def seats_of(snapshot: Snapshot, parts: frozenset[int]) -> Seats:
    """The seats of these sources."""
    return snapshot.once(("seats", parts), lambda: _seats_of(snapshot, parts))


def _seats_of(snapshot: Snapshot, parts: frozenset[int]) -> Seats:
    found = [
        (part, columns)
        for _, part, _, columns in snapshot.days(SEATS, partial(segment.decode, SEATS), 0, 0)
        if part in parts
    ]
    columns = {
        name: np.concatenate([np.zeros(0, dtype=dtype), *(columns[name] for _, columns in found)])
        for name, dtype in SEATS.columns
    }
    part = np.repeat([part for part, _ in found], [len(columns["account"]) for _, columns in found]).astype(np.int64)
    human = snapshot.accounts().person[columns["account"]]
    known = human >= 0
    return Seats(
        human=human[known],
        account=columns["account"][known],
        product=columns["product"][known],
        part=part[known],
        assigned=columns["assigned"][known],
        removed=columns["removed"][known],
        machines=int(np.count_nonzero(~known)),
    )


class Eligible:
    """Who may use a tool at the end of each bucket, as rows of bits (without teams)."""

    def __init__(self, snapshot: Snapshot, where: Slots, days: Days) -> None:
        self._snapshot = snapshot
        self._where = where
        self._days = days
        tool_of = snapshot.dimension("tool").of_code
        self._with_seats = {int(tool_of[part]) for part in snapshot.first_days(SEATS)}

    def has_seats(self, tool: Tool) -> bool:
        """Whether the tool ever told of a seat, in any of its sources."""
        return tool.place in self._with_seats

    def of(self, tool: Tool, used: Array) -> Array:
        """The holders of its seats; or all people, with every account of it that is nobody's yet.

        `used` is who used it: an account may have done so and be closed by now.
        """
        if self.has_seats(tool):
            key = ("holders", tool.parts, tuple(self._days.last.tolist()))
            size = 8 * self._where.words * len(self._days.last)
            return self._snapshot.once(key, lambda: self._holders(tool), size)
        return self._snapshot.once(("everyone", tool.parts), lambda: self._everyone(tool)) | used

    def _everyone(self, tool: Tool) -> Array:
        everyone = np.zeros(len(self._where.human), dtype=bool)
        everyone[: len(self._snapshot.accounts().number_of)] = True
        person = self._snapshot.accounts().person
        everyone[[person[code] for part, code in self._unjoined() if part in tool.parts and code is not None]] = True
        return active.packed(everyone)

    def never_seen(self, part: int) -> int:
        """How many accounts of a source are nobody's, and are in no fact either: eligible, and never active."""
        return self._snapshot.once(("never seen",), self._unseen)[part]

    def _unseen(self) -> Counter[int]:
        return Counter(part for part, code in self._unjoined() if code is None)

    def _unjoined(self) -> list[store.Row]:
        return self._snapshot.once(("unjoined",), lambda: store.unjoined(self._snapshot.connection))

    def _holders(self, tool: Tool) -> Array:
        seats = seats_of(self._snapshot, tool.parts)
        rows = np.zeros((len(self._days.last), self._where.words), dtype=np.uint64)
        changes = np.unique(np.concatenate((seats.assigned, seats.removed)))
        stretches = np.searchsorted(changes, (self._days.last + 1) * MICROS_A_DAY, side="left")
        for stretch in np.unique(stretches).tolist():
            same = np.flatnonzero(stretches == stretch)
            held = np.zeros(len(self._where.human), dtype=bool)
            held[seats.human[seats.held(int(self._days.last[same[0]]))]] = True
            rows[same] = active.packed(held)
        return rows
