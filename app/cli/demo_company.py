"""What the demo's company says of itself: who is in which team, what people answer, what its tools cost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app.cli.demo_sources import DIRECTORY
from app.cli.session import Session
from app.core.db import Database
from app.ingest import identity
from app.ingest.push import push
from app.store import annotations, joins, mappings, teams, tools, version
from app.store import people as people_store
from connectors.kit.organisation import Organisation, generate, instant, milliseconds
from connectors.kit.organisation.directory import accounts, departments, people
from connectors.kit.organisation.events import events
from connectors.kit.organisation.meetings import days
from connectors.kit.organisation.surveys import answers
from connectors.kit.records import Record

_ADMIN = "demo"
"""Who did what an admin does."""
_MEANT = {"doing": "active", "todo": "todo", "done": "done"}
"""What a tool's own category says where nobody says more."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What a tool costs: seats bought for so many people in a hundred, and euros a seat and month."""

    seats: float
    price: float


_CONTRACTS = {
    "jira": Contract(1.0, 7.5),
    "asana": Contract(1.25, 12.5),
    "slack": Contract(1.0, 8.25),
    "mixpanel": Contract(0.75, 20.0),
}


def company(seed: int, number: int, generated_at: datetime) -> Organisation:
    """The people of the demo without their work, which only the sandboxes need to know."""
    return generate(seed=seed, end=generated_at, items=0, people=number)


def tell(session: Session, db: Database, source_id: UUID, facts: Organisation) -> None:
    """Push the directory, the answers and the meetings until now; what the store has already changes nothing."""
    now = session.clock.now()
    at = milliseconds(now)
    batches: tuple[Sequence[Record], ...] = (
        people(facts, at),
        accounts(facts, at),
        answers(facts, at, language=session.settings.locale),
        days(facts, at),
    )
    keyring = session.settings.keyring()
    for records in batches:
        if not records:
            continue
        body = _lines(records)
        pushed = push(db, source_id, records[0].record_type, body, form="ndjson", keyring=keyring, now=now)
        if pushed.rejected:
            session.fail(f"The store refuses the demo's own records: {pushed.rejected[0]}.", "Report it.", code=1)
    identity.settle(db, zone=session.settings.zone, now=now)


def tell_once(session: Session, db: Database, jira: UUID, facts: Organisation) -> None:
    """Say what only an admin knows: what statuses mean, which teams form a department, costs, and what happened."""
    now = session.clock.now()
    staff = sum(one.kind == "human" for one in facts.accounts.values())
    with db.write() as connection:
        for status in facts.statuses.values():
            if status.meaning != _MEANT[status.stage]:
                mappings.set_status(connection, jira, status.id, "", status.meaning)
        ids = {name: team_id for team_id, name in teams.names(connection).items()}
        for department, members in departments(facts).items():
            above = ids.get(department) or teams.add(connection, name=department, parent_id=None, now=now)
            for team in members:
                if team.name in ids:
                    teams.change(connection, ids[team.name], {"parent_id": above})
        for tool, contract in _CONTRACTS.items():
            values = {
                "seats_bought": round(staff * contract.seats),
                "seat_price": contract.price,
                "currency": "EUR",
                "freshness_hours": 24.0,
            }
            tools.put(connection, tool, values, now)
        tools.put(connection, DIRECTORY, {"in_catalogue": False}, now)
        for values, tags in _annotations(facts, now, session.settings.locale):
            annotations.create(connection, values, tags)
        version.bump(connection, now)


def join_accounts(session: Session, db: Database) -> None:
    """Join what no address joins, as an admin would who knows everybody: people with another address in a tool.

    Accounts without an address stay nobody's, and the share of them is a number to look at.
    """
    now = session.clock.now()
    with db.write() as connection:
        people_store.hold(connection)
        known = people_store.every(connection)
        colleagues = {_login(row["email"]): row["id"] for row in known if row["made_by"] == "directory"}
        for row in joins.accounts(connection):
            person_id = colleagues.get(_login(row["email"]))
            if person_id is None or person_id == row["person_id"] or not identity.is_human(row):
                continue
            key = (row["source_id"], row["external_id"])
            if row["person_id"] is not None:
                joins.part(connection, key, row["person_id"], now=now, actor=_ADMIN)
            joins.add(connection, [(key, person_id, "admin")], now=now, actor=_ADMIN)
        identity.settle_within(connection, zone=session.settings.zone, now=now)
        version.bump(connection, now)


def _login(address: str | None) -> str | None:
    """What stands before the @, without a tag: at this company it tells who somebody is."""
    return address.partition("@")[0].partition("+")[0].lower() if address else None


def _annotations(facts: Organisation, now: datetime, language: Any) -> Iterable[tuple[dict[str, Any], Sequence[str]]]:
    for event in events(facts, milliseconds(now)):
        values = {
            "starts_at": instant(event.at),
            "ends_at": None if event.until is None else instant(event.until),
            "title": event.title[language],
            "text": event.text[language],
            "created_by": _ADMIN,
            "created_at": now,
        }
        yield values, event.tags


def _lines(records: Iterable[Record]) -> Iterable[bytes]:
    encoder = msgspec.json.Encoder()
    return (encoder.encode(record) + b"\n" for record in records)
