"""A metric question as it comes in, and what it is once everything in it was found to exist."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.core.errors import InvalidError
from app.facts.dimensions import HOW_READ, ITEM_KINDS
from app.facts.rows import AUTOMATED_BY
from app.metrics.catalogue import BY_NAME, unknown
from app.metrics.declaration import Metric
from app.metrics.window import MOST_BUCKETS, Buckets, TooManyBucketsError, before, cut

CLOCKS = ("elapsed", "working")

_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_FIXED = {"item_kind": ITEM_KINDS, "automated_by": AUTOMATED_BY, "how_read": HOW_READ}


@dataclass(frozen=True, kw_only=True)
class MetricQuery:
    """One question to one metric. `start` and `end` are aware instants, half-open; `tz` cuts the buckets.

    `filters` name values of dimensions (our id or the vendor's `external_id`); an empty tuple means all.
    `compare` is `previous` (as many local days just before) or an explicit `(start, end)`. `now` is the minute of
    the question, for metrics that age; without it they are as old as the data's version.
    """

    metric: str
    start: datetime
    end: datetime
    tz: str
    grain: str = "week"
    group_by: tuple[str, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    clock: str = "elapsed"
    compare: Literal["previous"] | tuple[datetime, datetime] | None = None
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of which every name exists."""

    query: MetricQuery
    metric: Metric
    zone: ZoneInfo
    buckets: Buckets

    def compared(self, now: datetime) -> Buckets | None:
        """The window to compare with, as one bucket; None where none was asked for or nothing of it has elapsed."""
        compare = self.query.compare
        if compare is None:
            return None
        window = before(self.query.start, self.query.end, now, self.zone) if compare == "previous" else compare
        return cut(*window, self.zone, "total") if window[0] < window[1] else None


def checked(query: MetricQuery) -> Asked:
    """The question with its names resolved. Raises InvalidError with the place of what is wrong."""
    metric = BY_NAME.get(query.metric)
    if metric is None:
        raise InvalidError.at(("query", "metric"), unknown(query.metric))
    zone = _zone(query.tz)
    if query.grain not in metric.grains:
        raise _wrong("grain", f"'{query.grain}' is no grain of '{metric.name}'.", metric.grains)
    if query.clock not in CLOCKS:
        raise _wrong("clock", f"There is no clock '{query.clock}'.", CLOCKS)
    for name in query.group_by:
        if name not in metric.dimensions:
            raise _wrong("group_by", f"'{metric.name}' cannot be grouped by '{name}'.", metric.dimensions)
    if len(set(query.group_by)) < len(query.group_by):
        raise InvalidError.at(("query", "group_by"), "A dimension is named twice: name each once.")
    _check_filters(metric, query.filters)
    _check_window(query.start, query.end, ("from", "to"))
    if isinstance(query.compare, tuple):
        _check_window(*query.compare, ("compare", "compare"))
    try:
        return Asked(query, metric, zone, cut(query.start, query.end, zone, query.grain))
    except TooManyBucketsError as error:
        raise InvalidError.at(
            ("query", "grain"),
            f"The window has more than {MOST_BUCKETS} buckets: choose a coarser grain or a shorter window.",
        ) from error


def _check_filters(metric: Metric, filters: Mapping[str, tuple[str, ...]]) -> None:
    for name, texts in filters.items():
        if name not in metric.dimensions:
            raise _wrong(name, f"'{metric.name}' cannot be filtered by '{name}'.", metric.dimensions)
        for text in texts:
            if text not in _FIXED.get(name, (text,)):
                raise _wrong(name, f"There is no {name} '{text}'.", _FIXED[name])


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidError.at(
            ("query", "tz"), f"There is no time zone '{name}': use a name such as Europe/Paris."
        ) from error


def _check_window(start: datetime, end: datetime, names: tuple[str, str]) -> None:
    for name, instant in zip(names, (start, end), strict=True):
        if instant.tzinfo is None or not _FIRST <= instant <= _LAST:
            raise InvalidError.at(("query", name), f"'{name}' must be an instant between 1900 and 2200.")
    if start >= end:
        raise InvalidError.at(("query", names[1]), f"'{names[1]}' must be later than '{names[0]}'.")


def _wrong(name: str, sentence: str, choices: Iterable[str]) -> InvalidError:
    return InvalidError.at(("query", name), f"{sentence} Choose from: {', '.join(choices)}.")
