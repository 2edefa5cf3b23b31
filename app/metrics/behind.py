"""The facts behind a number: as many as it says, and adding up to it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from app.core.errors import InvalidError
from app.core.settings import Settings
from app.facts.dimensions import Dimension
from app.facts.read import Snapshot
from app.metrics.answer import measured, question_of
from app.metrics.asked import Asked
from app.metrics.hiding import hidden_of
from app.metrics.question import Array, Question
from app.metrics.window import Buckets


def facts_behind(
    snapshot: Snapshot,
    settings: Settings,
    asked: Asked,
    bucket: date | None,
    group: Mapping[str, str],
    *,
    limit: int,
    cursor: str | None,
    to_admin: bool,
) -> dict[str, Any]:
    """One page of the facts. Raises InvalidError for a bucket or a group that the question does not have."""
    question = replace(question_of(snapshot, settings, asked, asked.buckets), to_admin=to_admin)
    places = places_of(question, group)
    place = _bucket(asked.buckets, bucket)
    if is_hidden(question, asked, places, place):
        return {"items": [], "next": None, "suppressed": True}
    one = only(question, asked, places, place)
    if one.buckets.start >= question.now:
        return {"items": [], "next": None, "n": 0, "sum": None}
    listing = asked.metric.listed(one)
    start = _offset(cursor)
    page = slice(start, min(start + limit, listing.entries))
    return {
        "items": listing.page(page),
        "next": str(page.stop) if page.stop < listing.entries else None,
        "n": listing.n,
        "sum": listing.sum,
    }


def facts_spread(snapshot: Snapshot, settings: Settings, asked: Asked, most: int) -> list[dict[str, Any]]:
    """At most so many of the facts behind the whole window of a question without groups, taken evenly over all."""
    question = question_of(snapshot, settings, asked, asked.buckets)
    if is_hidden(question, asked, {}, None):
        return []
    one = only(question, asked, {}, None)
    if one.buckets.start >= question.now:
        return []
    listing = asked.metric.listed(one)
    return listing.page(slice(0, listing.entries, max(1, -(-listing.entries // most))))


def places_of(question: Question, group: Mapping[str, str]) -> dict[str, int]:
    """Where a group's values stand in their dimensions. Raises InvalidError for one that the question does not have."""
    missing = [name for name in group if name not in {dimension.name for dimension in question.group_by}]
    if missing or len(group) != len(question.group_by):
        names = ", ".join(dimension.name for dimension in question.group_by) or "none"
        raise InvalidError.at(("query", "group"), f"Name one value for each dimension of group_by: {names}.")
    return {dimension.name: _place(dimension, group[dimension.name]) for dimension in question.group_by}


def _place(dimension: Dimension, value: str) -> int:
    if not value:
        return len(dimension.values) - 1
    for place, names in enumerate(dimension.names):
        if value in names:
            return place
    raise InvalidError.at(("query", "group"), f"There is no {dimension.name} '{value}' among the facts.")


def _bucket(buckets: Buckets, start: date | None) -> int | None:
    if start is None:
        return None
    for place, (first, _) in enumerate(buckets.dates):
        if first == start:
            return place
    raise InvalidError.at(("query", "bucket"), f"No bucket of the window starts on {start.isoformat()}.")


def is_hidden(question: Question, asked: Asked, places: dict[str, int], bucket: int | None) -> bool:
    """Whether the number of a group in a bucket (None: in all) is not shown."""
    if question.smallest == 1:
        return False
    result = measured(asked, question)
    hidden = hidden_of(asked.metric, question, result)
    rows = {tuple(question.places(group)): row for row, group in enumerate(result.grid.groups.tolist())}
    row = rows.get(tuple(places.values()))
    if row is None:
        return False
    in_all = bool(hidden.totals[row]) if result.adds_up else False
    last = result.last_bucket if bucket is None and not result.adds_up else bucket
    return in_all or (last is not None and bool(hidden.points[row * result.grid.buckets + last]))


def only(question: Question, asked: Asked, places: dict[str, int], bucket: int | None) -> Question:
    """The same question about one group and one bucket."""
    buckets = asked.buckets
    narrow = buckets.joined() if bucket is None else buckets.joined(bucket, bucket + 1)
    passing: dict[str, tuple[Dimension, Array]] = {
        dimension.name: (dimension, mask) for dimension, mask in question.filters
    }
    for dimension in question.group_by:
        mask = dimension.of_code == places[dimension.name]
        if dimension.name in passing:
            mask = mask & passing[dimension.name][1]
        passing[dimension.name] = (dimension, mask)
    return replace(question, buckets=narrow, filters=tuple(passing.values()), group_by=())


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isdecimal():
        raise InvalidError.at(("query", "cursor"), "This cursor is none that an answer gave: begin without one.")
    return int(cursor)
