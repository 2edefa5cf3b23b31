"""What facts are grouped and filtered by: from the codes inside segments to names, as they are now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID, uuid5

import numpy as np
from sqlalchemy import Connection

from app.facts.rows import AUTOMATED_BY
from app.facts.segment import Array
from app.facts.teams import Teams, teams_of
from app.store import channels
from app.store import dimensions as store

Label = dict[str, Any]

ITEM_KINDS = ("feature", "bug", "task", "epic", "conflict", "other")
HOW_READ = ("page", "digest", "export", "dashboard")
TRUE, FALSE, UNKNOWN = 1, 0, -1
UNASSIGNED = "unassigned"


@dataclass(frozen=True, slots=True)
class Dimension:
    """The values of a dimension, in the order in which they are shown, and which of them each code stands for.

    `of_code` has one more row, for "no code" (-1). `names` are the texts that name each value; `within` are those
    of what each value lies in (the teams above a team): a filter on them lets it pass too.
    """

    name: str
    column: str
    values: tuple[Label, ...]
    names: tuple[frozenset[str], ...]
    of_code: Array
    within: tuple[frozenset[str], ...] = ()

    def chosen(self, texts: Sequence[str]) -> Array:
        """For each code (and for none) whether a filter on these texts lets it pass."""
        wanted = set(texts)
        passing = np.array([bool(names & wanted) for names in self.names], dtype=bool)
        if self.within:
            passing |= np.array([bool(names & wanted) for names in self.within], dtype=bool)
        return passing[self.of_code]


@dataclass(frozen=True, slots=True)
class Accounts:
    """Accounts by code (and one more row for none).

    `person` numbers humans: first every person there is (`number_of`, by id), with or without an account, then
    the accounts of humans who are no person yet; -1 is nobody or a machine. `people` is how many numbers there
    are. `override` and `by_kind` tell whether what the account does is automated: TRUE, FALSE or UNKNOWN.
    """

    person: Array
    people: int
    number_of: Mapping[UUID, int]
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
    number_of = {person_id: number for number, person_id in enumerate(store.people(connection))}
    people = len(number_of)
    for code, number, kind, automation in rows:
        by_kind[code] = {"bot": TRUE, "app": TRUE, "human": FALSE}.get(kind, UNKNOWN)
        if automation is not None:
            override[code] = TRUE if automation else FALSE
        automated = override[code] if automation is not None else by_kind[code]
        if automated == TRUE:
            continue
        if number is None:
            person[code] = people
            people += 1
        else:
            person[code] = number
    return Accounts(person, people, number_of, override, by_kind)


def load_teams(connection: Connection, accounts: Accounts) -> Teams:
    """Who was in which team when, by the accounts' numbers of humans, as it is known now."""
    place_of = {team_id: place for place, (team_id, *_) in enumerate(_ordered_teams(connection))}
    return teams_of(store.memberships(connection), accounts.number_of, accounts.people, place_of)


def _teams(connection: Connection) -> Dimension:
    rows = _ordered_teams(connection)
    texts = {team_id: frozenset({str(team_id), name}) for team_id, name, _ in rows}
    above = {team_id: parent for team_id, _, parent in rows}
    within: list[frozenset[str]] = []
    for _, _, parent in rows:
        holding: set[str] = set()
        higher = parent
        while higher is not None:
            holding |= texts[higher]
            higher = above[higher]
        within.append(frozenset(holding))
    labels: list[Label] = [{"id": str(team_id), "name": name} for team_id, name, _ in rows]
    return Dimension(
        "team",
        "team",
        (*labels, {"id": None, "name": UNASSIGNED}),
        (*texts.values(), frozenset({UNASSIGNED})),
        np.arange(len(rows) + 1),
        (*within, frozenset()),
    )


def _ordered_teams(connection: Connection) -> list[store.Row]:
    return sorted(store.teams(connection), key=lambda row: (row[1].casefold(), str(row[0])))


def _sources(connection: Connection) -> Dimension:
    rows = [
        (code, {"id": str(identity), "name": name}, {str(identity), name})
        for code, identity, name, _ in _coded_sources(connection)
    ]
    return _dimension("source", "source", rows)


def _tools(connection: Connection) -> Dimension:
    rows = [(code, {"id": tool, "name": tool}, {tool}) for code, _, _, tool in _coded_sources(connection)]
    return _dimension("tool", "source", rows)


def _coded_sources(connection: Connection) -> list[store.Row]:
    """The sources; one without facts gets a code behind those of the others, which lasts as long as this answer."""
    rows = sorted(store.sources(connection), key=lambda row: str(row[1]))
    free = count(max((row[0] for row in rows if row[0] is not None), default=-1) + 1)
    return [(next(free) if code is None else code, *rest) for code, *rest in rows]


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


def _rated_tools(connection: Connection) -> Dimension:
    rows = [(code, {"id": tool, "name": tool}, {tool}) for code, tool in store.texts(connection, "rated_tool")]
    return _dimension("tool", "tool", rows)


def _events(connection: Connection) -> Dimension:
    return _dimension(
        "event", "event", [(code, {"id": name, "name": name}, {name}) for code, name in store.events(connection)]
    )


def _automated_by(_: Connection) -> Dimension:
    return _fixed("automated_by", "automated_by", AUTOMATED_BY, np.array([*range(len(AUTOMATED_BY)), -1]))


def _how_read(_: Connection) -> Dimension:
    return _fixed("how_read", "how_read", HOW_READ, np.array([*range(len(HOW_READ)), -1]))


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
    "event": _events,
    "how_read": _how_read,
    "team": _teams,
    "channel": _vendor_values("channel", "channels", channels.named),
    "rated_tool": _rated_tools,
}
