"""From a checked question to the answer that api.md describes."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.core.errors import InvalidError
from app.core.settings import Settings
from app.core.types import to_micros
from app.facts.read import Snapshot
from app.metrics.asked import Asked
from app.metrics.hiding import Hidden, hidden_of
from app.metrics.hours import working_hours
from app.metrics.question import Question
from app.metrics.result import AnswerTooLargeError, Result
from app.metrics.window import Buckets, text

SUPPRESSED: dict[str, Any] = {"suppressed": True}


def answered(snapshot: Snapshot, settings: Settings, asked: Asked) -> dict[str, Any]:
    """The answer. Raises InvalidError for one that would be too large."""
    query, metric = asked.query, asked.metric
    question = question_of(snapshot, settings, asked, asked.buckets)
    result = measured(asked, question)
    compared = asked.compared(snapshot.at)
    hidden = hidden_of(metric, question, result)
    previous = None
    if compared is not None:
        earlier = question_of(snapshot, settings, asked, compared)
        of_earlier = measured(asked, earlier)
        previous = _Previous(earlier, of_earlier, hidden_of(metric, earlier, of_earlier))
    reason = _reason(snapshot, asked, result)
    # What was left out of numbers that are not shown would tell of them.
    told = not len(hidden.totals) or not (hidden.totals.all() or hidden.points.all())
    answer: dict[str, Any] = {
        "metric": metric.name,
        "unit": metric.unit,
        "from": text(asked.buckets.start),
        "to": text(asked.buckets.end),
        "grain": query.grain,
        "timezone": query.tz,
        "clock": query.clock,
        "calendar": None if question.hours is None else question.hours.name,
        "definition": metric.version,
        "as_of": text(to_micros(snapshot.at)),
        "freshness": freshness(snapshot, asked),
        "excluded": dict(result.excluded) if told else dict.fromkeys(result.excluded, 0),
        "flagged": dict(result.flagged) if told else dict.fromkeys(result.flagged, 0),
        "series": _Series(question, result, hidden, previous, compare=query.compare is not None).all(),
    }
    if metric.by_vendors_day:
        answer["day_zone"] = _day_zone(snapshot, asked)
    if compared is not None:
        answer["previous"] = {"from": text(compared.start), "to": text(compared.end)}
    if reason is not None:
        answer["reason"] = reason
    return answer


def question_of(snapshot: Snapshot, settings: Settings, asked: Asked, buckets: Buckets) -> Question:
    """The question over some buckets, ready for the formulas."""
    query = asked.query
    now = snapshot.at if query.now is None or not asked.metric.ages else max(query.now, snapshot.at)
    dimensions = {
        name: snapshot.dimension(asked.metric.own.get(name, name)) for name in {*query.group_by, *query.filters}
    }
    return Question(
        snapshot=snapshot,
        buckets=buckets,
        now=to_micros(now),
        group_by=tuple(dimensions[name] for name in query.group_by),
        filters=tuple(
            (dimensions[name], dimensions[name].chosen(texts)) for name, texts in query.filters.items() if texts
        ),
        hours=working_hours(snapshot, settings.zone) if query.clock == "working" or asked.metric.timed else None,
        smallest=settings.min_group,
        zone=asked.zone,
        shows_people=settings.person_metrics,
    )


def measured(asked: Asked, question: Question) -> Result:
    """The metric's result. Raises InvalidError for one that would be too large."""
    try:
        return asked.metric.measure(question)
    except AnswerTooLargeError as error:
        raise InvalidError.at(("query", "group_by"), str(error)) from error


def freshness(snapshot: Snapshot, asked: Asked) -> list[dict[str, Any]]:
    """Up to when what the metric rests on is complete, of each source in question; of none where it rests on none."""
    if not asked.metric.streams:
        return []
    chosen = {
        name: set() if name in asked.metric.own else set(asked.query.filters.get(name, ()))
        for name in ("source", "tool")
    }
    zones = snapshot.day_zones() if asked.metric.by_vendors_day else {}
    return [
        {
            "source": str(identity),
            "complete_until": None if at is None else text(to_micros(at)),
            **({"day_zone": zones[identity]} if identity in zones else {}),
        }
        for identity, name, tool, at in snapshot.complete_until(asked.metric.streams)
        if (not chosen["source"] or {str(identity), name} & chosen["source"])
        and (not chosen["tool"] or tool in chosen["tool"])
    ]


def _day_zone(snapshot: Snapshot, asked: Asked) -> str | None:
    """Whose days the usage stands on, if all sources in question have the same."""
    zones = {source["day_zone"] for source in freshness(snapshot, asked)}
    return zones.pop() if len(zones) == 1 else None


def _reason(snapshot: Snapshot, asked: Asked, result: Result) -> str | None:
    if result.unsaid is not None and len(result.unsaid.rows) == len(result.grid.groups):
        return result.unsaid.reason
    if result.total_tally.n.any() or result.point_tally.n.any():
        return None
    if not snapshot.complete_until(asked.metric.streams):
        return "no_source"
    return "filter" if any(asked.query.filters.values()) else "no_data"


class _Previous:
    """The totals of the window to compare with, by group."""

    def __init__(self, question: Question, result: Result, hidden: Hidden) -> None:
        unsaid = set() if result.unsaid is None else set(result.unsaid.rows.tolist())
        future = question.buckets.start >= question.now
        self.empty = _nothing(result)
        self.of_group: dict[int, dict[str, Any]] = {}
        for row, group in enumerate(result.grid.groups.tolist()):
            values = {name: column[row] for name, column in result.totals.items()}
            if future or row in unsaid:
                values = _unknown(values)
            self.of_group[group] = SUPPRESSED if hidden.totals[row] or hidden.points[row] else values


@dataclass(slots=True)
class _Series:
    """The series of an answer."""

    question: Question
    result: Result
    hidden: Hidden
    previous: _Previous | None
    compare: bool

    def all(self) -> list[dict[str, Any]]:
        unsaid = self.result.unsaid
        rows = {group: row for row, group in enumerate(self.result.grid.groups.tolist())}
        groups = sorted({*rows, *(self.previous.of_group if self.previous is not None else ()), *self._always()})
        frames = self._frames()
        future = (self.question.buckets.edges[:-1] >= self.question.now).tolist()
        points = self._points(frames, future)
        series: list[dict[str, Any]] = []
        for group in groups:
            row = rows.get(group)
            said = unsaid is None or row not in unsaid.rows
            one: dict[str, Any] = {"group": self._label(group)}
            if row is None:
                one["points"] = self._empty(frames, future)
            else:
                one["points"] = points[row * len(frames) : (row + 1) * len(frames)]
            one["total"] = self._total(row, self.hidden, known=said and not future[0])
            if row is not None and self.hidden.totals[row] and self.result.adds_up:
                one |= SUPPRESSED
            if not said and unsaid is not None:
                one["reason"] = unsaid.reason
            if self.previous is not None:
                one["previous"] = self.previous.of_group.get(group, self.previous.empty)
            elif self.compare:
                one["previous"] = _unknown(_nothing(self.result))
            series.append(one)
        return series

    def _empty(self, frames: list[dict[str, Any]], future: list[bool]) -> list[dict[str, Any]]:
        nothing = _nothing(self.result)
        return [
            {**frame, **(_unknown(nothing) if to_come else nothing)}
            for frame, to_come in zip(frames, future, strict=True)
        ]

    def _points(self, frames: list[dict[str, Any]], future: list[bool]) -> list[dict[str, Any]]:
        """The points, group by group: a large answer is mostly these, so all are made at once from whole columns."""
        groups, measures = len(self.result.grid.groups), self.result.points
        shared = [column * groups for column in zip(*(frame.values() for frame in frames), strict=True)]
        names = (*frames[0], *measures)
        points = [dict(zip(names, values, strict=True)) for values in zip(*shared, *measures.values(), strict=True)]
        unknown = np.tile(future, (groups, 1))
        if self.result.unsaid is not None:
            unknown[self.result.unsaid.rows] = True
        for cell in np.flatnonzero(~self.hidden.points & unknown.ravel()).tolist():
            points[cell] |= _unknown({name: points[cell][name] for name in measures})
        for cell in np.flatnonzero(self.hidden.points).tolist():
            points[cell] = {**frames[cell % len(frames)], **SUPPRESSED}
        return points

    def _always(self) -> list[int]:
        """What is shown even where nothing is in it: the size of `unassigned` says how far teams can be trusted."""
        by = self.question.group_by
        return [len(by[0].values) - 1] if len(by) == 1 and by[0].name == "team" and not self.question.filters else []

    def _frames(self) -> list[dict[str, Any]]:
        buckets = self.question.buckets
        complete = (buckets.whole & (buckets.ends <= self.question.now)).tolist()
        return [
            {"start": first, "end": after, "complete": whole}
            for (first, after), whole in zip(buckets.texts, complete, strict=True)
        ]

    def _label(self, group: int) -> dict[str, Any]:
        return {
            dimension.name: dimension.values[place]
            for dimension, place in zip(self.question.group_by, self.question.places(group), strict=True)
        }

    def _total(self, row: int | None, hidden: Hidden, *, known: bool) -> dict[str, Any]:
        if row is None:
            return _nothing(self.result)
        last = row * self.result.grid.buckets + self.result.last_bucket
        if hidden.totals[row] or (not self.result.adds_up and hidden.points[last]):
            return SUPPRESSED
        values = {name: column[row] for name, column in self.result.totals.items()}
        return values if known else _unknown(values)


def _unknown(values: dict[str, Any]) -> dict[str, Any]:
    """The same measures without a value: of what is still to come, or what nobody can say."""
    return {name: 0 if name == "n" else [] if isinstance(value, list) else None for name, value in values.items()}


_COUNTS = frozenset({"n", "numerator", "denominator", "reopenings", "items_numerator", "items_denominator"})


def _nothing(result: Result) -> dict[str, Any]:
    """The measures of a group without a fact: a count is 0, a rate or a percentile is not known."""
    measures = result.totals
    counts = _COUNTS | result.counts | (measures.keys() if set(measures) == {"n", "value"} else set())
    return {name: [] if name.startswith("by") else 0 if name in counts else None for name in measures}
