"""What a run tells about itself, in the words of the API."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from connectors.kit.errors import ConnectorError, RateLimited

StreamStatus = Literal["queued", "running", "succeeded", "incomplete", "failed", "cancelled", "skipped"]
Problem = dict[str, str]

STOPPED: Problem = {
    "kind": "transient",
    "message": "The worker stopped; the next run continues.",
    "remedy": "Nothing to do.",
}


@dataclass(slots=True)
class StreamReport:
    """The counts of one stream; `read` is the sum of written, unchanged and rejected."""

    stream: str
    status: StreamStatus = "queued"
    read: int = 0
    written: int = 0
    unchanged: int = 0
    deleted: int = 0
    rejected: int = 0
    cursor: str | None = None
    retry_at: str | None = None
    error: Problem | None = None

    def count(self, *, read: int, written: int, rejected: int) -> None:
        """Add a page."""
        self.read += read
        self.written += written
        self.rejected += rejected
        self.unchanged += read - written - rejected

    def fail(self, error: ConnectorError) -> None:
        """Note an error; the first of the worst ones stays."""
        status: StreamStatus = "incomplete" if error.kind == "transient" else "failed"
        if self.status in ("queued", "running") or (status == "failed" and self.status != "failed"):
            self.status = status
            self.error = problem(error)
        if isinstance(error, RateLimited) and error.retry_at is not None:
            self.retry_at = instant(error.retry_at)

    def note(self, message: str) -> None:
        """Say something that needs no action."""
        if self.error is None:
            self.error = {"kind": "transient", "message": message, "remedy": "Nothing to do."}

    def end(self, status: StreamStatus = "succeeded") -> None:
        """The stream is done; an error that was noted keeps its status."""
        if self.status in ("queued", "running"):
            self.status = status


def problem(error: ConnectorError) -> Problem:
    """The error as the API shows it."""
    kind = error.kind if error.kind in ("config", "auth", "transient") else "bug"
    return {"kind": kind, "message": error.message, "remedy": error.remedy}


def instant(at: datetime) -> str:
    """RFC 3339 with `Z`."""
    return at.isoformat().replace("+00:00", "Z")


def outcome(reports: Sequence[StreamReport]) -> tuple[str, Problem | None]:
    """The status of a run that came to its end, and its first and worst problem."""
    for status in ("failed", "incomplete"):
        for report in reports:
            if report.status == status:
                return status, report.error
    return "succeeded", None


def told(reports: Sequence[StreamReport]) -> list[dict[str, Any]]:
    """The reports as they are stored."""
    return [asdict(report) for report in reports]
