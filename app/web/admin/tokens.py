"""`/admin/tokens`: what programs sign in with. A token is shown once, when it is made."""

from functools import partial
from typing import Any

from fastapi import Response

from app.core.texts import marked
from app.web.admin.desk import NOTHING, Desk, Entered, Refused, TheDesk, entered_values, text
from app.web.routing import page, pages

routes = pages()

ROLES = {
    "viewer": marked("Viewer: reads numbers"),
    "editor": marked("Editor: also people, teams and meanings"),
    "admin": marked("Admin: everything"),
    "ingest": marked("Ingest: pushes records of one source"),
}
"""What a token may do."""


@routes.get("/admin/tokens", **page("admin"))
async def list_tokens(desk: TheDesk) -> Response:
    """The tokens that there are."""
    return await _page(desk)


@routes.post("/admin/tokens", **page("admin"))
async def make_token(desk: TheDesk) -> Response:
    """Make a token, and show it this once."""
    form = await desk.form()
    body: dict[str, Any] = {
        "name": text(form, "name"),
        "role": text(form, "role"),
        "expires_at": desk.begin_of(text(form, "expires_on")),
        "source_id": text(form, "source_id") or None,
        "team_id": text(form, "team_id") or None,
    }
    try:
        made = await desk.api("POST", "/tokens", body)
    except Refused as refused:
        return await _page(desk, Entered(entered_values(form), refused))
    return await _page(desk, made=made)


@routes.post("/admin/tokens/{token_id}/revoke", **page("admin"))
async def revoke_token(desk: TheDesk, token_id: str) -> Response:
    """Let a token open nothing any more."""
    return await desk.outcome(partial(_page, desk), "revoked", "/admin/tokens", "DELETE", f"/tokens/{token_id}")


async def _page(desk: Desk, entered: Entered = NOTHING, *, made: dict[str, Any] | None = None) -> Response:
    sources = [(one["id"], one["name"]) for one in await desk.every("/sources")]
    teams = [(one["id"], one["name"]) for one in await desk.every("/teams")]
    return await desk.shown(
        "tokens.html", entered, tokens=await desk.every("/tokens"), made=made, roles=ROLES, sources=sources, teams=teams
    )
