"""How a working calendar is sent and shown, and what a wrong one is told."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from app.api.schemas import Body, Name
from app.core.errors import InvalidError
from app.metrics import free_days
from app.metrics.calendar import WEEKDAYS

TimeOfDay = Annotated[str, StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
Zone = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Country = Annotated[str, StringConstraints(max_length=10)]
Subdivision = Annotated[str, StringConstraints(max_length=100)]


class Span(Body):
    """Working hours without a break, on one day."""

    from_: TimeOfDay = Field(alias="from", description="`09:00`")
    to: TimeOfDay = Field(description="`18:00`; `24:00` is the day's end.")


Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Hours = Annotated[list[Span], Field(max_length=12, description="In order and apart; none: a free day.")]


class Week(Body):
    """The hours of each day of the week."""

    monday: Hours = Field(default_factory=list)
    tuesday: Hours = Field(default_factory=list)
    wednesday: Hours = Field(default_factory=list)
    thursday: Hours = Field(default_factory=list)
    friday: Hours = Field(default_factory=list)
    saturday: Hours = Field(default_factory=list)
    sunday: Hours = Field(default_factory=list)


class Holidays(Body):
    """The public holidays of a place: free days."""

    country: Country = Field(description="Two letters of ISO 3166, such as `FR`.")
    subdivision: Subdivision | None = Field(default=None, description="A part of the country: its code or name.")
    worked: list[Annotated[str, StringConstraints(max_length=200)]] = Field(
        default_factory=list, max_length=100, description="Holidays that are worked on, such as `Pentecost Monday`."
    )


class CompanyDay(Body):
    """A day with hours of its own, whatever the week and the holidays say."""

    date: Day
    name: Annotated[str, StringConstraints(max_length=200)] = ""
    hours: Hours = Field(default_factory=list)


CompanyDays = Annotated[list[CompanyDay], Field(max_length=2_000)]
TeamIds = Annotated[list[Annotated[UUID, Field(strict=False)]], Field(max_length=1_000)]


class CalendarIn(Body):
    """A calendar to make."""

    name: Name
    zone: Zone | None = Field(default=None, description="Whose hours they are; null: the deployment's zone.")
    days: Week
    holidays: Holidays | None = None
    company_days: CompanyDays = Field(default_factory=list)
    default: bool = Field(default=False, description="Whether it is the deployment's; the present one no longer is.")
    team_ids: TeamIds = Field(
        default_factory=list, description="Teams whose calendar it is, those below them included."
    )


class CalendarChange(Body):
    """What to change of a calendar; what is not named stays."""

    name: Name | None = None
    zone: Zone | None = None
    days: Week | None = None
    holidays: Holidays | None = None
    company_days: CompanyDays | None = None
    default: bool | None = None
    team_ids: TeamIds | None = None


class Calendar(BaseModel):
    """A working calendar."""

    id: UUID | None = Field(description="Null for the one that holds where nobody made another.")
    name: str
    zone: str | None
    days: Week
    holidays: Holidays | None
    company_days: list[CompanyDay]
    default: bool
    team_ids: list[UUID]
    version: str = Field(description="Changes with the hours; answers on the working clock name it.")
    created_at: datetime | None
    updated_at: datetime | None


DEFINED = ("zone", "days", "holidays", "company_days")
"""The fields that say when people work."""


def check(stored: dict[str, Any]) -> None:
    """Refuse a definition that means nothing. Raises InvalidError at its place."""
    for day in WEEKDAYS:
        _check_hours(["body", "days", day], stored["days"][day])
    if not any(stored["days"].values()):
        raise InvalidError.at(["body", "days"], "Somebody has to work some day: give at least one day hours.")
    seen: set[str] = set()
    for place, day in enumerate(stored["company_days"]):
        _check_hours(["body", "company_days", place, "hours"], day["hours"])
        if day["date"] in seen:
            raise InvalidError.at(["body", "company_days", place, "date"], "The day is there twice: name it once.")
        seen.add(day["date"])
        if not _is_day(day["date"]):
            raise InvalidError.at(
                ["body", "company_days", place, "date"], "Send a day from 1970 to 2100: '2026-05-15'."
            )
    if stored["holidays"] is not None:
        _check_holidays(stored["holidays"])


def _is_day(text: str) -> bool:
    try:
        return free_days.FIRST_YEAR <= date.fromisoformat(text).year <= free_days.LAST_YEAR
    except ValueError:
        return False


def _check_hours(loc: Sequence[str | int], hours: list[dict[str, str]]) -> None:
    ended = ""
    for place, span in enumerate(hours):
        if span["from"] >= span["to"]:
            raise InvalidError.at([*loc, place, "to"], "A span ends after it begins; one over midnight is two.")
        if span["from"] < ended:
            raise InvalidError.at([*loc, place, "from"], "Spans stand in order and do not overlap.")
        ended = span["to"]


def _check_holidays(stored: dict[str, Any]) -> None:
    country, subdivision = stored["country"], stored["subdivision"]
    _among(["country"], country, free_days.countries(), "country with known holidays")
    if subdivision is not None:
        _among(["subdivision"], subdivision, free_days.subdivisions(country), f"subdivision of {country}")
    known = free_days.names(country, subdivision)
    for place, name in enumerate(stored["worked"]):
        _among(["worked", place], name, known, "holiday there")


def _among(loc: Sequence[str | int], value: str, known: Sequence[str], what: str) -> None:
    if value not in known:
        raise InvalidError.at(
            ["body", "holidays", *loc], f"'{value}' is no {what}. Choose from: {', '.join(known) or 'none'}."
        )
