"""When work reached its users: by the first release that it is in, or where it names none by its finish."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.core.types import to_micros
from app.facts import segment
from app.facts.dimensions import ITEM_KINDS
from app.facts.read import Snapshot
from app.facts.segment import ARRIVALS, ENDS_DISCARDED, FINISHED, NAMED_RELEASES, NEVER, NO_CODE, STARTS, Columns, Kind
from app.facts.window import SOURCE, Piece, Window
from app.metrics import aggregate
from app.metrics.question import Facts, Question
from app.metrics.result import QUANTILES, Measures, Result, Selected, durations, of_window, seconds
from app.metrics.window import midnight
from app.store import releases as store

Array = NDArray[Any]

_ALL_DAYS = (-(2**31), 2**31 - 1)

_LAUNCHED = Kind("launched", "at", (("at", "<i8"), *ARRIVALS.columns, ("started_at", "<i8")))
"""Features by their launch, made for answers: no segment holds them."""


@dataclass(frozen=True, slots=True)
class Releases:
    """The releases that are listed, in the report's zone: columns by name, a row each, and what each is called.

    `at` is NEVER for one that is not released, or of which nobody knows when; `has_facts` is false where its project
    has none. `row` finds the release of a code (NO_CODE: it is not listed); its last entry is that of no code.
    """

    columns: Columns
    labels: tuple[Mapping[str, Any], ...]
    row: Array

    def row_of(self, code: Array) -> Array:
        """The row of each release by its code; NO_CODE for one that is not listed."""
        found: Array = self.row[np.where(code < len(self.row) - 1, code, NO_CODE)]
        return found


def releases_of(snapshot: Snapshot, zone: ZoneInfo) -> Releases:
    """The releases; one that is a day ends with that day in the zone."""
    return snapshot.once(("releases", zone.key), lambda: _releases(snapshot, zone))


def _releases(snapshot: Snapshot, zone: ZoneInfo) -> Releases:
    codes, sources, projects, has_facts, instants, labels = [], [], [], [], [], []
    for code, source, project, named, identity, external_id, name, released, at, on in store.listed(
        snapshot.connection
    ):
        codes.append(NO_CODE if code is None else code)
        sources.append(source)
        projects.append(NO_CODE if project is None else project)
        has_facts.append(project is not None or named is None)
        instants.append(_instant(at, on, zone) if released else NEVER)
        labels.append({"id": str(identity), "name": name, "external_id": external_id})
    row = np.full(max(codes, default=NO_CODE) + 2, NO_CODE, dtype=np.int64)
    for place, code in enumerate(codes):
        if code != NO_CODE:
            row[code] = place
    columns = {
        SOURCE: np.array(sources, dtype=np.int32),
        "project": np.array(projects, dtype=np.int32),
        "has_facts": np.array(has_facts, dtype=bool),
        "at": np.array(instants, dtype=np.int64),
    }
    return Releases(columns, tuple(labels), row)


def _instant(at: int | None, on: str | None, zone: ZoneInfo) -> int:
    if at is not None:
        return at
    return NEVER if on is None else to_micros(midnight(date.fromisoformat(on) + timedelta(days=1), zone))


def every(snapshot: Snapshot, kind: Kind, *names: str) -> Columns:
    """Columns of all facts of a kind, in no order, with the column `source`."""
    days = snapshot.days(kind, partial(segment.decode, kind), *_ALL_DAYS)
    sizes = [len(columns[kind.time]) for *_, columns in days]
    found = {
        name: np.concatenate([np.empty(0, dtype=dict(kind.columns)[name]), *(columns[name] for *_, columns in days)])
        for name in names
    }
    return {**found, SOURCE: np.repeat(np.array([part for _, part, *_ in days], dtype=np.int32), sizes)}


def items_of_kind(snapshot: Snapshot, name: str) -> Columns:
    """All items of a kind, by their number."""
    columns = every(snapshot, ARRIVALS, *dict(ARRIVALS.columns))
    chosen = np.flatnonzero(snapshot.dimension("item_kind").of_code[columns["item_type"]] == ITEM_KINDS.index(name))
    return by_number({column: values[chosen] for column, values in columns.items()})


def by_number(columns: Columns) -> Columns:
    """The same rows in the order of their items' numbers."""
    order = np.argsort(columns["item"])
    return {name: column[order] for name, column in columns.items()}


def places_of(items: Array, wanted: Array) -> tuple[Array, Array]:
    """`(which of the wanted items are there, where each of those is)`; the items ascend."""
    if not len(items):
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing
    place = np.minimum(np.searchsorted(items, wanted), len(items) - 1)
    found = np.flatnonzero(items[place] == wanted)
    return found, place[found]


def features(snapshot: Snapshot) -> Columns:
    """The features that were not discarded, by number, with `started_at` and `finished_at`."""
    columns = items_of_kind(snapshot, "feature")
    kept = np.flatnonzero(columns["flags"] & ENDS_DISCARDED == 0)
    columns = {name: column[kept] for name, column in columns.items()}
    for kind, name in ((STARTS, "started_at"), (FINISHED, "finished_at")):
        told = every(snapshot, kind, "item", name)
        found, place = places_of(columns["item"], told["item"])
        columns[name] = np.full(len(kept), NEVER)
        columns[name][place] = told[name][found]
    return columns


def launched(question: Question) -> Facts:
    """The features launched in the window that pass the filters, each in its team at the launch."""
    snapshot, zone = question.snapshot, question.zone
    window = snapshot.once(("launched", zone.key), lambda: _launched(snapshot, zone), size_of)
    return question.filtered(Facts(window.between(question.buckets.start, question.buckets.end)))


def size_of(window: Window) -> int:
    """The bytes of a window and of its columns once they are joined."""
    return 2 * len(window) * window.kind.width


def _launched(snapshot: Snapshot, zone: ZoneInfo) -> Window:
    columns = features(snapshot)
    named = every(snapshot, NAMED_RELEASES, "item", "release", "affected")
    found, feature = places_of(columns["item"], named["item"])
    releases = releases_of(snapshot, zone)
    release = np.where(named["affected"][found] == 0, releases.row_of(named["release"][found]), NO_CODE)
    feature, release = feature[release != NO_CODE], release[release != NO_CODE]
    in_a_release = np.zeros(len(columns["item"]), dtype=bool)
    in_a_release[feature] = True
    first = np.full(len(columns["item"]), NEVER)
    np.minimum.at(first, feature, releases.columns["at"][release])
    at = np.where(in_a_release, first, columns.pop("finished_at"))
    has_launched = at != NEVER
    return made_window(_LAUNCHED, {**columns, "at": at}, has_launched)


def made_window(kind: Kind, columns: Columns, chosen: Array) -> Window:
    """The chosen rows as a window; their column `source` says which source each is of."""
    pieces = []
    for part in np.unique(columns[SOURCE][chosen]).tolist():
        rows = np.flatnonzero(chosen & (columns[SOURCE] == part))
        pieces.append(Piece(part, {name: columns[name][rows] for name, _ in kind.columns}, {}))
    return Window(kind, pieces)


def select_launched(question: Question) -> Selected:
    """From the start to the launch, of the features launched in the window."""
    facts = _timed(question)
    started = facts["started_at"] != NEVER
    counted = facts["from_start"] >= 0
    excluded = {
        "never_started": int(np.count_nonzero(~started)),
        "negative": int(np.count_nonzero(started & ~counted)),
    }
    kept = facts.keep(counted)
    return Selected(kept, kept["from_start"], excluded=excluded)


def launch_time(question: Question) -> Result:
    """From the start to the launch, and from the creation to it, of the features launched in each bucket."""
    facts = _timed(question)
    excluded = select_launched(question).excluded
    return of_window(question, Selected(facts, facts["from_start"], excluded=excluded), _percentiles, _people)


def _timed(question: Question) -> Facts:
    """The launched features with both durations; negative where there is none."""
    facts = launched(question)
    whose = question.whose_hours(facts)
    started, at = facts["started_at"], facts.time
    has_started = started != NEVER
    from_start = question.duration(np.where(has_started, started, at), at, whose)
    return facts.having(
        from_start=np.where(has_started, from_start, -1),
        from_created=question.duration(facts["created_at"], at, whose),
    )


def _percentiles(selected: Selected, cell: Array, cells: int) -> tuple[Measures, Array]:
    counted = selected.value >= 0
    measures, _ = durations(Selected(selected.facts.keep(counted), selected.value[counted]), cell[counted], cells)
    from_created = selected.facts["from_created"]
    known = from_created >= 0
    found = aggregate.percentiles(cell[known], from_created[known], cells, tuple(QUANTILES.values()))
    for place, name in enumerate(QUANTILES):
        measures["from_created" if name == "p50" else f"from_created_{name}"] = seconds(found.quantiles[:, place])
    return measures, aggregate.counts(cell, cells)


def _people(question: Question, facts: Facts, cell: Array, cells: int) -> Array | None:
    """The fewest people that one of the two durations of each cell rests on."""
    if question.smallest == 1:
        return None
    person, known = question.people(facts)
    fewest = np.zeros(cells, dtype=np.int64)
    for name in ("from_start", "from_created"):
        counted = facts[name] >= 0
        people = aggregate.distinct(cell[counted], person[counted], cells, known)
        fewest = np.where((fewest == 0) | ((people > 0) & (people < fewest)), people, fewest)
    return fewest
