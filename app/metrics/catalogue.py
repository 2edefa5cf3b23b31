"""The catalogue: every metric is declared once, and the API, its documents and the pages are fed from here."""

from app.metrics.data import data_utilisation
from app.metrics.declaration import Metric
from app.metrics.process import PROCESS


def _names() -> tuple[str, ...]:
    return tuple(metric.name for metric in CATALOGUE)


CATALOGUE: tuple[Metric, ...] = (*PROCESS, data_utilisation(_names))

BY_NAME = {metric.name: metric for metric in CATALOGUE}
