"""What came after launches: the bugs of the 30 days after each."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.facts.read import Snapshot
from app.facts.segment import ARRIVALS, ENDS_DISCARDED, NAMED_RELEASES, NEVER, NO_CODE, Columns, Kind
from app.facts.window import SOURCE, Window
from app.metrics import aggregate
from app.metrics.items import items_by_number
from app.metrics.launches import (
    by_number,
    every,
    features,
    items_of_kind,
    made_window,
    places_of,
    releases_of,
    size_of,
)
from app.metrics.listing import Listing
from app.metrics.question import Facts, Question
from app.metrics.result import Result, Selected, of_window, ratio
from app.metrics.state import expanded
from app.metrics.window import text

Array = NDArray[Any]

AFTERMATH = 30 * 86_400_000_000
"""How long after a launch a bug counts as its own, microseconds."""

_LAUNCHES = Kind(
    "launches",
    "at",
    (
        ("at", "<i8"),
        ("launch", "<i8"),
        ("release", "<i8"),
        ("item", "<i8"),
        ("project", "<i4"),
        ("team", "<i8"),
        ("bugs", "<i8"),
        ("shared", "<i8"),
    ),
)
"""Launches, made for answers: no segment holds them. `release` is NO_CODE for a feature's finish; the bugs of a launch
stand under `shared`, which launches of one project and instant have in common."""


@dataclass(frozen=True, slots=True)
class _People:
    """The humans of each place, one place after another."""

    first: Array
    person: Array

    @classmethod
    def of(cls, place: Array, person: Array, places: int) -> "_People":
        """Those of pairs; -1 is nobody."""
        known = person >= 0
        place, person = place[known], person[known]
        order = np.argsort(place, kind="stable")
        return cls(np.searchsorted(place[order], np.arange(places + 1)), person[order])

    def behind(self, place: Array, cell: Array) -> tuple[Array, Array]:
        """`(cell, human)` of everybody at these places; a place that a cell has twice is looked at once."""
        places = len(self.first)
        pairs = np.unique(cell * places + place)
        cell, place = pairs // places, pairs % places
        entry, which = expanded(self.first[place], self.first[place + 1])
        return cell[entry], self.person[which]


@dataclass(frozen=True, slots=True)
class _Launches:
    """Every launch, who its items are assigned to, and whose the bugs are."""

    window: Window
    owners: _People
    fixers: _People

    @property
    def size(self) -> int:
        """Bytes, as the cache counts them."""
        return size_of(self.window) + self.owners.person.nbytes + self.fixers.person.nbytes


def bugs_per_launch(question: Question) -> Result:
    """The bugs of the 30 days after each launch over the launches, by the bucket of the launch."""
    return of_window(question, _mature(question), ratio, _count_people, flagged={})


def launches_behind(question: Question) -> Listing:
    """The launches of the window, each with its bugs."""
    selected = _mature(question)
    bugs: list[int] = selected.value.tolist()
    return Listing(
        len(bugs),
        {"numerator": sum(bugs), "denominator": len(bugs)},
        len(bugs),
        lambda page: [
            {**entry, "numerator": found, "denominator": 1}
            for entry, found in zip(_entries(question, selected.facts, page), bugs[page], strict=True)
        ],
    )


def _mature(question: Question) -> Selected:
    window = _every_launch(question).window
    facts = Facts(window.between(question.buckets.start, question.buckets.end))
    facts = question.filtered(facts.having(team=facts["team"]))
    mature = facts.time + AFTERMATH <= question.now
    immature = int(len(mature) - np.count_nonzero(mature))
    facts = facts.keep(mature)
    return Selected(facts, facts["bugs"], excluded={"immature": immature})


def _count_people(question: Question, facts: Facts, cell: Array, cells: int) -> Array | None:
    """How many humans the launches and the bugs of each cell are assigned to."""
    if question.smallest == 1:
        return None
    launches = _every_launch(question)
    pairs = (launches.owners.behind(facts["launch"], cell), launches.fixers.behind(facts["shared"], cell))
    cell, person = (np.concatenate(column) for column in zip(*pairs, strict=True))
    return aggregate.distinct(cell, person, cells, question.snapshot.accounts().people)


def _entries(question: Question, facts: Facts, page: slice) -> list[dict[str, Any]]:
    releases = releases_of(question.snapshot, question.zone)
    rows, numbers = facts["release"][page].tolist(), facts["item"][page].tolist()
    finished = {number for number, row in zip(numbers, rows, strict=True) if row == NO_CODE}
    items = items_by_number(question.snapshot, sorted(finished))
    return [
        {"at": text(at), **({"item": items.get(number)} if row == NO_CODE else {"release": releases.labels[row]})}
        for at, row, number in zip(facts.time[page].tolist(), rows, numbers, strict=True)
    ]


def _every_launch(question: Question) -> _Launches:
    snapshot, zone = question.snapshot, question.zone
    return snapshot.once(("launches", zone.key), lambda: _launches(snapshot, zone), lambda made: made.size)


def _launches(snapshot: Snapshot, zone: ZoneInfo) -> _Launches:
    launches, releases = _released_and_finished(snapshot, zone)
    named = every(snapshot, NAMED_RELEASES, "item", "release", "affected")
    row = releases.row_of(named["release"])
    launch_of = np.full(len(releases.labels) + 1, NO_CODE)
    is_release = launches["release"] != NO_CODE
    launch_of[launches["release"][is_release]] = np.flatnonzero(is_release)
    named["launch"] = launch_of[row]
    owned = _owners(snapshot, launches, {name: column[named["affected"] == 0] for name, column in named.items()})
    launches["team"] = _teams(snapshot, launches, *owned)
    bugs = items_of_kind(snapshot, "bug")
    affecting = {name: column[named["affected"] == 1] for name, column in named.items()}
    tells = np.isin(launches[SOURCE], np.unique(affecting[SOURCE])) & is_release
    shared, fallen, bug = _fallen(launches, tells, bugs)
    told, told_bug = _told(launches, tells, bugs, affecting)
    launches["shared"] = shared
    place, bug = np.concatenate((fallen, told)), np.concatenate((bug, told_bug))
    launches["bugs"] = aggregate.counts(place, len(shared))[shared]
    launches["launch"] = np.arange(len(shared))
    person = snapshot.accounts().person
    return _Launches(
        made_window(_LAUNCHES, launches, np.ones(len(shared), dtype=bool)),
        _People.of(owned[0], person[owned[1]], len(shared)),
        _People.of(place, person[bugs["assignee"][bug]], len(shared)),
    )


def _released_and_finished(snapshot: Snapshot, zone: ZoneInfo) -> tuple[Columns, Any]:
    """Releases, and in the sources that have none the features by their finish."""
    releases = releases_of(snapshot, zone)
    row = np.flatnonzero(releases.columns["at"] != NEVER)
    items = features(snapshot)
    finished = np.flatnonzero(
        (items["finished_at"] != NEVER) & ~np.isin(items[SOURCE], np.unique(releases.columns[SOURCE]))
    )
    none, nobody = np.full(len(finished), NO_CODE), np.full(len(row), NO_CODE)
    both = {
        "at": (releases.columns["at"][row], items["finished_at"][finished]),
        "release": (row, none),
        "item": (nobody, items["item"][finished]),
        "project": (releases.columns["project"][row], items["project"][finished]),
        "has_facts": (releases.columns["has_facts"][row], np.ones(len(finished), dtype=bool)),
        "assignee": (nobody, items["assignee"][finished]),
        SOURCE: (releases.columns[SOURCE][row], items[SOURCE][finished]),
    }
    return {name: np.concatenate(columns) for name, columns in both.items()}, releases


def _owners(snapshot: Snapshot, launches: Columns, named: Columns) -> tuple[Array, Array]:
    """`(launch, account)` of the assignee of each item of a launch; discarded items are in none."""
    known = np.flatnonzero(named["launch"] != NO_CODE)
    items = by_number(every(snapshot, ARRIVALS, "item", "assignee", "flags"))
    found, place = places_of(items["item"], named["item"][known])
    kept = items["flags"][place] & ENDS_DISCARDED == 0
    own = np.flatnonzero(launches["release"] == NO_CODE)
    return (
        np.concatenate((named["launch"][known][found[kept]], own)),
        np.concatenate((items["assignee"][place[kept]], launches["assignee"][own])),
    )


def _teams(snapshot: Snapshot, launches: Columns, launch: Array, account: Array) -> Array:
    """The team of most of each launch's assignees at the launch, the first by id of as many; else unassigned.

    By id and not by name: another name for a team moves no launch.
    """
    teams = snapshot.teams()
    unassigned = int(teams.team[-1])
    by_id = np.argsort([label["id"] for label in snapshot.dimension("team").values[:unassigned]])
    rank = np.append(np.argsort(by_id), unassigned)
    team = teams.at(snapshot.accounts().person[account], launches["at"][launch])
    in_a_team = team != unassigned
    pairs, votes = np.unique(launch[in_a_team] * (unassigned + 1) + rank[team[in_a_team]], return_counts=True)
    chosen = np.full(len(launches["at"]), unassigned)
    # Written from the fewest votes to the most, and the first by id last, so that it stays.
    order = np.lexsort((-pairs, votes))
    chosen[pairs[order] // (unassigned + 1)] = by_id[pairs[order] % (unassigned + 1)]
    return chosen


def _told(launches: Columns, tells: Array, bugs: Columns, affecting: Columns) -> tuple[Array, Array]:
    """`(launch, bug)` of the bugs that name the release of the launch as affected."""
    named = np.flatnonzero(affecting["launch"] != NO_CODE)
    found, bug = places_of(bugs["item"], affecting["item"][named])
    launch = affecting["launch"][named][found]
    after = bugs["created_at"][bug] - launches["at"][launch]
    counted = (after >= 0) & (after < AFTERMATH) & tells[launch]
    return launch[counted], bug[counted]


def _fallen(launches: Columns, tells: Array, bugs: Columns) -> tuple[Array, Array, Array]:
    """Under which launch each one's bugs stand; and `(launch, bug)` of the bugs after the others' launches.

    A bug falls to the last launch of its project before it. Launches of one project and instant share their bugs:
    they stand under one of them.
    """
    shared = np.arange(len(tells))
    launch = np.flatnonzero(~tells & launches["has_facts"])
    project = np.concatenate((launches["project"][launch], bugs["project"]))
    source = np.concatenate((launches[SOURCE][launch], bugs[SOURCE]))
    at = np.concatenate((launches["at"][launch], bugs["created_at"]))
    is_bug = np.arange(len(at)) >= len(launch)
    order = np.lexsort((is_bug, at, project, source))
    source, project, at, is_bug = source[order], project[order], at[order], is_bug[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (source[1:] != source[:-1]) | (project[1:] != project[:-1])
    opens = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    fresh = ~is_bug
    fresh[1:] &= first[1:] | (at[1:] != at[:-1])
    last = np.maximum.accumulate(np.where(fresh, np.arange(len(order)), NO_CODE))
    shared[launch[order[~is_bug]]] = launch[order[last[~is_bug]]]
    kept = is_bug & (last >= opens)
    kept[kept] = (at - at[last])[kept] < AFTERMATH
    return shared, launch[order[last[kept]]], order[kept] - len(launch)
