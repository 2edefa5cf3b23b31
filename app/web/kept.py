"""What was made already for a page, kept for whoever asks the same next."""

from array import array
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Generic, TypeVar

import orjson

from app.charts.chart import Chart, Given
from app.insights.numbers import Numbers

Made = TypeVar("Made")
Plain = dict[str, Any]


class Kept(Generic[Made]):
    """Things by what they depend on, the least recently asked for leaving first. Safe for threads.

    `most` is how much is kept in all, in what `size` tells of one; what is larger than that is made each time.
    """

    def __init__(self, most: int, size: Callable[[Made], int]) -> None:
        self._most = most
        self._size = size
        self._held: OrderedDict[Hashable, tuple[Made, int]] = OrderedDict()
        self._total = 0
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """The thing under this key, made where there is none."""
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
                return found[0]
        made = make()
        size = self._size(made)
        if size <= self._most:
            with self._lock:
                self._total += size - self._held.pop(key, (made, 0))[1]
                self._held[key] = made, size
                while self._total > self._most:
                    self._total -= self._held.popitem(last=False)[1][1]
        return made


def _size(made: Any) -> int:
    """Bytes of numbers in a row, or of the JSON that says the same."""
    return len(made) * made.itemsize if isinstance(made, array) else len(orjson.dumps(made))


def _drawn_size(drawn: tuple[Given, Chart]) -> int:
    given, chart = drawn
    return sum(map(_size, (given.answer, given.facts, given.values, chart.spec)))


@dataclass(frozen=True, slots=True)
class Memory:
    """What one service keeps for its pages: about 150 MB when it is full, objects taking a few times their JSON."""

    answers: Kept[Any] = field(default_factory=lambda: Kept(12_000_000, _size))
    facts: Kept[Any] = field(default_factory=lambda: Kept(6_000_000, _size))
    """Facts and values, the longest lists that pages ask for: they push out each other only."""
    drawn: Kept[tuple[Given, Chart]] = field(default_factory=lambda: Kept(12_000_000, _drawn_size))
    insights: Kept[Plain] = field(default_factory=lambda: Kept(3_000_000, _size))
    numbers: Kept[Numbers] = field(default_factory=lambda: Kept(20, lambda _numbers: 1))
