"""Joins the accounts of one human: by the address that their tools know, and by what somebody said.

Bots, apps and whoever somebody called automation are never joined, and nobody is joined by name alone. An address
that two accounts of one source share joins neither of them. A join stays when an account's address goes, or turns
into one that nobody else has: the vendor's id is still the same. What somebody said stands above all of it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from uuid import UUID, uuid4

from sqlalchemy import Connection, RowMapping

from app.core.db import Database
from app.ingest import directory
from app.ingest.addresses import address_of
from app.store import joins, people, teams, version
from app.store.joins import AccountKey

ABOUT_PEOPLE = ("accounts", "people")
"""The record types after which there may be something to join."""


@dataclass(slots=True)
class Settled:
    """What joining changed: `(account, person, how)` joined, accounts whose join was undone, new people."""

    joined: list[tuple[AccountKey, UUID, str]] = field(default_factory=list)
    undone: list[AccountKey] = field(default_factory=list)
    made: list[tuple[UUID, str | None, str | None, str]] = field(default_factory=list)
    conflicts: list[tuple[AccountKey, bool]] = field(default_factory=list)


def settle(db: Database, *, zone: tzinfo, now: datetime) -> bool:
    """Join what can be joined now, in one pass over all accounts; whether an answer can have changed.

    Dates of directories are midnights of the zone.
    """
    with db.write() as connection:
        people.hold(connection)
        changed = settle_within(connection, zone=zone, now=now)
        if changed:
            version.bump(connection, now)
    return changed


def settle_within(connection: Connection, *, zone: tzinfo, now: datetime) -> bool:
    """The same in a transaction that holds `people.hold`; the data version is the caller's."""
    joins.lock_sources(connection)
    told = directory.read(connection, zone=zone, now=now)
    accounts = sorted(joins.accounts(connection), key=_key)
    active = joins.active(connection)
    known = people.every(connection)
    done = decide(accounts, active, joins.parted(connection), known, told.addresses)
    joins.undo(connection, [key for key in done.undone if key in active], now=now)
    joins.add_people(connection, done.made, now)
    joins.add(connection, done.joined, now=now)
    joins.set_conflicts(connection, done.conflicts)
    gone = _left_over(connection, accounts, done, known, told)
    people.remove(connection, gone)
    return bool(done.joined or done.undone or done.made or gone or told.changed)


def decide(
    accounts: Iterable[RowMapping],
    active: Mapping[AccountKey, str],
    parted: set[AccountKey],
    known: Iterable[RowMapping],
    addresses: Mapping[str, UUID],
) -> Settled:
    """What has to be joined and undone. `accounts` come in the order of their keys, `addresses` from directories."""
    accounts = list(accounts)
    shared = Counter((row["source_id"], address_of(row["email"])) for row in accounts if is_human(row))
    owners = _owners(accounts, active, shared)
    owners |= addresses
    owners |= {row["email"]: row["id"] for row in known if row["email"]}
    done = Settled()
    for row in accounts:
        key, address = _key(row), address_of(row["email"])
        conflict = address is not None and is_human(row) and shared[row["source_id"], address] > 1
        if conflict != row["conflict"]:
            done.conflicts.append((key, conflict))
        if _by_somebody(row, active) or (key in parted and row["person_id"] is None):
            continue
        if not is_human(row) or conflict:
            if row["person_id"] is not None:
                done.undone.append(key)
            continue
        if address is None:
            continue
        owner = owners.get(address)
        if owner is None:
            owner = owners[address] = uuid4()
            done.made.append((owner, row["display_name"], address, "account"))
        if owner != row["person_id"]:
            if row["person_id"] is not None:
                done.undone.append(key)
            done.joined.append((key, owner, "directory" if addresses.get(address) == owner else "email"))
    return done


def _owners(
    accounts: Iterable[RowMapping],
    active: Mapping[AccountKey, str],
    shared: Mapping[tuple[UUID, str | None], int],
) -> dict[str, UUID]:
    """Whose each address is by the accounts that are joined; somebody's word comes first."""
    owners: dict[str, UUID] = {}
    for row in sorted(accounts, key=lambda row: not _by_somebody(row, active)):
        address = address_of(row["email"])
        if address and row["person_id"] is not None and shared.get((row["source_id"], address), 0) == 1:
            owners.setdefault(address, row["person_id"])
    return owners


def is_human(account: RowMapping) -> bool:
    """Whether it can be joined by itself: a human's by the tool's word, and nobody called it automation."""
    return account["kind"] == "human" and account["automation_override"] is not True


def _by_somebody(account: RowMapping, active: Mapping[AccountKey, str]) -> bool:
    """Whether its person is somebody's word."""
    if account["person_id"] is None:
        return False
    return active.get(_key(account), "admin") == "admin"


def _left_over(
    connection: Connection,
    accounts: Iterable[RowMapping],
    done: Settled,
    known: Iterable[RowMapping],
    told: directory.Directory,
) -> list[UUID]:
    """People who were known from accounts alone, and have none any more."""
    holds = {_key(row): row["person_id"] for row in accounts}
    holds |= dict.fromkeys(done.undone)
    holds |= {key: person_id for key, person_id, _ in done.joined}
    needed = {*holds.values(), *told.named}
    idle = [
        row["id"]
        for row in known
        if row["made_by"] == "account" and row["erased_at"] is None and row["id"] not in needed
    ]
    if not idle:
        return []
    placed = teams.with_stays(connection)
    return [person_id for person_id in idle if person_id not in placed]


def _key(account: RowMapping) -> AccountKey:
    return account["source_id"], account["external_id"]
