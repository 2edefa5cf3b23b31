"""What insights look like in answers."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

Texts = dict[Literal["en", "fr"], str]


class WindowOut(BaseModel):
    """A window."""

    from_: datetime = Field(alias="from")
    to: datetime


class ImpactSide(BaseModel):
    """The number of one window."""

    value: float | None
    n: int
    samples: int = Field(description="How many facts or days are compared.")
    daily_mean: float | None = Field(default=None, description="The mean of the days, where days are compared.")


class ImpactSeries(BaseModel):
    """The comparison of one group."""

    group: dict[str, Any]
    verdict: Literal["better", "worse", "changed", "no_clear_change", "too_little_data"] | None
    suppressed: bool | None = Field(default=None, description="True where too few people are behind it.")
    before: ImpactSide | None = None
    after: ImpactSide | None = None
    difference: float | None = None
    relative: float | None = Field(default=None, description="The difference over the number before.")
    interval: list[float] | None = Field(default=None, description="95 % bootstrap interval of the difference.")
    test: dict[str, Any] | None = Field(default=None, description="Mann-Whitney, for durations: `u`, `p`, `effect`.")
    needed: int | None = Field(default=None, description="How many samples each window needs, where there are too few.")


class ImpactAnswer(BaseModel):
    """A metric before and after."""

    metric: Literal["impact"]
    of: str
    measure: str
    unit: str
    better: str
    definition: int
    timezone: str
    clock: str
    as_of: datetime
    before: WindowOut
    after: WindowOut
    sample: Literal["facts", "days"]
    series: list[ImpactSeries]


class Backtest(BaseModel):
    """How often the same method held in the past."""

    forecasts: int
    days_ahead: int
    held: dict[Literal["50", "85", "95"], float | None]


class ForecastBasis(BaseModel):
    """What a forecast is drawn from."""

    from_: date = Field(alias="from")
    to: date
    days: int
    items: int


class ForecastAnswer(BaseModel):
    """When so many items will be done, or how many by a day."""

    metric: Literal["forecast"]
    definition: int
    as_of: datetime
    timezone: str
    items: int | None
    until: date | None
    based_on: ForecastBasis | None
    at: dict[Literal["50", "85", "95"], date | int | None] | None = Field(
        description="By certainty in per cent the day on which they are done (null: not within ten years), or how many."
    )
    backtest: Backtest | None
    runs: int | None = None
    reason: str | None = Field(default=None, description="`too_little_data` where there is no forecast.")
    needed: int | None = None
    suppressed: bool | None = None


class Evidence(BaseModel):
    """The number that a rule holds for; some rules tell more beside it."""

    metric: str
    measure: str
    unit: str
    rests_on: list[str] = Field(description="Every metric that was looked at.")
    from_: datetime = Field(alias="from")
    to: datetime
    value: float
    relation: Literal["above", "below"]
    threshold: float
    n: int


class Recommendation(BaseModel):
    """A rule that holds."""

    rule: str
    priority: Literal["high", "medium", "low"]
    team: dict[str, Any] | None = Field(
        description="The team that it holds for; null: everybody, or the teams asked for."
    )
    about: dict[str, Any] = Field(description="The tool, source or status that it is about, by dimension.")
    title: Texts
    reason: Texts
    action: Texts
    evidence: Evidence


class RecommendationsAnswer(BaseModel):
    """What to do next, the most pressing first."""

    metric: Literal["recommendations"]
    definition: int
    from_: datetime = Field(alias="from")
    to: datetime
    timezone: str
    as_of: datetime
    recommendations: list[Recommendation]


class MaturityCriterion(BaseModel):
    """One criterion of a level; a measured one has the fields of its metric, a declared one those of its answer."""

    name: str
    level: int = Field(ge=2, le=5)
    kind: Literal["measured", "declared"]
    met: bool
    unknown: Literal["no_data", "too_little_data", "suppressed", "unanswered"] | None = Field(
        description="Why nobody knows, where nobody does: it counts as not met."
    )
    title: Texts
    said: Texts = Field(description="How it stands, as a sentence.")
    metric: str | None = None
    measure: str | None = None
    unit: str | None = None
    value: float | None = None
    relation: Literal["at_least", "at_most"] | None = None
    threshold: float | None = None
    n: int | None = None
    by_team: bool | None = Field(default=None, description="Whether the number is that of the teams asked for.")
    answer: bool | None = None
    answered_by: str | None = None
    answered_at: datetime | None = None


class MaturityFunction(BaseModel):
    """One function of product operations."""

    function: str
    title: Texts
    level: int = Field(ge=1, le=5)
    next_level: int | None
    held_back_by: list[MaturityCriterion] = Field(description="What is missing for the next level.")
    criteria: list[MaturityCriterion]


class MaturityAnswer(BaseModel):
    """How mature each function is."""

    metric: Literal["maturity"]
    definition: int
    from_: datetime = Field(alias="from")
    to: datetime
    timezone: str
    as_of: datetime
    teams: list[str] = Field(description="The teams asked for; empty: everybody.")
    functions: list[MaturityFunction]


class InsightFacts(BaseModel):
    """What an insight rests on: days, or numbers with the path of the facts behind each."""

    items: list[dict[str, Any]]
    next: str | None
    n: int | None = None
    sum: dict[str, Any] | None = None
    suppressed: bool | None = None
