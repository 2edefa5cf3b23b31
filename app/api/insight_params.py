"""The parameters of insights: texts in, questions out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Query

from app.api import instants, metric_params
from app.api.metric_params import Asked, From, ItemFilters, Team, To, Zone, several
from app.core.errors import InvalidError
from app.insights.forecast import ForecastQuery
from app.insights.numbers import Window

LONGEST = timedelta(days=3_660)


class ForecastParams:
    """The query parameters of a forecast, as they were sent."""

    def __init__(
        self,
        *,
        items: Annotated[int | None, Query(ge=1, le=1_000_000, description="When will so many items be done?")] = None,
        until: Annotated[str, Query(description="How many will be done before this day?")] = "",
        tz: Zone = "",
        filters: Annotated[ItemFilters, Depends()],
    ) -> None:
        self._items, self._until, self._tz = items, until, tz
        self._filters = {name: several(text) for name, text in filters.texts.items() if text}

    def query(self, default_zone: ZoneInfo) -> ForecastQuery:
        """The question. Raises InvalidError at the wrong parameter."""
        zone = instants.zone_of(self._tz, default_zone)
        until = instants.at("until", self._until, zone)
        day = None if until is None else until.astimezone(zone).date()
        return ForecastQuery(tz=zone.key, items=self._items, until=day, filters=self._filters)


class WindowParams:
    """The query parameters of an insight over a window, as they were sent."""

    def __init__(
        self,
        *,
        start: From = "",
        end: To = "",
        tz: Zone = "",
        team: Team = "",
    ) -> None:
        self._texts = {"from": start, "to": end}
        self._tz = tz
        self.teams = several(team)

    def window(self, default_zone: ZoneInfo, now: datetime) -> "Asking":
        """The window. Raises InvalidError at the wrong parameter."""
        zone = instants.zone_of(self._tz, default_zone)
        start, end, until = metric_params.window(self._texts, zone, now)
        check_length(start, end)
        minute = now.replace(second=0, microsecond=0)
        following = minute + timedelta(minutes=1)
        return Asking(Window(start, end, zone.key, minute), following if until is None else min(until, following))


@dataclass(frozen=True, slots=True)
class Asking:
    """A window, and until when it means the same: some numbers age by the minute."""

    window: Window
    until: datetime


def impact_of(of: str, texts: Mapping[str, str], default_zone: ZoneInfo, now: datetime) -> Asked:
    """The question about a metric. Raises InvalidError at the wrong parameter."""
    if texts["grain"] not in ("", "total"):
        raise InvalidError.at(["query", "grain"], "Two windows are compared as wholes: send 'total', or no grain.")
    try:
        asked = metric_params.asked(of, {**texts, "grain": "total"}, default_zone=default_zone, now=now)
    except InvalidError as error:
        errors = [one if one["loc"][0] == "query" else {**one, "loc": ["query", "of"]} for one in error.errors]
        raise InvalidError(error.detail, errors=errors) from error
    check_length(asked.query.start, asked.query.end)
    compare = asked.query.compare or "previous"
    if isinstance(compare, tuple):
        check_length(*compare, name="compare")
    return replace(asked, query=replace(asked.query, compare=compare))


def check_length(start: datetime, end: datetime, name: str = "from") -> None:
    """Refuse a window in which nothing could be compared day by day. Raises InvalidError."""
    if end - start > LONGEST:
        raise InvalidError.at(["query", name], "An insight looks at ten years at most: choose a shorter window.")
