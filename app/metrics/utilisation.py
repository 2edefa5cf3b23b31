"""Which of the numbers that the service offers are read at all."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.facts.dimensions import HOW_READ
from app.metrics import aggregate
from app.metrics.listing import Listing
from app.metrics.question import Question
from app.metrics.result import Grid, Measures, Result, Tally, quotients
from app.store import reads as store

Array = NDArray[Any]
Names = Callable[[], tuple[str, ...]]
"""The names of all metrics, known only once the catalogue is complete."""


@dataclass(frozen=True, slots=True)
class _Reads:
    """What was read in the window: by entry its bucket, asset (a metric of a team), way of reading and number."""

    bucket: Array
    metric: Array
    team: Array
    how: Array
    times: Array


def data_utilisation(question: Question, names: tuple[str, ...]) -> Result:
    """Assets read at least once over the assets that there were; an asset is a metric of a team or of everybody."""
    reads = _reads(question, names)
    since = _teams(question)
    asset = reads.metric * len(since) + reads.team
    group, groups = _groups(question, reads, since)
    grid = Grid.of(groups, len(question.buckets))
    row = grid.rows(group, len(asset))
    every_bucket = np.append(question.instants, question.instants[-1])
    available = len(names) * _teams_by_then(question, grid, since, every_bucket)
    points = _measures(row * grid.buckets + reads.bucket, asset, available[:, :-1].ravel(), len(names) * len(since))
    totals = _measures(row, asset, available[:, -1], len(names) * len(since))
    return Result(
        grid=grid,
        points=points,
        totals=totals,
        point_tally=Tally(available[:, :-1].ravel(), None),
        total_tally=Tally(available[:, -1], None),
        excluded={},
        flagged={},
    )


def assets_behind(question: Question, names: tuple[str, ...]) -> Listing:
    """Every asset there is, with how often it was read in the window, the most read first."""
    reads = _reads(question, names)
    since = _teams(question)
    until = int(question.instants[-1])
    times: dict[tuple[int, int], int] = defaultdict(int)
    for metric, team, count in zip(reads.metric.tolist(), reads.team.tolist(), reads.times.tolist(), strict=True):
        times[metric, team] += count
    assets = [
        (metric, team)
        for metric in range(len(names))
        for team, begins in enumerate(since.tolist())
        if begins < until and _passes(question, team)
    ]
    assets.sort(key=lambda asset: (-times[asset], asset))
    labels = question.snapshot.dimension("team").values

    def page(some: slice) -> list[dict[str, Any]]:
        return [
            {"metric": names[metric], "team": labels[team], "reads": times[metric, team]}
            for metric, team in assets[some]
        ]

    read = sum(1 for asset in assets if times[asset])
    return Listing(len(assets), {"numerator": read, "denominator": len(assets)}, len(assets), page)


def _teams(question: Question) -> Array:
    """Since when each team is known, by its place in the dimension; the last place, no team, always was."""
    known = {str(team): at for team, at in store.teams_since(question.snapshot.connection)}
    values = question.snapshot.dimension("team").values
    always = np.iinfo(np.int64).min
    return np.array([known.get(value["id"], always) for value in values], dtype=np.int64)


def _reads(question: Question, names: tuple[str, ...]) -> _Reads:
    buckets = question.buckets
    starts = np.array([first.toordinal() for first, _ in buckets.days])
    places = {value["id"] or "": place for place, value in enumerate(question.snapshot.dimension("team").values)}
    metrics = {name: place for place, name in enumerate(names)}
    ways = {name: place for place, name in enumerate(HOW_READ)}
    rows = [
        (day.toordinal(), metrics[metric], places[team], ways[how], times)
        for day, metric, team, how, times in store.between(
            question.snapshot.connection, buckets.days[0][0], buckets.days[-1][1]
        )
        if metric in metrics and team in places
    ]
    day, metric, team, how, times = np.array(rows, dtype=np.int64).reshape(-1, 5).T
    passing = np.array([_passes(question, place) for place in range(len(places))])[team] if len(team) else team == 0
    chosen = question.chosen("how_read", how)
    if chosen is not None:
        passing = passing & chosen
    bucket = np.searchsorted(starts, day, side="right") - 1
    return _Reads(bucket[passing], metric[passing], team[passing], how[passing], times[passing])


def _passes(question: Question, team: int) -> bool:
    return all(bool(passing[team]) for dimension, passing in question.filters if dimension.name == "team")


def _groups(question: Question, reads: _Reads, since: Array) -> tuple[Array | None, Array | None]:
    """The group of each read, and every group that an answer shows: each team, each way of reading."""
    if not question.group_by:
        return None, None
    group = np.zeros(len(reads.metric), dtype=np.int64)
    groups = np.zeros(1, dtype=np.int64)
    for dimension in question.group_by:
        is_team = dimension.name == "team"
        shown = [place for place in range(len(since)) if _passes(question, place)] if is_team else range(len(HOW_READ))
        group = group * len(dimension.values) + (reads.team if is_team else reads.how)
        groups = (groups[:, None] * len(dimension.values) + np.array(shown, dtype=np.int64)).ravel()
    return group, groups


def _teams_by_then(question: Question, grid: Grid, since: Array, instants: Array) -> Array:
    """How many teams there are in each group at each instant: one where teams are grouped, else those that pass."""
    known = np.array([_passes(question, team) for team in range(len(since))])[:, None] & (since[:, None] < instants)
    names = [dimension.name for dimension in question.group_by]
    if "team" not in names:
        return np.repeat(known.sum(axis=0)[None, :], len(grid.groups), axis=0)
    own = [question.places(group)[names.index("team")] for group in grid.groups.tolist()]
    return known[own].astype(np.int64)


def _measures(cell: Array, asset: Array, available: Array, assets: int) -> Measures:
    """Distinct assets read by cell, over those available."""
    distinct = np.unique(cell.astype(np.int64) * assets + asset) // assets
    read = aggregate.counts(distinct, len(available))
    return {
        "n": available.tolist(),
        "value": quotients(read, available),
        "numerator": read.tolist(),
        "denominator": available.tolist(),
    }
