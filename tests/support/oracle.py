"""Every process metric computed from metrics.md the slow way: datetimes, lists and loops, and no code of the service.

It reads the items as the tests put them into the store, and gives for each group and bucket what an answer
must say. Nothing here is shared with `app/`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.oracle_history import History, Visit, World, automated
from tests.support.oracle_time import bucket_dates, working_seconds
from tests.support.rows import Item

CATEGORY_NAMES = ("backlog", "todo", "active", "waiting", "done", "discarded")


def percentile(values: list[float], share: float) -> float | None:
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


GroupOf = Callable[[History], tuple[Any, ...]]


@dataclass
class Oracle:
    """Answers over the histories of one or more sources."""

    histories: list[History]
    start: datetime
    end: datetime
    zone: ZoneInfo
    grain: str
    now: datetime
    clock: str = "elapsed"
    calendar_zone: ZoneInfo = ZoneInfo("Europe/Paris")  # noqa: RUF009

    @classmethod
    def of(cls, worlds: Iterable[tuple[World, list[Item]]], **more: Any) -> "Oracle":
        histories = [History(item, world) for world, items in worlds for item in items if item.deleted is None]
        return cls(histories, **more)

    @property
    def spans(self) -> list[tuple[datetime, datetime]]:
        """The buckets' own spans, clipped to the window."""
        if self.grain == "total":
            return [(self.start, self.end)]
        spans = []
        for first, after in bucket_dates(self.start, self.end, self.zone, self.grain):
            low = datetime.combine(first, time(0), self.zone).astimezone(UTC)
            high = datetime.combine(after, time(0), self.zone).astimezone(UTC)
            spans.append((max(low, self.start), min(high, self.end)))
        return spans

    def length(self, start: datetime, end: datetime) -> float:
        """Seconds on the clock; negative where the end comes first."""
        if end < start or self.clock == "elapsed":
            return (end - start).total_seconds()
        return working_seconds(start, end, self.calendar_zone)

    def answer(self, metric: str, group_of: GroupOf) -> dict[tuple[Any, ...], dict[str, Any]]:
        """`{group: {"points": [...], "total": ...}}`; a future point is None."""
        compute: Callable[[list[History], datetime, datetime], dict[str, Any]] = getattr(self, metric)
        groups: dict[tuple[Any, ...], list[History]] = defaultdict(list)
        for history in self.histories:
            groups[group_of(history)].append(history)
        return {
            group: {
                "points": [None if low >= self.now else compute(members, low, high) for low, high in self.spans],
                "total": None if self.start >= self.now else compute(members, self.start, self.end),
            }
            for group, members in groups.items()
        }

    # One method a metric, named as the metric.

    def cycle_time(self, items: list[History], low: datetime, high: datetime) -> dict[str, Any]:
        done = [item for item in _finished(items, low, high) if item.started]
        return _percentiles(self._kept(self.length(item.started, item.finished) for item in done))

    def active_time(self, items: list[History], low: datetime, high: datetime) -> dict[str, Any]:
        done = [item for item in _finished(items, low, high) if item.started and item.finished >= item.started]
        return _percentiles(
            [sum(self._stay(visit, None) for visit in item.stays() if _started(visit)) for item in done]
        )

    def lead_time(self, items: list[History], low: datetime, high: datetime) -> dict[str, Any]:
        done = _finished(items, low, high)
        return _percentiles(self._kept(self.length(item.item.created, item.finished) for item in done))

    def reaction_time(self, items: list[History], low: datetime, high: datetime) -> dict[str, Any]:
        started = [item for item in items if item.started and low <= item.started < high]
        return _percentiles(self._kept(self.length(item.item.created, item.started) for item in started))

    def time_in_status(self, items: list[History], low: datetime, high: datetime) -> dict[str, Any]:
        kept = [item for item in _finished(items, low, high) if item.finished >= item.item.created]
        return {
            "n": len(kept),
            "by": self._times(
                kept, lambda item, visit: (item.world.name, visit.status) if visit.status else (None, None)
            ),
            "by_category": self._times(kept, lambda item, visit: visit.category or "unmapped"),
        }

    def _times(self, items: list[History], key: Callable[[History, Visit], Any]) -> dict[Any, dict[str, Any]]:
        values: dict[Any, list[float]] = defaultdict(list)
        visits: dict[Any, int] = defaultdict(int)
        for item in items:
            mine: dict[Any, float] = defaultdict(float)
            before = None
            for visit in item.stays():
                mine[key(item, visit)] += self._stay(visit, item.item.created)
                visits[key(item, visit)] += before is None or before.status != visit.status
                before = visit
            for name, value in mine.items():
                values[name].append(value)
        whole = sum(sum(some) for some in values.values())
        return {
            name: {
                "n": len(some),
                "total": sum(some),
                "share": sum(some) / whole if whole else None,
                "visits": visits[name],
                "p50": percentile(some, 0.5),
                "p85": percentile(some, 0.85),
            }
            for name, some in values.items()
        }

    def bottleneck(self, items: list[History], low: datetime, high: datetime) -> dict[str, Any]:
        done, now = self._in_statuses(items, low, high)
        days = 0
        while _wall(low, self.zone) + timedelta(days=days) < _wall(high, self.zone):
            days += 1
        elapsed = min(high, max(low, self.now))
        earlier = [
            (_wall(instant, self.zone) - timedelta(days=days)).replace(tzinfo=self.zone).astimezone(UTC)
            for instant in (low, elapsed)
        ]
        _, then = self._in_statuses(items, earlier[0], earlier[1])
        whole, whole_then = sum(now.values()), sum(then.values())
        visitors: dict[Any, int] = defaultdict(int)
        for item in done:
            for name in {_status(item, visit) for visit in _since_start(item)}:
                visitors[name] += 1
        passed, passed_then = _passages(items, low, high), _passages(items, earlier[0], earlier[1])
        by = {}
        for name, total in now.items():
            share = total / whole if whole else None
            share_then = then.get(name, 0) / whole_then if whole_then else None
            came, left = passed["came", name], passed["left", name]
            came_then, left_then = passed_then["came", name], passed_then["left", name]
            by[name] = {
                "n": visitors[name],
                "total": total,
                "share": share,
                "share_change": None if share is None or share_then is None else share - share_then,
                "arrivals": came,
                "departures": left,
                "growth": came - left,
                "trend": (came - left) - (came_then - left_then),
            }
        return {"n": len(done), "by": by}

    def _in_statuses(
        self, items: list[History], low: datetime, high: datetime
    ) -> tuple[list[History], dict[Any, float]]:
        """The items with a cycle time, and that time by status."""
        done = [item for item in _finished(items, low, high) if item.started and item.finished >= item.started]
        total: dict[Any, float] = defaultdict(float)
        for item in done:
            for visit in _since_start(item):
                total[_status(item, visit)] += self._stay(visit, item.started)
        return done, total

    def flow_efficiency(self, items: list[History], low: datetime, high: datetime) -> dict[str, Any]:
        stays = [visit for item in _finished(items, low, high) for visit in item.stays()]
        active = sum(self._stay(visit, None) for visit in stays if visit.category == "active")
        both = sum(self._stay(visit, None) for visit in stays if _started(visit))
        return {"n": len(_finished(items, low, high)), "value": active / both if both else None}

    def throughput(self, items: list[History], low: datetime, high: datetime) -> dict[str, Any]:
        return {"n": len(_finished(items, low, high)), "value": len(_finished(items, low, high))}

    def arrivals(self, items: list[History], low: datetime, high: datetime) -> dict[str, Any]:
        created = [item for item in items if low <= item.item.created < high]
        return {"n": len(created), "value": len(created)}

    def wip(self, items: list[History], low: datetime, high: datetime) -> dict[str, Any]:
        value = len(self._in_progress(items, high))
        return {"n": value, "value": value}

    def _in_progress(self, items: list[History], high: datetime) -> list[History]:
        at = min(high, self.now)
        return [
            item
            for item in items
            if item.started and item.started <= at and not (item.end is not None and item.end <= at)
        ]

    def wip_age(self, items: list[History], low: datetime, high: datetime) -> dict[str, Any]:
        until = min(high, self.now.replace(second=0, microsecond=0))
        ages = {
            item.item.key: self.length(item.started, max(until, item.started))
            for item in self._in_progress(items, high)
        }
        shares = {}
        for item in self._in_progress(items, high):
            kind = _kind(item)
            at = min(high, self.now)
            past = [
                self.length(other.started, other.finished)
                for other in self.histories
                if other.finished and other.started and _kind(other) == kind
                and at - timedelta(days=90) <= other.finished < at and other.started <= other.finished
            ]  # fmt: skip
            passed = sum(1 for value in past if value < ages[item.item.key])
            shares[item.item.key] = passed / len(past) if past else None
        return {**_percentiles(list(ages.values())), "ages": ages, "shares": shares}

    def cumulative_flow(self, items: list[History], low: datetime, high: datetime) -> dict[str, Any]:
        counts: dict[str, int] = dict.fromkeys(CATEGORY_NAMES, 0)
        for item in items:
            state = item.state(min(high, self.now))
            if state != "unborn":
                counts[state or "unmapped"] = counts.get(state or "unmapped", 0) + 1
        return {"n": sum(counts.values()), "by": counts}

    def reopen_rate(self, items: list[History], low: datetime, high: datetime) -> dict[str, Any]:
        done = _finished(items, low, high)
        back = sum(item.reopened for item in done)
        moves = 0
        for item in items:
            for one, two in pairwise(item.visits):
                moves += one.category == "done" and two.category != "done" and low <= two.start < high
        return {
            "n": len(done), "numerator": back, "denominator": len(done), "reopenings": moves,
            "value": back / len(done) if done else None,
        }  # fmt: skip

    def automation_rate(self, items: list[History], low: datetime, high: datetime) -> dict[str, Any]:
        known = [
            (item, answer)
            for item in items
            for move in item.moves
            if low <= move.at < high and (answer := automated(move, item.world)[0]) is not None
        ]
        automatic = sum(answer for _, answer in known)
        moved = {id(item) for item, _ in known}
        by_machine = {id(item) for item, answer in known if answer}
        return {
            "n": len(known), "numerator": automatic, "denominator": len(known),
            "value": automatic / len(known) if known else None,
            "items": len(by_machine) / len(moved) if moved else None,
        }  # fmt: skip

    def _kept(self, values: Iterable[float]) -> list[float]:
        return [value for value in values if value >= 0]

    def _stay(self, visit: Visit, not_before: datetime | None) -> float:
        start = visit.start if not_before is None else max(visit.start, not_before)
        assert visit.end is not None
        return self.length(start, visit.end) if start < visit.end else 0.0


def _wall(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


def _status(item: History, visit: Visit) -> Any:
    return (item.world.name, visit.status) if visit.status else (None, None)


def _since_start(item: History) -> list[Visit]:
    assert item.started is not None
    return [
        visit
        for visit in item.stays()
        if visit.start >= item.started or (visit.end is not None and visit.end > item.started)
    ]


def _passages(items: list[History], low: datetime, high: datetime) -> dict[tuple[str, Any], int]:
    """How many items came into each status and how many left it."""
    passed: dict[tuple[str, Any], int] = defaultdict(int)
    for item in items:
        before: Any = "nowhere"
        for visit in item.visits:
            standing = _status(item, visit)
            if before != standing and low <= max(visit.start, item.item.created) < high:
                passed["came", standing] += 1
                passed["left", before] += 1
            before = standing
    return passed


def _kind(item: History) -> str:
    return item.world.kinds.get(item.item.item_type or "", "other")


def _started(visit: Visit) -> bool:
    return visit.category in ("active", "waiting")


def _finished(items: list[History], low: datetime, high: datetime) -> list[Any]:
    return [item for item in items if item.finished is not None and low <= item.finished < high]


def _percentiles(values: list[float]) -> dict[str, Any]:
    shares = {"p50": 0.5, "p75": 0.75, "p85": 0.85, "p95": 0.95}
    found: dict[str, Any] = {name: percentile(values, share) for name, share in shares.items()}
    return {"n": len(values), **found, "mean": sum(values) / len(values) if values else None}
