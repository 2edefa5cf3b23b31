"""What was done with the tools in a window: by bucket, source and event name, with the people who did it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.types import from_micros
from app.facts import active, segment
from app.facts.active import Slots
from app.facts.segment import Columns
from app.facts.usage import ACTIVITY, USAGE, Activity, decode_activity
from app.metrics.question import Question
from app.metrics.use import number_of, scopes, team_filter

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Uses:
    """What was done in a bucket, in a source, with an event name: `who` are rows of bits, the others by team.

    `events` is how often it was done, `facts` on how many usage days.
    """

    bucket: Array
    part: Array
    event: Array
    who: Array
    events: Array
    facts: Array

    def of(self, mask: Array) -> "Uses":
        """Those that the mask lets pass."""
        return Uses(*(getattr(self, name)[mask] for name in self.__dataclass_fields__))


def day_range(question: Question) -> tuple[Array, Array]:
    """The days of each bucket that have begun, today among them: `[first, last]`, empty where none has."""
    today = number_of(from_micros(question.now).astimezone(question.zone).date())
    first = np.array([number_of(first) for first, _ in question.buckets.days])
    after = np.array([number_of(after) for _, after in question.buckets.days])
    return first, np.minimum(after - 1, today)


def uses_of(question: Question, where: Slots) -> Uses:
    """What was done in the window; from sets of bits, or from columns where teams are asked for."""
    collected = _Collected(question, where)
    first, last = day_range(question)
    parts = frozenset(part for scope in scopes(question) for part in scope.parts)
    if last.max() < first[0]:
        return collected.uses()
    columns = _Columns(question, int(first[0]), int(last.max()))
    for day, part, _, sets in question.snapshot.days(ACTIVITY, decode_activity, int(first[0]), int(last.max())):
        if part not in parts:
            continue
        bucket = int(np.searchsorted(first, day, side="right")) - 1
        if question.asks_for_teams or collected.has_machines(sets):
            collected.add_columns(bucket, part, day, columns.of(day, part))
        else:
            collected.add_sets(bucket, part, sets)
    return collected.uses()


class _Columns:
    """The columns of usage days, read only when the first of them is asked for."""

    def __init__(self, question: Question, first: int, last: int) -> None:
        self._days = partial(question.snapshot.days, USAGE, partial(segment.decode, USAGE), first, last)
        self._held: dict[tuple[int, int], Columns] = {}

    def of(self, day: int, part: int) -> Columns:
        if not self._held:
            self._held = {(day, part): columns for day, part, _, columns in self._days()}
        return self._held[day, part]


class _Collected:
    """Uses by bucket, source and event name, as they come day by day."""

    def __init__(self, question: Question, where: Slots) -> None:
        self._where = where
        self._person = question.snapshot.accounts().person
        dimension = question.snapshot.dimension("event")
        self._event_of = dimension.of_code
        self._values = len(team_filter(question)) if question.asks_for_teams else 1
        self._chosen = question.chosen("event", np.arange(len(dimension.of_code)))
        self._sets: dict[tuple[int, int, int], Array] = {}
        self._who: dict[tuple[int, int, int], Array] = {}
        self._events: defaultdict[tuple[int, int, int], Array] = defaultdict(self._nothing)
        self._facts: defaultdict[tuple[int, int, int], Array] = defaultdict(self._nothing)

    def _nothing(self) -> Array:
        return np.zeros(self._values, dtype=np.int64)

    def _passes(self, event: int) -> bool:
        return self._chosen is None or bool(self._chosen[event])

    def has_machines(self, sets: Activity) -> bool:
        """Whether an account that is no human's took part: the numbers of the sets hold its events too."""
        return bool((self._person[sets.accounts(0)] < 0).any())

    def add_sets(self, bucket: int, part: int, sets: Activity) -> None:
        """A day of a source, everything in it done by humans."""
        for place, event in enumerate(sets.event.tolist()[1:], start=1):
            if not self._passes(event):
                continue
            key = (bucket, part, event)
            bits = sets.bits[sets.starts[place] : sets.starts[place + 1]]
            start = int(sets.offset[place])
            seen = self._sets.setdefault(key, np.zeros(len(self._person) // 8 + 1, dtype=np.uint8))
            seen[start : start + len(bits)] |= bits
            self._events[key] += sets.events[place]
            self._facts[key] += int(np.bitwise_count(bits).sum())

    def add_columns(self, bucket: int, part: int, day: int, columns: Columns) -> None:
        """A day of a source, account by account."""
        human = self._person[columns["account"]]
        known = human >= 0
        place = self._where.on(day)[human]
        team = np.searchsorted(self._where.bounds[1:] * 8, place, side="right") if self._values > 1 else place * 0
        for event, rows in _by_event(columns["event"]):
            if not self._passes(event):
                continue
            mine = rows[known[rows]]
            if not len(mine):
                continue
            key = (bucket, part, event)
            who = self._who.setdefault(key, np.zeros(len(self._where.human), dtype=bool))
            who[place[mine]] = True
            self._events[key] += _sums(team[mine], columns["count"][mine], self._values)
            self._facts[key] += np.bincount(team[mine], minlength=self._values)

    def uses(self) -> Uses:
        """All of it, event names as places of the dimension."""
        keys = np.array(sorted(self._events), dtype=np.int64).reshape(-1, 3)
        who = np.zeros((len(keys), self._where.words), dtype=np.uint64)
        for place, key in enumerate(sorted(self._events)):
            seen = self._who.get(key, np.zeros(len(self._where.human), dtype=bool))
            if key in self._sets:
                codes = np.flatnonzero(np.unpackbits(self._sets[key], bitorder="little"))
                # Without teams the place of a human is their number.
                seen[self._person[codes]] = True
            who[place] = active.packed(seen)
        table = np.zeros((0, self._values), dtype=np.int64)
        return Uses(
            bucket=keys[:, 0],
            part=keys[:, 1],
            event=self._event_of[keys[:, 2]].astype(np.int64),
            who=who,
            events=np.array([self._events[key] for key in sorted(self._events)]) if len(keys) else table,
            facts=np.array([self._facts[key] for key in sorted(self._events)]) if len(keys) else table,
        )


def _by_event(event: Array) -> Iterator[tuple[int, Array]]:
    """The rows of each event; they stand by event."""
    bounds = np.flatnonzero(np.diff(event)) + 1
    for rows in np.split(np.arange(len(event)), bounds):
        yield int(event[rows[0]]), rows


def _sums(team: Array, count: Array, values: int) -> Array:
    result = np.zeros(values, dtype=np.int64)
    np.add.at(result, team, count)
    return result
