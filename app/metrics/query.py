"""The door to the metrics: a question as a value, and the answers to it as plain values."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Grain = Literal["day", "week", "month", "quarter", "total"]
Clock = Literal["elapsed", "working"]


@dataclass(frozen=True, kw_only=True)
class MetricQuery:
    """One question to one metric. `start` and `end` are aware instants, half-open; `tz` cuts the buckets.

    `filters` name values of dimensions (our id or the vendor's `external_id`); an empty tuple means all.
    `compare` is `previous` (as many local days just before) or an explicit `(start, end)`.
    """

    metric: str
    start: datetime
    end: datetime
    tz: str
    grain: str = "week"
    group_by: tuple[str, ...] = ()
    filters: dict[str, tuple[str, ...]] = field(default_factory=dict)
    clock: str = "elapsed"
    compare: Literal["previous"] | tuple[datetime, datetime] | None = None
