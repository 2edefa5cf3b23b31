"""What is known of channels and of the marks in them: how many teams are in a channel, and which marks mean what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection

from app.facts.dimensions import Accounts
from app.facts.segment import NEVER, Array
from app.facts.teams import ALWAYS, Teams
from app.store import channels as store

CONFLICT_MARKS = ("warning", "rotating_light", "conflict")
RESOLVED_MARKS = ("white_check_mark", "heavy_check_mark", "resolved")
"""What marks mean where the source's configuration does not name any."""


@dataclass(frozen=True, slots=True)
class Channels:
    """How many teams the members of each channel are of, as it changes when they move.

    `known` tells by code (and once more for none) of which channels the members are known. The steps stand one
    after another in the order of `key`: the channel, and the place of the step's instant among `instants`.
    """

    known: Array
    instants: Array
    key: Array
    teams: Array

    def teams_at(self, channel: Array, instants: Array) -> Array:
        """The number of teams in each channel at each instant; 0 where the members are not known.

        Who is a member now counts as one all along, since vendors tell no more; the teams are those of the instant.
        """
        if not self.known.any():
            return np.zeros(len(channel), dtype=np.int64)
        place = np.searchsorted(self.instants, instants, side="right") - 1
        step = np.searchsorted(self.key, channel.astype(np.int64) * len(self.instants) + place, side="right") - 1
        found: Array = np.where(self.known[channel], self.teams[step], 0)
        return found


def load_channels(connection: Connection, accounts: Accounts, teams: Teams) -> Channels:
    """The channels that facts name, as they are now."""
    rows = store.members(connection)
    known = np.zeros(max((code for code, _ in rows), default=-1) + 2, dtype=bool)
    known[[code for code, _ in rows]] = True
    known[-1] = False
    sizes = [len(persons) for _, persons in rows]
    channel = np.repeat(np.array([code for code, _ in rows], dtype=np.int64), sizes)
    number = np.array([accounts.number_of[person] for _, persons in rows for person in persons], dtype=np.int64)
    channel, number = _distinct(channel, number)
    entry, stay = teams.stays(number)
    team, since, until = teams.team[stay], teams.since[stay], teams.until(stay)
    in_a_team = team != teams.team[-1]
    channel, team = channel[entry][in_a_team], team[in_a_team]
    since, until = since[in_a_team], until[in_a_team]
    first = np.array([code for code, _ in rows], dtype=np.int64)
    return _steps(known, first, *_presence(channel, team, since, until))


def mark_meanings(connection: Connection) -> tuple[Array, Array]:
    """By the mark's code (and once more for none) whether it marks a conflict, and whether it marks one resolved."""
    rows = store.marks(connection)
    size = max((code for code, *_ in rows), default=-1) + 2
    conflict, resolved = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    for code, name, config in rows:
        conflict[code] = name in _marks(config, "conflict_marks", CONFLICT_MARKS)
        resolved[code] = name in _marks(config, "resolved_marks", RESOLVED_MARKS)
    return conflict, resolved


def _marks(config: Mapping[str, Any], name: str, usual: Sequence[str]) -> Sequence[str]:
    chosen: Sequence[str] = config.get(name, usual)
    return chosen


def _distinct(one: Array, other: Array) -> tuple[Array, Array]:
    pairs = np.unique(np.stack((one, other)), axis=1)
    return pairs[0], pairs[1]


def _presence(channel: Array, team: Array, since: Array, until: Array) -> tuple[Array, Array, Array]:
    """`(channel, instant, +1 or -1)` of every team that gets its first member in a channel, or loses its last."""
    ends = until != NEVER
    channel, team = np.concatenate((channel, channel[ends])), np.concatenate((team, team[ends]))
    at = np.concatenate((since, until[ends]))
    change = np.concatenate((np.ones(len(since), dtype=np.int64), np.full(int(ends.sum()), -1)))
    order = np.lexsort((at, team, channel))
    channel, team, at, change = channel[order], team[order], at[order], change[order]
    present = np.cumsum(change)
    # Within a channel and team the changes begin and end apart from others': what was there before is taken off.
    opens = _starts(channel, team)
    before = (present - change)[opens]
    present = present - np.repeat(before, np.diff(np.append(np.flatnonzero(opens), len(at))))
    last = np.append(_starts(channel, team, at)[1:], True)[: len(at)]
    channel, team, at, there = channel[last], team[last], at[last], present[last] > 0
    was = np.zeros(len(there), dtype=bool)
    was[1:] = there[:-1] & ~_starts(channel, team)[1:]
    turned = there != was
    return channel[turned], at[turned], np.where(there, 1, -1)[turned]


def _steps(known: Array, first: Array, channel: Array, at: Array, change: Array) -> Channels:
    """The running number of teams of each channel, which begins at none."""
    channel = np.concatenate((first, channel))
    at = np.concatenate((np.full(len(first), ALWAYS), at))
    change = np.concatenate((np.zeros(len(first), dtype=np.int64), change))
    order = np.lexsort((at, channel))
    channel, at, change = channel[order], at[order], change[order]
    total = np.cumsum(change)
    opens = np.flatnonzero(_starts(channel))
    total = total - np.repeat((total - change)[opens], np.diff(np.append(opens, len(at))))
    instants = np.unique(np.append(at, ALWAYS))
    last = np.append(_starts(channel, at)[1:], True)[: len(at)]
    key = channel * len(instants) + np.searchsorted(instants, at)
    return Channels(known, instants, key[last], total[last])


def _starts(*columns: Array) -> Array:
    """Where a row differs from the one before it; the first one does."""
    starts = np.ones(len(columns[0]), dtype=bool)
    starts[1:] = False
    for column in columns:
        starts[1:] |= column[1:] != column[:-1]
    return starts
