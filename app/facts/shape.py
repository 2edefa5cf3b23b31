"""Timelines as rows of facts, kind by kind."""

from collections.abc import Iterator

import numpy as np

from app.facts.block import Block
from app.facts.rows import Histories, NamedReleases
from app.facts.segment import (
    ARRIVALS,
    FINISHED,
    HISTORIES,
    MOVES,
    NAMED_RELEASES,
    NEVER,
    STARTS,
    STATES,
    TRANSITIONS,
    VISITS,
    Array,
    Columns,
    Kind,
)
from app.facts.timeline import CATEGORIES, DISCARDED, DONE, UNBORN, Items, Moves, StatusMap, Timelines, timelines

MICROS_A_DAY = 86_400_000_000


def by_day(block: Block) -> Iterator[tuple[int, Block]]:
    """The rows of each day that has some. They must stand in the order of time."""
    day = np.floor_divide(block.time, MICROS_A_DAY)
    firsts = np.flatnonzero(np.concatenate((np.ones(min(len(day), 1), dtype=bool), day[1:] != day[:-1])))
    yield from zip(day[firsts].tolist(), block.cut([*firsts.tolist(), len(day)]), strict=True)


def facts_of(histories: Histories, statuses: StatusMap) -> list[Block]:
    """The rows that items give, a block for each derived kind, in the order of time."""
    items, moves = histories.items, histories.moves
    lines = timelines(items, moves, statuses)

    def rows(kind: Kind, item: Array, inner: Columns | None = None, **columns: Array) -> Block:
        order = np.argsort(columns[kind.time], kind="stable")
        rows = Block(kind, columns, inner or {}).take(order)
        item = item[order]
        rows.columns.update(
            item=histories.number[item],
            project=items.project[item],
            item_type=histories.item_type[item],
            priority=histories.priority[item],
            assignee=histories.assignee[item],
            flags=lines.flags[item],
        )
        return rows

    finished = np.flatnonzero(lines.finished_at != NEVER)
    started = np.flatnonzero(lines.started_at != NEVER)
    visits, count = _visits(lines)
    end = np.minimum(lines.finished_at, lines.discarded_at)
    changed, at, until, left, entered = _states(lines, items.created_at)
    return [
        rows(
            FINISHED,
            finished,
            visits,
            finished_at=lines.finished_at[finished],
            started_at=lines.started_at[finished],
            created_at=items.created_at[finished],
            visits=count[finished].astype(np.int32),
        ),
        rows(
            TRANSITIONS,
            moves.item,
            at=moves.at,
            actor=histories.actor,
            left=lines.visit_category[lines.before],
            entered=lines.visit_category[lines.after],
            automated=histories.automated,
            automated_by=histories.automated_by,
        ),
        rows(STATES, changed, at=at, until=until, left=left, entered=entered),
        rows(ARRIVALS, np.arange(len(items.created_at)), created_at=items.created_at),
        rows(
            STARTS,
            started,
            started_at=lines.started_at[started],
            created_at=items.created_at[started],
            end=end[started],
        ),
    ]


def packed(histories: Histories) -> Block:
    """The histories themselves as rows, in the order of time."""
    items, moves = histories.items, histories.moves
    columns = {
        "item": histories.number,
        "created_at": items.created_at,
        "resolved_at": items.resolved_at,
        "moves": np.bincount(moves.item, minlength=len(items.created_at)).astype(np.int32),
        "project": items.project,
        "item_type": histories.item_type,
        "priority": histories.priority,
        "assignee": histories.assignee,
        "status": items.status,
        "resolution": histories.resolution,
    }
    inner = {
        "at": moves.at,
        "from_status": moves.from_status,
        "to_status": moves.to_status,
        "actor": histories.actor,
        "automated": histories.automated,
        "automated_by": histories.automated_by,
    }
    return Block(HISTORIES, columns, inner).take(np.argsort(items.created_at, kind="stable"))


def naming(histories: Histories, releases: NamedReleases) -> Block:
    """The releases that items name as rows, in the order of time."""
    created_at = histories.items.created_at[releases.item]
    columns = {
        "item": histories.number[releases.item],
        "created_at": created_at,
        "release": releases.release,
        "affected": releases.affected,
    }
    return Block(NAMED_RELEASES, columns, {}).take(np.argsort(created_at, kind="stable"))


def unpacked(block: Block, discarding: Array) -> Histories:
    """Rows of `HISTORIES` as histories; `discarding` tells of each resolution code whether it discards."""
    columns, inner = block.columns, block.inner
    item = np.repeat(np.arange(len(block)), columns[MOVES.name])
    return Histories(
        number=columns["item"],
        items=Items(
            columns["created_at"],
            columns["project"],
            columns["status"],
            columns["resolved_at"],
            discarding[columns["resolution"]],
        ),
        resolution=columns["resolution"],
        item_type=columns["item_type"],
        priority=columns["priority"],
        assignee=columns["assignee"],
        moves=Moves(item, inner["at"], inner["from_status"], inner["to_status"]),
        actor=inner["actor"],
        automated=inner["automated"],
        automated_by=inner["automated_by"],
    )


def _visits(lines: Timelines) -> tuple[Columns, Array]:
    """The visits of finished items before they finished, those of one status in a row as one; and their numbers.

    Within an item they stand by category and status.
    """
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
    # One key, and a stable sort that takes what stands in order already run by run: three keys cost three sorts.
    statuses = int(columns["status"].max(initial=0)) + 2
    key = (owner * (len(CATEGORIES) + 1) + columns["category"]) * statuses + columns["status"]
    order = np.argsort(key, kind="stable")
    return {name: columns[name][order] for name, _ in VISITS.columns}, np.bincount(
        owner, minlength=len(lines.finished_at)
    )


def _states(lines: Timelines, created_at: Array) -> tuple[Array, Array, Array, Array, Array]:
    """`(item, at, until, left, entered)` of every change of category, the creation among them.

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
    if len(ended):
        order = np.lexsort((at, item))
        item, at, state = item[order], at[order], state[order]
    left = np.full(len(item), UNBORN, dtype=np.int8)
    left[1:] = np.where(item[1:] == item[:-1], state[:-1], UNBORN)
    changes = left != state
    item, at = item[changes], at[changes]
    until = np.full(len(item), NEVER)
    until[:-1] = np.where(item[1:] == item[:-1], at[1:], NEVER)
    return item, at, until, left[changes], state[changes]
