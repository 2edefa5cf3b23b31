"""Stays in teams: half-open intervals `[start, end)` that never overlap for one person. Pure: no database, no clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from app.ingest.rows import EARLIEST, LATEST

ALWAYS = EARLIEST
"""The start of a stay that has no beginning that anybody knows."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One person's time in one team; `end` is None for a stay that goes on."""

    start: datetime
    end: datetime | None
    team_id: UUID

    def holds(self, at: datetime) -> bool:
        """Whether the instant lies in it."""
        return self.start <= at and (self.end is None or at < self.end)

    def meets(self, other: "Stay") -> bool:
        """Whether they have an instant in common."""
        return self.start < _end(other.end) and other.start < _end(self.end)


def clash(stays: Iterable[Stay]) -> tuple[Stay, Stay] | None:
    """Two stays that overlap, the earlier one first, if any do."""
    ordered = sorted(stays, key=lambda stay: stay.start)
    return next(((one, two) for one, two in pairwise(ordered) if one.meets(two)), None)


def without(stays: Iterable[Stay], start: datetime, end: datetime | None, team_id: UUID | None = None) -> list[Stay]:
    """The stays with `[start, end)` cut out of them; only out of one team's, if one is given."""
    left: list[Stay] = []
    for stay in stays:
        hole = Stay(start, end, stay.team_id)
        if (team_id is not None and stay.team_id != team_id) or not stay.meets(hole):
            left.append(stay)
            continue
        if stay.start < start:
            left.append(Stay(stay.start, start, stay.team_id))
        if end is not None and end < _end(stay.end):
            left.append(Stay(end, stay.end, stay.team_id))
    return left


def placed(stays: Iterable[Stay], new: Stay) -> list[Stay]:
    """The stays after one more, which takes the place of what it overlaps."""
    return joined([*without(stays, new.start, new.end), new])


def joined(stays: Iterable[Stay]) -> list[Stay]:
    """The same stays in order, with those of one team that follow each other without a gap as one."""
    found: list[Stay] = []
    for stay in sorted(stays, key=lambda stay: stay.start):
        if found and found[-1].team_id == stay.team_id and found[-1].end == stay.start:
            found[-1] = Stay(found[-1].start, stay.end, stay.team_id)
        else:
            found.append(stay)
    return found


def team_at(stays: Sequence[Stay], at: datetime) -> UUID | None:
    """The team at an instant."""
    return next((stay.team_id for stay in stays if stay.holds(at)), None)


def _end(end: datetime | None) -> datetime:
    return LATEST if end is None else end
