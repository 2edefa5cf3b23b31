"""What facts are grouped and filtered by: from the codes inside segments to names, as they are now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection

from app.facts.rows import AUTOMATED_BY
from app.facts.segment import Array
from app.facts.timeline import CATEGORIES
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
    rows = [(code, {"id": str(identity), "name": name}, {str(identity), name}) for code, identity, name, _ in
            store.sources(connection)]  # fmt: skip
    return _dimension("source", "source", rows)


def _tools(connection: Connection) -> Dimension:
    rows = [(code, {"id": tool, "name": tool}, {tool}) for code, _, _, tool in store.sources(connection)]
    return _dimension("tool", "source", rows)


def _vendor_values(
    name: str, column: str, read: Callable[[Connection], list[store.Row]]
) -> Callable[[Connection], Dimension]:
    def loader(connection: Connection) -> Dimension:
        rows = []
        for code, external_id, identity, title, *_ in read(connection):
            own = None if identity is None else str(identity)
            label = {"id": own, "name": external_id if title is None else title, "external_id": external_id}
            rows.append((code, label, {external_id} | ({own} if own else set())))
        return _dimension(name, column, rows)

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
    return _fixed("automated_by", "automated_by", AUTOMATED_BY, np.arange(-1, len(AUTOMATED_BY))[_LAST_FIRST])


_LAST_FIRST = [*range(1, len(AUTOMATED_BY) + 1), 0]


def _fixed(name: str, column: str, texts: Sequence[str], of_code: Array) -> Dimension:
    values: tuple[Label, ...] = tuple({"id": text, "name": text} for text in texts)
    names = tuple(frozenset({text}) for text in texts)
    nothing: Label = {"id": None, "name": None}
    return Dimension(
        name, column, (*values, nothing), (*names, frozenset()), np.where(of_code < 0, len(texts), of_code)
    )


def _dimension(name: str, column: str, rows: Sequence[tuple[int | None, Label, set[str]]]) -> Dimension:
    """Values sorted by name; rows with equal labels are one value, and what has no code is nothing yet."""
    distinct: dict[str, tuple[Label, set[str]]] = {}
    for _, label, names in rows:
        distinct.setdefault(_identity(label), (label, set()))[1].update(names)
    order = sorted(distinct, key=lambda key: (str(distinct[key][0]["name"]).casefold(), key))
    place = {key: number for number, key in enumerate(order)}
    coded = [(code, label) for code, label, _ in rows if code is not None]
    of_code = np.full(_size(coded) + 1, len(order), dtype=np.int32)
    for code, label in coded:
        of_code[code] = place[_identity(label)]
    nothing: Label = dict.fromkeys(("id", "name"))
    return Dimension(
        name,
        column,
        (*(distinct[key][0] for key in order), nothing),
        (*(frozenset(distinct[key][1]) for key in order), frozenset()),
        of_code,
    )


def _identity(label: Label) -> str:
    return repr(sorted(label.items(), key=lambda pair: pair[0]))


def _size(rows: Sequence[tuple[Any, ...]]) -> int:
    return max((int(row[0]) for row in rows), default=-1) + 1


_LOADERS: dict[str, Callable[[Connection], Dimension]] = {
    "source": _sources,
    "tool": _tools,
    "project": _vendor_values("project", "project", store.projects),
    "item_type": _vendor_values("item_type", "item_type", store.item_types),
    "item_kind": _item_kinds,
    "priority": _priorities,
    "status": _vendor_values("status", "status", store.statuses),
    "automated_by": _automated_by,
}

__all__ = ["CATEGORIES", "Accounts", "Dimension", "Label", "load", "load_accounts"]
