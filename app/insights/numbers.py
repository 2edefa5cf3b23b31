"""What rules and criteria look at: metrics over one window, each asked once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from app.core.settings import Settings
from app.facts.read import FactsReader
from app.insights.impact import impact
from app.metrics.query import MetricQuery, answer, data_instant, metric_named

Plain = dict[str, Any]
Key = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Window:
    """`[start, end)` with its zone. `now` is the minute of the question, for metrics that age."""

    start: datetime
    end: datetime
    tz: str
    now: datetime

    def query(self, metric: str, group_by: tuple[str, ...], filters: Mapping[str, tuple[str, ...]]) -> MetricQuery:
        """The question to a metric over the whole window."""
        return MetricQuery(
            metric=metric,
            start=self.start,
            end=self.end,
            tz=self.tz,
            grain="total",
            group_by=group_by,
            filters=filters,
            now=self.now,
        )


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of a window, of everybody or of the `teams` that are named (with those below them).

    With `by_team_only` whoever asks may know nothing but these teams: numbers that cannot be had by team are not told.
    """

    reader: FactsReader
    settings: Settings
    window: Window
    teams: tuple[str, ...] = ()
    by_team_only: bool = False
    _answers: dict[Key, list[Plain]] = field(default_factory=dict)
    _impacts: dict[tuple[str, str, tuple[str, ...]], list[Plain]] = field(default_factory=dict)

    def has_teams(self, metric: str) -> bool:
        """Whether the metric can be had by team."""
        return "team" in metric_named(metric).dimensions

    def tells(self, metrics: Iterable[str]) -> bool:
        """Whether whoever asks may know what rests on these metrics."""
        return not self.by_team_only or all(map(self.has_teams, metrics))

    def series(self, metric: str, group_by: tuple[str, ...] = ()) -> list[Plain]:
        """The series of the answer."""
        key = metric, group_by
        if key not in self._answers:
            query = self.window.query(metric, group_by, self._filters(metric))
            self._answers[key] = answer(self.reader, self.settings, query)["series"]
        return self._answers[key]

    def changes(self, metric: str, measure: str, group_by: tuple[str, ...] = ()) -> list[Plain]:
        """The series of the comparison with the window before; none where nothing of the window has elapsed."""
        if self.window.start >= data_instant(self.reader):
            return []
        key = metric, measure, group_by
        if key not in self._impacts:
            query = replace(self.window.query(metric, group_by, self._filters(metric)), now=None)
            self._impacts[key] = impact(self.reader, self.settings, query, measure)["series"]
        return self._impacts[key]

    def _filters(self, metric: str) -> dict[str, tuple[str, ...]]:
        return {"team": self.teams} if self.teams and self.has_teams(metric) else {}
