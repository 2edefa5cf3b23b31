"""`/admin/calendars`: when people work, for the numbers on the working clock."""

from functools import partial
from typing import Any

from anyio.to_thread import run_sync
from fastapi import Response
from starlette.datastructures import FormData

from app.core.texts import marked
from app.metrics import free_days
from app.web.admin.desk import NOTHING, Desk, Entered, Refused, TheDesk, entered_values, text, texts
from app.web.routing import page, pages

routes = pages()

DAYS = {
    "monday": marked("Monday"),
    "tuesday": marked("Tuesday"),
    "wednesday": marked("Wednesday"),
    "thursday": marked("Thursday"),
    "friday": marked("Friday"),
    "saturday": marked("Saturday"),
    "sunday": marked("Sunday"),
}
"""The days of the week, as the API names them."""


@routes.get("/admin/calendars", **page("admin"))
async def list_calendars(desk: TheDesk) -> Response:
    """The calendars, and the one that holds where nobody made another."""
    found = await desk.every("/calendars")
    usual = await desk.api("GET", "/calendars/default")
    every = found if any(one["default"] for one in found) else [usual, *found]
    return await desk.shown("calendars.html", calendars=every, days=DAYS, hours=_hours_said)


@routes.get("/admin/calendars/{calendar_id}", **page("admin"))
async def show_calendar(desk: TheDesk, calendar_id: str) -> Response:
    """One calendar, or the form of a `new` one."""
    return await _page(desk, calendar_id)


@routes.post("/admin/calendars/{calendar_id}", **page("admin"))
async def save_calendar(desk: TheDesk, calendar_id: str) -> Response:
    """Make a calendar, or change it."""
    form = await desk.form()
    made = calendar_id == "new"
    try:
        await desk.api("POST" if made else "PATCH", "/calendars" if made else f"/calendars/{calendar_id}", _body(form))
    except Refused as refused:
        return await _page(desk, calendar_id, Entered(_entered(form), refused))
    return desk.view.redirect("/admin/calendars", notice="created" if made else "saved")


@routes.post("/admin/calendars/{calendar_id}/delete", **page("admin"))
async def delete_calendar(desk: TheDesk, calendar_id: str) -> Response:
    """Remove a calendar."""
    return await desk.outcome(
        partial(_page, desk, calendar_id), "deleted", "/admin/calendars", "DELETE", f"/calendars/{calendar_id}"
    )


async def _page(desk: Desk, calendar_id: str, entered: Entered = NOTHING) -> Response:
    path = "/calendars/default" if calendar_id == "new" else f"/calendars/{calendar_id}"
    calendar = await desk.api("GET", path)
    if calendar_id == "new":
        # A new one begins as the one that holds now.
        calendar |= {"name": "", "default": False, "team_ids": [], "company_days": []}
    teams = [(one["id"], one["name"]) for one in await desk.every("/teams")]
    rows = [{**one, "hours": _hours_said(one["hours"])} for one in calendar["company_days"]]
    language, stored = desk.view.language, calendar["holidays"] or {}
    place = str(entered.value("holidays.country", stored.get("country")))
    return await desk.shown(
        "calendar.html", entered, calendar=calendar, calendar_id=calendar_id, days=DAYS, teams=teams,
        hours=_hours_said, rows=entered.values.get("rows", rows), place=place,
        countries=sorted(((code, language.country(code)) for code in free_days.countries()), key=lambda one: one[1]),
        parts_of=await run_sync(_parts_of, place),
        named=await run_sync(_named, language, place, entered.value("holidays.subdivision", stored.get("subdivision"))),
    )  # fmt: skip


def _parts_of(country: str) -> list[str]:
    return free_days.subdivisions(country) if country in free_days.countries() else []


def _named(language: str, country: str, subdivision: str) -> list[tuple[str, str]]:
    """The holidays of a place as the API names them, and as the page does."""
    if country not in free_days.countries():
        return []
    known = subdivision if subdivision in free_days.subdivisions(country) else None
    return sorted(free_days.names_in(language, country, known).items(), key=lambda one: one[1])


def _entered(form: FormData) -> dict[str, Any]:
    ticked = {"teams": texts(form, "teams"), "holidays.worked": texts(form, "holidays.worked")}
    return {**entered_values(form), **ticked, "default": form.get("default") == "on", "rows": _rows(form)}


def _rows(form: FormData) -> list[dict[str, str]]:
    """The company's days as they were typed; a row without anything is left out."""
    columns = (texts(form, f"company.{name}") for name in ("date", "hours", "name"))
    typed = (
        {"date": day.strip(), "hours": hours.strip(), "name": name.strip()}
        for day, hours, name in zip(*columns, strict=False)
    )
    return [row for row in typed if any(row.values())]


def _body(form: FormData) -> dict[str, Any]:
    country = text(form, "holidays.country")
    body: dict[str, Any] = {
        "name": text(form, "name"),
        "zone": text(form, "zone") or None,
        "days": {day: _hours(text(form, f"days.{day}")) for day in DAYS},
        "holidays": None,
        "company_days": [{**row, "hours": _hours(row["hours"])} for row in _rows(form)],
        "default": form.get("default") == "on",
        "team_ids": texts(form, "teams"),
    }
    if country:
        part = text(form, "holidays.subdivision") or None
        body["holidays"] = {"country": country, "subdivision": part, "worked": texts(form, "holidays.worked")}
    return body


def _hours(line: str) -> list[dict[str, str]]:
    """`9:00-12:00, 13:00-18:00` as the API takes it."""
    spans = (part.replace("–", "-").partition("-") for part in line.split(",") if part.strip())
    return [{"from": _clock(start), "to": _clock(end)} for start, _, end in spans]


def _clock(typed: str) -> str:
    typed = typed.strip()
    return f"0{typed}" if typed[1:2] == ":" else typed


def _hours_said(spans: list[dict[str, str]]) -> str:
    return ", ".join(f"{span['from']}–{span['to']}" for span in spans)
