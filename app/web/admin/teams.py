"""`/admin/teams`: the tree of teams, who is in each from when to when, and teams that the tools suggest."""

from functools import partial
from typing import Any
from uuid import UUID

from fastapi import Response

from app.web.admin import stays
from app.web.admin.desk import NOTHING, Desk, Entered, Refused, TheDesk, entered_values, text
from app.web.routing import page, pages

routes = pages()


@routes.get("/admin/teams", **page("editor"))
async def list_teams(desk: TheDesk) -> Response:
    """The tree, and the suggestions."""
    return await _teams(desk)


@routes.post("/admin/teams", **page("editor"))
async def add_team(desk: TheDesk) -> Response:
    """Add a team."""
    form = await desk.form()
    body = {"name": text(form, "name"), "parent_id": text(form, "parent_id") or None}
    return await desk.outcome(
        partial(_teams, desk), "created", "/admin/teams", "POST", "/teams", body, entered=entered_values(form)
    )


@routes.post("/admin/teams/suggestions", **page("editor"))
async def accept_suggestion(desk: TheDesk) -> Response:
    """Make a suggested team, or take the one of the same name, and propose the people who were found."""
    key = text(await desk.form(), "key")
    found = next((one for one in await desk.every("/teams/suggestions") if one["key"] == key), None)
    if found is None:
        return desk.view.redirect("/admin/teams")
    # Who is in a team already stays there up to today; who is in none has always been in this one.
    today = desk.view.clock.now().astimezone(desk.view.service.settings.zone).date().isoformat()
    moves = any(one["team"] is not None for one in found["now_in"])
    rows = [{"id": person, "from": today if moves else "", "to": ""} for person in found["people"]]
    try:
        team_id = UUID(found["same_name"] or (await desk.api("POST", "/teams", {"name": found["name"]}))["id"])
        stored = await _stored(desk, team_id)
        there = {row["id"] for row in stored if not row["to"]}
        everybody = [*stored, *(row for row in rows if row["id"] not in there)]
        effect = await desk.api(
            "PUT", f"/teams/{team_id}/members", {"members": stays.asked(everybody, "person_id")},
            move="true", preview="true",
        )  # fmt: skip
    except Refused as refused:
        return await _teams(desk, Entered({}, refused))
    return await _team(desk, team_id, rows=everybody, move=True, effect=effect)


@routes.get("/admin/teams/{team_id}", **page("editor"))
async def show_team(desk: TheDesk, team_id: UUID) -> Response:
    """One team."""
    return await _team(desk, team_id)


@routes.post("/admin/teams/{team_id}", **page("editor"))
async def change_team(desk: TheDesk, team_id: UUID) -> Response:
    """Change its name and its place in the tree."""
    form = await desk.form()
    body = {"name": text(form, "name"), "parent_id": text(form, "parent_id") or None}
    here = f"/teams/{team_id}"
    return await desk.outcome(
        partial(_team, desk, team_id), "saved", f"/admin{here}", "PATCH", here, body, entered=entered_values(form)
    )


@routes.post("/admin/teams/{team_id}/members", **page("editor"))
async def change_members(desk: TheDesk, team_id: UUID) -> Response:
    """Say who is, was or will be in it; or what that would change."""
    form = await desk.form()
    rows = stays.entered_rows(form)
    body = {"members": stays.asked(rows, "person_id")}
    move = "true" if form.get("move") == "on" else None
    here, again = f"/teams/{team_id}", partial(_team, desk, team_id, rows=rows, move=move is not None)
    if text(form, "act") == "save":
        return await desk.outcome(again, "saved", f"/admin{here}", "PUT", f"{here}/members", body, move=move)
    try:
        return await again(effect=await desk.api("PUT", f"{here}/members", body, move=move, preview="true"))
    except Refused as refused:
        return await again(Entered({}, refused))


@routes.post("/admin/teams/{team_id}/delete", **page("editor"))
async def delete_team(desk: TheDesk, team_id: UUID) -> Response:
    """Remove a team; its people and the teams below go where the form says."""
    move_to = text(await desk.form(), "move_to") or None
    return await desk.outcome(
        partial(_team, desk, team_id), "deleted", "/admin/teams", "DELETE", f"/teams/{team_id}", move_to=move_to
    )


async def _stored(desk: Desk, team_id: UUID | str) -> list[stays.Row]:
    members = await desk.every(f"/teams/{team_id}/members")
    return stays.rows_of(members, "person", desk.view.service.settings.zone)


async def _teams(desk: Desk, entered: Entered = NOTHING) -> Response:
    teams = await desk.every("/teams")
    return await desk.shown(
        "teams.html", entered, tree=_tree(teams, None), teams=[(one["id"], one["name"]) for one in teams],
        suggestions=await desk.every("/teams/suggestions"),
    )  # fmt: skip


async def _team(
    desk: Desk, team_id: UUID, entered: Entered = NOTHING, *, rows: list[stays.Row] | None = None, move: bool = False,
    effect: dict[str, Any] | None = None,
) -> Response:  # fmt: skip
    team = await desk.api("GET", f"/teams/{team_id}")
    others = [(one["id"], one["name"]) for one in await desk.every("/teams") if one["id"] != str(team_id)]
    people = [(one["id"], one["name"] or one["email"] or one["id"]) for one in await desk.every("/people")]
    return await desk.shown(
        "team.html", entered, team=team, others=others, people=sorted(people, key=lambda one: one[1].casefold()),
        rows=await _stored(desk, team_id) if rows is None else rows, move=move, effect=effect,
    )  # fmt: skip


def _tree(teams: list[dict[str, Any]], parent: str | None) -> list[dict[str, Any]]:
    below = sorted((one for one in teams if one["parent_id"] == parent), key=lambda one: one["name"].casefold())
    return [{**one, "below": _tree(teams, one["id"])} for one in below]
