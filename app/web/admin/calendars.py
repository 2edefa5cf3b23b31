"""`/admin/calendars`: when people work, for the numbers on the working clock."""

from functools import partial
from typing import Any

from fastapi import Response
from starlette.datastructures import FormData

from app.core.texts import marked
from app.web.admin.desk import NOTHING, Desk, Entered, Refused, TheDesk, entered_values, lines, text, texts
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
        return await _page(desk, calendar_id, Entered(entered_values(form) | {"teams": texts(form, "teams")}, refused))
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
    free = "\n".join(f"{one['date']} {one['name']}".strip() for one in calendar["company_days"] if not one["hours"])
    return await desk.shown(
        "calendar.html", entered, calendar=calendar, calendar_id=calendar_id, days=DAYS, teams=teams,
        hours=_hours_said, free=free, odd=[one for one in calendar["company_days"] if one["hours"]],
    )  # fmt: skip


def _body(form: FormData) -> dict[str, Any]:
    country = text(form, "country")
    body: dict[str, Any] = {
        "name": text(form, "name"),
        "zone": text(form, "zone") or None,
        "days": {day: _hours(text(form, f"days.{day}")) for day in DAYS},
        "holidays": None,
        "company_days": [*_free_days(form), *_odd_days(form)],
        "default": form.get("default") == "on",
        "team_ids": texts(form, "teams"),
    }
    if country:
        worked = [line.strip() for line in text(form, "worked").splitlines() if line.strip()]
        body["holidays"] = {"country": country, "subdivision": text(form, "subdivision") or None, "worked": worked}
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


def _free_days(form: FormData) -> list[dict[str, Any]]:
    days = (line.partition(" ") for line in lines(form, "free"))
    return [{"date": day, "name": name.strip(), "hours": []} for day, _, name in days]


def _odd_days(form: FormData) -> list[dict[str, Any]]:
    """Days with hours of their own: the form keeps those that the API was told of."""
    columns = (texts(form, name) for name in ("odd.date", "odd.name", "odd.hours"))
    return [
        {"date": day, "name": name, "hours": _hours(hours)}
        for day, name, hours in zip(*columns, strict=False)
        if day and hours
    ]
