"""In which statuses finished items spent their cycle time, and where work piles up: the statuses, ranked."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.types import from_micros, to_micros
from app.facts.segment import FINISHED
from app.facts.timeline import CATEGORIES
from app.metrics import aggregate, suppress
from app.metrics.durations import cycle_time
from app.metrics.question import Facts, Question
from app.metrics.queue import passages
from app.metrics.result import Grid, Measures, Result, Selected, number, of_window, quotients, seconds
from app.metrics.status_time import Stays, folded, visits_of
from app.metrics.window import before

Array = NDArray[Any]

_LARGEST_TABLE = 20_000_000


def select_cycles(question: Question) -> Selected:
    """The time of each finished item in each status between its start and its finish, microseconds."""
    entries = _stays(question, question.buckets.start, question.buckets.end)
    return Selected(entries.facts, entries.value, excluded=cycle_time(question).excluded)


def bottleneck(question: Question) -> Result:
    """By group and bucket the statuses, the one with the largest share of the cycle time first."""
    result = of_window(question, cycle_time(question), number)
    if question.counts_only:
        return result
    spans = _Spans.of(question)
    earlier = spans.before(question)
    start, end = int(earlier.low.min()), int(spans.high.max())
    facts = _stays(question, start, end), passages(question, start, end)
    now, then = (_Table.of(question, result.grid, some, *facts) for some in (spans, earlier))
    lists = _lists(question, now, then)
    buckets, width = result.grid.buckets, len(spans)
    by = [lists[place] for place in range(len(lists)) if place % width < buckets]
    by_in_all = lists[width - 1 :: width]
    return Result(
        grid=result.grid,
        points={"n": result.points["n"], "by": by},
        totals={"n": result.totals["n"], "by": by_in_all},
        point_tally=result.point_tally,
        total_tally=result.total_tally,
        excluded=result.excluded,
        flagged=result.flagged,
    )


def _stays(question: Question, start: int, end: int) -> Stays:
    """The stays of the items finished in `[start, end)` by status, from their start to their finish."""
    items = question.filtered(Facts(question.snapshot.rows(FINISHED, start, end)))
    items = items.keep(items["started_at"] <= items["finished_at"])
    visits = visits_of(items)
    since = items["started_at"][visits.row]
    begin, end_of = np.maximum(visits.begin, since), np.maximum(visits.end, since)
    whose = question.whose_hours(items)
    value = question.duration(begin, np.maximum(begin, end_of), None if whose is None else whose[visits.row])
    kept = (visits.begin >= since) | (visits.end > since)
    return folded(
        items,
        visits.row[kept],
        {"status": visits.status[kept], "category": visits.category[kept]},
        value=value[kept],
        visits=np.ones(np.count_nonzero(kept), dtype=np.int64),
        excluded={},
    )


@dataclass(frozen=True, slots=True)
class _Spans:
    """Stretches of time, which may overlap: one for each bucket, and last one for the whole window."""

    low: Array
    high: Array

    @classmethod
    def of(cls, question: Question) -> "_Spans":
        edges = question.buckets.edges
        return cls(np.append(edges[:-1], edges[0]), np.append(edges[1:], edges[-1]))

    def before(self, question: Question) -> "_Spans":
        """For each the window of as many local days just before."""
        now = from_micros(question.now)

        def earlier(low: int, high: int) -> tuple[datetime, datetime]:
            return before(from_micros(low), from_micros(high), now, question.zone)

        windows = [earlier(low, high) for low, high in zip(self.low.tolist(), self.high.tolist(), strict=True)]
        bounds = np.array([(to_micros(low), to_micros(high)) for low, high in windows], dtype=np.int64)
        return _Spans(bounds[:, 0], np.maximum(bounds[:, 0], bounds[:, 1]))

    def __len__(self) -> int:
        return len(self.low)

    def cut(self, time: Array) -> tuple[Array, Array]:
        """`(fact, span)`: the facts of each span; `time` is ascending."""
        first, after = np.searchsorted(time, self.low), np.searchsorted(time, self.high)
        sizes = after - first
        span = np.repeat(np.arange(len(self)), sizes)
        return np.arange(len(span)) - np.repeat(np.cumsum(sizes) - sizes - first, sizes), span


@dataclass(frozen=True, slots=True)
class _Table:
    """Statuses in groups and spans: `key` (ascending) numbers those that occur, group by group and span by span.

    `whole` is the cycle time of each (group, span). `growth` is what came into the status minus what left it.
    """

    key: Array
    statuses: int
    n: Array
    total: Array
    category: Array
    whole: Array
    arrivals: Array
    departures: Array
    hidden: Array

    @classmethod
    def of(cls, question: Question, grid: Grid, spans: _Spans, stays: Stays, moves: Facts) -> "_Table":
        statuses = question.snapshot.dimension("status")
        keys = _Keys(question, grid, spans, statuses.of_code, len(statuses.values))
        stay, stay_key = keys.of(stays.facts)
        move, move_key = keys.of(moves)
        key, place = _distinct(np.concatenate((stay_key, move_key)), len(grid.groups) * len(spans) * keys.statuses)
        of_stay, of_move = place[: len(stay)], place[len(stay) :]
        value, came = stays.value[stay], moves["sign"][move] > 0
        category = np.full(len(key), -1)
        category[of_stay] = stays.facts["category"][stay]
        n = aggregate.counts(of_stay, len(key))
        hidden = np.zeros(len(key), dtype=bool)
        if question.smallest > 1:
            behind = ((stays.facts, stay, of_stay), (moves, move, of_move))
            hidden = question.once(
                ("passages shown", spans.low.tobytes(), spans.high.tobytes()),
                lambda: keys.hidden(key, n, [_people(question, *some, len(key)) for some in behind]),
                len(key),
            )
        return cls(
            key=key,
            statuses=keys.statuses,
            n=n,
            total=aggregate.sums(of_stay, value, len(key)),
            category=category,
            whole=aggregate.sums(stay_key // keys.statuses, value, len(grid.groups) * len(spans)),
            arrivals=aggregate.counts(of_move[came], len(key)),
            departures=aggregate.counts(of_move[~came], len(key)),
            hidden=hidden,
        )

    @property
    def growth(self) -> Array:
        return self.arrivals - self.departures

    @property
    def share(self) -> list[float | None]:
        return quotients(self.total, self.whole[self.key // self.statuses])


def _distinct(number: Array, size: int) -> tuple[Array, Array]:
    """The different numbers below `size`, ascending, and the place of each among them."""
    if size > _LARGEST_TABLE:
        found, inverse = np.unique(number, return_inverse=True)
        return found, inverse
    present = np.zeros(size, dtype=bool)
    present[number] = True
    key = np.flatnonzero(present)
    place = np.zeros(size, dtype=np.int64)
    place[key] = np.arange(len(key))
    return key, place[number]


def _people(question: Question, facts: Facts, some: Array, where: Array, size: int) -> Array:
    """How many people are behind some of the facts, by where each of them counts."""
    person, known = question.people(facts)
    return aggregate.distinct(where, person[some], size, known)


@dataclass(frozen=True, slots=True)
class _Keys:
    """Numbers (group, span, status) as one number."""

    question: Question
    grid: Grid
    spans: _Spans
    of_code: Array
    statuses: int

    def of(self, facts: Facts) -> tuple[Array, Array]:
        """`(fact, key)` for each span that a fact lies in; facts of groups that the grid lacks are left out."""
        fact, span = self.spans.cut(facts.time)
        group = self.question.groups(facts)
        row = self.grid.rows(group, len(facts))
        if group is not None:
            row = np.minimum(row, len(self.grid.groups) - 1)
            known = self.grid.groups[row] == group if len(self.grid.groups) else np.zeros(len(facts), dtype=bool)
            fact, span = fact[known[fact]], span[known[fact]]
        return fact, (row[fact] * len(self.spans) + span) * self.statuses + self.of_code[facts["status"][fact]]

    def hidden(self, key: Array, n: Array, people: list[Array]) -> Array:
        """Which numbers rest on too few people, or would give such a one away.

        A total is a sum of buckets: where it is hidden, all of them are.
        """
        few: Array = np.logical_or.reduce([suppress.small(counted, self.question.smallest) for counted in people])
        if not few.any():
            return few
        cell, status = np.divmod(key, self.statuses)
        row, span = np.divmod(cell, len(self.spans))
        places = np.array([self.question.places(group) for group in self.grid.groups.tolist()], dtype=np.int64)
        groups = list(places.reshape(len(self.grid.groups), len(self.question.group_by))[row].T)
        finished, in_all = n > 0, span == len(self.spans) - 1
        whole, parts = np.flatnonzero(finished & in_all), np.flatnonzero(finished & ~in_all)
        few[whole] = suppress.complemented(
            [*(column[whole] for column in groups), status[whole]],
            n[whole],
            few[whole],
            suppress.sums_of(len(groups) + 1),
        )
        entry = row * self.statuses + status
        few[parts] = suppress.complemented(
            [*(column[parts] for column in groups), status[parts], span[parts]],
            n[parts],
            few[parts] | np.isin(entry[parts], entry[whole[few[whole]]]),
            suppress.sums_of(len(groups) + 2),
        )
        return few


Entry = dict[str, Any]


def _lists(question: Question, now: _Table, then: _Table) -> list[list[Entry]]:
    """The ranked entries of each (group, span)."""
    labels = question.snapshot.dimension("status").values
    names = (*CATEGORIES, "unmapped")
    measures = _measures(now, then)
    cell, status = np.divmod(now.key, now.statuses)
    shown = np.flatnonzero(now.n)
    share = np.array([-1.0 if one is None else one for one in measures["share"]])
    # What is hidden stands last: its rank would say how large it is.
    order = shown[np.lexsort((status[shown], -share[shown], now.hidden[shown], cell[shown]))]
    after = np.searchsorted(cell[order], np.arange(len(now.whole)), side="right")
    first = np.concatenate((np.zeros(1, dtype=np.int64), after))
    columns = {
        "status": [labels[place] for place in status[order].tolist()],
        "category": [names[place] for place in now.category[order].tolist()],
        "rank": (np.arange(len(order)) - first[cell[order]] + 1).tolist(),
        **{name: [values[place] for place in order.tolist()] for name, values in measures.items()},
    }
    entries = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    for place in np.flatnonzero(now.hidden[order]).tolist():
        entry = entries[place]
        entries[place] = {"status": entry["status"], "category": entry["category"], "suppressed": True}
    return [entries[low:high] for low, high in pairwise(first.tolist())]


def _measures(now: _Table, then: _Table) -> Measures:
    place = np.minimum(np.searchsorted(then.key, now.key), max(len(then.key) - 1, 0))
    known = then.key[place] == now.key if len(then.key) else np.zeros(len(now.key), dtype=bool)
    comparable = ~(known & then.hidden[place]) if len(then.key) else np.ones(len(now.key), dtype=bool)
    some_then = then.whole[now.key // now.statuses] > 0
    share_then = _matched(then.share, place, known)
    growth_then = _matched(then.growth.tolist(), place, known)
    share = now.share
    rows = zip(share, share_then, (comparable & some_then).tolist(), strict=True)
    return {
        "n": now.n.tolist(),
        "total": seconds(now.total),
        "share": share,
        "share_change": [new - old if new is not None and same else None for new, old, same in rows],
        "arrivals": now.arrivals.tolist(),
        "departures": now.departures.tolist(),
        "growth": now.growth.tolist(),
        "trend": [
            growth - old if same else None
            for growth, old, same in zip(now.growth.tolist(), growth_then, comparable.tolist(), strict=True)
        ],
    }


def _matched(values: list[Any], place: Array, known: Array) -> list[Any]:
    """The values at these places; 0 where there is none."""
    return [values[where] if here else 0 for where, here in zip(place.tolist(), known.tolist(), strict=True)]
