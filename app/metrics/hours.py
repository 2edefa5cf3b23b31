"""The working clock of a question: the hours of the deployment, and those of the teams that have their own."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.core.types import EPOCH, to_micros
from app.facts.read import Snapshot
from app.metrics.calendar import Definition, WorkingCalendar, working_calendar
from app.metrics.window import midnight
from app.store import calendars, dimensions

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """`calendars` begin with the deployment's; `of_team` says which is whose, by the team's place in its dimension.

    `name` names all of them with their versions.
    """

    name: str
    calendars: tuple[WorkingCalendar, ...]
    zones: tuple[ZoneInfo, ...]
    of_team: Array

    def of_days(self, days: Array, team: Array, now: int) -> Array:
        """Working microseconds of each day (since 1970) for somebody of that team, as far as it has elapsed.

        A day is one of the calendar's own zone.
        """
        whose = np.zeros(len(days), dtype=np.int64) if len(self.calendars) == 1 else self.of_team[team]
        worked = np.zeros(len(days), dtype=np.int64)
        for place, zone in enumerate(self.zones):
            mine = np.flatnonzero(whose == place)
            if len(mine):
                some, inverse = np.unique(days[mine], return_inverse=True)
                start, end = (
                    np.array([_midnight(day + later, zone) for day in some.tolist()], dtype=np.int64)
                    for later in (0, 1)
                )
                length = self._worked(place, np.minimum(start, now), np.minimum(end, now))
                worked[mine] = length[inverse]
        return worked

    def between(self, start: Array, end: Array, whose: Array | None) -> Array:
        """Working microseconds from start to end, by the calendar of each; all by the deployment's for None."""
        if whose is None:
            return self._worked(0, start, end)
        worked = np.zeros(len(start), dtype=np.int64)
        for place in range(len(self.calendars)):
            mine = np.flatnonzero(whose == place)
            if len(mine):
                worked[mine] = self._worked(place, start[mine], end[mine])
        return worked

    def _worked(self, place: int, start: Array, end: Array) -> Array:
        calendar = self.calendars[place]
        return calendar.worked(end) - calendar.worked(start)


def _midnight(day: int, zone: ZoneInfo) -> int:
    return to_micros(midnight(EPOCH.date() + timedelta(days=day), zone))


def working_hours(snapshot: Snapshot, zone: ZoneInfo) -> WorkingHours:
    """The working hours as they are known now; a team without a calendar has that of the nearest team above it."""
    rows = calendars.every(snapshot.connection)
    usual = Definition.usual(zone)
    definitions, names = [usual], [usual.name]
    own: dict[Any, int] = {}
    for row in rows:
        definition = Definition.of(row["name"], row["definition"], zone)
        name = f"{row['id']}@{definition.digest}"
        if row["is_default"]:
            definitions[0], names[0] = definition, name
        if row["team_ids"]:
            own |= dict.fromkeys(row["team_ids"], len(definitions))
            definitions.append(definition)
            names.append(name)
    return WorkingHours(
        name=", ".join(names),
        calendars=tuple(working_calendar(definition) for definition in definitions),
        zones=tuple(ZoneInfo(definition.zone) for definition in definitions),
        of_team=_of_team(snapshot, own) if own else np.zeros(1, dtype=np.int64),
    )


def _of_team(snapshot: Snapshot, own: dict[Any, int]) -> Array:
    above = {team_id: parent for team_id, _, parent in dimensions.teams(snapshot.connection)}
    held: dict[str | None, int] = {None: 0}
    for team_id in above:
        nearest = team_id
        while nearest is not None and nearest not in own:
            nearest = above[nearest]
        held[str(team_id)] = own.get(nearest, 0)
    return np.array([held[label["id"]] for label in snapshot.dimension("team").values], dtype=np.int64)
