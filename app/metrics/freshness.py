"""How old the data is: now minus the instant up to which each stream of each source is complete."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.core.types import to_micros
from app.facts.segment import Kind
from app.facts.window import Piece, Window
from app.metrics import aggregate
from app.metrics.listing import Listing
from app.metrics.question import Facts, Question
from app.metrics.result import Grid, Measures, Result, Tally, Unsaid, seconds
from app.metrics.window import text
from app.store import states

Array = NDArray[Any]

_MINUTE = 60_000_000
_STREAMS = Kind("streams", "at", (("at", "<i8"),))
"""Streams as facts of the present: no segment holds them."""


@dataclass(frozen=True, slots=True)
class _Streams:
    """The streams that pass the filters, the stalest first; `age` is NaN where nobody knows."""

    facts: Facts
    names: list[str | None]
    until: list[int | None]
    age: Array

    def entries(self, question: Question, places: list[int]) -> list[dict[str, Any]]:
        source = question.snapshot.dimension("source")
        labels = source.of_code[self.facts["source"]].tolist()
        ages = seconds(self.age)
        return [
            {
                "source": source.values[labels[place]],
                "stream": self.names[place],
                "complete_until": None if (until := self.until[place]) is None else text(until),
                "value": ages[place],
            }
            for place in places
        ]


def freshness(question: Question) -> Result:
    """The age of the stalest stream, and that of each; only of now, since nobody noted what it was before."""
    streams = _streams(question)
    group = question.groups(streams.facts)
    grid = Grid.of(group, len(question.buckets))
    groups = len(grid.groups)
    measured = _measures(question, streams, grid.rows(group, len(streams.facts)), groups)
    present = int(np.searchsorted(question.buckets.edges, question.now, side="right")) - 1
    is_asked = 0 <= present < grid.buckets
    points: Measures = {
        name: [
            values[row] if is_asked and bucket == present else _NOTHING[name]
            for row in range(groups)
            for bucket in range(grid.buckets)
        ]
        for name, values in measured.items()
    }
    totals = measured if is_asked else {name: [_NOTHING[name]] * groups for name in measured}
    return Result(
        grid,
        points,
        totals,
        Tally(np.array(points["n"]), None),
        Tally(np.array(totals["n"]), None),
        {},
        {"unknown": int(np.count_nonzero(np.isnan(streams.age)))},
        unsaid=None if is_asked else Unsaid(np.arange(groups), "not_recorded"),
        adds_up=False,
        last_bucket=present if is_asked else 0,
    )


def streams_behind(question: Question) -> Listing:
    """Every stream, the stalest first; those of which nobody knows come before."""
    streams = _streams(question)
    size = len(streams.facts)
    worst = seconds(np.array([_worst(streams.age)]))[0]
    return Listing(size, {"value": worst}, size, lambda page: streams.entries(question, list(range(size)[page])))


_NOTHING: dict[str, Any] = {"n": 0, "value": None, "by": []}


def _measures(question: Question, streams: _Streams, row: Array, groups: int) -> Measures:
    by: list[list[dict[str, Any]]] = []
    worst: list[float] = []
    for group in range(groups):
        places = np.flatnonzero(row == group)
        by.append(streams.entries(question, places.tolist()))
        worst.append(_worst(streams.age[places]))
    return {"n": aggregate.counts(row, groups).tolist(), "value": seconds(np.array(worst)), "by": by}


def _worst(age: Array) -> float:
    known = age[~np.isnan(age)]
    return float(known.max()) if len(known) else np.nan


def _streams(question: Question) -> _Streams:
    codes = _codes(question)
    now = question.now // _MINUTE * _MINUTE
    rows = [
        (codes[source_id], stream, None if at is None else to_micros(at))
        for source_id, stream, at in states.reached(question.snapshot.connection)
    ]
    age = np.array([np.nan if until is None else max(now - until, 0) for *_, until in rows], dtype=np.float64)
    # NaN would sort last: what nobody knows comes first.
    order = sorted(range(len(rows)), key=lambda place: (rows[place][2] or 0, rows[place][0], rows[place][1] or ""))
    window = Window(_STREAMS, [Piece(0, {"at": np.full(len(rows), now)}, {})])
    facts = Facts(window.between(now, now + 1)).having(
        source=np.array([rows[place][0] for place in order], dtype=np.int64), place=np.array(order, dtype=np.int64)
    )
    facts = question.filtered(facts)
    kept = facts["place"].tolist()
    return _Streams(facts, [rows[place][1] for place in kept], [rows[place][2] for place in kept], age[facts["place"]])


def _codes(question: Question) -> dict[UUID, int]:
    """The code of each source, as its dimension has it."""
    source = question.snapshot.dimension("source")
    return {
        UUID(source.values[place]["id"]): code
        for code, place in enumerate(source.of_code[:-1].tolist())
        if source.values[place]["id"] is not None
    }
