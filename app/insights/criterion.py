"""What the criteria of maturity are made of."""

from dataclasses import dataclass
from typing import Literal

from app.insights.findings import Source
from app.insights.texts import Form
from app.metrics.declaration import Text

FunctionName = Literal["process", "tooling", "data", "communication", "knowledge", "monitoring"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A number on the right side of a threshold (itself included), resting on `fewest` facts at least."""

    name: str
    source: Source
    relation: Literal["at_least", "at_most"]
    threshold: float
    form: Form
    title: Text
    fewest: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A question of the questionnaire that is answered with yes."""

    name: str
    question: Text


Criterion = Measured | Declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function of product operations; `levels` hold what the levels 2 to 5 ask for beside those below."""

    name: FunctionName
    title: Text
    levels: tuple[tuple[Criterion, ...], ...]
