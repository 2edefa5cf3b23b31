"""The work items of people, by the accounts that they are assigned to."""

from collections.abc import Collection, Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select, tuple_

from app.models.people import account
from app.models.work import work_item
from app.store.joins import AccountKey

_AT_ONCE = 500


def accounts_of(connection: Connection, people: Collection[UUID]) -> dict[AccountKey, UUID]:
    """The accounts of these people, with whose each is."""
    wanted = sorted(people)
    found: dict[AccountKey, UUID] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(account.c.source_id, account.c.external_id, account.c.person_id).where(
            account.c.person_id.in_(wanted[start : start + _AT_ONCE])
        )
        found.update(((row.source_id, row.external_id), row.person_id) for row in connection.execute(query))
    return found


def items_of(
    connection: Connection, accounts: Collection[AccountKey]
) -> Iterator[tuple[AccountKey, datetime, datetime | None]]:
    """The items, not deleted, that are assigned to these accounts: `(account, created, resolved)`."""
    wanted = sorted(accounts)
    item = work_item.c
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(item.source_id, item.assignee, item.created_at, item.resolved_at).where(
            tuple_(item.source_id, item.assignee).in_(wanted[start : start + _AT_ONCE]), item.deleted_at.is_(None)
        )
        for row in connection.execute(query):
            yield (row.source_id, row.assignee), row.created_at, row.resolved_at
