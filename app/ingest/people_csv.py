"""People, teams and memberships as CSV: what a line says, checked against what is there. A bad line spoils no other."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from itertools import islice
from typing import Annotated, Any, ClassVar
from uuid import UUID

import msgspec
from msgspec import Meta
from sqlalchemy import Connection, RowMapping

from app.core.crypto import Keyring
from app.core.db import Database
from app.ingest import directory, erasure, lines, stays
from app.ingest.addresses import address_of
from app.ingest.lines import Line
from app.ingest.membership import of_people
from app.ingest.push import Pushed
from app.ingest.rows import LATEST
from app.ingest.stays import ALWAYS, Stay
from app.store import people, teams
from connectors.kit.records import Instant, Record

AT_ONCE = 2_000
_Cell = Annotated[str, Meta(max_length=320)]
_Name = Annotated[str, Meta(max_length=200)]


class LineError(Exception):
    """What is wrong with a line, and in which column."""

    def __init__(self, column: str | None, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


class PersonLine(Record, frozen=True, kw_only=True):
    """A person: found by `id`, else by `email`, else new."""

    record_type: ClassVar[str] = "people"
    id: UUID | None = None
    name: _Name | None = None
    email: _Cell | None = None


class TeamLine(Record, frozen=True, kw_only=True):
    """A team: found by `id`, else by `name`, else new; `parent` is a name or an id."""

    record_type: ClassVar[str] = "teams"
    id: UUID | None = None
    name: _Name | None = None
    parent: _Cell | None = None


class MemberLine(Record, frozen=True, kw_only=True):
    """A membership: `person` is an id or an address, `team` a name or an id."""

    record_type: ClassVar[str] = "memberships"
    person: _Cell
    team: _Cell
    since: Instant | date | None = msgspec.field(default=None, name="from")
    until: Instant | date | None = msgspec.field(default=None, name="to")


@dataclass(slots=True)
class People:
    """Takes lines about people."""

    keyring: Keyring
    now: datetime
    _seen: set[object] = field(default_factory=set)
    _emails: dict[UUID, str | None] = field(default_factory=dict)
    _names: dict[UUID, str | None] = field(default_factory=dict)
    _by_email: dict[str, UUID] = field(default_factory=dict)

    def load(self, connection: Connection) -> None:
        """Look at who is there."""
        living = [row for row in people.every(connection) if row["erased_at"] is None]
        self._emails = {row["id"]: row["email"] for row in living}
        self._names = {row["id"]: row["name"] for row in living}
        self._by_email = {row["email"]: row["id"] for row in living if row["email"]}

    def take(self, connection: Connection, line: Any) -> bool:
        """Carry a line out; whether anything changed. Raises LineError."""
        name, text = _text(line.name), _text(line.email)
        email = address_of(text)
        if text is not None and email is None:
            raise LineError("email", "This is not an e-mail address.")
        if line.id is None and (name is None or email is None):
            raise LineError("name" if name is None else "email", "A person needs a name and an address, or a known id.")
        person_id = self._by_email.get(email or "") if line.id is None else line.id
        if line.id is not None and line.id not in self._emails:
            raise LineError("id", "There is no person with this id.")
        if email is not None and self._by_email.get(email, person_id) != person_id:
            raise LineError("email", "Another person has this address.")
        for key in {person_id, email} - {None}:
            if key in self._seen:
                raise LineError(None, "An earlier line is about the same person.")
        self._seen |= {person_id, email} - {None}
        return self._save(connection, person_id, name, email)

    def _save(self, connection: Connection, person_id: UUID | None, name: str | None, email: str | None) -> bool:
        if person_id is None:
            if email is not None and erasure.is_erased_address(connection, self.keyring, email):
                raise LineError("email", "The person with this address was erased, and must not come back.")
            people.add(connection, name=name, email=email, made_by="admin", now=self.now)
            return True
        changes = {"name": name or self._names[person_id], "email": email or self._emails[person_id]}
        if (changes["name"], changes["email"]) == (self._names[person_id], self._emails[person_id]):
            return False
        people.change(connection, person_id, {**changes, "made_by": "admin"})
        return True


@dataclass(slots=True)
class Teams:
    """Takes lines about teams."""

    now: datetime
    _seen: set[UUID] = field(default_factory=set)
    _names: dict[UUID, str] = field(default_factory=dict)
    _above: dict[UUID, UUID | None] = field(default_factory=dict)

    def load(self, connection: Connection) -> None:
        """Look at what is there."""
        self._names, self._above = teams.names(connection), teams.parents(connection)

    def take(self, connection: Connection, line: Any) -> bool:
        """Carry a line out; whether anything changed. Raises LineError."""
        name, parent = _text(line.name), _text(line.parent)
        if line.id is None and name is None:
            raise LineError("name", "A team needs a name.")
        if line.id is not None and line.id not in self._names:
            raise LineError("id", "There is no team with this id.")
        by_name = {known: team_id for team_id, known in self._names.items()}
        team_id = by_name.get(name or "") if line.id is None else line.id
        if name is not None and by_name.get(name, team_id) != team_id:
            raise LineError("name", "Another team has this name.")
        if team_id in self._seen:
            raise LineError(None, "An earlier line is about the same team.")
        parent_id = None if parent is None else _team(self._names, parent, "parent")
        if team_id is not None and parent_id is not None and team_id in teams.line(self._above, parent_id):
            raise LineError("parent", "A team cannot be below itself.")
        if team_id is None:
            team_id = teams.add(connection, name=name or "", parent_id=parent_id, now=self.now)
            changed = True
        else:
            after = {"name": name or self._names[team_id], "parent_id": parent_id or self._above[team_id]}
            changed = after != {"name": self._names[team_id], "parent_id": self._above[team_id]}
            if changed:
                teams.change(connection, team_id, after)
        self._seen.add(team_id)
        self._names[team_id] = name or self._names[team_id]
        self._above[team_id] = parent_id or self._above.get(team_id)
        return changed


@dataclass(slots=True)
class Members:
    """Takes lines about memberships. With `move` a line cuts the stays in other teams that it overlaps."""

    zone: tzinfo
    move: bool = False
    _names: dict[UUID, str] = field(default_factory=dict)
    _people: dict[str, UUID] = field(default_factory=dict)
    _stays: dict[UUID, list[Stay]] = field(default_factory=dict)

    def load(self, connection: Connection) -> None:
        """Look at what is there."""
        living = [row for row in people.every(connection) if row["erased_at"] is None]
        self._names = teams.names(connection)
        self._people = {str(row["id"]): row["id"] for row in living}
        self._people |= {row["email"]: row["id"] for row in living if row["email"]}
        self._stays = of_people(connection, [row["id"] for row in living])

    def take(self, connection: Connection, line: Any) -> bool:
        """Carry a line out; whether anything changed. Raises LineError."""
        who = (_text(line.person) or "").lower()
        person_id = self._people.get(who)
        if person_id is None:
            raise LineError("person", "There is no person with this id or address.")
        team_id = _team(self._names, _text(line.team) or "", "team")
        start, end = self._instant(line.since, "from") or ALWAYS, self._instant(line.until, "to")
        if end is not None and end <= start:
            raise LineError("to", "The membership ends before it starts.")
        stay, mine = Stay(start, end, team_id), self._stays[person_id]
        other = next((one for one in mine if one.team_id != team_id and one.meets(stay)), None)
        if other is not None and not self.move:
            raise LineError("from", f"The person is in team '{self._names[other.team_id]}' at that time.")
        after = stays.placed(mine, stay)
        if after == mine:
            return False
        rows = [(person_id, one.start, one.end, one.team_id) for one in after]
        teams.replace_stays(connection, [person_id], rows)
        self._stays[person_id] = after
        return True

    def _instant(self, value: datetime | date | None, column: str) -> datetime | None:
        if value is None:
            return None
        try:
            at = directory.moment(value.isoformat(), self.zone)
        except OverflowError:
            at = None
        if at is None or not ALWAYS <= at < LATEST:
            raise LineError(column, f"It must lie between {ALWAYS:%Y} and {LATEST:%Y}.")
        return at


Taker = People | Teams | Members
_KINDS: Mapping[type[Any], type[Record]] = {People: PersonLine, Teams: TeamLine, Members: MemberLine}


def import_lines(db: Database, body: Iterable[bytes], taker: Taker, *, bump: Callable[[Connection], object]) -> Pushed:
    """Carry lines out, `AT_ONCE` a transaction; all of it is durable when this returns.

    `bump` is called in each transaction that changed something. Raises InvalidError for a wrong header.
    """
    read = lines.csv_rows(body, _KINDS[type(taker)])
    pushed = Pushed()
    while batch := list(islice(read, AT_ONCE)):
        with db.write() as connection:
            people.hold(connection)
            taker.load(connection)
            changed = _carried_out(connection, batch, taker, pushed)
            if changed:
                bump(connection)
    return pushed


def _carried_out(connection: Connection, batch: Iterable[Line], taker: Taker, pushed: Pushed) -> bool:
    changed = False
    for line in batch:
        if not isinstance(line.content, Record):
            pushed.rejected.append({"line": line.number, "errors": line.content})
            continue
        try:
            done = taker.take(connection, line.content)
        except LineError as error:
            place = [] if error.column is None else [error.column]
            pushed.rejected.append({"line": line.number, "errors": [{"loc": place, "msg": error.reason}]})
            continue
        changed = changed or done
        pushed.accepted += done
        pushed.unchanged += not done
    return changed


def people_rows(rows: Iterable[RowMapping]) -> Iterator[dict[str, Any]]:
    """People as lines."""
    return ({"id": str(row["id"]), "name": row["name"], "email": row["email"]} for row in rows)


def team_rows(rows: Iterable[RowMapping], names: Mapping[UUID, str]) -> list[dict[str, Any]]:
    """Teams as lines, each behind the one above it."""
    every = {row["id"]: row for row in rows}
    above = {team_id: row["parent_id"] for team_id, row in every.items()}
    ordered = sorted(every.values(), key=lambda row: (len(teams.line(above, row["id"])), row["name"]))
    return [{"id": str(row["id"]), "name": row["name"], "parent": names.get(row["parent_id"])} for row in ordered]


def member_rows(rows: Iterable[RowMapping]) -> Iterator[dict[str, Any]]:
    """Memberships as lines; a person without an address is named by id."""
    for row in rows:
        start = None if row["valid_from"] <= ALWAYS else _written(row["valid_from"])
        end = None if row["valid_to"] is None else _written(row["valid_to"])
        yield {"person": row["email"] or str(row["person_id"]), "team": row["team_name"], "from": start, "to": end}


def _written(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _team(names: Mapping[UUID, str], text: str, column: str) -> UUID:
    found = next((team_id for team_id, name in names.items() if text in (name, str(team_id))), None)
    if found is None:
        raise LineError(column, "There is no team of this name or id; an earlier line may make it.")
    return found


def _text(cell: str | None) -> str | None:
    """A cell's text; None for an empty one."""
    text = (cell or "").strip()
    return text.replace("\x00", "") or None
