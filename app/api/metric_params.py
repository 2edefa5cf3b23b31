"""The parameters of a metric: texts in, a question out. The same for GET and for `POST /query`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Query

from app.api import instants
from app.core.errors import InvalidError
from app.metrics.catalogue import BY_NAME, unknown
from app.metrics.query import MetricQuery

WINDOW = timedelta(days=90)
FILTERS = (
    "team",
    "project",
    "source",
    "tool",
    "item_type",
    "item_kind",
    "priority",
    "status",
    "channel",
    "event",
    "automated_by",
    "how_read",
)
_INSTANT = "A date, an RFC 3339 instant, epoch seconds or epoch milliseconds"
_SEVERAL = "Several with commas; empty means all."
From = Annotated[str, Query(alias="from", description=f"{_INSTANT}; empty: 90 days before `to`. Inclusive.")]
To = Annotated[str, Query(alias="to", description=f"{_INSTANT}; empty: the end of today. Exclusive.")]
Zone = Annotated[str, Query(description="The zone that days and buckets are cut in; empty: the deployment's.")]
Team = Annotated[
    str, Query(description=f"Teams by id or name, the teams below them included; or `unassigned`. {_SEVERAL}")
]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and until when it means the same (`None`: for ever)."""

    query: MetricQuery
    until: datetime | None


class ItemFilters:
    """The filters that every question about work items takes, as they were sent."""

    def __init__(
        self,
        *,
        team: Team = "",
        project: Annotated[str, Query(description=f"Projects by id or vendor's id. {_SEVERAL}")] = "",
        source: Annotated[str, Query(description=f"Sources by id. {_SEVERAL}")] = "",
        tool: Annotated[str, Query(description=f"Tools. {_SEVERAL}")] = "",
        item_type: Annotated[str, Query(description=f"Item types by id or vendor's id. {_SEVERAL}")] = "",
        item_kind: Annotated[str, Query(description=f"Item kinds. {_SEVERAL}")] = "",
        priority: Annotated[str, Query(description=f"Priorities. {_SEVERAL}")] = "",
    ) -> None:
        self.texts = {
            "team": team,
            "project": project,
            "source": source,
            "tool": tool,
            "item_type": item_type,
            "item_kind": item_kind,
            "priority": priority,
        }


class MetricParams:
    """The query parameters of a metric, as they were sent."""

    def __init__(
        self,
        *,
        start: From = "",
        end: To = "",
        tz: Zone = "",
        grain: Annotated[str, Query(description="`day`, `week` (from Monday), `month`, `quarter` or `total`.")] = "",
        group_by: Annotated[str, Query(description="Dimensions to group by. Several with commas.")] = "",
        filters: Annotated[ItemFilters, Depends()],
        status: Annotated[str, Query(description=f"Statuses by id or vendor's id, where meant. {_SEVERAL}")] = "",
        channel: Annotated[str, Query(description=f"Channels by id or vendor's id, where meant. {_SEVERAL}")] = "",
        event: Annotated[str, Query(description=f"Names of usage events, where they are meant. {_SEVERAL}")] = "",
        automated_by: Annotated[str, Query(description=f"How automation was told, where it is meant. {_SEVERAL}")] = "",
        how_read: Annotated[str, Query(description=f"How numbers were read, where it is meant. {_SEVERAL}")] = "",
        clock: Annotated[str, Query(description="`elapsed` or `working`.")] = "",
        compare: Annotated[
            str, Query(description="`previous` (as many local days just before), or another window as `from/to`.")
        ] = "",
    ) -> None:
        self.texts = {
            "from": start,
            "to": end,
            "tz": tz,
            "grain": grain,
            "group_by": group_by,
            "clock": clock,
            "compare": compare,
            **filters.texts,
            "status": status,
            "channel": channel,
            "event": event,
            "automated_by": automated_by,
            "how_read": how_read,
        }


def asked(metric: str, texts: Mapping[str, str], *, default_zone: ZoneInfo, now: datetime) -> Asked:
    """The question. Raises InvalidError at the wrong parameter, an unknown metric included."""
    if metric not in BY_NAME:
        raise InvalidError.at(["path", "metric"], unknown(metric))
    zone = instants.zone_of(texts.get("tz"), default_zone)
    start, end, until = window(texts, zone, now)
    query = MetricQuery(
        metric=metric,
        start=start,
        end=end,
        tz=zone.key,
        grain=texts.get("grain") or "week",
        group_by=several(texts.get("group_by", "")),
        filters={name: several(texts[name]) for name in FILTERS if texts.get(name)},
        clock=texts.get("clock") or "elapsed",
        compare=_compare(texts.get("compare", ""), zone),  # type: ignore[arg-type]
    )
    return _of_this_minute(query, until, now) if BY_NAME[metric].ages else Asked(query, until)


def _of_this_minute(query: MetricQuery, until: datetime | None, now: datetime) -> Asked:
    minute = now.replace(second=0, microsecond=0)
    following = minute + timedelta(minutes=1)
    return Asked(replace(query, now=minute), following if until is None else min(until, following))


def window(texts: Mapping[str, str], zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime, datetime | None]:
    """The window that `from` and `to` mean, and until when they mean it (`None`: for ever). Raises InvalidError."""
    start, end = instants.at("from", texts.get("from"), zone), instants.at("to", texts.get("to"), zone)
    until = None
    if end is None:
        end = until = _days_after(now, zone, 1)
    if start is None:
        start = _wall(end, zone, -WINDOW)
    if start >= end:
        raise InvalidError.at(["query", "from"], "The window is empty: 'from' must lie before 'to'.")
    return start, end, until


def _days_after(instant: datetime, zone: ZoneInfo, days: int) -> datetime:
    day = instant.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def _wall(instant: datetime, zone: ZoneInfo, by: timedelta) -> datetime:
    """The instant moved along the wall clock: a midnight stays one when the clocks change between."""
    try:
        return (instant.astimezone(zone).replace(tzinfo=None) + by).replace(tzinfo=zone).astimezone(UTC)
    except OverflowError as error:
        raise InvalidError.at(["query", "to"], "The instant is out of range.") from error


def _compare(text: str, zone: ZoneInfo) -> str | tuple[datetime, datetime] | None:
    if not text or text == "previous":
        return text or None
    first, slash, last = text.partition("/")
    start, end = instants.at("compare", first, zone), instants.at("compare", last, zone)
    if not slash or start is None or end is None or start >= end:
        raise InvalidError.at(["query", "compare"], "Send 'previous', or a window as 'from/to'.")
    return start, end


def several(text: str) -> tuple[str, ...]:
    """The values of a parameter that takes several, each once."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
