"""People: the humans behind accounts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, func, insert, or_, select, update

from app.models.people import account, account_join, person, person_record, team, team_member
from app.store.listing import By, Keyset

_ORDER = Keyset(By(person.c.id))
_LOCK = 4_108_221_347
_AT_ONCE = 500


def hold(connection: Connection) -> None:
    """Keep every other change of people, joins and teams out until the transaction ends. Take it first."""
    # SQLite has one writer at a time; PostgreSQL must be told.
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def here(at: datetime) -> ColumnElement[bool]:
    """Whether a stay (`team_member`) holds an instant."""
    stay = team_member.c
    return and_(stay.valid_from <= at, or_(stay.valid_to.is_(None), stay.valid_to > at))


def page(
    connection: Connection,
    *,
    limit: int,
    after: Sequence[Any] | None,
    now: datetime,
    text: str | None = None,
    teams: Collection[UUID] | None = None,
    unassigned: bool = False,
) -> tuple[list[RowMapping], list[Any] | None]:
    """People who are not erased, by id, with their team of `now`; and where the next page begins.

    `teams` and `unassigned` leave those who are in one of the teams, or in none; None leaves all.
    """
    query = _with_team(now).where(person.c.erased_at.is_(None))
    if text:
        query = query.where(
            or_(*(column.icontains(text, autoescape=True) for column in (person.c.name, person.c.email)))
        )
    if teams is not None:
        wanted = team_member.c.team_id.in_(teams)
        query = query.where(or_(wanted, team_member.c.team_id.is_(None)) if unassigned else wanted)
    return _ORDER.page(connection, query, limit=limit, after=after)


def get(connection: Connection, person_id: UUID, now: datetime) -> RowMapping | None:
    """A person who is not erased, with the team of `now`."""
    query = _with_team(now).where(person.c.id == person_id, person.c.erased_at.is_(None))
    return connection.execute(query).mappings().one_or_none()


def every(connection: Connection) -> list[RowMapping]:
    """All people, the erased included: `id, name, email, made_by, erased_at`."""
    columns = (person.c.id, person.c.name, person.c.email, person.c.made_by, person.c.erased_at)
    return list(connection.execute(select(*columns).order_by(person.c.id)).mappings())


def living(connection: Connection, ids: Collection[UUID]) -> dict[UUID, RowMapping]:
    """Those of these people who are there and not erased."""
    found: dict[UUID, RowMapping] = {}
    wanted = list(ids)
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(person).where(person.c.id.in_(wanted[start : start + _AT_ONCE]), person.c.erased_at.is_(None))
        found.update((row["id"], row) for row in connection.execute(query).mappings())
    return found


def by_email(connection: Connection, email: str) -> UUID | None:
    """Who has this address (trimmed, in lower case)."""
    return connection.execute(select(person.c.id).where(person.c.email == email).limit(1)).scalar_one_or_none()


def add(connection: Connection, *, name: str | None, email: str | None, made_by: str, now: datetime) -> UUID:
    """A new person."""
    person_id = uuid4()
    values = {"id": person_id, "name": name, "email": email, "made_by": made_by, "created_at": now}
    connection.execute(insert(person).values(values))
    return person_id


def change(connection: Connection, person_id: UUID, values: Mapping[str, Any]) -> None:
    """Change columns of a person."""
    connection.execute(update(person).where(person.c.id == person_id).values(dict(values)))


def remove(connection: Connection, people: Iterable[UUID]) -> None:
    """Delete people with their memberships; their accounts stay, without a person."""
    wanted = list(people)
    for start in range(0, len(wanted), _AT_ONCE):
        connection.execute(delete(person).where(person.c.id.in_(wanted[start : start + _AT_ONCE])))


def forget_records(connection: Connection, person_id: UUID) -> None:
    """Delete what directories say of a person, until they say it again."""
    connection.execute(delete(person_record).where(person_record.c.person_id == person_id))


def accounts_of(connection: Connection, person_id: UUID) -> list[RowMapping]:
    """The accounts of a person, with how and when each was joined."""
    active = and_(
        account_join.c.source_id == account.c.source_id,
        account_join.c.account == account.c.external_id,
        account_join.c.undone_at.is_(None),
    )
    query = (
        select(account, account_join.c.how, account_join.c.joined_by, account_join.c.at)
        .select_from(account.outerjoin(account_join, active))
        .where(account.c.person_id == person_id)
        .order_by(account.c.id)
    )
    return list(connection.execute(query).mappings())


def _with_team(now: datetime) -> Any:
    joined = person.outerjoin(team_member, and_(team_member.c.person_id == person.c.id, here(now))).outerjoin(
        team, team.c.id == team_member.c.team_id
    )
    return select(person, team.c.id.label("team_id"), team.c.name.label("team_name")).select_from(joined)
