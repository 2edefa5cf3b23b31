"""`/api/v1/teams`: a tree of teams, and who was in which of them when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection, RowMapping

from app.api.imports import AS_CSV, EVERYTHING, FormatName, csv_answer, wants_csv
from app.api.memberships import (
    EffectOut,
    Member,
    MemberIn,
    Membership,
    Preview,
    effect_out,
    member,
    membership_of,
    wanted,
)
from app.api.paging import Page, ThePage
from app.api.routing import needs, router
from app.api.schemas import Body, Name, Named
from app.api.service import TheAct, TheCreation, TheService
from app.core.errors import ConflictError, InvalidError, NotFoundError
from app.ingest import membership, people_csv, stays
from app.ingest.suggestions import Suggestion, suggest
from app.store import people, teams, version

routes = router("/api/v1/teams", "teams")
memberships = router("/api/v1/memberships", "teams")
TeamId = Annotated[UUID, Path(description="A team's id.")]


class TeamIn(Body):
    """A team to make."""

    name: Name
    parent_id: UUID | None = Field(default=None, strict=False, description="The team above; null: at the top.")


class TeamChange(Body):
    """What to change of a team; what is not named stays."""

    name: Name | None = None
    parent_id: UUID | None = Field(default=None, strict=False, description="The team above; null: at the top.")


class MembersIn(Body):
    """Every membership of a team, past and planned; what is not among them ends as if it had never been."""

    members: list[MemberIn] = Field(max_length=20_000)


class Team(BaseModel):
    """A group of people."""

    id: UUID
    name: str
    parent_id: UUID | None
    members: int = Field(description="How many are in it at this moment, not counting the teams below.")
    created_at: datetime


class MembersOut(BaseModel):
    """A team's memberships once they were set."""

    people: int = Field(description="Everybody who is, was or will be in it.")
    changed: int = Field(description="Of all people, those whose memberships have changed.")


class Evidence(BaseModel):
    """The tool's group that a suggestion comes from."""

    kind: Literal["directory", "channel", "project"]
    source: Named
    external_id: str = Field(description="The vendor's id of the channel or project, or the directory's team.")
    name: str


class NowIn(BaseModel):
    """How many of the group are in a team at this moment."""

    team: Named | None = Field(description="Null: unassigned.")
    people: int


class SuggestionOut(BaseModel):
    """A team that could be made, by `POST /api/v1/teams` and `PUT /api/v1/teams/{id}/members`."""

    key: str = Field(description="Tells suggestions apart.")
    name: str
    evidence: Evidence
    people: list[UUID]
    same_name: UUID | None = Field(description="The team that has this name already.")
    now_in: list[NowIn]


@routes.get("", response_model=Page[Team], summary="Teams, by name", **needs("viewer", 406, answers=AS_CSV))
def list_teams(
    paging: ThePage, service: TheService, request: Request, *, form: FormatName = ""
) -> Page[Team] | Response:
    as_csv, now = wants_csv(request, form), service.clock.now()
    if as_csv is None:
        return paging.read("teams", teams.page, _shown, now=now)
    with service.database.read() as connection:
        rows, _ = teams.page(connection, limit=EVERYTHING, after=None, now=now)
        lines = people_csv.team_rows(rows, teams.names(connection))
    return csv_answer(as_csv, ["id", "name", "parent"], lines)


@routes.post(
    "", status_code=201, response_model=Team, summary="Make a team", **needs("editor", 400, 409, 413, 415, 503)
)
def create_team(body: TeamIn, creating: TheCreation) -> Response:
    with creating.begin() as creation:
        if creation.earlier is not None:
            return creation.earlier
        people.hold(creation.connection)
        _check_parent(creation.connection, None, body.parent_id)
        try:
            team_id = teams.add(creation.connection, name=body.name, parent_id=body.parent_id, now=creation.now)
        except teams.TeamNameTakenError as error:
            raise ConflictError(str(error)) from error
        creation.audit("team.create", f"team:{team_id}", name=body.name)
        version.bump(creation.connection, creation.now)
        return creation.answer(201, _shown(_row(creation.connection, team_id, creation.now)))


@routes.get("/suggestions", summary="Teams that the tools' own groups suggest", **needs("editor"))
def suggest_teams(paging: ThePage, service: TheService) -> Page[SuggestionOut]:
    with service.database.read() as connection:
        found = suggest(connection, service.clock.now())
        names = teams.names(connection)
    return paging.cut("suggestions", [_suggested(one, names) for one in found], lambda one: one.key)


@routes.get("/{team_id}", summary="One team", **needs("viewer", 404))
def read_team(team_id: TeamId, service: TheService) -> Team:
    with service.database.read() as connection:
        return _shown(_row(connection, team_id, service.clock.now()))


@routes.patch("/{team_id}", summary="Rename a team, or move it in the tree", **needs("editor", 400, 404, 409, 413, 415))
def change_team(team_id: TeamId, body: TeamChange, acting: TheAct) -> Team:
    changes = body.model_dump(exclude_unset=True)
    if "name" in changes and body.name is None:
        raise InvalidError.at(["body", "name"], "A team has a name.")
    with acting.begin() as act:
        people.hold(act.connection)
        row = _row(act.connection, team_id, act.now)
        if "parent_id" in changes:
            _check_parent(act.connection, team_id, body.parent_id)
        if any(row[name] != value for name, value in changes.items()):
            try:
                teams.change(act.connection, team_id, changes)
            except teams.TeamNameTakenError as error:
                raise ConflictError(str(error)) from error
            shown = {name: None if value is None else str(value) for name, value in changes.items()}
            act.audit("team.change", f"team:{team_id}", **shown)
            version.bump(act.connection, act.now)
        return _shown(_row(act.connection, team_id, act.now))


@routes.delete(
    "/{team_id}",
    status_code=204,
    summary="Delete a team; its teams and memberships go where `move_to` says",
    **needs("editor", 404, 409),
)
def delete_team(
    team_id: TeamId,
    acting: TheAct,
    *,
    move_to: Annotated[
        str,
        Query(
            description="The id of the team that its memberships and the teams below it go to; `unassigned`: the "
            "memberships end as if they had never been, and the teams below go to the top. Needed if it has any."
        ),
    ] = "",
) -> None:
    with acting.begin() as act:
        people.hold(act.connection)
        row = _row(act.connection, team_id, act.now)
        members = teams.people_of(act.connection, team_id)
        above = teams.parents(act.connection)
        if not move_to and (members or team_id in above.values()):
            raise ConflictError(
                "The team has members or teams below it: say where they go, with move_to=<team id> or "
                "move_to=unassigned."
            )
        target = None if move_to in ("", "unassigned") else _target(act.connection, team_id, move_to)
        before = membership.of_people(act.connection, members)
        after = {person_id: _moved(mine, team_id, target) for person_id, mine in before.items()}
        membership.save(act.connection, membership.Change(before, after))
        teams.raise_children(act.connection, team_id, target)
        teams.remove(act.connection, team_id)
        act.audit("team.delete", f"team:{team_id}", name=row["name"], move_to=move_to or None)
        version.bump(act.connection, act.now)


@routes.get("/{team_id}/members", summary="Who is, was or will be in a team", **needs("editor", 404))
def list_members(team_id: TeamId, paging: ThePage, service: TheService) -> Page[Member]:
    with service.database.read() as connection:
        _row(connection, team_id, service.clock.now())
        return paging.read_with(connection, f"members of {team_id}", teams.stays_page, member, team_id=team_id)


@routes.put(
    "/{team_id}/members",
    response_model=MembersOut | EffectOut,
    summary="Say who is, was and will be in a team; numbers follow at once",
    **needs("editor", 400, 404, 409, 413, 415),
)
def set_members(
    team_id: TeamId,
    body: MembersIn,
    acting: TheAct,
    service: TheService,
    *,
    move: Annotated[
        bool, Query(description="Cut the stays in other teams that these overlap; without it they are a 409.")
    ] = False,
    preview: Preview = False,
) -> MembersOut | EffectOut:
    zone = service.settings.zone
    asked = [
        wanted(one, ["body", "members", place], one.person_id, team_id, zone) for place, one in enumerate(body.members)
    ]
    with acting.begin() as act:
        people.hold(act.connection)
        _row(act.connection, team_id, act.now)
        change = membership.team_becomes(act.connection, team_id, asked, move=move)
        if preview:
            return effect_out(act.connection, membership.effect(act.connection, change, act.now))
        changed = change.changed
        if changed:
            membership.save(act.connection, change)
            act.audit("team.members", f"team:{team_id}", changed=len(changed), move=move)
            version.bump(act.connection, act.now)
    return MembersOut(people=len({one.person_id for one in asked}), changed=len(changed))


@memberships.get(
    "",
    response_model=Page[Membership],
    summary="Who is, was or will be in which team",
    **needs("editor", 406, answers=AS_CSV),
)
def list_memberships(
    paging: ThePage, service: TheService, request: Request, *, form: FormatName = ""
) -> Page[Membership] | Response:
    as_csv = wants_csv(request, form)
    if as_csv is None:
        return paging.read("memberships", teams.stays_page, membership_of)
    with service.database.read() as connection:
        rows, _ = teams.stays_page(connection, limit=EVERYTHING, after=None)
    return csv_answer(as_csv, ["person", "team", "from", "to"], people_csv.member_rows(rows))


def _check_parent(connection: Connection, team_id: UUID | None, parent_id: UUID | None) -> None:
    if parent_id is None:
        return
    above = teams.parents(connection)
    if parent_id not in above:
        raise InvalidError.at(["body", "parent_id"], "There is no team with this id.")
    line = teams.line(above, parent_id)
    if team_id in line:
        names = teams.names(connection)
        raise InvalidError.at(
            ["body", "parent_id"],
            "A team cannot be below itself: " + " is below ".join(f"'{names[one]}'" for one in line) + ".",
        )


def _suggested(found: Suggestion, names: Mapping[UUID, str]) -> SuggestionOut:
    group = found.group
    spread = sorted(found.now_in.items(), key=lambda one: (-one[1], str(one[0])))
    return SuggestionOut(
        key=f"{group.kind}/{group.source_id}/{group.external_id}",
        name=group.name,
        evidence=Evidence(
            kind=cast(Any, group.kind),
            source=Named(id=group.source_id, name=group.source_name),
            external_id=group.external_id,
            name=group.name,
        ),
        people=sorted(group.people),
        same_name=found.same_name,
        now_in=[
            NowIn(team=None if team_id is None else Named(id=team_id, name=names[team_id]), people=count)
            for team_id, count in spread
        ],
    )


def _target(connection: Connection, team_id: UUID, text: str) -> UUID:
    above = teams.parents(connection)
    target = next((one for one in above if str(one) == text), None)
    if target is None:
        raise InvalidError.at(["query", "move_to"], "There is no team with this id.")
    if team_id in teams.line(above, target):
        raise InvalidError.at(["query", "move_to"], "This is the team itself, or one below it.")
    return target


def _moved(mine: list[stays.Stay], team_id: UUID, target: UUID | None) -> list[stays.Stay]:
    kept = [stay for stay in mine if stay.team_id != team_id]
    if target is not None:
        kept += [stays.Stay(stay.start, stay.end, target) for stay in mine if stay.team_id == team_id]
    return stays.joined(kept)


def _row(connection: Connection, team_id: UUID, now: datetime) -> RowMapping:
    row = teams.get(connection, team_id, now)
    if row is None:
        raise NotFoundError("There is no team with this id.")
    return row


def _shown(row: RowMapping) -> Team:
    return Team(**row)
