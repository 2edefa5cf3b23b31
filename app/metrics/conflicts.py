"""Conflicts: conversations with a conflict mark and work items of the kind `conflict`; how they are resolved."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.facts.channels import mark_meanings
from app.facts.dimensions import ITEM_KINDS
from app.facts.segment import NEVER, NO_CODE, STATES, Kind
from app.facts.talk import THREAD_MARKS, THREAD_PEOPLE
from app.facts.timeline import DISCARDED, DONE, UNBORN
from app.facts.window import SOURCE, Piece, Window
from app.metrics import aggregate
from app.metrics.items import items_by_number
from app.metrics.listing import Listing
from app.metrics.question import Facts, Question
from app.metrics.result import QUANTILES, Grid, Measures, Result, Tally, seconds
from app.metrics.state import expanded
from app.metrics.window import text

Array = NDArray[Any]
Columns = dict[str, Array]

_EVENTS = Kind("conflicts", "at", (("at", "<i8"),))
"""What happened to conflicts, made for an answer: no segment holds them."""

_COLUMNS = ("opened_at", "ended_at", "resolved", "number", "of_item", "account", "source", "channel", "first_seen")


@dataclass(frozen=True, slots=True)
class _Conflicts:
    """Every conflict there is: columns by name, and who is concerned, as `(place of the conflict, human)`.

    `ended_at` is NEVER for one that is open; one that ended without being `resolved` was discarded.
    """

    columns: Columns
    concerned: tuple[Array, Array]

    def events(self, question: Question, conflict: Array, at: Array, **more: Array) -> Facts:
        """Something that happened to these conflicts at these instants, where it passes the filters."""
        order = np.argsort(at, kind="stable")
        conflict, at = conflict[order], at[order]
        columns = {name: column[conflict] for name, column in self.columns.items()}
        person = question.snapshot.accounts().person[columns["account"]]
        window = Window(_EVENTS, [Piece(0, {"at": at}, {})])
        facts = Facts(window.between(np.iinfo(np.int64).min, NEVER))
        others = {name: column[order] for name, column in more.items()}
        return question.filtered(facts.having(conflict=conflict, person=person, **columns, **others))

    def people(self, question: Question, cell: Array, conflict: Array, cells: int) -> Array:
        """How many different humans are concerned by the conflicts of each cell."""
        place, person = self.concerned
        bounds = np.searchsorted(place, np.arange(len(self.columns["number"]) + 1))
        entry, which = expanded(bounds[conflict], bounds[conflict + 1])
        return aggregate.distinct(cell[entry], person[which], cells, question.snapshot.accounts().people)


def conflicts_resolved(question: Question) -> Result:
    """Conflicts resolved in each bucket, how long that took, and those that are open at its end."""
    every = _conflicts(question)
    resolved, standing = _resolved(question, every), _open(question, every)
    groups = [question.groups(facts) for facts in (resolved, standing)]
    known = [group for group in groups if group is not None]
    grid = Grid.of(np.concatenate(known) if known else None, len(question.buckets))
    row, row_open = (grid.rows(group, len(facts)) for group, facts in zip(groups, (resolved, standing), strict=True))
    bucket = question.buckets.of(resolved.time)
    begun = max(int(np.count_nonzero(question.buckets.edges[:-1] < question.now)) - 1, 0)
    at_last = standing["bucket"] == begun
    cell, cell_open = row * grid.buckets + bucket, row_open * grid.buckets + standing["bucket"]
    took = question.duration(resolved["opened_at"], resolved.time, question.whose_hours(resolved))

    def measured(place: Array, of_open: Array, still: Facts, size: int) -> tuple[Measures, Tally]:
        n = aggregate.counts(place, size)
        measures = {"n": n.tolist(), "value": n.tolist(), "open": aggregate.counts(of_open, size).tolist()}
        people = None
        if question.smallest > 1:
            cells, conflict = (
                np.concatenate((place, of_open)),
                np.concatenate((resolved["conflict"], still["conflict"])),
            )
            people = every.people(question, cells, conflict, size)
        return {**measures, **_times(place[took >= 0], took[took >= 0], size)}, Tally(
            n + np.array(measures["open"]), people
        )

    points, point_tally = measured(cell, cell_open, standing, grid.cells)
    totals, total_tally = measured(row, row_open[at_last], standing.keep(at_last), len(grid.groups))
    return Result(
        grid,
        points,
        totals,
        point_tally,
        total_tally,
        {"negative": int(np.count_nonzero(took < 0))},
        {"upper_bound": int(np.count_nonzero(resolved["first_seen"]))},
        counts=frozenset({"value", "open"}),
    )


def resolved_behind(question: Question) -> Listing:
    """The conflicts resolved in the window: when, where, and how long it took from the mark or the creation."""
    facts = _resolved(question, _conflicts(question))
    took = question.duration(facts["opened_at"], facts.time, question.whose_hours(facts))
    known = np.where(took >= 0, took.astype(np.float64), np.nan)
    return Listing(
        len(facts),
        {"value": len(facts), "seconds": seconds(np.nansum(known, keepdims=True))[0]},
        len(facts),
        lambda page: [
            {**entry, "value": 1, "seconds": time}
            for entry, time in zip(_entries(question, facts, page), seconds(known[page]), strict=True)
        ],
    )


def _entries(question: Question, facts: Facts, page: slice) -> list[dict[str, Any]]:
    channel, numbers = question.snapshot.dimension("channel"), facts["number"][page].tolist()
    of_item = facts["of_item"][page].tolist()
    items = items_by_number(
        question.snapshot, [number for number, is_item in zip(numbers, of_item, strict=True) if is_item]
    )
    return [
        {
            "at": text(at),
            "opened_at": text(opened),
            **({"item": items.get(number)} if is_item else {"channel": channel.values[channel.of_code[of_channel]]}),
        }
        for number, is_item, at, opened, of_channel in zip(
            numbers,
            of_item,
            facts.time[page].tolist(),
            facts["opened_at"][page].tolist(),
            facts["channel"][page].tolist(),
            strict=True,
        )
    ]


def _times(cell: Array, took: Array, cells: int) -> Measures:
    found = aggregate.percentiles(cell, took, cells, tuple(QUANTILES.values()))
    times: Measures = {name: seconds(found.quantiles[:, place]) for place, name in enumerate(QUANTILES)}
    return {**times, "mean": seconds(found.mean)}


def _resolved(question: Question, every: _Conflicts) -> Facts:
    ended, buckets = every.columns["ended_at"], question.buckets
    chosen = np.flatnonzero(every.columns["resolved"] & (ended >= buckets.start) & (ended < buckets.end))
    return every.events(question, chosen, ended[chosen])


def _open(question: Question, every: _Conflicts) -> Facts:
    """Each conflict once for each bucket at whose end it is open, in its team of that instant."""
    instants = question.instants
    first = np.searchsorted(instants, every.columns["opened_at"], side="left")
    after = np.searchsorted(instants, every.columns["ended_at"], side="left")
    conflict, bucket = expanded(first, np.maximum(first, after))
    return every.events(question, conflict, instants[bucket], bucket=bucket)


def _conflicts(question: Question) -> _Conflicts:
    threads, items = _marked_threads(question), _items(question)
    columns = {name: np.concatenate((threads[name], items[name])) for name in _COLUMNS}
    place, person = _concerned(question, threads)
    accounts = question.snapshot.accounts()
    assignee = accounts.person[items["account"]]
    known = np.flatnonzero(assignee >= 0)
    return _Conflicts(
        columns,
        (
            np.concatenate((place, len(threads["number"]) + known)),
            np.concatenate((person, assignee[known])).astype(np.int64),
        ),
    )


def _concerned(question: Question, threads: Mapping[str, Array]) -> tuple[Array, Array]:
    """`(place of the conversation, human)` of everybody who took part, by place."""
    nobody = np.zeros(0, dtype=np.int64)
    if question.smallest == 1 or not len(threads["number"]):
        return nobody, nobody
    started = threads["started_at"]
    rows = question.snapshot.rows(THREAD_PEOPLE, int(started.min()), int(started.max()) + 1)
    place = np.minimum(np.searchsorted(threads["number"], rows["thread"]), len(started) - 1)
    person = question.snapshot.accounts().person[rows["account"]]
    found = (threads["number"][place] == rows["thread"]) & (person >= 0)
    order = np.argsort(place[found], kind="stable")
    return place[found][order], person[found][order]


def _marked_threads(question: Question) -> Columns:
    """Conversations with a conflict mark, by number."""
    snapshot = question.snapshot
    rows = snapshot.history(THREAD_MARKS, question.now)
    conflict, resolving = snapshot.once(("marks",), lambda: mark_meanings(snapshot.connection))
    opened, ended = _first_marks(rows, conflict[rows["mark"]]), _first_marks(rows, resolving[rows["mark"]])
    row = opened["row"]
    place = np.minimum(np.searchsorted(ended["thread"], opened["thread"]), max(len(ended["thread"]) - 1, 0))
    resolved = np.zeros(len(row), dtype=bool)
    ended_at, ended_seen = np.full(len(row), NEVER), np.zeros(len(row), dtype=bool)
    if len(ended["thread"]):
        resolved = ended["thread"][place] == opened["thread"]
        ended_at = np.where(resolved, ended["at"][place], NEVER)
        ended_seen = resolved & ended["first_seen"][place]
    return {
        "number": opened["thread"],
        "started_at": rows["started_at"][row],
        "opened_at": opened["at"],
        "ended_at": ended_at,
        "resolved": resolved,
        "of_item": np.zeros(len(row), dtype=bool),
        "account": rows["starter"][row],
        "source": rows[SOURCE][row],
        "channel": rows["channel"][row],
        "first_seen": opened["first_seen"] | ended_seen,
    }


def _first_marks(rows: Any, chosen: Array) -> Columns:
    """The first of the chosen marks of each conversation, by the conversation's number."""
    where = np.flatnonzero(chosen)
    thread, at = rows["thread"][where], rows["at"][where]
    order = np.lexsort((at, thread))
    first = np.ones(len(order), dtype=bool)
    first[1:] = thread[order][1:] != thread[order][:-1]
    row = where[order[first]]
    return {
        "row": row,
        "thread": rows["thread"][row],
        "at": rows["at"][row],
        "first_seen": rows["first_seen"][row].astype(bool),
    }


def _items(question: Question) -> Columns:
    """Work items of the kind `conflict`, from their creation to the closing that holds today."""
    rows = question.snapshot.history(STATES, question.now)
    kind = question.snapshot.dimension("item_kind")
    where = np.flatnonzero(kind.of_code[rows["item_type"]] == ITEM_KINDS.index("conflict"))
    where = where[np.argsort(rows["item"][where], kind="stable")]
    item = rows["item"][where]
    first = np.ones(len(where), dtype=bool)
    first[1:] = item[1:] != item[:-1]
    last = np.append(first[1:], True)[: len(first)]
    begins, ends = np.flatnonzero(first), where[last]
    born = np.where(rows["left"][where] == UNBORN, rows["at"][where], NEVER)
    opened = np.minimum.reduceat(born, begins) if len(where) else born
    entered = rows["entered"][ends]
    return {
        "number": item[first],
        "opened_at": opened,
        "ended_at": np.where((entered == DONE) | (entered == DISCARDED), rows["at"][ends], NEVER),
        "resolved": entered == DONE,
        "of_item": np.ones(len(ends), dtype=bool),
        "account": rows["assignee"][ends],
        "source": rows[SOURCE][ends],
        "channel": np.full(len(ends), NO_CODE),
        "first_seen": np.zeros(len(ends), dtype=bool),
    }
