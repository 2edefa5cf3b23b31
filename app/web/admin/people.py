"""`/admin/people`: who there is, in which teams, with which accounts; and lists brought in as CSV."""

from functools import partial
from typing import Any
from uuid import UUID

from fastapi import Response
from starlette.datastructures import UploadFile

from app.core.texts import marked
from app.web.admin import stays
from app.web.admin.desk import NOTHING, Desk, Entered, Refused, TheDesk, entered_values, text
from app.web.routing import page, pages

routes = pages()

LISTS = {"people": marked("People"), "teams": marked("Teams"), "memberships": marked("Who is in which team")}
"""What can be brought in and taken out as CSV."""


@routes.get("/admin/people", **page("editor"))
async def list_people(desk: TheDesk, text: str = "", cursor: str = "") -> Response:
    """Who there is, page by page."""
    return await _people(desk, searched=text, cursor=cursor)


@routes.post("/admin/people", **page("editor"))
async def add_person(desk: TheDesk) -> Response:
    """Add a person."""
    form = await desk.form()
    body = {name: text(form, name) or None for name in ("name", "email")}
    return await desk.outcome(
        partial(_people, desk), "created", "/admin/people", "POST", "/people", body, entered=entered_values(form)
    )


@routes.post("/admin/people/import", **page("editor"))
async def import_list(desk: TheDesk) -> Response:
    """Bring a list in; what was wrong with a line is said by line."""
    form = await desk.form()
    what, file = text(form, "what"), form.get("file")
    content = await file.read() if isinstance(file, UploadFile) else b""
    await form.close()
    try:
        brought = await desk.bring(
            f"/{what if what in LISTS else 'people'}/import",
            content,
            move="true" if form.get("move") == "on" and what == "memberships" else None,
        )
    except Refused as refused:
        return await _people(desk, Entered({"what": what}, refused), importing=True)
    return await _people(desk, Entered({"what": what}), brought=brought, importing=True)


@routes.get("/admin/people/{person_id}", **page("editor"))
async def show_person(desk: TheDesk, person_id: UUID) -> Response:
    """One person."""
    return await _person(desk, person_id)


@routes.post("/admin/people/{person_id}", **page("editor"))
async def change_person(desk: TheDesk, person_id: UUID) -> Response:
    """Change the name and the address."""
    form = await desk.form()
    body = {name: text(form, name) or None for name in ("name", "email")}
    here = f"/people/{person_id}"
    return await desk.outcome(
        partial(_person, desk, person_id), "saved", f"/admin{here}", "PATCH", here, body, entered=entered_values(form)
    )


@routes.post("/admin/people/{person_id}/teams", **page("editor"))
async def change_teams(desk: TheDesk, person_id: UUID) -> Response:
    """Say in which teams somebody is, was or will be; or what that would change."""
    form = await desk.form()
    rows = stays.entered_rows(form)
    body = {"memberships": stays.asked(rows, "team_id")}
    here, again = f"/people/{person_id}", partial(_person, desk, person_id, rows=rows)
    if text(form, "act") == "save":
        return await desk.outcome(again, "saved", f"/admin{here}", "PUT", f"{here}/teams", body)
    try:
        return await again(effect=await desk.api("PUT", f"{here}/teams", body, preview="true"))
    except Refused as refused:
        return await again(Entered({}, refused))


@routes.post("/admin/people/{person_id}/delete", **page("editor"))
async def delete_person(desk: TheDesk, person_id: UUID) -> Response:
    """Remove a person; with `erase`, whatever tells who it was."""
    erase = (await desk.form()).get("erase") == "on"
    return await desk.outcome(
        partial(_person, desk, person_id), "deleted", "/admin/people", "DELETE", f"/people/{person_id}",
        erase="true" if erase else None,
    )  # fmt: skip


async def _people(
    desk: Desk, entered: Entered = NOTHING, *, searched: str = "", cursor: str = "",
    brought: dict[str, Any] | None = None, importing: bool = False,
) -> Response:  # fmt: skip
    listed = await desk.api("GET", "/people", text=searched or None, cursor=cursor or None, limit="50")
    more = None if listed["next"] is None else desk.view.here(cursor=listed["next"])
    return await desk.shown(
        "people.html", entered, people=listed["items"], more=more, searched=searched, brought=brought, lists=LISTS,
        importing=importing,
    )  # fmt: skip


async def _person(
    desk: Desk, person_id: UUID, entered: Entered = NOTHING, *, rows: list[stays.Row] | None = None,
    effect: dict[str, Any] | None = None,
) -> Response:  # fmt: skip
    person = await desk.api("GET", f"/people/{person_id}")
    teams = sorted(((one["id"], one["name"]) for one in await desk.every("/teams")), key=lambda team: team[1])
    stored = stays.rows_of(person["memberships"], "team", desk.view.service.settings.zone)
    return await desk.shown(
        "person.html", entered, person=person, teams=teams, rows=stored if rows is None else rows, effect=effect
    )
