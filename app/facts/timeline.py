"""Where items stood, when they started and when they ended: the rules of metrics.md over many items at once.

Instants are microseconds, statuses and projects are codes (-1: none). Nothing here reads a database.
"""

from dataclasses import dataclass

import numpy as np

from app.facts.segment import EARLY, ENDS_DISCARDED, HISTORY_GAP, NEVER, NO_CODE, REOPENED, UNMAPPED, Array

BACKLOG, TODO, ACTIVE, WAITING, DONE, DISCARDED = range(6)
CATEGORIES = ("backlog", "todo", "active", "waiting", "done", "discarded")
NO_CATEGORY = -1
UNBORN = -2
"""Beside a category, what an item leaves when it is created."""


@dataclass(frozen=True, slots=True)
class StatusMap:
    """What statuses mean. `category` and `mapped` are indexed by status code, with one more row for "no status".

    An admin's category for one project stands in `override_keys` (sorted, `key_of(project, status)`) and
    `override_categories`.
    """

    category: Array
    mapped: Array
    override_keys: Array
    override_categories: Array

    def look_up(self, status: Array, project: Array) -> tuple[Array, Array]:
        """The category of each status in its project, and whether the status is mapped."""
        category = self.category[status]
        mapped = self.mapped[status]
        if len(self.override_keys):
            keys = key_of(project, status)
            place = np.minimum(np.searchsorted(self.override_keys, keys), len(self.override_keys) - 1)
            hit = self.override_keys[place] == keys
            category = np.where(hit, self.override_categories[place], category)
            mapped = mapped | hit
        return category, mapped


def key_of(project: Array, status: Array) -> Array:
    """One number for a project and a status."""
    return (project.astype(np.int64) << 32) | (status.astype(np.int64) & 0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Items:
    """Items as they are now. `resolved_at` may be NEVER; `discards` tells whether the resolution means it."""

    created_at: Array
    project: Array
    status: Array
    resolved_at: Array
    discards: Array


@dataclass(frozen=True, slots=True)
class Moves:
    """Transitions by item (an index into the items), each item's in their true order."""

    item: Array
    at: Array
    from_status: Array
    to_status: Array


@dataclass(frozen=True, slots=True)
class Timelines:
    """What the histories amount to.

    Visits stand by item, then in time: `visit_*`; the last one of an item has the end NEVER. `before` and
    `after` are the visits on the two sides of each move. `closing` is the visit that opens an item's end, or
    the number of visits where it has none or its end is only inferred from the resolution (`inferred`).
    `visit_state` is the visit's category as it is seen today: that of a closing without delivery is `discarded`.
    """

    visit_item: Array
    visit_status: Array
    visit_category: Array
    visit_state: Array
    visit_start: Array
    visit_end: Array
    before: Array
    after: Array
    started_at: Array
    finished_at: Array
    discarded_at: Array
    closing: Array
    inferred: Array
    flags: Array


def timelines(items: Items, moves: Moves, statuses: StatusMap) -> Timelines:
    """The timeline of each item."""
    count = len(items.created_at)
    moved = np.bincount(moves.item, minlength=count).astype(np.int64)
    first_move = np.cumsum(moved) - moved
    first = first_move + np.arange(count)
    last = first + moved
    after = np.arange(len(moves.item)) + moves.item + 1

    visit_item = np.repeat(np.arange(count), moved + 1)
    visit_status = np.empty(len(visit_item), dtype=np.int32)
    visit_start = np.empty(len(visit_item), dtype=np.int64)
    visit_start[first] = items.created_at
    visit_start[after] = moves.at
    has_moved = moved > 0
    visit_status[first] = items.status
    visit_status[first[has_moved]] = moves.from_status[first_move[has_moved]]
    visit_status[after] = moves.to_status
    gap = (items.status != NO_CODE) & (visit_status[last] != items.status)
    visit_status[last[gap]] = items.status[gap]
    visit_end = np.empty_like(visit_start)
    visit_end[:-1] = visit_start[1:]
    visit_end[last] = NEVER

    category, mapped = statuses.look_up(visit_status, items.project[visit_item])
    category = category.astype(np.int8)

    started_at = np.full(count, NEVER)
    started = np.flatnonzero((category == ACTIVE) | (category == WAITING))[::-1]
    # Assigned from the last to the first, so that the first entry stays.
    started_at[visit_item[started]] = visit_start[started]

    opens_run = np.ones(len(visit_item), dtype=bool)
    opens_run[1:] = (visit_item[1:] != visit_item[:-1]) | (category[1:] != category[:-1])
    run_start = np.maximum.accumulate(np.where(opens_run, np.arange(len(visit_item)), 0))
    closing = run_start[last]
    present = category[last]
    inferred = (present == NO_CATEGORY) & (items.resolved_at != NEVER)
    ended_at = np.where(inferred, items.resolved_at, visit_start[closing])
    closed = (present == DONE) | inferred
    finished_at = np.where(closed & ~items.discards, ended_at, NEVER)
    discarded_at = np.where((closed & items.discards) | (present == DISCARDED), ended_at, NEVER)

    state = category.copy()
    turned = (present == DONE) & items.discards
    state[(np.arange(len(visit_item)) >= closing[visit_item]) & turned[visit_item]] = DISCARDED

    goes_on = opens_run[1:] & (visit_item[1:] == visit_item[:-1])
    leaves_done = np.flatnonzero((category[:-1] == DONE) & goes_on)
    flags = np.zeros(count, dtype=np.uint8)
    flags[visit_item[leaves_done]] |= REOPENED
    flags[visit_item[~mapped & (visit_status != NO_CODE)]] |= UNMAPPED
    flags[gap] |= HISTORY_GAP
    flags[discarded_at != NEVER] |= ENDS_DISCARDED
    flags[visit_item[visit_end < items.created_at[visit_item]]] |= EARLY

    nowhere = (present != DONE) & (present != DISCARDED)
    return Timelines(
        visit_item=visit_item,
        visit_status=visit_status,
        visit_category=category,
        visit_state=state,
        visit_start=visit_start,
        visit_end=visit_end,
        before=after - 1,
        after=after,
        started_at=started_at,
        finished_at=finished_at,
        discarded_at=discarded_at,
        closing=np.where(nowhere, len(visit_item), closing),
        inferred=inferred,
        flags=flags,
    )
