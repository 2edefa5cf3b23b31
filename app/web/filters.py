"""Team, project, period, clock and comparison: what a page shows, read from its address and written into its links."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal
from urllib.parse import urlencode

PERIODS = ("7d", "28d", "90d", "180d", "365d")
"""The periods that are offered by name; any other is given by its first and its last day."""
USUAL_PERIOD = "90d"

Clock = Literal["elapsed", "working"]


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for. An empty team or project means all; the days of a period are both included."""

    first: date
    last: date
    period: str = USUAL_PERIOD
    team: str = ""
    project: str = ""
    clock: Clock = "elapsed"
    compare: bool = True

    @classmethod
    def of(cls, query: Mapping[str, str], *, today: date) -> "Filters":
        """The filters of an address. What cannot be read is as if it were not there."""
        period, first, last = _period(query, today)
        return cls(
            first=first,
            last=last,
            period=period,
            team=query.get("team", ""),
            project=query.get("project", ""),
            clock="working" if query.get("clock") == "working" else "elapsed",
            compare=query.get("compare") != "none",
        )

    @property
    def named_period(self) -> str:
        """The period's name if it has one, else `days`."""
        return self.period if self.period in PERIODS else "days"

    def window(self) -> dict[str, str]:
        """The period as parameters of the API: half-open, in the deployment's zone."""
        return {"from": self.first.isoformat(), "to": (self.last + timedelta(days=1)).isoformat()}

    def query(self) -> dict[str, str]:
        """What an address says of these filters: only what is not usual."""
        told = {
            "team": self.team,
            "project": self.project,
            "period": "" if self.period == USUAL_PERIOD else self.period,
            "clock": "" if self.clock == "elapsed" else self.clock,
            "compare": "" if self.compare else "none",
        }
        return {name: value for name, value in told.items() if value}

    def link(self, path: str, **more: str) -> str:
        """The address of a page with these filters, and `more` in its query."""
        query = {**self.query(), **more}
        return f"{path}?{urlencode(query)}" if query else path

    def with_team(self, team: str) -> "Filters":
        """The same for another team."""
        return replace(self, team=team)


def _period(query: Mapping[str, str], today: date) -> tuple[str, date, date]:
    text = query.get("period", "")
    if text == "days":
        # As the form sends it, where the days stand in fields of their own.
        text = f"{query.get('from', '')}..{query.get('to', '')}"
    begins, dots, ends = text.partition("..")
    if dots:
        first, last = _day(begins), _day(ends)
        if first is not None and last is not None and first <= last:
            return f"{first}..{last}", first, last
    name = text if text in PERIODS else USUAL_PERIOD
    return name, today - timedelta(days=int(name[:-1]) - 1), today


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
