"""What a rule of recommendations is."""

from dataclasses import dataclass
from typing import Literal

from app.insights.findings import Source
from app.insights.texts import Form
from app.metrics.declaration import Text

Priority = Literal["high", "medium", "low"]
PRIORITIES: tuple[Priority, ...] = ("high", "medium", "low")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """It holds where the value lies beyond the threshold and rests on `fewest` facts at least.

    `by_team` says whether it is looked at for each team too, not only for everybody or the teams asked for.
    """

    name: str
    priority: Priority
    source: Source
    relation: Literal["above", "below"]
    threshold: float
    fewest: int
    form: Form
    title: Text
    reason: Text
    action: Text
    by_team: bool = True
