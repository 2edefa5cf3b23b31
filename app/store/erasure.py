"""What erasing a person needs: the keyed hashes of what must not come back, and another name for a vendor's id."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, Text, cast, delete, func, or_, select, update

from app.models.access import audit
from app.models.communication import channel, conversation, meeting_day, survey_response
from app.models.facts import fact_code
from app.models.people import (
    account,
    account_join,
    erased_address,
    erased_id,
    erasure_key,
    person,
    person_record,
)
from app.models.sync import reject
from app.models.usage import item_activity, seat, usage_day
from app.models.work import transition, work_item
from app.store.upsert import upsert

ACCOUNT_COLUMNS: tuple[Column[Any], ...] = (
    work_item.c.assignee,
    work_item.c.creator,
    transition.c.actor,
    usage_day.c.account,
    seat.c.account,
    survey_response.c.account,
    conversation.c.started_by,
    conversation.c.first_reply_by,
    meeting_day.c.account,
    account_join.c.account,
)
"""Every text that names an account by the vendor's id, beside the account itself and its code."""


def sealed_key(connection: Connection) -> bytes | None:
    """The sealed key of the hashes, once anything was erased."""
    return connection.execute(select(erasure_key.c.sealed)).scalar_one_or_none()


def set_sealed_key(connection: Connection, sealed: bytes) -> None:
    """Store the sealed key of the hashes."""
    upsert(connection, erasure_key, ("id", "sealed"), [(1, sealed)])


def erased_ids(connection: Connection, source_id: UUID) -> set[bytes]:
    """The hashes of the ids of a source that must not come back."""
    query = select(erased_id.c.digest).where(erased_id.c.source_id == source_id)
    return {bytes(digest) for digest in connection.execute(query).scalars()}


def erased_addresses(connection: Connection) -> set[bytes]:
    """The hashes of the addresses that must not come back."""
    return {bytes(digest) for digest in connection.execute(select(erased_address.c.digest)).scalars()}


def remember(connection: Connection, ids: Collection[tuple[UUID, bytes]], addresses: Collection[bytes]) -> None:
    """Keep the hashes of ids, `(source, hash)`, and of addresses."""
    upsert(connection, erased_id, ("source_id", "digest"), ids)
    upsert(connection, erased_address, ("digest",), [(digest,) for digest in addresses])


def accounts(connection: Connection) -> list[Any]:
    """`(source_id, external_id, email, person_id)` of every account with an address."""
    of = account.c
    query = select(of.source_id, of.external_id, of.email, of.person_id).where(of.email.is_not(None))
    return list(connection.execute(query))


def records_of(connection: Connection, person_id: UUID) -> list[Any]:
    """`(source_id, external_id, email)` of what directories say of a person."""
    of = person_record.c
    query = select(of.source_id, of.external_id, of.email).where(of.person_id == person_id)
    return list(connection.execute(query))


def forget_person(connection: Connection, person_id: UUID, now: datetime) -> None:
    """Take a person's name and address, and what directories say of the person."""
    connection.execute(delete(person_record).where(person_record.c.person_id == person_id))
    connection.execute(update(person).where(person.c.id == person_id).values(name=None, email=None, erased_at=now))


def rename_account(connection: Connection, source_id: UUID, old: str, new: str, new_id: UUID) -> None:
    """Take an account's name, address and ids, wherever they occur, and put a pseudonym in their place.

    The caller holds `sources.lock`. Comments of surveys go too: who wrote them may be told by their words.
    """
    mine = (account.c.source_id == source_id, account.c.external_id == old)
    old_id = connection.execute(select(account.c.id).where(*mine)).scalar_one_or_none()
    if old_id is not None:
        target = audit.c.target == f"account:{old_id}"
        connection.execute(update(audit).where(target).values(target=f"account:{new_id}"))
    values = {"external_id": new, "id": new_id, "display_name": None, "email": None, "conflict": False}
    connection.execute(update(account).where(*mine).values(values))
    answers = survey_response.c
    connection.execute(
        update(survey_response).where(answers.source_id == source_id, answers.account == old).values(comment=None)
    )
    for column in ACCOUNT_COLUMNS:
        table: Any = column.table
        connection.execute(
            update(table).where(table.c.source_id == source_id, column == old).values({column.name: new})
        )
    code = fact_code.c
    is_code = (code.dimension == "account", code.source_id == source_id, code.external_id == old)
    connection.execute(update(fact_code).where(*is_code).values(external_id=new))
    for held in _JSON:
        _rewrite(connection, held, source_id, old, new)


def forget_rejects(connection: Connection, source_id: UUID, words: Collection[str]) -> None:
    """Delete what was set aside of a source, if it holds one of the words as a whole text."""
    raw = cast(reject.c.raw, Text)
    for word in words:
        holds = or_(reject.c.external_id == word, func.lower(raw).contains(_quoted(word.lower()), autoescape=True))
        connection.execute(delete(reject).where(reject.c.source_id == source_id, holds))


def _rewrite(connection: Connection, held: "_Held", source_id: UUID, old: str, new: str) -> None:
    table: Any = held.column.table
    mine = table.c.source_id == source_id
    holds: ColumnElement[bool] = cast(held.column, Text).contains(_quoted(old), autoescape=True)
    for key, value in connection.execute(select(held.key, held.column).where(mine, holds)).all():
        statement = update(table).where(mine, held.key == key)
        connection.execute(statement.values({held.column.name: held.rename(value, old, new)}))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _in_list(value: list[Any], old: str, new: str) -> list[Any]:
    return [new if one == old else one for one in value]


def _in_marks(value: list[Mapping[str, Any]], old: str, new: str) -> list[Any]:
    return [{**mark, "by": new} if mark.get("by") == old else mark for mark in value]


def _in_shares(value: list[list[Any]], old: str, new: str) -> list[Any]:
    return [[new if share[0] == old else share[0], *share[1:]] for share in value]


@dataclass(frozen=True, slots=True)
class _Held:
    """A JSON column that names accounts, the key of its rows, and how a name in it is replaced."""

    column: Column[Any]
    key: Column[Any]
    rename: Callable[[Any, str, str], Any]


_JSON = (
    _Held(channel.c.members, channel.c.external_id, _in_list),
    _Held(conversation.c.participants, conversation.c.external_id, _in_list),
    _Held(conversation.c.marks, conversation.c.external_id, _in_marks),
    _Held(item_activity.c.days, item_activity.c.work_item, _in_shares),
)
