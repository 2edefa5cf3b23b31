"""`/admin/mapping`: what a source's statuses, types and resolutions mean, with a preview of what a change does."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from anyio.to_thread import run_sync
from fastapi import Response

from app.core.errors import NotFoundError
from app.core.texts import marked
from app.store import mappings
from app.web.admin.desk import NOTHING, Desk, Entered, Refused, TheDesk, text
from app.web.admin.words import CATEGORIES, KINDS
from app.web.routing import page, pages

routes = pages()

_CLOSING = {name: CATEGORIES[name] for name in ("done", "discarded")}
MAPPED: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "statuses": (marked("Statuses"), "category", CATEGORIES),
    "item-types": (marked("Item types"), "kind", KINDS),
    "resolutions": (marked("Resolutions"), "category", _CLOSING),
}
"""What can be given a meaning: its title, the meaning's name in the API, the meanings."""


@routes.get("/admin/mapping", **page("editor"))
async def choose_source(desk: TheDesk) -> Response:
    """The sources whose words can be given a meaning."""
    coverage = await desk.api("GET", "/identity")
    sources = coverage["sources"]
    if len(sources) == 1:
        return desk.view.redirect(f"/admin/sources/{sources[0]['source_id']}/mapping")
    return await desk.shown("mapped_sources.html", sources=sources)


@routes.get("/admin/sources/{source_id}/mapping", **page("editor"))
async def show_mapping(desk: TheDesk, source_id: UUID) -> Response:
    """Every word of a source with its meaning."""
    return await _page(desk, source_id)


@routes.post("/admin/sources/{source_id}/mapping/{what}/{row_id}", **page("editor"))
async def map_word(desk: TheDesk, source_id: UUID, what: str, row_id: UUID) -> Response:
    """Give a word a meaning, or say what that would change."""
    if what not in MAPPED:
        raise NotFoundError("There is nothing of this kind to give a meaning.")
    form = await desk.form()
    _, named, _ = MAPPED[what]
    body: dict[str, Any] = {named: text(form, "meaning") or None}
    project = text(form, "project")
    if project:
        body["project"] = project
    previewed = text(form, "act") != "save"
    by_htmx = desk.view.request.headers.get("hx-request") == "true"
    if "project" in form and not project:
        # Without a project it would be said of all of them.
        return await _no_project(desk, source_id, str(row_id), by_htmx=by_htmx)
    try:
        answer = await desk.api(
            "PUT", f"/sources/{source_id}/{what}/{row_id}", body, preview="true" if previewed else None
        )
    except Refused as refused:
        return await _page(desk, source_id, Entered({}, refused))
    if previewed and by_htmx:
        return await desk.shown("effect.html", effect=answer)
    if previewed:
        entered = {_key(row_id, project): body[named], f"{row_id}.project": project}
        return await _page(desk, source_id, Entered(entered), effect=(_key(row_id, project), answer))
    return desk.view.redirect(f"/admin/sources/{source_id}/mapping", notice="saved")


def _key(row_id: object, project: str) -> str:
    """What tells the forms of a word apart: of the whole source, and of single projects."""
    return f"{row_id}-one" if project else str(row_id)


async def _no_project(desk: Desk, source_id: UUID, row_id: str, *, by_htmx: bool) -> Response:
    if by_htmx:
        return await desk.shown("effect.html", effect={})
    return await _page(desk, source_id, effect=(f"{row_id}-one", {}))


async def _page(
    desk: Desk, source_id: UUID, entered: Entered = NOTHING, effect: tuple[str, dict[str, Any]] = ("", {})
) -> Response:
    coverage = await desk.api("GET", "/identity")
    name = next((one["name"] for one in coverage["sources"] if one["source_id"] == str(source_id)), "")
    groups = []
    for what, (title, named, meanings) in MAPPED.items():
        rows = await desk.every(f"/sources/{source_id}/{what}")
        # What has no meaning yet comes first, then what holds most.
        rows.sort(key=partial(_rank, named))
        groups.append({"what": what, "title": title, "named": named, "meanings": meanings, "rows": rows})
    return await desk.shown(
        "mapping.html", entered, source_id=source_id, name=name, groups=groups, effect_of=effect[0], effect=effect[1],
        projects=await run_sync(_projects, desk, source_id),
    )  # fmt: skip


def _projects(desk: Desk, source_id: UUID) -> list[tuple[str, str, str]]:
    with desk.view.service.database.read() as connection:
        return [(str(project_id), key, name) for project_id, key, name in mappings.projects(connection, source_id)]


def _rank(named: str, row: dict[str, Any]) -> tuple[bool, int, str]:
    return row[named] is not None or not row["items"], -row["items"], row["name"]
