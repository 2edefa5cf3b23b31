"""`/api/v1/accounts`: identities of the tools, whose they are, and which of them act by themselves."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path, Query
from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from app.api.memberships import EffectOut, Preview, effect_out
from app.api.paging import Page, ThePage
from app.api.routing import needs, router
from app.api.schemas import Body
from app.api.service import Act, TheAct, TheService
from app.core.errors import InvalidError, NotFoundError
from app.ingest import identity, membership
from app.store import accounts, joins, people, version

routes = router("/api/v1/accounts", "accounts")
Kind = Literal["human", "bot", "app", "unknown"]
AccountId = Annotated[UUID, Path(description="An account's id.")]


class Account(BaseModel):
    """An identity in one tool."""

    id: UUID
    source_id: UUID
    external_id: str
    display_name: str | None
    email: str | None
    kind: Kind = Field(description="What the tool says that it is.")
    active: bool
    automation: bool | None = Field(
        description="An admin's word on whether it acts by itself; null leaves it to the tool."
    )
    person_id: UUID | None
    conflict: bool = Field(
        description="Another account of the source has its address, so that neither joins by itself."
    )
    listed: bool = Field(description="False once the tool's complete list lacks it.")
    created_at: datetime | None
    last_active_at: datetime | None


class Join(BaseModel):
    """That an account was found to be somebody's."""

    person_id: UUID | None = Field(description="Null once the person was deleted.")
    how: Literal["email", "directory", "admin"] = Field(description="Whose word it was.")
    at: datetime
    by: str | None = Field(description="Who said so; null: it happened by itself.")
    undone_at: datetime | None
    undone_by: str | None = Field(description="Who undid it; null: it happened by itself.")


class AccountWithJoins(Account):
    """An identity, and why it is whose it is."""

    joins: list[Join] = Field(description="The latest first.")


class AccountChange(Body):
    """What to change of an account; what is not named stays."""

    automation: bool | None = Field(default=None, description="True: acts by itself; null leaves it to the tool.")
    person_id: UUID | None = Field(
        default=None, strict=False, description="The person that it belongs to; null for none, also in the future."
    )


@routes.get("", summary="Identities of the tools", **needs("editor"))
def list_accounts(
    paging: ThePage,
    *,
    source: Annotated[UUID | None, Query(description="Only accounts of this source.")] = None,
    kind: Annotated[Kind | None, Query(description="Only accounts of this kind.")] = None,
    text: Annotated[str | None, Query(description="Only accounts with this in a name, address or id.")] = None,
    person: Annotated[
        UUID | Literal["none"] | None, Query(description="Only accounts of this person; `none`: of nobody.")
    ] = None,
    conflict: Annotated[
        bool | None, Query(description="Only accounts that share their address with another of their source, or not.")
    ] = None,
) -> Page[Account]:
    return paging.read(
        "accounts", accounts.page, _shown, source_id=source, kind=kind, text=text, person=person, conflict=conflict
    )


@routes.get("/{account_id}", summary="One identity, and why it is whose it is", **needs("editor", 404))
def read_account(account_id: AccountId, service: TheService) -> AccountWithJoins:
    with service.database.read() as connection:
        row = accounts.get(connection, account_id)
        if row is None:
            raise NotFoundError("There is no account with this id.")
        history = joins.history(connection, (row["source_id"], row["external_id"]))
    return AccountWithJoins(
        **_shown(row).model_dump(),
        joins=[Join(**join, by=join["joined_by"]) for join in history],
    )


@routes.patch(
    "/{account_id}",
    response_model=Account | EffectOut,
    summary="Say whose account it is, or that it acts by itself",
    **needs("editor", 400, 404, 413, 415),
)
def change_account(
    account_id: AccountId, body: AccountChange, acting: TheAct, service: TheService, *, preview: Preview = False
) -> Account | EffectOut:
    with acting.begin() as act:
        people.hold(act.connection)
        row = accounts.get(act.connection, account_id)
        if row is None:
            raise NotFoundError("There is no account with this id.")
        named = body.model_fields_set
        automation = body.automation if "automation" in named else row["automation_override"]
        person_id = body.person_id if "person_id" in named else row["person_id"]
        if "person_id" in named and person_id is not None:
            _check_person(act, row, person_id, automation=automation)
        elif automation is True:
            person_id = None
        if preview:
            return _effect(act, row, person_id)
        if automation != row["automation_override"]:
            accounts.set_automation(act.connection, account_id, automation)
            act.audit("account.automation", f"account:{account_id}", automation=automation)
        if person_id != row["person_id"]:
            _join(act, row, person_id, by_word="person_id" in named)
        if person_id != row["person_id"] or automation != row["automation_override"]:
            identity.settle_within(act.connection, zone=service.settings.zone, now=act.now)
            version.bump(act.connection, act.now)
        changed = accounts.get(act.connection, account_id)
    if changed is None:
        raise NotFoundError("The account was removed meanwhile.")
    return _shown(changed)


def _check_person(act: Act, row: RowMapping, person_id: UUID, *, automation: bool | None) -> None:
    if automation is True or (row["kind"] in ("bot", "app") and automation is not False):
        raise InvalidError.at(
            ["body", "person_id"], "A machine's account is no person's: say 'automation': false if it is a human's."
        )
    owners = [person_id] if row["person_id"] is None else [person_id, row["person_id"]]
    if len(people.living(act.connection, owners)) < len(set(owners)):
        raise InvalidError.at(["body", "person_id"], "There is no person with this id, or the account's was erased.")


def _join(act: Act, row: RowMapping, person_id: UUID | None, *, by_word: bool) -> None:
    key = (row["source_id"], row["external_id"])
    if row["person_id"] is not None and by_word:
        joins.part(act.connection, key, row["person_id"], now=act.now, actor=act.actor)
    elif row["person_id"] is not None:
        joins.undo(act.connection, [key], now=act.now)
    if person_id is not None:
        joins.add(act.connection, [(key, person_id, "admin")], now=act.now, actor=act.actor)
    shown = None if person_id is None else str(person_id)
    act.audit("account.join", f"account:{row['id']}", person_id=shown)


def _effect(act: Act, row: RowMapping, person_id: UUID | None) -> EffectOut:
    before, after = (
        [] if owner is None else membership.of_people(act.connection, [owner])[owner]
        for owner in (row["person_id"], person_id)
    )
    moved = {} if person_id == row["person_id"] else {(row["source_id"], row["external_id"]): (before, after)}
    return effect_out(act.connection, membership.effect_on_accounts(act.connection, moved, act.now))


def _shown(row: RowMapping) -> Account:
    return Account(**row, automation=row["automation_override"])
