"""Launches computed the slow way: datetimes, lists and loops over histories, and no code of the service."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.oracle import Oracle, percentile
from tests.support.oracle_history import History
from tests.support.people import team_id
from tests.support.rows import Release

MONTH = timedelta(days=30)
TeamAt = Callable[[History, datetime], str]


def released_at(release: Release, zone: ZoneInfo) -> datetime | None:
    if not release.released or not release.listed:
        return None
    if release.on is not None:
        return datetime.combine(release.on + timedelta(days=1), time(0), zone).astimezone(UTC)
    return release.at


@dataclass
class Launch:
    """A release, or a feature's finish where the source has no releases."""

    at: datetime
    source: str
    project: str | None
    release: str | None
    team: str
    bugs: int = 0


@dataclass
class LaunchOracle:
    """`releases` are those of each source, by its name."""

    oracle: Oracle
    releases: dict[str, list[Release]] = field(default_factory=dict)
    team_at: TeamAt = lambda _one, _at: "unassigned"

    def listed(self, source: str) -> dict[str, Release]:
        return {release.key: release for release in self.releases.get(source, ()) if release.listed}

    def launched(self, one: History) -> datetime | None:
        """When a feature was launched."""
        if one.world.kinds.get(one.item.item_type or "") != "feature" or one.discarded:
            return None
        named = [release for key, release in self.listed(one.world.name).items() if key in one.item.releases]
        if not named:
            return one.finished
        known = [at for release in named if (at := released_at(release, self.oracle.zone)) is not None]
        return min(known, default=None)

    def launch_time(self, items: Sequence[History], low: datetime, high: datetime) -> dict[str, Any]:
        launched = [(one, at) for one in items if (at := self.launched(one)) is not None and low <= at < high]
        from_start = [self.oracle.length(one.started, at) for one, at in launched if one.started is not None]
        from_created = [self.oracle.length(one.item.created, at) for one, at in launched]
        kept, since = [one for one in from_start if one >= 0], [one for one in from_created if one >= 0]
        return {
            "n": len(kept),
            "p50": percentile(kept, 0.5),
            "p75": percentile(kept, 0.75),
            "p85": percentile(kept, 0.85),
            "p95": percentile(kept, 0.95),
            "mean": sum(kept) / len(kept) if kept else None,
            "from_created": percentile(since, 0.5),
            "from_created_p75": percentile(since, 0.75),
            "from_created_p85": percentile(since, 0.85),
            "from_created_p95": percentile(since, 0.95),
        }

    def excluded(self, low: datetime, high: datetime) -> dict[str, int]:
        """What `launch_time` leaves out."""
        launched = [(one, at) for one in self.oracle.histories if (at := self.launched(one)) and low <= at < high]
        return {
            "never_started": sum(one.started is None for one, _ in launched),
            "negative": sum(one.started is not None and at < one.started for one, at in launched),
        }

    def launches(self) -> list[Launch]:
        """Every launch of every source, with its bugs."""
        found: list[Launch] = []
        for source in dict.fromkeys(one.world.name for one in self.oracle.histories):
            items = [one for one in self.oracle.histories if one.world.name == source]
            mine = self._released(source, items) if self.listed(source) else self._finished(source, items)
            bugs = [one for one in items if one.world.kinds.get(one.item.item_type or "") == "bug"]
            tells = any(one.item.affects for one in items)
            for launch in mine:
                after = [bug for bug in bugs if launch.at <= bug.item.created < launch.at + MONTH]
                if tells and launch.release is not None:
                    launch.bugs = sum(launch.release in bug.item.affects for bug in after)
                else:
                    launch.bugs = sum(bug.item.project == launch.project and last(bug, launch, mine) for bug in after)
            found += mine
        return found

    def _released(self, source: str, items: Sequence[History]) -> list[Launch]:
        found = []
        for key, release in self.listed(source).items():
            at = released_at(release, self.oracle.zone)
            if at is None:
                continue
            inside = [one for one in items if key in one.item.releases and not one.discarded]
            votes = Counter(self.team_at(one, at) for one in inside)
            votes.pop("unassigned", None)
            team = min(votes, key=lambda name: (-votes[name], str(team_id(name))), default="unassigned")
            found.append(Launch(at, source, release.project, key, team))
        return found

    def _finished(self, source: str, items: Sequence[History]) -> list[Launch]:
        return [
            Launch(one.finished, source, one.item.project, None, self.team_at(one, one.finished))
            for one in items
            if one.finished is not None and one.world.kinds.get(one.item.item_type or "") == "feature"
        ]

    def bugs_per_launch(self, launches: Sequence[Launch], low: datetime, high: datetime) -> dict[str, Any]:
        counted = [one for one in launches if low <= one.at < high and one.at + MONTH <= self.oracle.now]
        bugs = sum(one.bugs for one in counted)
        return {
            "n": len(counted),
            "value": bugs / len(counted) if counted else None,
            "numerator": bugs,
            "denominator": len(counted),
        }


def last(bug: History, launch: Launch, launches: Sequence[Launch]) -> bool:
    """Whether the bug lies in no later launch's 30 days, of the same project."""
    return not any(
        other.project == launch.project and launch.at < other.at <= bug.item.created < other.at + MONTH
        for other in launches
    )
