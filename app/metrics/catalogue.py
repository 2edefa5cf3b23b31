"""The catalogue: every metric is declared once, and the API, its documents and the pages are fed from here."""

from app.metrics.communication import COMMUNICATION, TOOL_SATISFACTION
from app.metrics.data import DATA_COVERAGE, FRESHNESS, data_utilisation
from app.metrics.declaration import Metric
from app.metrics.delivery import DELIVERY
from app.metrics.insights import INSIGHTS
from app.metrics.process import PROCESS
from app.metrics.tooling import TOOLING


def _names() -> tuple[str, ...]:
    return tuple(declared.name for declared in (*CATALOGUE, *INSIGHTS))


CATALOGUE: tuple[Metric, ...] = (
    *PROCESS,
    *TOOLING,
    TOOL_SATISFACTION,
    *COMMUNICATION,
    *DELIVERY,
    DATA_COVERAGE,
    FRESHNESS,
    data_utilisation(_names),
)

BY_NAME = {metric.name: metric for metric in CATALOGUE}


def unknown(name: str) -> str:
    """What to say of a name that no metric has, with those that there are."""
    if any(insight.name == name for insight in INSIGHTS):
        return f"'{name}' is an insight: ask for it with GET /api/v1/metrics/{name}."
    return f"There is no metric '{name}'. Choose from: {', '.join(_names())}."
