"""A batch of marked items as columns: rows of the store in, codes and instants in NumPy arrays out."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from app.facts import chain
from app.facts.segment import NEVER, NO_CODE, Array
from app.facts.timeline import CATEGORIES, NO_CATEGORY, Items, Moves, StatusMap
from app.store import facts as store

_CATEGORY_NUMBER = {name: number for number, name in enumerate(CATEGORIES)}
AUTOMATED_BY = ("account_kind", "rule_marker", "app_marker", "override")
_AUTOMATED_BY_NUMBER = {name: number for number, name in enumerate(AUTOMATED_BY)}


class Codes:
    """The codes of one source's values; what has none gets one."""

    def __init__(self, connection: Connection, source_id: UUID) -> None:
        self._connection = connection
        self._source_id = source_id
        self._known: dict[str, dict[str, int]] = {}
        for dimension, external_id, code in store.codes(connection, source_id):
            self._known.setdefault(dimension, {})[external_id] = code

    def of(self, dimension: str, values: Sequence[str | None]) -> Array:
        """The code of each value; NO_CODE for None."""
        known = self._known.setdefault(dimension, {})
        new = [value for value in dict.fromkeys(values) if value is not None and value not in known]
        if new:
            known.update(store.add_codes(self._connection, self._source_id, dimension, new))
        return np.fromiter(
            (NO_CODE if value is None else known[value] for value in values), dtype=np.int32, count=len(values)
        )

    def known(self, dimension: str) -> dict[str, int]:
        """Every value that has a code."""
        return self._known.get(dimension, {})


@dataclass(frozen=True, slots=True)
class Histories:
    """Items that live, and their transitions. `number` is the first 64 bits of an item's id."""

    number: Array
    items: Items
    resolution: Array
    item_type: Array
    priority: Array
    assignee: Array
    moves: Moves
    actor: Array
    automated: Array
    automated_by: Array


@dataclass(frozen=True, slots=True)
class NamedReleases:
    """The releases that items name: the item's place, the release's code, and whether it affects the release."""

    item: Array
    release: Array
    affected: Array


@dataclass(frozen=True, slots=True)
class Batch:
    """Marked items (`keys`, with the days they stood in so far), and the histories of those that live."""

    keys: list[str]
    days: list[bytes | None]
    numbers: Array
    """The first 64 bits of the id of each key; 0 where there is no row."""
    alive: Array
    """Which keys the histories are of."""
    histories: Histories
    releases: NamedReleases


@dataclass(slots=True)
class _Transposed:
    """Chunks of rows as one list a column."""

    columns: list[list[Any]] = field(default_factory=list)

    @classmethod
    def of(cls, chunks: Iterable[Sequence[store.Row]], width: int) -> "_Transposed":
        columns: list[list[Any]] = [[] for _ in range(width)]
        for chunk in chunks:
            for column, values in zip(columns, zip(*chunk, strict=True), strict=True):
                column.extend(values)
        return cls(columns)


def load(connection: Connection, source_id: UUID, codes: Codes, first: str, last: str) -> Batch:
    """The marked items of a source whose vendor's ids lie in `[first, last]`."""
    columns = _Transposed.of(store.items_between(connection, source_id, first, last), 14).columns
    keys, ids, created, project, item_type, status, resolution, resolved, priority, assignee, deleted = columns[:11]
    releases, affected, days = columns[11:]
    numbers = np.fromiter((_number(value) for value in ids), dtype=np.int64, count=len(ids))
    alive = np.fromiter(
        (identity is not None and gone is None for identity, gone in zip(ids, deleted, strict=True)),
        dtype=bool,
        count=len(ids),
    )
    living = np.flatnonzero(alive).tolist()

    def pick(column: list[Any]) -> list[Any]:
        return column if len(living) == len(column) else [column[place] for place in living]

    resolutions = codes.of("resolution", pick(resolution))
    items = Items(
        created_at=np.array(pick(created), dtype=np.int64),
        project=codes.of("project", pick(project)),
        status=codes.of("status", pick(status)),
        resolved_at=np.fromiter(
            (NEVER if value is None else value for value in pick(resolved)), dtype=np.int64, count=len(living)
        ),
        discards=discarding(connection, source_id, codes)[resolutions],
    )
    place_of = {key: place for place, key in enumerate(pick(keys))}
    moves, actor, automated, automated_by = _moves(
        _Transposed.of(store.transitions_between(connection, source_id, first, last), 8).columns,
        codes,
        place_of,
        items.status,
    )
    return Batch(
        keys=keys,
        days=days,
        numbers=numbers,
        alive=alive,
        histories=Histories(
            number=numbers[alive],
            items=items,
            resolution=resolutions,
            item_type=codes.of("item_type", pick(item_type)),
            priority=codes.of("priority", pick(priority)),
            assignee=codes.of("account", pick(assignee)),
            moves=moves,
            actor=actor,
            automated=automated,
            automated_by=automated_by,
        ),
        releases=_named_releases(codes, pick(releases), pick(affected)),
    )


def status_map(connection: Connection, source_id: UUID, codes: Codes) -> StatusMap:
    """What the statuses that have a code mean; an admin's word stands above the vendor's."""
    known = codes.known("status")
    size = max(known.values(), default=-1) + 1
    category = np.full(size + 1, NO_CATEGORY, dtype=np.int8)
    mapped = np.zeros(size + 1, dtype=bool)
    for external_id, name, listed in store.statuses(connection, source_id):
        code = known.get(external_id)
        if code is not None and name is not None:
            category[code] = _CATEGORY_NUMBER[name]
            mapped[code] = bool(listed)
    of_projects: dict[int, int] = {}
    for status, project, name in store.status_overrides(connection, source_id):
        code = known.get(status)
        if code is None:
            continue
        if not project:
            category[code] = _CATEGORY_NUMBER[name]
            mapped[code] = True
        elif (project_code := codes.known("project").get(project)) is not None:
            of_projects[(project_code << 32) | code] = _CATEGORY_NUMBER[name]
    keys = np.array(sorted(of_projects), dtype=np.int64)
    return StatusMap(
        category=category,
        mapped=mapped,
        override_keys=keys,
        override_categories=np.array([of_projects[key] for key in keys.tolist()], dtype=np.int8),
    )


def discarding(connection: Connection, source_id: UUID, codes: Codes) -> Array:
    """Whether each resolution code, and none (the last), means that an item was discarded."""
    known = codes.known("resolution")
    result = np.zeros(max(known.values(), default=-1) + 2, dtype=bool)
    for external_id, category, override in store.resolutions(connection, source_id):
        if external_id in known:
            result[known[external_id]] = (override or category) == "discarded"
    return result


def _moves(
    columns: list[list[Any]], codes: Codes, place_of: dict[str, int], present: Array
) -> tuple[Moves, Array, Array, Array]:
    known = [key in place_of for key in columns[0]]
    if not all(known):
        columns = [list(compress(column, known)) for column in columns]
    work_item, at, external_id, from_status, to_status, actor, automated, automated_by = columns
    size = len(work_item)
    item = np.fromiter((place_of[key] for key in work_item), dtype=np.int64, count=size)
    instants = np.array(at, dtype=np.int64)
    left, entered = codes.of("status", from_status), codes.of("status", to_status)
    permutation = chain.order(item, instants, left, entered, external_id, present=present)
    marks = np.fromiter((-1 if value is None else int(value) for value in automated), dtype=np.int8, count=size)
    told = np.fromiter((_AUTOMATED_BY_NUMBER.get(value, -1) for value in automated_by), dtype=np.int8, count=size)
    return (
        Moves(item[permutation], instants[permutation], left[permutation], entered[permutation]),
        codes.of("account", actor)[permutation],
        marks[permutation],
        told[permutation],
    )


def _named_releases(codes: Codes, releases: list[Any], affected: list[Any]) -> NamedReleases:
    """Each release once for each item and list that names it; the lists are JSON, None for an empty one."""
    item: list[int] = []
    named: list[str] = []
    marks: list[int] = []
    for mark, column in enumerate((releases, affected)):
        for place, text in enumerate(column):
            if text is not None:
                some = list(dict.fromkeys(json.loads(text)))
                item += [place] * len(some)
                named += some
                marks += [mark] * len(some)
    return NamedReleases(np.array(item, dtype=np.int64), codes.of("release", named), np.array(marks, dtype=np.uint8))


def _number(identity: UUID | bytes | None) -> int:
    if identity is None:
        return 0
    raw = identity.bytes if isinstance(identity, UUID) else bytes(identity)
    return int.from_bytes(raw[:8], "big", signed=True)
