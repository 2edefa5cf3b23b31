"""How a source does: its newest syncs, what is wrong and who mends it, when it is read next."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.core.cron import trigger
from app.web.admin.desk import Desk

ACTIVE = ("queued", "running")
_SHOWN = "20"


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source with its newest syncs, newest first."""

    source: dict[str, Any]
    runs: list[dict[str, Any]]
    next_at: datetime | None

    @property
    def run(self) -> dict[str, Any] | None:
        """The newest sync."""
        return self.runs[0] if self.runs else None

    @property
    def active(self) -> dict[str, Any] | None:
        """The sync that runs now, else the one that waits."""
        found = [run for run in self.runs if run["status"] in ACTIVE]
        return next((run for run in found if run["status"] == "running"), found[0] if found else None)

    @property
    def was_read(self) -> bool:
        """Whether a sync came to an end of its own; before that nothing is complete."""
        return any(run["status"] in ("succeeded", "incomplete") for run in self.runs)

    @property
    def error(self) -> dict[str, Any] | None:
        """What went wrong in the newest sync: of it as a whole, else of one of its streams."""
        if self.run is None or self.run["status"] not in ("failed", "incomplete"):
            return None
        streams = (one["error"] for one in self.run["streams"] if one["error"])
        return self.run["error"] or next(streams, None)


async def state_of(desk: Desk, source: dict[str, Any], *, syncs: str = _SHOWN) -> SourceState:
    """The state of a source."""
    page = await desk.api("GET", "/syncs", source=source["id"], limit=syncs)
    return SourceState(source, page["items"], _next_at(desk, source))


def waits_for(run: dict[str, Any], now: datetime) -> float | None:
    """Seconds until the vendor lets a sync go on, one that runs or one that ended early; None where it may already."""
    told = [one["retry_at"] for one in run["streams"]]
    if run["status"] == "running":
        told.append((run["progress"] or {}).get("waits_until"))
    left = max(((datetime.fromisoformat(until) - now).total_seconds() for until in told if until), default=0.0)
    return left if left > 0 else None


def left_of(run: dict[str, Any], now: datetime) -> float | None:
    """Seconds that a running sync still needs at its present pace; None where that cannot be told."""
    progress = run["progress"] or {}
    done, total = progress.get("done"), progress.get("total")
    if not run["started_at"] or not done or not total or total <= done:
        return None
    spent = (now - datetime.fromisoformat(run["started_at"])).total_seconds()
    return float(spent * (total - done) / done)


def _next_at(desk: Desk, source: dict[str, Any]) -> datetime | None:
    if not source["schedule"] or not source["enabled"]:
        return None
    now = desk.view.clock.now()
    fires = trigger(source["schedule"], desk.view.service.settings.timezone).get_next_fire_time(
        None, now + timedelta(microseconds=1)
    )
    return None if fires is None else fires.astimezone(UTC)
