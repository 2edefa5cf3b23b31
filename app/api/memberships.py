"""Memberships as requests and answers hold them: who is, was or will be in which team, and what a change would do."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, RowMapping

from app.api import instants
from app.api.schemas import Body, Named
from app.core.errors import InvalidError
from app.ingest.membership import Effect, Wanted
from app.ingest.stays import ALWAYS, Stay
from app.store import teams

Preview = Annotated[bool, Query(description="Answer what would change, and change nothing.")]
_DATE = "A date (midnight in the deployment's zone) or an RFC 3339 instant"


class Dated(Body):
    """From when to when."""

    model_config = ConfigDict(populate_by_name=True)

    start: str | None = Field(default=None, alias="from", description=f"{_DATE}; null: since always.")
    end: str | None = Field(default=None, alias="to", description=f"{_DATE}, not included; null: it goes on.")


class MemberIn(Dated):
    """Somebody's time in a team."""

    person_id: UUID = Field(strict=False, description="A person's id.")


class StayIn(Dated):
    """A person's time in some team."""

    team_id: UUID = Field(strict=False, description="A team's id.")


class Stayed(BaseModel):
    """From when to when."""

    model_config = ConfigDict(populate_by_name=True)

    start: datetime | None = Field(alias="from", description="Null: since always.")
    end: datetime | None = Field(alias="to", description="Not included; null: it goes on.")


class Member(Stayed):
    """Somebody's time in a team."""

    person: Named = Field(description="Without a name once the person was erased.")
    email: str | None


class Membership(Member):
    """Somebody's time in some team."""

    team: Named


class StayOut(Stayed):
    """A person's time in a team."""

    team: Named


class TeamEffect(BaseModel):
    """What a change would do to a team."""

    team: Named | None = Field(description="Null: unassigned.")
    people_before: int = Field(description="Of the people concerned, those who are in it now.")
    people_after: int = Field(description="Of the people concerned, those who would be in it now.")
    work_items_in: int
    work_items_out: int


class EffectOut(BaseModel):
    """What a change of people would do."""

    preview: Literal[True] = True
    people: int = Field(description="People whose memberships would change.")
    accounts: int = Field(description="Accounts that would go with them.")
    work_items: int = Field(
        description="Items that would be in another team on the day they were created, or were resolved (now, if open)."
    )
    teams: list[TeamEffect]


def wanted(given: Dated, loc: Sequence[str | int], person_id: UUID, team_id: UUID, zone: ZoneInfo) -> Wanted:
    """A membership as it was asked for. Raises InvalidError for what is no date."""
    start = _instant([*loc, "from"], given.start, zone) or ALWAYS
    return Wanted(tuple(loc), person_id, Stay(start, _instant([*loc, "to"], given.end, zone), team_id))


def member(row: RowMapping) -> Member:
    """A stay as a team's answer shows it."""
    return Member(**_dates(row), person=Named(id=row["person_id"], name=row["person_name"]), email=row["email"])


def membership_of(row: RowMapping) -> Membership:
    """A stay as the list of all shows it."""
    return Membership(**member(row).model_dump(by_alias=True), team=Named(id=row["team_id"], name=row["team_name"]))


def stay(row: RowMapping) -> StayOut:
    """A stay as a person's answer shows it."""
    return StayOut(**_dates(row), team=Named(id=row["team_id"], name=row["team_name"]))


def effect_out(connection: Connection, found: Effect) -> EffectOut:
    """An effect with the names of its teams, the unassigned last."""
    names = teams.names(connection)
    order = sorted(found.teams, key=lambda team_id: (team_id is None, names.get(team_id, "") if team_id else ""))
    return EffectOut(
        people=found.people,
        accounts=found.accounts,
        work_items=found.work_items,
        teams=[
            TeamEffect(
                team=None if team_id is None else Named(id=team_id, name=names.get(team_id)),
                people_before=found.teams[team_id].people_before,
                people_after=found.teams[team_id].people_after,
                work_items_in=found.teams[team_id].work_items_in,
                work_items_out=found.teams[team_id].work_items_out,
            )
            for team_id in order
        ],
    )


def _dates(row: RowMapping) -> dict[str, Any]:
    return {"from": None if row["valid_from"] <= ALWAYS else row["valid_from"], "to": row["valid_to"]}


def _instant(loc: Sequence[str | int], text: str | None, zone: ZoneInfo) -> datetime | None:
    if text is None:
        return None
    try:
        return instants.parse(text, zone)
    except ValueError as error:
        raise InvalidError.at(loc, str(error)) from error
