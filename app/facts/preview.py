"""What a change of meaning would change: timed before and after it, in a transaction that is undone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from app.core.types import to_micros
from app.facts import rows
from app.facts.segment import NEVER
from app.facts.timeline import timelines
from app.store import dirty, sources

MOST_ITEMS = 100_000
"""More items than this are counted and not timed: a preview must not keep writers waiting."""
_RECENT = timedelta(days=90)
_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the touched items amount to: how many are finished, and the recent ones' median cycle time in seconds."""

    finished: int
    discarded: int
    in_progress: int
    cycle_time_p50: float | None


@dataclass(frozen=True, slots=True)
class Effect:
    """`items` are those that the change touches; the outcomes are `None` where there are too many to time."""

    items: int
    before: Outcome | None
    after: Outcome | None


def effect(
    connection: Connection,
    source_id: UUID,
    *,
    mark: Callable[[Connection], None],
    change: Callable[[Connection], None],
    now: datetime,
) -> Effect:
    """The effect of `change` on the items that `mark` marks. Nothing of either is kept."""
    sources.lock(connection, source_id)
    trial = connection.begin_nested()
    try:
        dirty.clear(connection, source_id, _marked(connection, source_id))
        mark(connection)
        touched = _marked(connection, source_id)
        if len(touched) > MOST_ITEMS:
            return Effect(len(touched), None, None)
        alive, before = _outcome(connection, source_id, touched, now)
        change(connection)
        _, after = _outcome(connection, source_id, touched, now)
        return Effect(alive, before, after)
    finally:
        trial.rollback()


def _marked(connection: Connection, source_id: UUID) -> list[str]:
    return dirty.marked(connection, source_id, 2**31)


def _outcome(connection: Connection, source_id: UUID, touched: list[str], now: datetime) -> tuple[int, Outcome]:
    codes = rows.Codes(connection, source_id)
    alive = finished = discarded = in_progress = 0
    cycles: list[NDArray[Any]] = []
    for start in range(0, len(touched), _AT_ONCE):
        some = touched[start : start + _AT_ONCE]
        batch = rows.load(connection, source_id, codes, some[0], some[-1])
        told = timelines(batch.histories.items, batch.histories.moves, rows.status_map(connection, source_id, codes))
        done, gone = told.finished_at != NEVER, told.discarded_at != NEVER
        begun = told.started_at != NEVER
        alive += len(done)
        finished += int(np.count_nonzero(done))
        discarded += int(np.count_nonzero(gone))
        in_progress += int(np.count_nonzero(begun & ~done & ~gone))
        recent = done & begun & (told.finished_at >= to_micros(now - _RECENT)) & (told.finished_at >= told.started_at)
        cycles.append((told.finished_at - told.started_at)[recent])
    durations = np.concatenate(cycles) if cycles else np.array([], dtype=np.int64)
    median = float(np.median(durations)) / 1e6 if len(durations) else None
    return alive, Outcome(finished, discarded, in_progress, median)
