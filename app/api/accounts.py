"""`/api/v1/accounts`: identities of the tools, and which of them act by themselves."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path, Query
from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from app.api.paging import Page, ThePage
from app.api.routing import needs, router
from app.api.schemas import Body
from app.api.service import TheAct
from app.core.errors import InvalidError, NotFoundError
from app.store import mappings, version

routes = router("/api/v1/accounts", "accounts")
Kind = Literal["human", "bot", "app", "unknown"]


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
    listed: bool = Field(description="False once the tool's complete list lacks it.")
    created_at: datetime | None
    last_active_at: datetime | None


class AccountChange(Body):
    """What to change of an account; what is not named stays."""

    automation: bool | None = Field(default=None, description="True: acts by itself; null leaves it to the tool.")
    person_id: UUID | None = Field(
        default=None, strict=False, description="The person that it belongs to; null for none."
    )


@routes.get("", summary="Identities of the tools", **needs("editor"))
def list_accounts(
    paging: ThePage,
    source: Annotated[UUID | None, Query(description="Only accounts of this source.")] = None,
    kind: Annotated[Kind | None, Query(description="Only accounts of this kind.")] = None,
    text: Annotated[str | None, Query(description="Only accounts with this in a name, address or id.")] = None,
) -> Page[Account]:
    return paging.read("accounts", mappings.accounts, _shown, source_id=source, kind=kind, text=text)


@routes.patch("/{account_id}", summary="Mark an account as automation or not", **needs("editor", 400, 404, 413, 415))
def change_account(
    account_id: Annotated[UUID, Path(description="An account's id.")], body: AccountChange, acting: TheAct
) -> Account:
    with acting.begin() as act:
        row = mappings.account_by_id(act.connection, account_id)
        if row is None:
            raise NotFoundError("There is no account with this id.")
        if "person_id" in body.model_fields_set and body.person_id != row["person_id"]:
            if body.person_id is not None and not mappings.is_person(act.connection, body.person_id):
                raise InvalidError.at(["body", "person_id"], "There is no person with this id.")
            mappings.set_person(act.connection, account_id, body.person_id)
            person = None if body.person_id is None else str(body.person_id)
            act.audit("account.join", f"account:{account_id}", person_id=person)
            version.bump(act.connection, act.now)
        if "automation" in body.model_fields_set and body.automation != row["automation_override"]:
            mappings.set_automation(act.connection, account_id, body.automation)
            act.audit("account.automation", f"account:{account_id}", automation=body.automation)
            version.bump(act.connection, act.now)
        changed = mappings.account_by_id(act.connection, account_id)
    if changed is None:
        raise NotFoundError("The account was removed meanwhile.")
    return _shown(changed)


def _shown(row: RowMapping) -> Account:
    return Account(**row, automation=row["automation_override"])
