"""`/api/v1/calendars`: when people work, for the working clock.

One is the deployment's, and a team may have its own.
"""

from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Path, Response

from app.api import instants
from app.api.calendar_schemas import DEFINED, Calendar, CalendarChange, CalendarIn, check
from app.api.paging import Page, ThePage
from app.api.routing import needs, router
from app.api.service import Act, Service, TheAct, TheCreation, TheService
from app.core.errors import ConflictError, InvalidError, NotFoundError
from app.metrics.calendar import USUAL, Definition
from app.store import calendars, version

routes = router("/api/v1/calendars", "calendars")
CalendarId = Annotated[UUID, Path(description="A calendar's id.")]


@routes.get("", summary="Working calendars, by name", **needs("admin"))
def list_calendars(paging: ThePage, service: TheService) -> Page[Calendar]:
    zone = service.settings.zone
    return paging.read("calendars", calendars.page, lambda row: _shown(row, zone))


@routes.get("/default", summary="The calendar of the deployment", **needs("admin"))
def read_default(service: TheService) -> Calendar:
    zone = service.settings.zone
    with service.database.read() as connection:
        row = calendars.default(connection)
    if row is not None:
        return _shown(row, zone)
    usual = Definition.usual(zone)
    nobody: dict[str, Any] = {"id": None, "is_default": True, "team_ids": [], "created_at": None, "updated_at": None}
    return _shown({**nobody, "name": usual.name, "definition": USUAL}, zone)


@routes.post(
    "", status_code=201, response_model=Calendar, summary="Make a calendar", **needs("admin", 400, 409, 413, 415)
)
def create_calendar(body: CalendarIn, service: TheService, creating: TheCreation) -> Response:
    stored = body.model_dump(mode="json", by_alias=True, include=set(DEFINED))
    _check(stored, service)
    with creating.begin() as creation:
        if creation.earlier is not None:
            return creation.earlier
        _refuse_taken(creation, body.name, None)
        calendar_id = calendars.create(creation.connection, name=body.name, definition=stored, now=creation.now)
        row = _given(creation, calendar_id, body)
        creation.audit("calendar.create", f"calendar:{calendar_id}", name=body.name, teams=_texts(body.team_ids))
        version.bump(creation.connection, creation.now)
        return creation.answer(201, _shown(row, service.settings.zone))


@routes.get("/{calendar_id}", summary="One calendar", **needs("admin", 404))
def read_calendar(calendar_id: CalendarId, service: TheService) -> Calendar:
    with service.database.read() as connection:
        row = calendars.get(connection, calendar_id)
    if row is None:
        raise _unknown()
    return _shown(row, service.settings.zone)


@routes.patch(
    "/{calendar_id}", summary="Change a calendar; numbers follow at once", **needs("admin", 400, 404, 409, 413, 415)
)
def change_calendar(calendar_id: CalendarId, body: CalendarChange, service: TheService, acting: TheAct) -> Calendar:
    given = body.model_fields_set
    for name in sorted(given - {"zone", "holidays"}):
        if getattr(body, name) is None:
            raise InvalidError.at(["body", name], "This cannot be null.")
    with acting.begin() as act:
        row = calendars.get(act.connection, calendar_id)
        if row is None:
            raise _unknown()
        stored = row["definition"] | body.model_dump(mode="json", by_alias=True, include=given & set(DEFINED))
        _check(stored, service)
        values: dict[str, Any] = {"definition": stored}
        if body.name is not None:
            _refuse_taken(act, body.name, calendar_id)
            values["name"] = body.name
        calendars.change(act.connection, calendar_id, values, act.now)
        changed = _given(act, calendar_id, body)
        act.audit("calendar.change", f"calendar:{calendar_id}", fields=sorted(given))
        version.bump(act.connection, act.now)
    return _shown(changed, service.settings.zone)


@routes.delete("/{calendar_id}", status_code=204, summary="Remove a calendar", **needs("admin", 404))
def remove_calendar(calendar_id: CalendarId, acting: TheAct) -> None:
    with acting.begin() as act:
        if not calendars.remove(act.connection, calendar_id):
            raise _unknown()
        act.audit("calendar.remove", f"calendar:{calendar_id}")
        version.bump(act.connection, act.now)


def _check(stored: dict[str, Any], service: Service) -> None:
    instants.zone_of(stored["zone"], service.settings.zone, loc=("body", "zone"))
    check(stored)


def _given(act: Act, calendar_id: UUID, body: CalendarIn | CalendarChange) -> calendars.Calendar:
    """The calendar, once it is whose the body says."""
    if body.team_ids is not None:
        unknown = calendars.unknown_teams(act.connection, body.team_ids)
        if unknown:
            place = body.team_ids.index(unknown[0])
            raise InvalidError.at(["body", "team_ids", place], "There is no team with this id.")
        calendars.give_to_teams(act.connection, calendar_id, body.team_ids)
    if body.default is not None:
        calendars.set_default(act.connection, calendar_id, is_default=body.default)
    row = calendars.get(act.connection, calendar_id)
    if row is None:
        raise RuntimeError("The calendar that was just written cannot be read back.")
    return row


def _refuse_taken(act: Act, name: str, but: UUID | None) -> None:
    if calendars.is_name_taken(act.connection, name, but):
        raise ConflictError(f"There is a calendar with the name '{name}': choose another name.")


def _texts(team_ids: list[UUID]) -> list[str]:
    return sorted(str(team_id) for team_id in team_ids)


def _shown(row: calendars.Calendar, zone: ZoneInfo) -> Calendar:
    definition = row["definition"]
    return Calendar.model_validate(
        {
            **{name: row[name] for name in ("id", "name", "team_ids", "created_at", "updated_at")},
            **{name: definition[name] for name in DEFINED},
            "default": row["is_default"],
            "version": Definition.of(row["name"], definition, zone).digest,
        }
    )


def _unknown() -> NotFoundError:
    return NotFoundError("There is no calendar with this id.")
