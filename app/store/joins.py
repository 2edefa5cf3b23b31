"""Whose account it is: what joining looks at, and what it writes down."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, RowMapping, and_, bindparam, false, func, insert, or_, select, update

from app.models.people import account, account_join, person, person_record
from app.models.source import source
from app.store.upsert import upsert

AccountKey = tuple[UUID, str]
"""(source, the vendor's id)"""


def lock_sources(connection: Connection) -> None:
    """Keep every sync and push from writing until the transaction ends, in one order for all who wait."""
    connection.execute(select(source.c.id).order_by(source.c.id).with_for_update(key_share=True)).all()


def accounts(connection: Connection) -> list[RowMapping]:
    """What joining looks at of every account."""
    of = account.c
    columns = (of.source_id, of.external_id, of.display_name, of.email, of.kind, of.automation_override, of.person_id,
               of.conflict)  # fmt: skip
    return list(connection.execute(select(*columns)).mappings())


def records(connection: Connection) -> list[RowMapping]:
    """What directories say of people."""
    query = select(person_record).order_by(person_record.c.source_id, person_record.c.external_id)
    return list(connection.execute(query).mappings())


def active(connection: Connection) -> dict[AccountKey, str]:
    """How each account was joined whose join holds: email, directory or admin."""
    of = account_join.c
    query = select(of.source_id, of.account, of.how).where(of.undone_at.is_(None))
    return {(source_id, external_id): how for source_id, external_id, how in connection.execute(query)}


def parted(connection: Connection) -> set[AccountKey]:
    """The accounts that somebody took from a person at some time."""
    of = account_join.c
    query = select(of.source_id, of.account).where(of.undone_by.is_not(None)).distinct()
    return {(source_id, external_id) for source_id, external_id in connection.execute(query)}


def add(
    connection: Connection,
    joins: Iterable[tuple[AccountKey, UUID, str]],
    *,
    now: datetime,
    actor: str | None = None,
) -> None:
    """Write down and carry out joins: `(account, person, how)`."""
    every = sorted(joins)
    rows = [(uuid4(), *key, person_id, how, actor, now) for key, person_id, how in every]
    columns = ("id", "source_id", "account", "person_id", "how", "joined_by", "at")
    upsert(connection, account_join, columns, rows)
    _set(connection, account, "person_id", [(key, person_id) for key, person_id, _ in every])


def undo(connection: Connection, keys: Iterable[AccountKey], *, now: datetime, actor: str | None = None) -> None:
    """Undo the joins of accounts that have one that holds, and leave them without a person."""
    every = sorted(keys)
    if not every:
        return
    statement = (
        update(account_join)
        .where(
            account_join.c.source_id == bindparam("a_source"),
            account_join.c.account == bindparam("an_account"),
            account_join.c.undone_at.is_(None),
        )
        .values(undone_at=now, undone_by=actor)
    )
    connection.execute(
        statement, [{"a_source": source_id, "an_account": account_id} for source_id, account_id in every]
    )
    _set(connection, account, "person_id", [(key, None) for key in every])


def part(connection: Connection, key: AccountKey, person_id: UUID, *, now: datetime, actor: str) -> None:
    """Undo an account's join by somebody's word; one that was never written down is written down first."""
    of = account_join.c
    query = select(of.id).where(of.source_id == key[0], of.account == key[1], of.undone_at.is_(None))
    if connection.execute(query).first() is None:
        values = {
            "id": uuid4(),
            "source_id": key[0],
            "account": key[1],
            "person_id": person_id,
            "how": "admin",
            "at": now,
        }
        connection.execute(insert(account_join).values(values))
    undo(connection, [key], now=now, actor=actor)


def set_conflicts(connection: Connection, conflicts: Iterable[tuple[AccountKey, bool]]) -> None:
    """Say of accounts whether their address tells them from the others of their source."""
    _set(connection, account, "conflict", sorted(conflicts))


def set_records(connection: Connection, applied: Iterable[tuple[AccountKey, UUID, str]]) -> None:
    """Note whom a directory's record is about, and what was made of it."""
    every = sorted(applied)
    _set(connection, person_record, "person_id", [(key, person_id) for key, person_id, _ in every])
    _set(connection, person_record, "applied", [(key, text) for key, _, text in every])


def add_people(connection: Connection, rows: Sequence[tuple[UUID, str | None, str | None, str]], now: datetime) -> None:
    """Store new people: `(id, name, email, made_by)`."""
    columns = ("id", "name", "email", "made_by", "created_at")
    upsert(connection, person, columns, [(*row, now) for row in rows])


def coverage(connection: Connection) -> list[RowMapping]:
    """By source: `id, name, humans, without_person, conflicts` of the accounts that are no machine's."""
    of = account.c
    human = and_(of.kind == "human", or_(of.automation_override.is_(None), of.automation_override.is_(false())))
    query = (
        select(
            source.c.id,
            source.c.name,
            func.count(of.external_id).label("humans"),
            func.count(of.external_id).filter(of.person_id.is_(None)).label("without_person"),
            func.count(of.external_id).filter(of.conflict).label("conflicts"),
        )
        .select_from(source.outerjoin(account, and_(of.source_id == source.c.id, human)))
        .group_by(source.c.id, source.c.name)
        .order_by(source.c.name)
    )
    return list(connection.execute(query).mappings())


def history(connection: Connection, key: AccountKey) -> list[RowMapping]:
    """Every join that an account had, the latest first."""
    of = account_join.c
    query = select(account_join).where(of.source_id == key[0], of.account == key[1])
    return list(connection.execute(query.order_by(of.at.desc(), of.id)).mappings())


def _set(connection: Connection, table: Any, column: str, values: Sequence[tuple[AccountKey, Any]]) -> None:
    if not values:
        return
    statement = (
        update(table)
        .where(table.c.source_id == bindparam("a_source"), table.c.external_id == bindparam("an_id"))
        .values({column: bindparam("a_value")})
    )
    connection.execute(statement, [{"a_source": key[0], "an_id": key[1], "a_value": value} for key, value in values])
