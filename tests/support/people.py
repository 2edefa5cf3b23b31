"""People and teams for tests, written as an admin's choices would leave them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import insert, update

from app.core.db import Database
from app.core.types import EPOCH
from app.models.facts import data_version
from app.models.people import account, person, team, team_member
from tests.support.rows import NAMESPACE

ALWAYS = EPOCH


def team_id(name: str) -> UUID:
    """The id of the team with this name."""
    return uuid5(NAMESPACE, f"teams/{name}")


def add_team(db: Database, name: str, above: str | None = None) -> UUID:
    """A team, under another one or none."""
    identity = uuid5(NAMESPACE, f"teams/{name}")
    parent = None if above is None else uuid5(NAMESPACE, f"teams/{above}")
    with db.write() as connection:
        connection.execute(insert(team).values(id=identity, name=name, parent_id=parent, created_at=EPOCH))
    return identity


def add_person(
    db: Database,
    name: str,
    accounts: Sequence[tuple[UUID, str]] = (),
    stays: Sequence[tuple[str, datetime, datetime | None]] = (),
) -> UUID:
    """A person with accounts `(source, external_id)` and stays in teams `(team, from, to)`."""
    identity = uuid5(NAMESPACE, f"people/{name}")
    with db.write() as connection:
        connection.execute(insert(person).values(id=identity, name=name, created_at=EPOCH))
        for source_id, external_id in accounts:
            connection.execute(
                update(account)
                .where(account.c.source_id == source_id, account.c.external_id == external_id)
                .values(person_id=identity)
            )
        for name_of_team, since, until in stays:
            connection.execute(
                insert(team_member).values(
                    person_id=identity, team_id=uuid5(NAMESPACE, f"teams/{name_of_team}"), valid_from=since,
                    valid_to=until,
                )
            )  # fmt: skip
        connection.execute(update(data_version).values(version=data_version.c.version + 1))
    return identity
