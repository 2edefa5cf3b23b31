"""Which features of the tools are used: events and people by event name."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.facts import active
from app.facts.active import Slots
from app.metrics import suppress
from app.metrics.question import Question
from app.metrics.result import Grid, Measures, Result, Tally
from app.metrics.use import Cells, people_by_group, scopes, team_filter, unjoined
from app.metrics.uses import Uses, uses_of

Array = NDArray[Any]

_ENTRY = ("group", "bucket", "tool", "event", "events", "people")


def feature_usage(question: Question) -> Result:
    """Events and people of each bucket; by tool and event name, or in groups of event names."""
    where = active.slots(question.snapshot, by_team=question.asks_for_teams)
    uses = uses_of(question, where)
    buckets = len(question.buckets)
    whole = np.zeros(len(uses.bucket), dtype=np.int64)
    points, totals = _Features(question, where, buckets), _Features(question, where, 1)
    for scope in scopes(question):
        mine = np.isin(uses.part, list(scope.parts))
        for places, chosen in _by_event(question, uses, mine):
            group = {**scope.places, **places}
            points.add(group, uses.of(chosen), uses.bucket[chosen])
            totals.add(group, uses.of(chosen), whole[chosen])
    return Result(
        grid=points.grid(),
        points=points.measures(),
        totals=totals.measures(),
        point_tally=points.tally(),
        total_tally=totals.tally(),
        excluded={},
        counts=frozenset({"events", "people"}),
        flagged={"unjoined_accounts": unjoined(question, where, np.bitwise_or.reduce(uses.who, axis=0, initial=0))},
    )


def _is_by_event(question: Question) -> bool:
    return any(dimension.name == "event" for dimension in question.group_by)


def _by_event(question: Question, uses: Uses, mine: Array) -> list[tuple[dict[str, int], Array]]:
    """The uses of each event name, where each is a group of its own."""
    if not _is_by_event(question):
        return [({}, mine)]
    return [({"event": event}, mine & (uses.event == event)) for event in np.unique(uses.event[mine]).tolist()]


class _Features:
    """Numbers by group and bucket, with the list of tools and event names of each."""

    def __init__(self, question: Question, where: Slots, buckets: int) -> None:
        self._question = question
        self._where = where
        self._buckets = buckets
        self._cells = Cells(question, buckets)
        self._entries: dict[str, list[Array]] = {name: [] for name in _ENTRY}

    def add(self, places: Mapping[str, int], uses: Uses, bucket: Array) -> None:
        """The uses of a group, teams left out; `bucket` is where each of them counts."""
        rows = self._people(bucket, self._buckets, uses.who)
        for team, people in people_by_group(self._question, self._where, rows):
            events, facts = (self._summed(column, bucket, self._buckets, team) for column in (uses.events, uses.facts))
            self._cells.add({**places, **team}, n=facts, events=events, people=people)
        if not _is_by_event(self._question):
            self._list(places, uses, bucket)

    def _list(self, places: Mapping[str, int], uses: Uses, bucket: Array) -> None:
        """An entry for each bucket, tool and event name."""
        tool_of = self._question.snapshot.dimension("tool").of_code
        which, entry = np.unique(np.stack((bucket, tool_of[uses.part], uses.event)), axis=1, return_inverse=True)
        size = which.shape[1]
        rows = self._people(entry, size, uses.who)
        for team, people in people_by_group(self._question, self._where, rows):
            some = np.flatnonzero(people)
            number = self._question.number({**places, **team})
            columns = {
                "group": np.full(len(some), number),
                **dict(zip(("bucket", "tool", "event"), which[:, some], strict=True)),
                "events": self._summed(uses.events, entry, size, team)[some],
                "people": people[some],
            }
            for name, column in columns.items():
                self._entries[name].append(column)

    def _people(self, place: Array, places: int, who: Array) -> Array:
        rows = np.zeros((places, self._where.words), dtype=np.uint64)
        np.bitwise_or.at(rows, place, who)
        return rows

    def _summed(self, column: Array, place: Array, places: int, team: Mapping[str, int]) -> Array:
        """The sums of one team, of all that pass the filter, or of everybody."""
        if team:
            weights = column[:, team["team"]]
        else:
            weights = (column[:, team_filter(self._question)] if self._question.asks_for_teams else column).sum(axis=1)
        return np.bincount(place, weights=weights, minlength=places).astype(np.int64)

    def grid(self) -> Grid:
        """The groups times the buckets. Raises AnswerTooLargeError."""
        numbers = np.array(sorted(self._cells.groups), dtype=np.int64)
        return Grid.of(numbers if self._question.group_by else None, self._buckets)

    def tally(self) -> Tally:
        """What each cell rests on."""
        people = None if self._question.smallest == 1 else self._cells.column("people")
        return Tally(self._cells.column("n"), people)

    def measures(self) -> Measures:
        """The measures, cell by cell; `by` are the tools and event names, those with the most events first."""
        measures: Measures = {name: self._cells.column(name).tolist() for name in ("n", "events", "people")}
        if not _is_by_event(self._question):
            measures["by"] = self._lists()
        return measures

    def _lists(self) -> list[list[dict[str, Any]]]:
        group, bucket, tool, event, events, people = (
            np.concatenate([np.zeros(0, dtype=np.int64), *self._entries[name]]) for name in _ENTRY
        )
        hidden = self._hidden([group, bucket, tool, event], events, people)
        cell = np.searchsorted(sorted(self._cells.groups), group) * self._buckets + bucket
        tools = self._question.snapshot.dimension("tool").values
        names = self._question.snapshot.dimension("event").values
        order = np.lexsort((event, tool, -events, cell))
        entries: list[dict[str, Any]] = [
            {"tool": tools[of_tool], "event": names[of_event], "events": count, "people": different}
            for of_tool, of_event, count, different in zip(
                *(column[order].tolist() for column in (tool, event, events, people)), strict=True
            )
        ]
        for place in np.flatnonzero(hidden[order]).tolist():
            entry = entries[place]
            entries[place] = {"tool": entry["tool"], "event": entry["event"], "suppressed": True}
        bounds = np.searchsorted(cell[order], np.arange(len(self._cells.groups) * self._buckets + 1)).tolist()
        return [entries[low:high] for low, high in pairwise(bounds)]

    def _hidden(self, keys: list[Array], events: Array, people: Array) -> Array:
        """Entries that rest on too few people, and those that would give one away by subtraction."""
        if self._question.smallest == 1:
            return np.zeros(len(people), dtype=bool)
        few = suppress.small(people, self._question.smallest)
        return suppress.complemented(keys, events, few, suppress.sums_of(len(keys)))
