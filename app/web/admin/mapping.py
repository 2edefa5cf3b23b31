"""`/admin/mapping`: what a source's statuses, types and resolutions mean, with a preview of what a change does."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import Response

from app.core.errors import NotFoundError
from app.core.texts import marked
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
    if text(form, "project"):
        body["project"] = text(form, "project")
    previewed = text(form, "act") != "save"
    by_htmx = desk.view.request.headers.get("hx-request") == "true"
    try:
        answer = await desk.api(
            "PUT", f"/sources/{source_id}/{what}/{row_id}", body, preview="true" if previewed else None
        )
    except Refused as refused:
        return await _page(desk, source_id, Entered({}, refused))
    if previewed and by_htmx:
        return await desk.shown("effect.html", effect=answer)
    if previewed:
        return await _page(desk, source_id, Entered({str(row_id): body[named]}), effect=(str(row_id), answer))
    return desk.view.redirect(f"/admin/sources/{source_id}/mapping", notice="saved")


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
        "mapping.html", entered, source_id=source_id, name=name, groups=groups, effect_of=effect[0], effect=effect[1]
    )


def _rank(named: str, row: dict[str, Any]) -> tuple[bool, int, str]:
    return row[named] is not None or not row["items"], -row["items"], row["name"]
