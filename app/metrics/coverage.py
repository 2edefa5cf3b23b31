"""How complete the data is, rule by rule: now as it is, and on past days as it was recorded then."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.core.types import from_micros, to_micros
from app.facts.read import FactsReader, Snapshot
from app.facts.segment import ARRIVALS, FINISHED, NO_CODE, STATES, UNMAPPED
from app.facts.timeline import DISCARDED
from app.metrics.listing import Listing
from app.metrics.question import Question
from app.metrics.result import Grid, Measures, Result, Tally
from app.store import coverage as store
from app.store import states, tools
from app.store.coverage import Share

Array = NDArray[Any]

ITEM_RULES = ("assignee", "team", "type", "mapped_status")
RULES = ("fresh", *ITEM_RULES, "person")
"""A tool's data within its freshness target; what an item that is open or was finished lately has; a person for
each human's account."""

FRESH_HOURS = 24.0
"""How old the data of a tool may be, where no admin said so."""

_LATELY = 30 * 86_400_000_000
_HOUR = 3_600_000_000


def shares_now(snapshot: Snapshot, now: int) -> list[Share]:
    """What each rule says at this instant (microseconds), by source and, of items, by team."""
    return [*_fresh(snapshot, now), *_of_items(snapshot), *_of_accounts(snapshot)]


def record_coverage(reader: FactsReader, now: int) -> list[Share]:
    """What is recorded of a day: the shares at this instant (microseconds)."""
    with reader.snapshot() as snapshot:
        return shares_now(snapshot, now)


def data_coverage(question: Question) -> Result:
    """The mean of the rules' shares at the end of each bucket; a day that was not recorded says nothing."""
    buckets = len(question.buckets)
    begun = int(np.count_nonzero(question.buckets.edges[:-1] < question.now))
    by_bucket = _by_bucket(question, begun)
    groups = sorted({group for some in by_bucket for group in some}) if question.group_by else [0]
    grid = Grid.of(np.array(groups, dtype=np.int64) if question.group_by else None, buckets)
    cells = [_measured(some.get(group, [])) for group in grid.groups.tolist() for some in by_bucket]
    points: Measures = {name: [cell[name] for cell in cells] for name in _measured([])}
    last = max(begun - 1, 0)
    places = [row * buckets + last for row in range(len(grid.groups))]
    return Result(
        grid=grid,
        points=points,
        totals={name: [values[place] for place in places] for name, values in points.items()},
        point_tally=Tally(np.array(points["n"], dtype=np.int64), None),
        total_tally=Tally(np.array([points["n"][place] for place in places], dtype=np.int64), None),
        excluded={},
        flagged={},
        adds_up=False,
        last_bucket=last,
    )


def shares_behind(question: Question) -> Listing:
    """What each rule found, by source and team, the largest gaps first."""
    begun = int(np.count_nonzero(question.buckets.edges[:-1] < question.now))
    shares = _by_bucket(question, begun)[max(begun - 1, 0)].get(0, [])
    shares.sort(key=lambda share: (share.present - share.total, share.rule, share.source, share.team))
    names = {
        dimension: {value["id"]: value for value in question.snapshot.dimension(dimension).values}
        for dimension in ("source", "team")
    }

    def page(some: slice) -> list[dict[str, Any]]:
        return [
            {
                "rule": share.rule,
                "source": names["source"].get(share.source),
                "team": names["team"].get(share.team or None) if share.rule in ITEM_RULES else None,
                "numerator": share.present,
                "denominator": share.total,
            }
            for share in shares[some]
        ]

    measured = _measured(shares)
    return Listing(measured["n"], {"value": measured["value"]}, len(shares), page)


def _by_bucket(question: Question, begun: int) -> list[dict[int, list[Share]]]:
    """The shares at the end of each bucket, by group; none for a bucket of which nothing was recorded."""
    days = question.buckets.days
    today = from_micros(question.now).astimezone(question.zone).date()
    kept = store.recorded(question.snapshot.connection, days[0][0], days[-1][1])
    result: list[dict[int, list[Share]]] = []
    for bucket, (first, after) in enumerate(days):
        if bucket >= begun:
            result.append({})
        elif first <= today < after:
            result.append(_grouped(question, shares_now(question.snapshot, question.now)))
        else:
            recorded = [day for day in kept if first <= day < after]
            result.append(_grouped(question, kept[max(recorded)]) if recorded else {})
    return result


def _grouped(question: Question, shares: Sequence[Share]) -> dict[int, list[Share]]:
    """The shares that pass the filters, by the number of their group."""
    of_teams = question.asks_for_teams
    chosen = {
        dimension.name: {dimension.values[place]["id"] for place in dimension.of_code[passing].tolist()}
        for dimension, passing in question.filters
    }
    places = [
        (dimension.name, {value["id"]: place for place, value in enumerate(dimension.values)})
        for dimension in question.group_by
    ]
    result: dict[int, list[Share]] = defaultdict(list)
    for share in shares:
        if of_teams and share.rule not in ITEM_RULES:
            continue
        values = {"team": share.team or None, "source": share.source, "tool": share.tool}
        if any(values[name] not in ids for name, ids in chosen.items()):
            continue
        group = 0
        for name, place_of in places:
            if values[name] not in place_of:
                break
            group = group * len(place_of) + place_of[values[name]]
        else:
            result[group].append(share)
    return result


def _measured(shares: Sequence[Share]) -> dict[str, Any]:
    """The measures of one cell. A tool is fresh if one of its sources is."""
    present: dict[str, int] = dict.fromkeys(RULES, 0)
    total: dict[str, int] = dict.fromkeys(RULES, 0)
    fresh: dict[str, int] = {}
    for share in shares:
        if share.rule == "fresh":
            fresh[share.tool] = max(fresh.get(share.tool, 0), share.present)
        elif share.rule in total:
            present[share.rule] += share.present
            total[share.rule] += share.total
    present["fresh"], total["fresh"] = sum(fresh.values()), len(fresh)
    by = [
        {"rule": rule, "value": present[rule] / total[rule], "numerator": present[rule], "denominator": total[rule]}
        for rule in RULES
        if total[rule]
    ]
    mean = sum(present[rule] / total[rule] for rule in RULES if total[rule]) / len(by) if by else None
    return {"n": sum(total.values()), "value": mean, "by": by}


def _fresh(snapshot: Snapshot, now: int) -> Iterator[Share]:
    reached: dict[UUID, list[int | None]] = defaultdict(list)
    for source_id, _, at in states.reached(snapshot.connection):
        reached[source_id].append(None if at is None else to_micros(at))
    facts = tools.facts(snapshot.connection)
    for source_id, tool in store.read_sources(snapshot.connection):
        said = facts.get(tool)
        if said is not None and not said.in_catalogue:
            continue
        target = FRESH_HOURS if said is None or said.freshness_hours is None else said.freshness_hours
        until = reached.get(source_id, [None])
        fresh = all(at is not None and now - at <= target * _HOUR for at in until)
        yield Share("fresh", tool, str(source_id), "", int(fresh), 1)


def _of_accounts(snapshot: Snapshot) -> Iterator[Share]:
    tool_of: dict[UUID, str] = dict(store.read_sources(snapshot.connection))
    for source_id, joined, every in store.humans(snapshot.connection):
        if source_id in tool_of:
            yield Share("person", tool_of[source_id], str(source_id), "", joined, every)


def _of_items(snapshot: Snapshot) -> list[Share]:
    return snapshot.once(("coverage of items",), lambda: list(_counted_items(snapshot)))


def _counted_items(snapshot: Snapshot) -> Iterator[Share]:
    now = to_micros(snapshot.at)
    items = snapshot.history(ARRIVALS, now)
    looked_at = ~np.isin(items["item"], _over(snapshot, now))
    assignee, source = items["assignee"][looked_at], items["source"][looked_at]
    team = snapshot.teams().at(snapshot.accounts().person[assignee], np.full(len(assignee), now))
    teams = snapshot.dimension("team").values
    has = {
        "assignee": assignee != NO_CODE,
        "team": team != len(teams) - 1,
        "type": items["item_type"][looked_at] != NO_CODE,
        "mapped_status": (items["flags"][looked_at] & UNMAPPED) == 0,
    }
    sources, tool = snapshot.dimension("source"), snapshot.dimension("tool")
    cell = source.astype(np.int64) * len(teams) + team
    total = np.bincount(cell)
    present = {rule: np.bincount(cell[mask], minlength=len(total)) for rule, mask in has.items()}
    for one in np.flatnonzero(total).tolist():
        code, place = divmod(one, len(teams))
        for rule in ITEM_RULES:
            yield Share(
                rule,
                tool.values[tool.of_code[code]]["name"] or "",
                sources.values[sources.of_code[code]]["id"] or "",
                teams[place]["id"] or "",
                int(present[rule][one]),
                int(total[one]),
            )


def _over(snapshot: Snapshot, now: int) -> Array:
    """The items that are neither open nor finished lately."""
    finished = snapshot.history(FINISHED, now)
    moves = snapshot.history(STATES, now)
    entered, left = moves["entered"] == DISCARDED, moves["left"] == DISCARDED
    items, place = np.unique(np.concatenate((moves["item"][entered], moves["item"][left])), return_inverse=True)
    sign = np.concatenate((np.ones(np.count_nonzero(entered)), -np.ones(np.count_nonzero(left))))
    discarded = items[np.bincount(place, weights=sign, minlength=len(items)) > 0]
    return np.concatenate((finished["item"][finished["finished_at"] < now - _LATELY], discarded))
