"""The single values behind a number, for whoever compares or projects: they are never shown themselves."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.settings import Settings
from app.facts.read import Snapshot
from app.metrics.answer import question_of
from app.metrics.asked import Asked
from app.metrics.behind import is_hidden, only, places_of
from app.metrics.question import Array


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


def samples_of(snapshot: Snapshot, settings: Settings, asked: Asked, group: Mapping[str, str]) -> Samples | None:
    """The samples of a group; None for a metric whose facts are no work items. Raises InvalidError."""
    select = asked.metric.select
    if select is None:
        return None
    question = question_of(snapshot, settings, asked, asked.buckets)
    places = places_of(question, group)
    hidden = is_hidden(question, asked, places, None)
    selected = select(only(question, asked, places, None))
    nothing = slice(0, 0) if hidden else slice(None)
    weight = None if selected.weight is None else selected.weight[nothing]
    return Samples(selected.facts.time[nothing], selected.value[nothing], weight, hidden)
