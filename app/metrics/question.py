"""A question made ready for the formulas: which facts, in which groups and buckets, on which clock."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.facts.dimensions import Dimension
from app.facts.read import Snapshot
from app.facts.segment import HISTORY_GAP, UNMAPPED, Kind
from app.facts.window import Rows
from app.metrics.hours import WorkingHours
from app.metrics.window import Buckets

Array = NDArray[Any]
Made = TypeVar("Made")

OWN_DIMENSIONS = frozenset({"status", "automated_by", "how_read"})
"""Dimensions that are no property of an item: the metrics that have them choose and group by them themselves."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Rows of one kind that passed: columns by name, `more` among them."""

    rows: Rows
    where: Array | None = None
    more: Mapping[str, Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows) if self.where is None else len(self.where)

    def __getitem__(self, name: str) -> Array:
        if name in self.more:
            return self.more[name]
        column = self.rows[name]
        return column if self.where is None else column[self.where]

    @property
    def time(self) -> Array:
        """The instants, ascending."""
        return self[self.rows.window.kind.time]

    def keep(self, mask: Array) -> "Facts":
        """Those of the rows that the mask lets pass."""
        if mask.all():
            return self
        where = np.flatnonzero(mask) if self.where is None else self.where[mask]
        return Facts(self.rows, where, {name: column[mask] for name, column in self.more.items()})

    def until(self, count: int) -> "Facts":
        """The first rows."""
        return self if count == len(self) else self.repeated(np.arange(count))

    def repeated(self, entry: Array) -> "Facts":
        """The rows at these places, each as often as it is named."""
        where = entry if self.where is None else self.where[entry]
        return Facts(self.rows, where, {name: column[entry] for name, column in self.more.items()})

    def having(self, **more: Array) -> "Facts":
        """The same rows with further columns."""
        return Facts(self.rows, self.where, {**self.more, **more})

    def flagged(self) -> dict[str, int]:
        """How many of the items are kept with a doubt."""
        doubtful = np.flatnonzero(self["flags"] & (UNMAPPED | HISTORY_GAP))
        items, first = np.unique(self["item"][doubtful], return_index=True)
        flags = self["flags"][doubtful][first]
        return {
            "unmapped_status": int(np.count_nonzero(flags & UNMAPPED)) if len(items) else 0,
            "history_gap": int(np.count_nonzero(flags & HISTORY_GAP)) if len(items) else 0,
        }


@dataclass(frozen=True, slots=True)
class Question:
    """What a formula is asked. `hours` are the working clock, or None for the elapsed one; `now` is in microseconds.

    `filters` hold for each dimension which codes pass. `smallest` is how many people a shown number must rest on
    at least; 1 means that nobody is counted. `zone` is the report's. `shows_people` allows facts of single persons.
    `to_admin`: an admin asks, who may see which seats nobody uses. `counts_only`: what the numbers rest on is asked
    for, and not what they are.
    """

    snapshot: Snapshot
    buckets: Buckets
    now: int
    zone: ZoneInfo
    group_by: tuple[Dimension, ...] = ()
    filters: tuple[tuple[Dimension, Array], ...] = ()
    hours: WorkingHours | None = None
    smallest: int = 1
    shows_people: bool = False
    to_admin: bool = False
    counts_only: bool = False

    def once(self, name: Hashable, make: Callable[[], Made], size: int) -> Made:
        """What is made of this question and of nothing else but the data: made once for each version of it.

        `name` says what it is, `size` how many bytes it takes.
        """
        filters = tuple((dimension.name, passing.tobytes()) for dimension, passing in self.filters)
        return self.snapshot.once((name, filters, *self.unfiltered), make, size)

    @property
    def unfiltered(self) -> tuple[Hashable, ...]:
        """What numbers depend on beside the metric, the filters and the data."""
        return (
            tuple(dimension.name for dimension in self.group_by),
            self.buckets.edges.tobytes(),
            self.buckets.days,
            self.zone.key,
            self.now,
            self.hours is None,
            self.smallest,
        )

    @property
    def instants(self) -> Array:
        """When the state at the end of each bucket is taken: at its end, or now where it still runs."""
        return np.minimum(self.buckets.edges[1:], self.now)

    def facts(self, kind: Kind) -> Facts:
        """The facts of the window that pass the filters."""
        return self.filtered(Facts(self.snapshot.rows(kind, self.buckets.start, self.buckets.end)))

    def history(self, kind: Kind, end: int) -> Facts:
        """All facts up to and with an instant that pass the filters, teams not asked: they are those of an instant."""
        return self._without_teams(Facts(self.snapshot.history(kind, end)))

    def filtered(self, facts: Facts) -> Facts:
        """The facts that pass the filters, each in its team at its own instant: the column `team`, if they have it."""
        facts = self._without_teams(facts)
        if not self.asks_for_teams:
            return facts
        return self.of_chosen_teams(facts) if "team" in facts.more else self.in_teams(facts, facts.time)

    @property
    def asks_for_teams(self) -> bool:
        """Whether the question groups or filters by team."""
        return any(dimension.name == "team" for dimension in self.group_by) or self.team_filter is not None

    def in_teams(self, facts: Facts, instants: Array) -> Facts:
        """The facts whose assignees' teams at these instants pass, with the team as the column `team`."""
        person, _ = self.people(facts)
        return self.of_chosen_teams(facts.having(team=self.snapshot.teams().at(person, instants)))

    def of_chosen_teams(self, facts: Facts) -> Facts:
        """Those facts whose column `team` passes the filter."""
        passing = self.team_filter
        return facts if passing is None else facts.keep(passing[facts["team"]])

    @property
    def team_filter(self) -> Array | None:
        """Which teams pass; None where there is no filter."""
        return next((passing for dimension, passing in self.filters if dimension.name == "team"), None)

    def _without_teams(self, facts: Facts) -> Facts:
        for dimension, passing in self.filters:
            if dimension.name not in OWN_DIMENSIONS and dimension.name != "team":
                facts = facts.keep(passing[facts[dimension.column]])
        return facts

    def chosen(self, name: str, codes: Array) -> Array | None:
        """Which codes pass the filter on one of the metric's own dimensions; None where there is no filter."""
        for dimension, passing in self.filters:
            if dimension.name == name:
                mask: Array = passing[codes]
                return mask
        return None

    def groups(self, facts: Facts) -> Array | None:
        """The group of each fact as one number; None where nothing is grouped."""
        if not self.group_by:
            return None
        group = np.zeros(len(facts), dtype=np.int64)
        for dimension in self.group_by:
            group = group * len(dimension.values) + dimension.of_code[facts[dimension.column]]
        return group

    def places(self, group: int) -> list[int]:
        """A group's number taken apart: the place of its value in each dimension."""
        places: list[int] = []
        for dimension in reversed(self.group_by):
            group, place = divmod(group, len(dimension.values))
            places.append(place)
        return places[::-1]

    def number(self, places: Mapping[str, int]) -> int:
        """The number of the group of these values, by dimension."""
        number = 0
        for dimension in self.group_by:
            number = number * len(dimension.values) + places[dimension.name]
        return number

    def people(self, facts: Facts) -> tuple[Array, int]:
        """The human that each fact is of (-1: nobody known), and how many humans there are.

        That is the column `person` where facts have been given one; a work item's fact is its assignee's.
        """
        accounts = self.snapshot.accounts()
        person = facts["person"] if "person" in facts.more else accounts.person[facts["assignee"]]
        return person, accounts.people

    def whose_hours(self, facts: Facts, instants: Array | None = None) -> Array | None:
        """Which calendar each fact is timed by: that of its team at its instant, or at those that are given.

        None where all have the same.
        """
        if self.hours is None or len(self.hours.calendars) == 1:
            return None
        if "team" in facts.more:
            team = facts["team"]
        else:
            person, _ = self.people(facts)
            team = self.snapshot.teams().at(person, facts.time if instants is None else instants)
        whose: Array = self.hours.of_team[team]
        return whose

    def duration(self, start: Array, end: Array, whose: Array | None = None) -> Array:
        """From start to end on the question's clock, microseconds; negative where the end comes first.

        `whose` is what `whose_hours` said of the facts that the instants are of; None: they are of no team.
        """
        if self.hours is None:
            return end - start
        return np.where(end < start, end - start, self.hours.between(start, end, whose))
