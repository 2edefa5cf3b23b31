"""The catalogue: every metric is declared once, and the API, its documents and the pages are fed from here."""

from app.metrics.declaration import Metric
from app.metrics.process import PROCESS

CATALOGUE: tuple[Metric, ...] = (*PROCESS,)

BY_NAME = {metric.name: metric for metric in CATALOGUE}
