"""`/api/v1/people`: the humans behind the accounts. Names and addresses are for editors and admins."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection, RowMapping

from app.api.imports import AS_CSV, EVERYTHING, FormatName, csv_answer, wants_csv
from app.api.memberships import EffectOut, Preview, StayIn, StayOut, effect_out, stay, wanted
from app.api.paging import Page, ThePage
from app.api.principal import Principal
from app.api.routing import needs, router
from app.api.schemas import Body, Name, Named
from app.api.service import Act, TheAct, TheCreation, ThePrincipal, TheService, sealing
from app.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from app.ingest import erasure, identity, membership, people_csv
from app.ingest.addresses import address_of
from app.store import joins, people, sign_ins, teams, users, version

routes = router("/api/v1/people", "people")
PersonId = Annotated[UUID, Path(description="A person's id.")]


class PersonIn(Body):
    """A person to add: a name, an address, or both."""

    name: Name | None = None
    email: str | None = Field(
        default=None, max_length=320, description="Accounts with this address join by themselves."
    )


class PersonChange(Body):
    """What to change of a person; what is not named stays."""

    name: Name | None = None
    email: str | None = Field(default=None, max_length=320)


class MembershipsIn(Body):
    """Every membership of a person, past and planned; what is not among them ends as if it had never been."""

    memberships: list[StayIn] = Field(max_length=1_000)


class Person(BaseModel):
    """A human."""

    id: UUID
    name: str | None
    email: str | None
    team: Named | None = Field(description="The team of this moment.")
    made_by: Literal["account", "directory", "admin"] = Field(
        description="How the person became known; who is known from accounts alone goes when they go."
    )
    created_at: datetime


class PersonAccount(BaseModel):
    """An account of a person."""

    id: UUID
    source_id: UUID
    external_id: str
    display_name: str | None
    email: str | None
    how: str | None = Field(description="Why it is this person's: `email`, `directory` or `admin`.")
    by: str | None = Field(description="Who said so; null: it happened by itself.")
    at: datetime | None


class PersonWithAll(Person):
    """A human with accounts and memberships."""

    accounts: list[PersonAccount]
    memberships: list[StayOut]


@routes.get("", response_model=Page[Person], summary="People", **needs("editor", 406, answers=AS_CSV))
def list_people(
    paging: ThePage,
    service: TheService,
    request: Request,
    *,
    form: FormatName = "",
    text: Annotated[str | None, Query(description="Only people with this in the name or the address.")] = None,
    team: Annotated[
        str,
        Query(
            description="Only people who are now in these teams (id or name) or below them, or `unassigned`; several "
            "with commas; empty means all."
        ),
    ] = "",
) -> Page[Person] | Response:
    as_csv = wants_csv(request, form)
    now = service.clock.now()
    parts = [part.strip() for part in team.split(",") if part.strip()]
    with service.database.read() as connection:
        chosen = teams.named(connection, parts) if parts else None
        choice: dict[str, Any] = {
            "now": now,
            "text": text,
            "teams": chosen,
            "unassigned": "unassigned" in parts,
        }
        if as_csv is None:
            return paging.read_with(connection, "people", people.page, _shown, **choice)
        rows, _ = people.page(connection, limit=EVERYTHING, after=None, **choice)
    return csv_answer(as_csv, ["id", "name", "email"], people_csv.people_rows(rows))


@routes.post(
    "", status_code=201, response_model=Person, summary="Add a person", **needs("editor", 400, 409, 413, 415, 503)
)
def create_person(body: PersonIn, creating: TheCreation, service: TheService) -> Response:
    with creating.begin() as creation:
        if creation.earlier is not None:
            return creation.earlier
        people.hold(creation.connection)
        if body.name is None and body.email is None:
            raise InvalidError.at(["body", "name"], "A person needs a name or an address.")
        email = _address(creation.connection, service, body.email, None)
        person_id = people.add(creation.connection, name=body.name, email=email, made_by="admin", now=creation.now)
        creation.audit("person.create", f"person:{person_id}")
        _settle(creation, service)
        return creation.answer(201, _shown(_row(creation.connection, person_id, creation.now)))


@routes.get("/{person_id}", summary="One person, with accounts and memberships", **needs("editor", 404))
def read_person(person_id: PersonId, service: TheService) -> PersonWithAll:
    with service.database.read() as connection:
        row = _row(connection, person_id, service.clock.now())
        accounts = people.accounts_of(connection, person_id)
        memberships = teams.stays_of(connection, person_id)
    return PersonWithAll(
        **_shown(row).model_dump(),
        accounts=[PersonAccount(**account, by=account["joined_by"]) for account in accounts],
        memberships=[stay(one) for one in memberships],
    )


@routes.patch("/{person_id}", summary="Change a person", **needs("editor", 400, 404, 409, 413, 415))
def change_person(person_id: PersonId, body: PersonChange, acting: TheAct, service: TheService) -> Person:
    with acting.begin() as act:
        people.hold(act.connection)
        row = _row(act.connection, person_id, act.now)
        changes = body.model_dump(exclude_unset=True)
        if "email" in changes:
            changes["email"] = _address(act.connection, service, body.email, person_id)
        after = {**row, **changes}
        if after["name"] is None and after["email"] is None:
            raise InvalidError.at(["body", "name"], "A person needs a name or an address.")
        if any(row[name] != value for name, value in changes.items()):
            people.change(act.connection, person_id, {**changes, "made_by": "admin"})
            act.audit("person.change", f"person:{person_id}", changed=sorted(changes))
            _settle(act, service)
        return _shown(_row(act.connection, person_id, act.now))


@routes.put(
    "/{person_id}/teams",
    response_model=PersonWithAll | EffectOut,
    summary="Say in which team a person is, was and will be; numbers follow at once",
    **needs("editor", 400, 404, 413, 415),
)
def set_teams(
    person_id: PersonId, body: MembershipsIn, acting: TheAct, service: TheService, *, preview: Preview = False
) -> PersonWithAll | EffectOut:
    zone = service.settings.zone
    asked = [
        wanted(one, ["body", "memberships", place], person_id, one.team_id, zone)
        for place, one in enumerate(body.memberships)
    ]
    with acting.begin() as act:
        people.hold(act.connection)
        _row(act.connection, person_id, act.now)
        change = membership.person_becomes(act.connection, person_id, asked)
        if preview:
            return effect_out(act.connection, membership.effect(act.connection, change, act.now))
        if change.changed:
            membership.save(act.connection, change)
            act.audit("person.teams", f"person:{person_id}", memberships=len(asked))
            version.bump(act.connection, act.now)
    return read_person(person_id, service)


@routes.delete(
    "/{person_id}",
    status_code=204,
    summary="Delete a person; with `erase=true` for good, and without a change of any team's numbers",
    **needs("editor", 404, 409, 503),
)
def delete_person(
    person_id: PersonId,
    acting: TheAct,
    service: TheService,
    principal: ThePrincipal,
    *,
    erase: Annotated[
        bool,
        Query(
            description="Remove every name, address and id, the account to sign in with too, keep the numbers, and let "
            "no sync bring them back. Without it the accounts stay, nobody's, and the person comes back when a "
            "directory sends the record again."
        ),
    ] = False,
) -> None:
    with acting.begin() as act:
        people.hold(act.connection)
        _row(act.connection, person_id, act.now)
        if erase:
            with sealing():
                addresses = erasure.erase(act.connection, service.keyring, person_id, now=act.now)
            _forget_sign_ins(act, principal, addresses)
        else:
            for account in people.accounts_of(act.connection, person_id):
                key = (account["source_id"], account["external_id"])
                joins.part(act.connection, key, person_id, now=act.now, actor=act.actor)
            people.forget_records(act.connection, person_id)
            people.remove(act.connection, [person_id])
        act.audit("person.erase" if erase else "person.delete", f"person:{person_id}")
        version.bump(act.connection, act.now)


def _forget_sign_ins(act: Act, principal: Principal, addresses: Collection[str]) -> None:
    """Remove the accounts to sign in with that have these addresses. Raises ForbiddenError and ConflictError."""
    users.lock_first(act.connection)
    for row in users.of_addresses(act.connection, addresses):
        if not principal.may(row["role"]):
            raise ForbiddenError(f"The person signs in as '{row['role']}': ask an admin to erase them.")
        users.remove(act.connection, row["id"])
        if row["role"] == "admin" and row["disabled_at"] is None and not users.admins(act.connection):
            raise ConflictError("The person is the only admin who can sign in: make another one first.")
        sign_ins.forget(act.connection, sign_ins.subject("account", row["email"]))
        act.audit("user.erase", f"user:{row['id']}")


def _settle(act: Act, service: TheService) -> None:
    identity.settle_within(act.connection, zone=service.settings.zone, now=act.now)
    version.bump(act.connection, act.now)


def _address(connection: Connection, service: TheService, text: str | None, person_id: UUID | None) -> str | None:
    if text is None:
        return None
    address = address_of(text)
    if address is None:
        raise InvalidError.at(["body", "email"], "This is not an e-mail address.")
    if people.by_email(connection, address) not in (None, person_id):
        raise ConflictError("Another person has this address.")
    with sealing():
        if erasure.is_erased_address(connection, service.keyring, address):
            raise ConflictError("The person with this address was erased, and must not come back.")
    return address


def _row(connection: Connection, person_id: UUID, now: datetime) -> RowMapping:
    row = people.get(connection, person_id, now)
    if row is None:
        raise NotFoundError("There is no person with this id.")
    return row


def _shown(row: RowMapping) -> Person:
    team = None if row["team_id"] is None else Named(id=row["team_id"], name=row["team_name"])
    return Person(**row, team=team)
