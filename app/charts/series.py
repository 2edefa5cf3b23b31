"""An answer's series as lines of points, ready to be drawn and said."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.charts import words
from app.charts.look import Plain
from app.charts.words import said
from app.core.language import Language
from app.metrics.declaration import Text

MOST_LINES = 10
"""More lines than this cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Point:
    """One bucket. `values` is empty where it is suppressed."""

    start: date
    end: date
    complete: bool
    suppressed: bool
    values: Mapping[str, Any]

    def get(self, measure: str) -> Any:
        """The measure's number; `None` where it is not known or not shown."""
        return self.values.get(measure)

    def x(self, place: float = 0.0) -> int:
        """Where it stands on the axis of time, from its start (0) to its end (1)."""
        start, end = on_axis(self.start), on_axis(self.end)
        return round(start + (end - start) * place)


@dataclass(frozen=True, slots=True)
class Line:
    """The points of one group. `id` is '' for an answer without groups."""

    id: str
    name: str
    points: tuple[Point, ...]
    total: Mapping[str, Any]
    previous: Mapping[str, Any]
    suppressed: bool

    def known(self, measure: str) -> list[Point]:
        """The points that have a number."""
        return [point for point in self.points if point.get(measure) is not None]

    def last(self, measure: str) -> Point | None:
        """The last whole bucket with a number; if there is none, the last one with a number."""
        known = self.known(measure)
        whole = [point for point in known if point.complete]
        return next(reversed(whole or known), None)


def lines_of(answer: Mapping[str, Any], language: Language) -> list[Line]:
    """The lines of an answer, as it orders them."""
    return [
        Line(
            id="\n".join(str(value["id"] or "") for value in series["group"].values()),
            name=label(series["group"], language),
            points=tuple(_point(point) for point in series["points"] or ()),
            total=_values(series.get("total")),
            previous=_values(series.get("previous")),
            suppressed=bool(series.get("suppressed") or (series.get("total") or {}).get("suppressed")),
        )
        for series in answer["series"]
    ]


def is_grouped(answer: Mapping[str, Any]) -> bool:
    """Whether there is a series for each group."""
    return any(series["group"] for series in answer["series"])


def label(group: Mapping[str, Mapping[str, Any]], language: Language) -> str:
    """What a group is called."""
    names = [named(dimension, value, language) for dimension, value in group.items()]
    return " · ".join(names) or said(words.EVERYTHING, language)


def named(dimension: str, value: Mapping[str, Any], language: Language) -> str:
    """What a value of a dimension is called; ours to say where nothing is set."""
    if value["id"] is None or not value.get("name"):
        return said(words.NOBODY.get(dimension, words.NOTHING), language)
    name = str(value["name"])
    if dimension == "tool":
        return words.TOOL_NAMES.get(name, name[:1].upper() + name[1:].replace("_", " ") if name.islower() else name)
    if dimension == "event" and name in words.EVENT_NAMES:
        return said(words.EVENT_NAMES[name], language)
    return name


def largest(lines: Sequence[Line]) -> tuple[list[Line], int]:
    """As many lines as can be told apart, those that rest on most, in their order; and how many are left out."""
    if len(lines) <= MOST_LINES:
        return list(lines), 0
    kept = sorted(range(len(lines)), key=lambda place: (-(lines[place].total.get("n") or 0), place))[:MOST_LINES]
    return [lines[place] for place in sorted(kept)], len(lines) - MOST_LINES


def period(point: Point, grain: str, language: Language) -> str:
    """A bucket's name."""
    if grain == "day":
        return language.day(point.start)
    if grain == "month":
        return language.month(point.start)
    return language.days(point.start, _day_before(point.end))


def span(answer: Mapping[str, Any], language: Language) -> str:
    """The days of an answer's window."""
    zone = ZoneInfo(answer["timezone"])
    first, after = moment(answer["from"], zone), moment(answer["to"], zone)
    last = after.date() if (after.hour, after.minute, after.second) != (0, 0, 0) else _day_before(after.date())
    return language.days(min(first.date(), last), last)


def moment(instant: str, zone: ZoneInfo) -> datetime:
    """An instant as the wall clock of the zone shows it."""
    return datetime.fromisoformat(instant).astimezone(zone)


def wall(instant: str, zone: ZoneInfo) -> int:
    """Where an instant stands on the axis of time, which shows the wall clock of the answer's zone."""
    local = moment(instant, zone).replace(tzinfo=UTC)
    return round(local.timestamp() * 1_000)


def on_axis(day: date) -> int:
    """Where a day begins on the axis of time."""
    return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1_000)


def reason(answer: Mapping[str, Any], language: Language) -> str:
    """Why there is nothing to show."""
    texts: Iterable[Any] = (answer.get("reason"), *(series.get("reason") for series in answer.get("series", ())))
    given = next((text for text in texts if text), None)
    text: Text = words.REASONS.get(str(given), words.EMPTY)
    return said(text, language)


def _point(point: Plain) -> Point:
    values = {} if point.get("suppressed") else point
    return Point(
        start=date.fromisoformat(point["start"]),
        end=date.fromisoformat(point["end"]),
        complete=bool(point["complete"]),
        suppressed=bool(point.get("suppressed")),
        values=values,
    )


def _values(values: Any) -> Mapping[str, Any]:
    return {} if not values or values.get("suppressed") else values


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)
