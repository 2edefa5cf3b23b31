"""The single values behind a number, for whoever compares or projects: they are never shown themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from app.core.settings import Settings
from app.facts.read import Snapshot
from app.metrics.answer import measured, question_of
from app.metrics.asked import Asked
from app.metrics.behind import places_of
from app.metrics.hiding import hidden_of
from app.metrics.question import Array, Question


@dataclass(frozen=True, slots=True)
class Samples:
    """What each fact of one group and window brings: its instant (microseconds), a value and a weight.

    Durations are microseconds. `weight` is None where each fact weighs the same. `hidden` is true, and the
    arrays are empty, where the number itself is suppressed.
    """

    at: Array
    value: Array
    weight: Array | None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class GroupedSamples:
    """The samples of all groups of a question, one group's after the other's: `group` is ascending."""

    question: Question
    group: Array
    at: Array
    value: Array
    weight: Array | None
    hidden: frozenset[int]

    def of(self, group: Mapping[str, str]) -> Samples:
        """Those of the group with these ids (dimension: id). Raises InvalidError for one that there is not."""
        number = self.question.number(places_of(self.question, group))
        if number in self.hidden:
            return self._some(slice(0, 0), hidden=True)
        low, high = np.searchsorted(self.group, (number, number + 1)).tolist()
        return self._some(slice(low, high), hidden=False)

    def _some(self, mine: slice, *, hidden: bool) -> Samples:
        return Samples(self.at[mine], self.value[mine], None if self.weight is None else self.weight[mine], hidden)


def samples_of(snapshot: Snapshot, settings: Settings, asked: Asked) -> GroupedSamples | None:
    """The samples of the whole window; None for a metric whose facts are no work items. Raises InvalidError."""
    if asked.metric.select is None:
        return None
    question = question_of(snapshot, settings, asked, asked.buckets)
    selected = asked.metric.select(replace(question, buckets=asked.buckets.joined()))
    group = question.groups(selected.facts)
    group = np.zeros(len(selected.facts), dtype=np.int64) if group is None else group
    order = np.argsort(group, kind="stable")
    return GroupedSamples(
        question,
        group[order],
        selected.facts.time[order],
        selected.value[order],
        None if selected.weight is None else selected.weight[order],
        _hidden(question, asked),
    )


def _hidden(question: Question, asked: Asked) -> frozenset[int]:
    """The groups whose number is not shown."""
    if question.smallest == 1:
        return frozenset()
    result = measured(asked, question)
    hidden = hidden_of(asked.metric, question, result)
    # The number of a state is that of the last bucket that has begun.
    rows = hidden.totals if result.adds_up else hidden.points[result.last_bucket :: result.grid.buckets]
    return frozenset(result.grid.groups[rows].tolist())
