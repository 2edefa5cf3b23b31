"""Changes of who is in which team when: worked out first, to be refused or looked at, then carried out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from app.core.errors import ConflictError, InvalidError
from app.ingest import stays
from app.ingest.stays import Stay
from app.store import assigned, people, teams
from app.store.joins import AccountKey

Stays = Mapping[UUID, list[Stay]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stay that somebody asks for, and where in the request."""

    loc: tuple[str | int, ...]
    person_id: UUID
    stay: Stay


@dataclass(frozen=True, slots=True)
class Change:
    """The stays of everybody whom a change is about, before and after it."""

    before: Stays
    after: Stays

    @property
    def changed(self) -> set[UUID]:
        """Those whose stays differ."""
        return {person_id for person_id, mine in self.after.items() if mine != self.before[person_id]}


@dataclass(slots=True)
class Moved:
    """What a team (None: unassigned) gains and loses."""

    people_before: int = 0
    people_after: int = 0
    work_items_in: int = 0
    work_items_out: int = 0


@dataclass(slots=True)
class Effect:
    """What a change would do: how many people, accounts and work items it touches, and each team's part."""

    people: int = 0
    accounts: int = 0
    work_items: int = 0
    teams: dict[UUID | None, Moved] = field(default_factory=dict)


def of_people(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, list[Stay]]:
    """The present stays of people."""
    found: dict[UUID, list[Stay]] = {person_id: [] for person_id in ids}
    for person_id, start, end, team_id in teams.stays(connection, found):
        found[person_id].append(Stay(start, end, team_id))
    return found


def team_becomes(connection: Connection, team_id: UUID, wanted: Sequence[Wanted], *, move: bool) -> Change:
    """The change after which a team's stays are exactly the wanted ones.

    With `move` they take the place of stays in other teams; without it these are a reason to refuse.
    Raises InvalidError, ConflictError.
    """
    _check(connection, wanted)
    before = of_people(connection, {one.person_id for one in wanted} | teams.people_of(connection, team_id))
    after = {person_id: [stay for stay in mine if stay.team_id != team_id] for person_id, mine in before.items()}
    for one in wanted:
        mine = after[one.person_id]
        other = next((stay for stay in mine if stay.team_id != team_id and stay.meets(one.stay)), None)
        if other is not None and not move:
            raise ConflictError(
                f"Person {one.person_id} is in team '{teams.names(connection)[other.team_id]}' {_span(other)}, and "
                "nobody is in two teams at once: send move=true to cut that stay, or end it first."
            )
        after[one.person_id] = stays.placed(mine, one.stay)
    return Change(before, {person_id: stays.joined(mine) for person_id, mine in after.items()})


def person_becomes(connection: Connection, person_id: UUID, wanted: Sequence[Wanted]) -> Change:
    """The change after which a person's stays are exactly the wanted ones. Raises InvalidError."""
    _check(connection, wanted)
    return Change(of_people(connection, [person_id]), {person_id: stays.joined(one.stay for one in wanted)})


def save(connection: Connection, change: Change) -> None:
    """Carry a change out."""
    changed = change.changed
    rows = [
        (person_id, stay.start, stay.end, stay.team_id) for person_id in changed for stay in change.after[person_id]
    ]
    teams.replace_stays(connection, changed, rows)


def effect(connection: Connection, change: Change, now: datetime) -> Effect:
    """What a change of stays would do."""
    moved = {person_id: (change.before[person_id], change.after[person_id]) for person_id in change.changed}
    accounts = {key: moved[person_id] for key, person_id in assigned.accounts_of(connection, moved).items()}
    found = effect_on_accounts(connection, accounts, now)
    found.people = len(moved)
    for before, after in moved.values():
        found.teams.setdefault(stays.team_at(before, now), Moved()).people_before += 1
        found.teams.setdefault(stays.team_at(after, now), Moved()).people_after += 1
    return found


def effect_on_accounts(
    connection: Connection, accounts: Mapping[AccountKey, tuple[list[Stay], list[Stay]]], now: datetime
) -> Effect:
    """What it would do to their work items if accounts' owners had other stays: `(before, after)` each.

    An item moves where it was created, or where it was resolved (now, if it is not), in another team than before.
    """
    found = Effect(accounts=len(accounts))
    into: Counter[UUID | None] = Counter()
    out_of: Counter[UUID | None] = Counter()
    for key, created_at, resolved_at in assigned.items_of(connection, accounts):
        before, after = accounts[key]
        places = [(stays.team_at(before, at), stays.team_at(after, at)) for at in (created_at, resolved_at or now)]
        if all(old == new for old, new in places):
            continue
        found.work_items += 1
        out_of.update({old for old, new in places if old != new})
        into.update({new for old, new in places if old != new})
    for team_id in {*into, *out_of}:
        mine = found.teams.setdefault(team_id, Moved())
        mine.work_items_in, mine.work_items_out = into[team_id], out_of[team_id]
    return found


def _check(connection: Connection, wanted: Sequence[Wanted]) -> None:
    known = people.living(connection, {one.person_id for one in wanted})
    there = teams.parents(connection)
    seen: dict[UUID, list[Wanted]] = {}
    for one in wanted:
        if one.person_id not in known:
            raise InvalidError.at([*one.loc, "person_id"], "There is no person with this id.")
        if one.stay.team_id not in there:
            raise InvalidError.at([*one.loc, "team_id"], "There is no team with this id.")
        if one.stay.end is not None and one.stay.end <= one.stay.start:
            raise InvalidError.at([*one.loc, "to"], "The membership ends before it starts: 'to' must lie after 'from'.")
        mine = seen.setdefault(one.person_id, [])
        if any(stays.clash([one.stay, other.stay]) for other in mine):
            raise InvalidError.at(
                list(one.loc), "It overlaps another membership of this person: nobody is in two teams at once."
            )
        mine.append(one)


def _span(stay: Stay) -> str:
    start = "from always" if stay.start == stays.ALWAYS else f"from {stay.start:%Y-%m-%dT%H:%M:%SZ}"
    return start if stay.end is None else f"{start} to {stay.end:%Y-%m-%dT%H:%M:%SZ}"
