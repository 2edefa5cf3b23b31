"""When a failed request is sent again, and how long to wait before."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`attempts` in all; pauses double from `first` to `longest` seconds, with jitter.

    `sleep_cap` bounds one wait that the vendor asks for: a longer one parks the stream instead.
    """

    attempts: int = 5
    first: float = 0.5
    longest: float = 30.0
    sleep_cap: float = 120.0

    def pause(self, attempt: int, jitter: Callable[[float, float], float] = random.uniform) -> float:
        """Seconds before the attempt after `attempt` (from 1): between half and all of the doubled pause."""
        whole = min(self.longest, self.first * 2.0 ** min(attempt - 1, 30))
        return jitter(whole / 2, whole)


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds that a `Retry-After` header asks for, from its number or HTTP-date; None if it says nothing usable."""
    if header is None:
        return None
    text = header.strip()
    try:
        seconds = float(text)
    except ValueError:
        return _until(text, now)
    return seconds if 0 <= seconds < timedelta.max.total_seconds() else None


def _until(text: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
