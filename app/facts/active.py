"""Who was active when, as one row of bits a day: a place for each human, or for each human in each team."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from app.facts.read import Snapshot
from app.facts.segment import Array
from app.facts.shape import MICROS_A_DAY
from app.facts.teams import Teams
from app.facts.usage import ACTIVITY, Activity, decode_activity

_NOON = MICROS_A_DAY // 2
_WORD = 64
_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Slots:
    """The places of a row of bits.

    Without teams each human has the place of their number. With teams there is a place for each human in each team
    that they ever were in, and the places of a team are the whole bytes from `bounds[team]` to `bounds[team + 1]`.
    `human` says whose each place is; -1 is nobody's, where bytes are filled up.
    """

    human: Array
    bounds: Array
    teams: Teams | None = None
    _keys: Array | None = None
    _places: Array | None = None
    _since: Array | None = None
    _of_stretch: dict[int, Array] = field(default_factory=dict)

    @property
    def people(self) -> int:
        """How many humans have a number."""
        return int(self.human.max(initial=-1)) + 1

    @property
    def words(self) -> int:
        """The length of a row of bits."""
        return len(self.human) // _WORD

    def on(self, day: int) -> Array:
        """The place of each human on a day (of the vendor; its noon in UTC tells the team), and -1 for nobody."""
        if self.teams is None or self._keys is None or self._places is None or self._since is None:
            return np.append(np.arange(self.people), -1)
        stretch = int(np.searchsorted(self._since, noon(day), side="right"))
        if stretch not in self._of_stretch:
            human = np.arange(self.people)
            keys = self.teams.at(human, noon(day)) * self.people + human
            self._of_stretch[stretch] = np.append(self._places[np.searchsorted(self._keys, keys)], -1)
        return self._of_stretch[stretch]


def noon(day: int) -> Array:
    """The instant of a day (since 1970) that tells in which team somebody was on it, microseconds."""
    return np.array(day * MICROS_A_DAY + _NOON)


def slots(snapshot: Snapshot, *, by_team: bool) -> Slots:
    """The places as people and teams are known now."""
    people = snapshot.accounts().people
    if not by_team:
        return Slots(_filled(np.arange(people)), np.array([0, _whole(people)]) // 8)
    values = len(snapshot.dimension("team").values)
    return snapshot.once(("slots",), lambda: _in_teams(snapshot.teams(), people, values))


def active(snapshot: Snapshot, where: Slots, parts: Collection[int], first: int, last: int) -> Array:
    """Who used one of these sources (by code) on each of the days `[first, last]`: rows of words of bits."""
    by_team = where.teams is not None
    key = ("active", by_team, frozenset(parts), first, last)
    size = (last - first + 1) * where.words * _WORD // 8
    return snapshot.once(key, lambda: _matrix(snapshot, where, parts, first, last), size)


def _matrix(snapshot: Snapshot, where: Slots, parts: Collection[int], first: int, last: int) -> Array:
    rows = np.zeros((last - first + 1, len(where.human) // 8), dtype=np.uint8)
    person = snapshot.accounts().person
    # A row holds for as long as its segment, the numbers of people and the stays in teams are the same.
    people = snapshot.once(("people", where.teams is not None), lambda: _fingerprint(person, where))
    for day, part, version, sets in snapshot.days(ACTIVITY, decode_activity, first, last):
        if part in parts:
            key = ("active row", day, part, version, people)
            rows[day - first] |= snapshot.kept(key, partial(_row, sets, person, where, day))
    return rows.view(np.uint64)


def _row(sets: Activity, person: Array, where: Slots, day: int) -> Array:
    places = where.on(day)[person[sets.accounts(0)]]
    seen = np.zeros(len(where.human), dtype=bool)
    seen[places[places >= 0]] = True
    return np.packbits(seen, bitorder="little")


def rolled(rows: Array, days: int, so_far: int = 1) -> Array:
    """For each row everyone of it and of the `days - 1` rows before it; `so_far` rows are in each one already.

    By doubling: twice as many days cost one pass more.
    """
    while so_far < days:
        step = min(so_far, days - so_far)
        wider = rows.copy()
        wider[step:] |= rows[:-step]
        rows, so_far = wider, so_far + step
    return rows


def counts(rows: Array) -> Array:
    """How many bits are set in each row."""
    counted: Array = np.bitwise_count(rows).sum(axis=-1, dtype=np.int64)
    return counted


def counts_by_team(rows: Array, where: Slots) -> Array:
    """How many bits of each team are set in each row: a column for each team."""
    of_bytes = np.bitwise_count(rows.view(np.uint8))
    before = np.zeros((len(rows), of_bytes.shape[1] + 1), dtype=np.int64)
    np.cumsum(of_bytes, axis=1, out=before[:, 1:])
    counted: Array = before[:, where.bounds[1:]] - before[:, where.bounds[:-1]]
    return counted


def distinct(rows: Array, where: Slots, teams: Array) -> Array:
    """How many humans have a bit in one of the teams (by a mask), in each row: in two teams they are still one."""
    counted = np.zeros(len(rows), dtype=np.int64)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        bits = unpacked(rows[start : start + _ROWS_AT_ONCE])
        seen = np.zeros((len(bits), where.people + 1), dtype=bool)
        for team in np.flatnonzero(teams).tolist():
            places = slice(8 * int(where.bounds[team]), 8 * int(where.bounds[team + 1]))
            # Places that are nobody's are never set.
            seen[:, where.human[places]] |= bits[:, places]
        counted[start : start + len(bits)] = np.count_nonzero(seen, axis=1)
    return counted


def unpacked(rows: Array) -> Array:
    """The rows as booleans, a column for each place."""
    raw = np.ascontiguousarray(rows).view(np.uint8)
    bits: Array = np.unpackbits(raw, axis=-1, bitorder="little").view(bool)
    return bits


def packed(seen: Array) -> Array:
    """Rows of booleans as rows of words; their length is one that places have."""
    words: Array = np.packbits(seen, axis=-1, bitorder="little").view(np.uint64)
    return words


def _in_teams(teams: Teams, people: int, values: int) -> Slots:
    entry, stay = teams.stays(np.arange(people))
    keys = np.unique(teams.team[stay] * people + entry)
    team, human = np.divmod(keys, people) if people else (keys, keys)
    sizes = np.bincount(team, minlength=values)
    # Whole bytes, so that the bits of a team can be counted apart.
    starts = np.concatenate(([0], np.cumsum((sizes + 7) // 8 * 8)))
    first = np.cumsum(sizes) - sizes
    places = np.arange(len(keys)) - first[team] + starts[team]
    holder = np.full(_whole(int(starts[-1])), -1)
    holder[places] = human
    return Slots(holder, starts // 8, teams, keys, places, np.unique(teams.since))


def _filled(human: Array) -> Array:
    return np.concatenate((human, np.full(_whole(len(human)) - len(human), -1)))


def _whole(size: int) -> int:
    return -(-max(size, 1) // _WORD) * _WORD


def _fingerprint(person: Array, where: Slots) -> tuple[Any, ...]:
    parts = [person, where.human]
    if where.teams is not None:
        parts += [where.teams.first, where.teams.since, where.teams.team]
    return tuple(hashlib.blake2b(part.tobytes(), digest_size=16).digest() for part in parts)
