"""A clock that tests set."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class ManualClock:
    """Stands still until it is moved."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def forward(self, **parts: float) -> datetime:
        """Move on by `timedelta(**parts)`; gives the new instant."""
        self.at += timedelta(**parts)
        return self.at

    def seconds(self) -> float:
        """As a clock of seconds tells it."""
        return self.at.timestamp()
