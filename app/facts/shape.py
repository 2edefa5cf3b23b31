"""Timelines as rows of facts, kind by kind."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.facts.rows import Batch
from app.facts.segment import (
    ARRIVALS,
    FINISHED,
    NEVER,
    STARTS,
    STATES,
    TRANSITIONS,
    VISITS,
    Array,
    Columns,
    Kind,
)
from app.facts.timeline import DISCARDED, DONE, UNBORN, StatusMap, Timelines, timelines

MICROS_A_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Sorted:
    """New rows of one kind by day; `owner` is the place of each row's item in the batch."""

    columns: Columns
    owner: Array
    day: Array


@dataclass(frozen=True, slots=True)
class Facts:
    """The new rows of a batch: those of each kind, and the visits of the finished items."""

    kinds: dict[str, Sorted]
    visits: Columns
    visit_starts: Array
    """Where the visits of each row of `FINISHED` begin, and where the last ones end."""

    def by_day(self, kind: Kind, days: Array) -> Iterator[tuple[int, Columns]]:
        """The rows of each of those days (sorted), visits among them as `visit_*` with their item."""
        rows = self.kinds[kind.name]
        lows = np.searchsorted(rows.day, days, side="left").tolist()
        highs = np.searchsorted(rows.day, days, side="right").tolist()
        for day, low, high in zip(days.tolist(), lows, highs, strict=True):
            columns = {name: column[low:high] for name, column in rows.columns.items()}
            if kind is FINISHED:
                first, last = int(self.visit_starts[low]), int(self.visit_starts[high])
                columns["visit_item"] = np.repeat(columns["item"], columns["visits"])
                columns |= {f"visit_{name}": column[first:last] for name, column in self.visits.items()}
            yield day, columns

    def item_days(self) -> tuple[Array, Array]:
        """`(place of the item, day)` of every row."""
        return (
            np.concatenate([rows.owner for rows in self.kinds.values()]),
            np.concatenate([rows.day for rows in self.kinds.values()]),
        )


def facts_of(batch: Batch, statuses: StatusMap) -> Facts:
    """The rows that a batch's items give."""
    lines = timelines(batch.items, batch.moves, statuses)
    place = np.flatnonzero(batch.alive)
    everyone = np.arange(len(place))

    def rows(kind: Kind, item: Array, **columns: Array) -> Sorted:
        columns |= {
            "item": batch.numbers[place][item],
            "project": batch.items.project[item],
            "item_type": batch.item_type[item],
            "priority": batch.priority[item],
            "assignee": batch.assignee[item],
            "flags": lines.flags[item],
        }
        day = np.floor_divide(columns[kind.time], MICROS_A_DAY).astype(np.int32)
        order = np.argsort(day, kind="stable")
        return Sorted({name: column[order] for name, column in columns.items()}, place[item][order], day[order])

    finished = np.flatnonzero(lines.finished_at != NEVER)
    visits, count = _visits(lines)
    done = rows(
        FINISHED,
        finished,
        place=finished,
        finished_at=lines.finished_at[finished],
        started_at=lines.started_at[finished],
        created_at=batch.items.created_at[finished],
        visits=count[finished].astype(np.int32),
    )
    visits, visit_starts = _in_order(visits, count, done.columns.pop("place"))
    started = np.flatnonzero(lines.started_at != NEVER)
    end = np.minimum(lines.finished_at, lines.discarded_at)
    moved, at, left, entered = _states(lines, batch.items.created_at)
    kinds = {
        FINISHED.name: done,
        TRANSITIONS.name: rows(
            TRANSITIONS,
            batch.moves.item,
            at=batch.moves.at,
            actor=batch.actor,
            left=lines.visit_category[lines.before],
            entered=lines.visit_category[lines.after],
            automated=batch.automated,
            automated_by=batch.automated_by,
        ),
        STATES.name: rows(STATES, moved, at=at, left=left, entered=entered),
        ARRIVALS.name: rows(ARRIVALS, everyone, created_at=batch.items.created_at),
        STARTS.name: rows(
            STARTS,
            started,
            started_at=lines.started_at[started],
            created_at=batch.items.created_at[started],
            end=end[started],
        ),
    }
    return Facts(kinds, visits, visit_starts)


def _visits(lines: Timelines) -> tuple[Columns, Array]:
    """The visits of finished items before they finished, those of one status in a row as one; and their numbers."""
    finish = lines.finished_at[lines.visit_item]
    index = np.arange(len(lines.visit_item))
    opening = np.ones(len(index), dtype=bool)
    opening[1:] = lines.visit_item[1:] != lines.visit_item[:-1]
    within = np.where(
        lines.inferred[lines.visit_item],
        (lines.visit_start <= finish) | opening,
        index < lines.closing[lines.visit_item],
    )
    kept = np.flatnonzero((finish != NEVER) & within)
    item, status = lines.visit_item[kept], lines.visit_status[kept]
    first = np.ones(len(kept), dtype=bool)
    first[1:] = (item[1:] != item[:-1]) | (status[1:] != status[:-1])
    last = np.ones(len(kept), dtype=bool)
    last[:-1] = first[1:]
    opens, ends = kept[first], kept[last]
    owner = lines.visit_item[opens]
    columns = {
        "start": lines.visit_start[opens],
        "end": np.minimum(lines.visit_end[ends], lines.finished_at[owner]),
        "status": lines.visit_status[opens],
        "category": lines.visit_category[opens],
    }
    return columns, np.bincount(owner, minlength=len(lines.finished_at))


def _in_order(visits: Columns, count: Array, items: Array) -> tuple[Columns, Array]:
    """The visits in the order of those items, and where each item's begin."""
    begins = np.cumsum(count) - count
    sizes = count[items]
    starts = np.concatenate(([0], np.cumsum(sizes)))
    take = np.arange(starts[-1]) + np.repeat(begins[items] - starts[:-1], sizes)
    return {name: visits[name][take] for name, _ in VISITS.columns}, starts


def _states(lines: Timelines, created_at: Array) -> tuple[Array, Array, Array, Array]:
    """`(item, at, left, entered)` of every change of category, the creation among them.

    An item has no state before its creation, and one whose end is inferred stays where the resolution put it.
    """
    item = lines.visit_item
    at = np.maximum(lines.visit_start, created_at[item])
    state = lines.visit_state
    end = np.minimum(lines.finished_at, lines.discarded_at)
    ended = np.flatnonzero(lines.inferred)
    opening = np.ones(len(item), dtype=bool)
    opening[1:] = item[1:] != item[:-1]
    kept = ~lines.inferred[item] | (lines.visit_start < end[item]) | opening
    item = np.concatenate((item[kept], ended))
    at = np.concatenate((at[kept], np.maximum(end[ended], created_at[ended])))
    closing = np.where(lines.finished_at[ended] != NEVER, DONE, DISCARDED).astype(np.int8)
    state = np.concatenate((state[kept], closing))
    order = np.lexsort((at, item))
    item, at, state = item[order], at[order], state[order]
    left = np.full(len(item), UNBORN, dtype=np.int8)
    left[1:] = np.where(item[1:] == item[:-1], state[:-1], UNBORN)
    changes = left != state
    return item[changes], at[changes], left[changes], state[changes]
