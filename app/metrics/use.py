"""What the metrics of tools share: days of buckets, the tools in question, and numbers by group and bucket."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import compress, groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.types import EPOCH, from_micros
from app.facts import active
from app.facts.active import Slots
from app.facts.usage import ACTIVITY, SEATS
from app.metrics.question import Question
from app.metrics.result import Grid, Measures, Result, Tally

Array = NDArray[Any]

WEEK, MONTH = 7, 28
_COUNTS = frozenset({"dau", "wau", "mau", "held", "active", "never_used"})
_EPOCH_DAY = EPOCH.date()


@dataclass(frozen=True, slots=True)
class Days:
    """The elapsed days of each bucket and, as the last entry, of the window: `[first, last]`, since 1970.

    Today has not elapsed; it counts where there is no other day so far. The buckets that have not begun (`begun`
    tells which have) have the days of the last one that has.
    """

    first: Array
    last: Array
    begun: Array

    def of_begun(self, column: Array) -> Array:
        """The numbers of the buckets that have begun, and 0 for the others."""
        return np.where(self.begun, column, 0)


def number_of(day: date) -> int:
    """A day as its number since 1970."""
    return (day - _EPOCH_DAY).days


def days_of(question: Question) -> Days:
    """The elapsed days of the question's buckets, in the report's zone."""
    buckets = question.buckets
    today = number_of(from_micros(question.now).astimezone(question.zone).date())
    dates = [*buckets.days, (buckets.days[0][0], buckets.days[-1][1])]
    first = np.array([number_of(first) for first, _ in dates])
    last = np.array([number_of(after) for _, after in dates]) - 1
    last = np.maximum(np.minimum(last, today - 1), first)
    begun = np.append(buckets.edges[:-1], buckets.start) < question.now
    place = max(int(np.count_nonzero(begun[:-1])) - 1, 0)
    first[~begun], last[~begun] = min(first[place], today), min(last[place], today)
    return Days(first, last, begun)


@dataclass(frozen=True, slots=True)
class Tool:
    """Sources (by code) of one tool (by its place in the dimension) that pass the filters."""

    place: int
    parts: frozenset[int]


@dataclass(frozen=True, slots=True)
class Scope:
    """The tools of one group; `places` are those of the group's values, teams and events left out."""

    places: Mapping[str, int]
    tools: tuple[Tool, ...]

    @property
    def parts(self) -> frozenset[int]:
        """All sources of the group."""
        return frozenset(part for tool in self.tools for part in tool.parts)


def scopes(question: Question) -> list[Scope]:
    """The groups of tools that tell of use or of seats and pass the filters; one, maybe empty, without groups."""
    known = sorted({*question.snapshot.first_days(ACTIVITY), *question.snapshot.first_days(SEATS)})
    for dimension, passing in question.filters:
        if dimension.column == "source":
            known = [part for part in known if passing[part]]
    by = [dimension for dimension in question.group_by if dimension.column == "source"]
    tool_of = question.snapshot.dimension("tool").of_code

    def places(part: int) -> tuple[int, ...]:
        return tuple(int(dimension.of_code[part]) for dimension in by)

    found = [
        Scope(dict(zip((dimension.name for dimension in by), key, strict=True)), _tools(parts, tool_of))
        for key, parts in groupby(sorted(known, key=places), key=places)
    ]
    return found if found or by else [Scope({}, ())]


def _tools(parts: Iterable[int], tool_of: Array) -> tuple[Tool, ...]:
    by_tool: dict[int, set[int]] = {}
    for part in parts:
        by_tool.setdefault(int(tool_of[part]), set()).add(part)
    return tuple(Tool(place, frozenset(some)) for place, some in sorted(by_tool.items()))


def is_by_team(question: Question) -> bool:
    """Whether a group is a team."""
    return any(dimension.name == "team" for dimension in question.group_by)


def team_filter(question: Question) -> Array:
    """Which teams pass, by their place in the dimension."""
    passing = question.team_filter
    return np.ones(len(question.snapshot.dimension("team").values), dtype=bool) if passing is None else passing


def first_use(question: Question, parts: Iterable[int]) -> int | None:
    """The first day on which one of the sources tells of any use."""
    first = question.snapshot.first_days(ACTIVITY)
    return min((first[part] for part in parts if part in first), default=None)


def rows_of(question: Question, where: Slots, parts: frozenset[int], days: Days, low: int) -> tuple[Array, int]:
    """Who used the sources on each day as rows of bits, and the day of the first row.

    They reach from the day `low`, or from 28 days before the end of the first bucket, to the end of the last one;
    days before the first use are left out.
    """
    last = int(days.last.max())
    since = min(low, int(days.last.min()) - MONTH + 1)
    since = min(last, max(since, first_use(question, parts) or since))
    return active.active(question.snapshot, where, parts, since, last), since


def used_lately(question: Question, where: Slots, parts: frozenset[int], days: Days, length: int = MONTH) -> Array:
    """Who used the sources in the so many days that end with each bucket, as rows of bits."""

    def make() -> Array:
        rows, since = rows_of(question, where, parts, days, int(days.last.min()))
        return at(active.rolled(rows, length), since, days.last)

    key = ("used lately", where.teams is not None, parts, length, days.last.tobytes())
    return question.snapshot.once(key, make, 8 * where.words * len(days.last))


def at(rows: Array, since: int, days: Array) -> Array:
    """The rows of these days; nobody where they begin later."""
    picked: Array = rows[np.maximum(days - since, 0)]
    picked[days < since] = 0
    return picked


def people_by_group(question: Question, where: Slots, rows: Array) -> Iterator[tuple[dict[str, int], Array]]:
    """How many humans each row of bits holds: `(team, counts)` for each team where they are asked for."""
    if not question.asks_for_teams:
        yield {}, active.counts(rows)
    elif not is_by_team(question):
        yield {}, active.distinct(rows, where, team_filter(question))
    else:
        counted = active.counts_by_team(rows, where)
        for team in np.flatnonzero(team_filter(question) & counted.any(axis=0)).tolist():
            yield {"team": team}, counted[:, team]


def unjoined(question: Question, where: Slots, seen: Array) -> int:
    """How many of the humans in a row of bits are accounts without a person. They are in no team."""
    if not team_filter(question)[-1]:
        return 0
    humans = where.human[active.unpacked(seen)]
    return int(np.count_nonzero(humans >= len(question.snapshot.accounts().number_of)))


@dataclass(slots=True)
class Cells:
    """Numbers by group and bucket, collected group by group; `width` of them each."""

    question: Question
    width: int
    groups: dict[int, dict[str, Array]] = field(default_factory=dict)

    def add(self, places: Mapping[str, int], **columns: Array) -> None:
        """The numbers of a group; each column has an entry for each bucket."""
        self.groups.setdefault(self.question.number(places), {}).update(columns)

    def each(self, values: Mapping[int, Any]) -> list[Any]:
        """A value for each group, cell by cell."""
        return [values[number] for number in sorted(self.groups) for _ in range(self.width)]

    def column(self, name: str) -> Array:
        """A column, cell by cell; 0 for a group that has no such number."""
        nothing = np.zeros(self.width, dtype=np.int64)
        held = [self.groups[number].get(name, nothing) for number in sorted(self.groups)]
        return np.concatenate(held) if held else nothing[:0]


def at_the_end(
    cells: Cells,
    n: Array,
    measures: Measures,
    *,
    people: Array | None = None,
    flagged: Mapping[str, int],
    excluded: Mapping[str, int] | None = None,
) -> Result:
    """The result of a state at the end of each bucket that rests on `n` facts, and on as many people if not given.

    The cells hold one more entry than there are buckets: that of the window is the total.
    """
    question, buckets = cells.question, len(cells.question.buckets)
    tallied = None if question.smallest == 1 else n if people is None else people
    in_all = np.arange(len(n)) % (buckets + 1) == buckets
    in_bucket = (~in_all).tolist()
    points: Measures = {}
    totals: Measures = {}
    for name, column in {"n": n.tolist(), **measures}.items():
        totals[name] = column[buckets :: buckets + 1]
        points[name] = list(compress(column, in_bucket))
    return Result(
        grid=Grid.of(np.array(sorted(cells.groups), dtype=np.int64) if question.group_by else None, buckets),
        points=points,
        totals=totals,
        point_tally=Tally(n[~in_all], None if tallied is None else tallied[~in_all]),
        total_tally=Tally(n[in_all], None if tallied is None else tallied[in_all]),
        excluded=excluded or {},
        flagged=flagged,
        adds_up=False,
        last_bucket=max(int(np.count_nonzero(question.buckets.edges[:-1] < question.now)) - 1, 0),
        counts=_COUNTS,
    )
