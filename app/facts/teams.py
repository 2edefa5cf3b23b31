"""Which team a human was in at an instant: a person has at most one, and may have had others before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.facts.segment import NEVER, Array

Row = tuple[Any, ...]

ALWAYS = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Teams:
    """The stays of every human, one after another: from `since` (microseconds) until the next one begins.

    `first` and `count` say which stays are whose, by the human's number; their last row is that of nobody, so
    that the number -1 finds it. `team` is a place in the dimension `team`; its last place is `unassigned`.
    """

    first: Array
    count: Array
    since: Array
    team: Array

    def at(self, person: Array, instants: Array) -> Array:
        """The team of each human (-1: nobody) at each instant, or all at the same one."""
        if len(person) <= len(self.first):
            return self.team[self._stays_at(person, instants)]
        # There are more facts than people, and hardly anybody moves between the first instant and the last.
        everybody = np.arange(len(self.first))
        before, after = (self._stays_at(everybody, instant) for instant in (np.min(instants), np.max(instants)))
        team: Array = self.team[before][person]
        if (before != after).any():
            moved = np.flatnonzero((before != after)[person])
            team[moved] = self.team[self._stays_at(person[moved], np.broadcast_to(instants, person.shape)[moved])]
        return team

    def _stays_at(self, person: Array, instants: Array) -> Array:
        """The place of the stay of each human at each instant."""
        stay: Array = self.first[person]
        moved = np.flatnonzero(self.count[person] > 1)
        if len(moved):
            who, when = person[moved], np.broadcast_to(instants, person.shape)[moved]
            begins, stays = self.first[who], self.count[who]
            for later in range(1, int(self.count.max())):
                there = np.minimum(begins + later, len(self.since) - 1)
                stay[moved] += (stays > later) & (self.since[there] <= when)
        return stay

    def stays(self, person: Array) -> tuple[Array, Array]:
        """Every (entry, stay) of these humans: `entry` is the place in `person`, `stay` the place in `since`."""
        sizes = self.count[person]
        entry = np.repeat(np.arange(len(person)), sizes)
        begins = np.cumsum(sizes) - sizes
        return entry, np.arange(len(entry)) - begins[entry] + self.first[person][entry]

    def until(self, stay: Array) -> Array:
        """When each stay ends: where the next one of the same human begins, or NEVER."""
        following = np.minimum(stay + 1, len(self.since) - 1)
        return np.where(self.since[following] > self.since[stay], self.since[following], NEVER)


def teams_of(
    memberships: Sequence[Row], number_of: Mapping[Any, int], people: int, place_of: Mapping[Any, int]
) -> Teams:
    """The teams of humans by number; `memberships` are `(person, team, since, until)` by person, then in time.

    `until` is None for a stay that goes on. A human without a membership is `unassigned`, and so are the times
    before, between and after memberships.
    """
    unassigned = len(place_of)
    stays: dict[int, list[tuple[int, int]]] = {}
    for person, team, since, until in memberships:
        mine = stays.setdefault(number_of[person], [(ALWAYS, unassigned)])
        if mine[-1][0] == since:
            mine.pop()
        mine.append((since, place_of[team]))
        if until is not None:
            mine.append((until, unassigned))
    nothing = [(ALWAYS, unassigned)]
    every = [stays.get(number, nothing) for number in range(people)] + [nothing]
    count = np.array([len(mine) for mine in every], dtype=np.int64)
    flat = [stay for mine in every for stay in mine]
    return Teams(
        first=np.cumsum(count) - count,
        count=count,
        since=np.array([since for since, _ in flat], dtype=np.int64),
        team=np.array([team for _, team in flat], dtype=np.int64),
    )
