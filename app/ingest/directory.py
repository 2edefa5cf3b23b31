"""What directories say of people: who they are, and which team they were in when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from uuid import UUID, uuid4

import orjson
from sqlalchemy import Connection, RowMapping

from app.ingest import stays
from app.ingest.addresses import address_of
from app.ingest.stays import ALWAYS, Stay
from app.store import joins, people, teams
from app.store.joins import AccountKey

Said = tuple[str | None, str | None, str | None, str | None]
"""(name, team, from, to) of a record"""


@dataclass(slots=True)
class Directory:
    """What was made of the records: the addresses that they give to people, and whether anything changed."""

    addresses: dict[str, UUID] = field(default_factory=dict)
    named: set[UUID] = field(default_factory=set)
    changed: bool = False


def read(connection: Connection, *, zone: tzinfo, now: datetime) -> Directory:
    """Make people, teams and memberships of the records that are new or changed.

    A record is about the person who has its address, else about the one that it was about before. What it says is
    carried out once: an admin's later word stands until the record itself changes. A team without `valid_from`
    was always the person's, and from now on where the record named another team before.
    """
    found = Directory()
    known = {row["id"]: row for row in people.every(connection)}
    by_address = {row["email"]: row["id"] for row in known.values() if row["email"]}
    fresh: list[tuple[UUID, str | None, str | None, str]] = []
    settled: list[tuple[AccountKey, UUID, str]] = []
    changes: list[tuple[UUID, Said | None, Said]] = []
    for record in joins.records(connection):
        address = address_of(record["email"])
        person_id = by_address.get(address) if address else None
        person_id = person_id or record["person_id"]
        if person_id is None:
            person_id = uuid4()
            fresh.append((person_id, record["name"], address, "directory"))
        if address:
            by_address.setdefault(address, person_id)
            found.addresses.setdefault(address, person_id)
        found.named.add(person_id)
        said: Said = (record["name"], record["team"], record["valid_from"], record["valid_to"])
        text = orjson.dumps(said).decode()
        if record["person_id"] != person_id or record["applied"] != text:
            settled.append(((record["source_id"], record["external_id"]), person_id, text))
            changes.append((person_id, _before(record, person_id), said))
    joins.add_people(connection, fresh, now)
    for person_id, before, said in changes:
        person = known.get(person_id)
        if person is not None and said[0] and (before is None or before[0] != said[0]):
            people.change(connection, person_id, {"name": said[0]})
    _move(connection, changes, zone=zone, now=now)
    joins.set_records(connection, settled)
    found.changed = bool(settled)
    return found


def _before(record: RowMapping, person_id: UUID) -> Said | None:
    """What was carried out of the record for this person."""
    if record["applied"] is None or record["person_id"] != person_id:
        return None
    name, team, start, end = orjson.loads(record["applied"])
    return name, team, start, end


def _move(
    connection: Connection, changes: Iterable[tuple[UUID, Said | None, Said]], *, zone: tzinfo, now: datetime
) -> None:
    moving = [(person_id, before, said) for person_id, before, said in changes if (before or said)[1:] != (None,) * 3]
    moving = [change for change in moving if change[1] is None or change[1][1:] != change[2][1:]]
    if not moving:
        return
    ids = _teams(connection, {said[1] for _, _, said in moving if said[1]}, now)
    held: dict[UUID, list[Stay]] = {person_id: [] for person_id, _, _ in moving}
    for person_id, start, end, team_id in teams.stays(connection, held):
        held[person_id].append(Stay(start, end, team_id))
    for person_id, before, said in moving:
        held[person_id] = after(held[person_id], before, said, ids, zone=zone, now=now)
    rows = [(person_id, stay.start, stay.end, stay.team_id) for person_id, mine in held.items() for stay in mine]
    teams.replace_stays(connection, held, rows)


def after(
    mine: list[Stay], before: Said | None, said: Said, ids: Mapping[str, UUID], *, zone: tzinfo, now: datetime
) -> list[Stay]:
    """A person's stays once a record has said something new. Dates are midnights of the zone."""
    _, team, start_text, end_text = said
    start, end = moment(start_text, zone), moment(end_text, zone)
    if before is not None and before[1] == team and team is not None:
        # The same stay, dated anew.
        mine = stays.without(mine, moment(before[2], zone) or ALWAYS, moment(before[3], zone), ids[team])
    elif before is not None and before[1] is not None and start is None:
        start = now
    start = start or ALWAYS
    if end is not None and end <= start:
        return mine
    if team is None:
        return stays.without(mine, start, end) if before is not None and before[1] is not None else mine
    return stays.placed(mine, Stay(start, end, ids[team]))


def moment(text: str | None, zone: tzinfo) -> datetime | None:
    """The instant of a record's date (its midnight in the zone) or instant."""
    if text is None:
        return None
    if len(text) == len("2026-01-31"):
        day = date.fromisoformat(text)
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    return datetime.fromisoformat(text).astimezone(UTC)


def _teams(connection: Connection, wanted: set[str], now: datetime) -> dict[str, UUID]:
    ids = {name: team_id for team_id, name in teams.names(connection).items()}
    for name in sorted(wanted - ids.keys()):
        ids[name] = teams.add(connection, name=name, parent_id=None, now=now)
    return ids
