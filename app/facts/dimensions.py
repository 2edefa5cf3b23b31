"""What facts are grouped and filtered by: from the codes inside segments to names, as they are now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid5

import numpy as np
from sqlalchemy import Connection

from app.facts.rows import AUTOMATED_BY
from app.facts.segment import Array
from app.store import dimensions as store

Label = dict[str, Any]

ITEM_KINDS = ("feature", "bug", "task", "epic", "conflict", "other")
TRUE, FALSE, UNKNOWN = 1, 0, -1


@dataclass(frozen=True, slots=True)
class Dimension:
    """The values of a dimension, in the order in which they are shown, and which of them each code stands for.

    `of_code` has one more row, for "no code" (-1). `names` are the texts that a filter may use for each value.
    """

    name: str
    column: str
    values: tuple[Label, ...]
    names: tuple[frozenset[str], ...]
    of_code: Array

    def chosen(self, texts: Sequence[str]) -> Array:
        """For each code (and for none) whether a filter on these texts lets it pass."""
        wanted = set(texts)
        passing = np.array([bool(names & wanted) for names in self.names], dtype=bool)
        return passing[self.of_code]


@dataclass(frozen=True, slots=True)
class Accounts:
    """Accounts by code (and one more row for none).

    `person` numbers humans: accounts of one person share a number, -1 is nobody or a machine. `override` and
    `by_kind` tell whether what the account does is automated: TRUE, FALSE or UNKNOWN.
    """

    person: Array
    people: int
    override: Array
    by_kind: Array


def load(connection: Connection, name: str) -> Dimension:
    """A dimension as it is now. Raises KeyError for a name that is none."""
    return _LOADERS[name](connection)


def load_accounts(connection: Connection) -> Accounts:
    """The accounts as they are now."""
    rows = store.accounts(connection)
    size = _size(rows) + 1
    person, override, by_kind = (np.full(size, -1, dtype=np.int32) for _ in range(3))
    numbers: dict[object, int] = {}
    for code, person_id, kind, automation in rows:
        by_kind[code] = {"bot": TRUE, "app": TRUE, "human": FALSE}.get(kind, UNKNOWN)
        if automation is not None:
            override[code] = TRUE if automation else FALSE
        automated = override[code] if automation is not None else by_kind[code]
        if automated != TRUE:
            person[code] = numbers.setdefault(person_id or code, len(numbers))
    return Accounts(person, len(numbers), override, by_kind)


def _sources(connection: Connection) -> Dimension:
    rows = [
        (code, {"id": str(identity), "name": name}, {str(identity), name})
        for code, identity, name, _ in store.sources(connection)
    ]
    return _dimension("source", "source", rows)


def _tools(connection: Connection) -> Dimension:
    rows = [(code, {"id": tool, "name": tool}, {tool}) for code, _, _, tool in store.sources(connection)]
    return _dimension("tool", "source", rows)


def _vendor_values(
    name: str, record_type: str, read: Callable[[Connection], list[store.Row]]
) -> Callable[[Connection], Dimension]:
    def loader(connection: Connection) -> Dimension:
        rows = []
        for code, source_id, external_id, title, *_ in read(connection):
            # The id that the ingest gives, or will give once there is a row.
            own = str(uuid5(source_id, f"{record_type}/{external_id}"))
            label = {"id": own, "name": external_id if title is None else title, "external_id": external_id}
            rows.append((code, label, {external_id, own}))
        return _dimension(name, name, rows)

    return loader


def _item_kinds(connection: Connection) -> Dimension:
    rows = store.item_types(connection)
    of_code = np.full(_size(rows) + 1, ITEM_KINDS.index("other"), dtype=np.int32)
    for code, *_, kind in rows:
        of_code[code] = ITEM_KINDS.index(kind or "other")
    return _fixed("item_kind", "item_type", ITEM_KINDS, of_code)


def _priorities(connection: Connection) -> Dimension:
    return _dimension(
        "priority",
        "priority",
        [(code, {"id": name, "name": name}, {name}) for code, name in store.priorities(connection)],
    )


def _automated_by(_: Connection) -> Dimension:
    return _fixed("automated_by", "automated_by", AUTOMATED_BY, np.array([*range(len(AUTOMATED_BY)), -1]))


def _fixed(name: str, column: str, texts: Sequence[str], of_code: Array) -> Dimension:
    values: tuple[Label, ...] = tuple({"id": text, "name": text} for text in texts)
    names = tuple(frozenset({text}) for text in texts)
    nothing: Label = {"id": None, "name": None}
    return Dimension(
        name, column, (*values, nothing), (*names, frozenset()), np.where(of_code < 0, len(texts), of_code)
    )


def _dimension(name: str, column: str, rows: Sequence[tuple[int | None, Label, set[str]]]) -> Dimension:
    """Values sorted by name. Rows with one id are one value; a row without a code is a value without facts."""
    distinct: dict[str, tuple[Label, set[str]]] = {}
    for _, label, names in rows:
        distinct.setdefault(label["id"], (label, set()))[1].update(names)
    order = sorted(distinct, key=lambda identity: (distinct[identity][0]["name"].casefold(), identity))
    place = {identity: number for number, identity in enumerate(order)}
    coded = [(code, label["id"]) for code, label, _ in rows if code is not None]
    of_code = np.full(_size(coded) + 1, len(order), dtype=np.int32)
    for code, identity in coded:
        of_code[code] = place[identity]
    nothing: Label = {"id": None, "name": None}
    return Dimension(
        name,
        column,
        (*(distinct[identity][0] for identity in order), nothing),
        (*(frozenset(distinct[identity][1]) for identity in order), frozenset()),
        of_code,
    )


def _size(rows: Sequence[tuple[Any, ...]]) -> int:
    return max((int(row[0]) for row in rows), default=-1) + 1


_LOADERS: dict[str, Callable[[Connection], Dimension]] = {
    "source": _sources,
    "tool": _tools,
    "project": _vendor_values("project", "projects", store.projects),
    "item_type": _vendor_values("item_type", "item_types", store.item_types),
    "item_kind": _item_kinds,
    "priority": _priorities,
    "status": _vendor_values("status", "statuses", store.statuses),
    "automated_by": _automated_by,
}
