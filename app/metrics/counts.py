"""How many: items finished, items created."""

import numpy as np

from app.facts.segment import ARRIVALS, FINISHED
from app.metrics.question import Facts, Question
from app.metrics.result import Selected


def throughput(question: Question) -> Selected:
    """Items finished in the window."""
    return _each(question.facts(FINISHED))


def arrivals(question: Question) -> Selected:
    """Items created in the window."""
    return _each(question.facts(ARRIVALS))


def _each(facts: Facts) -> Selected:
    return Selected(facts, np.ones(len(facts), dtype=np.int64))
