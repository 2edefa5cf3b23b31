"""What a declared number is: names in both languages, a unit, a formula in a sentence, and the functions of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from app.metrics.listing import Listing, items_behind
from app.metrics.question import Question
from app.metrics.result import Result, Selected, Shape, of_window
from app.metrics.window import GRAINS

ITEM_DIMENSIONS = ("team", "project", "source", "tool", "item_type", "item_kind", "priority")
DURATION_MEASURES = ("n", "p50", "p75", "p85", "p95", "mean")
COUNT_MEASURES = ("n", "value")
RATIO_MEASURES = ("n", "value", "numerator", "denominator")
HISTORY_STREAMS = ("work_items", "transitions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text in both languages."""

    en: str
    fr: str


Unit = Literal[
    "seconds",
    "items",
    "ratio",
    "people",
    "events",
    "conflicts",
    "bugs",
    "score",
    "verdict",
    "certainty",
    "advice",
    "level",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What the catalogue shows: a metric, or an insight made of metrics.

    `version` rises when the formula changes, so that answers of the old one are not taken for current.
    """

    name: str
    title: Text
    formula: Text
    unit: Unit
    better: Literal["lower", "higher", "none"]
    measures: tuple[str, ...]
    dimensions: tuple[str, ...] = ITEM_DIMENSIONS
    grains: tuple[str, ...] = GRAINS
    version: int = 1

    def entry(self) -> dict[str, Any]:
        """What the catalogue shows of it."""
        return {
            "name": self.name,
            "titles": {"en": self.title.en, "fr": self.title.fr},
            "formula": {"en": self.formula.en, "fr": self.formula.fr},
            "unit": self.unit,
            "better": self.better,
            "measures": list(self.measures),
            "dimensions": list(self.dimensions),
            "grains": list(self.grains),
            "version": self.version,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric(Declared):
    """A declared number. `measure` gives it by group and bucket, from what the named `streams` brought.

    `select` gives the work items' facts behind one group and bucket; `listing` lists facts of other kinds. A metric
    has one of the two. `own` names the dimensions whose values here are other ones than elsewhere, each with the
    dimension that has them. `ages`: the answer changes with the minute in which it is asked for; `timed`: it rests on
    the working calendars on either clock.
    """

    measure: Callable[[Question], Result]
    select: Callable[[Question], Selected] | None = None
    listing: Callable[[Question], Listing] | None = None
    streams: tuple[str, ...] = HISTORY_STREAMS
    own: Mapping[str, str] = field(default_factory=dict)
    ages: bool = False
    timed: bool = False
    by_vendors_day: bool = False
    """Whether its facts stand on the vendor's days, which no zone of a question cuts again."""
    sample: Literal["facts", "events", "days"] = "facts"
    """What a comparison of two windows samples: single facts, how many of them each day has, or each day's value."""
    entry_columns: tuple[str, ...] = ()
    """The columns of a table whose rows are the entries of a point's list `by`; else the measures are its columns."""

    def listed(self, question: Question) -> Listing:
        """The facts behind one group and bucket."""
        if self.select is not None:
            return items_behind(question, self.unit, self.select(question))
        if self.listing is None:
            raise TypeError(f"The metric '{self.name}' does not say how its facts are listed.")
        return self.listing(question)


def in_window(select: Callable[[Question], Selected], shape: Shape) -> Callable[[Question], Result]:
    """The measure of facts that stand in a bucket by their own instant."""
    return lambda question: of_window(question, select(question), shape)
