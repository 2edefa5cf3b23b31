"""Identities of the tools."""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, RowMapping, or_, select, update

from app.models.people import account
from app.store.listing import By, Keyset

_ORDER = Keyset(By(account.c.id))


def page(
    connection: Connection,
    *,
    limit: int,
    after: Sequence[Any] | None,
    source_id: UUID | None = None,
    kind: str | None = None,
    text: str | None = None,
    person: UUID | Literal["none"] | None = None,
    conflict: bool | None = None,
) -> tuple[list[RowMapping], list[Any] | None]:
    """Identities, by id, and where the next page begins."""
    query = select(account)
    for column, value in ((account.c.source_id, source_id), (account.c.kind, kind), (account.c.conflict, conflict)):
        if value is not None:
            query = query.where(column == value)
    if person is not None:
        query = query.where(account.c.person_id.is_(None) if person == "none" else account.c.person_id == person)
    if text:
        columns = (account.c.display_name, account.c.email, account.c.external_id)
        query = query.where(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    return _ORDER.page(connection, query, limit=limit, after=after)


def get(connection: Connection, account_id: UUID) -> RowMapping | None:
    """The identity with this id."""
    return connection.execute(select(account).where(account.c.id == account_id)).mappings().one_or_none()


def set_automation(connection: Connection, account_id: UUID, automation: bool | None) -> None:
    """Say that an account acts by itself or not; `None` leaves it to the vendor."""
    connection.execute(update(account).where(account.c.id == account_id).values(automation_override=automation))
