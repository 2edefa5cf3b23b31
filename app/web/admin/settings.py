"""`/admin/settings`: how the deployment is set, and what every admin did."""

from functools import partial
from typing import Any

from anyio.to_thread import run_sync
from fastapi import Response

from app.core.texts import marked
from app.store import users as accounts
from app.web.admin.desk import NOTHING, Desk, Entered, TheDesk, entered_values, text, whole
from app.web.routing import page, pages

routes = pages()

KEPT = {
    "usage_days": marked("Use of tools, by account"),
    "conversations": marked("Conversations"),
    "survey_comments": marked("Comments of surveys"),
    "rejects": marked("Records that were set aside"),
    "audit": marked("Audit"),
    "sync_runs": marked("Syncs"),
}
"""Kinds of data that are kept for some days."""


@routes.get("/admin/settings", **page("admin"))
async def show_settings(desk: TheDesk) -> Response:
    """The settings that hold."""
    return await _page(desk)


@routes.post("/admin/settings", **page("admin"))
async def change_settings(desk: TheDesk) -> Response:
    """Change those that the form changes."""
    form = await desk.form()
    before = await desk.api("GET", "/settings")
    wanted: dict[str, Any] = {
        "timezone": text(form, "timezone"),
        "locale": text(form, "locale"),
        "min_group": whole(text(form, "min_group")),
        "shares": form.get("shares") == "on",
        "retention": {kind: whole(text(form, f"retention.{kind}")) for kind in before["retention"]},
    }
    body = {name: value for name, value in wanted.items() if value != before[name]}
    return await desk.outcome(
        partial(_page, desk), "saved", "/admin/settings", "PATCH", "/settings", body, entered=entered_values(form)
    )


@routes.get("/admin/audit", **page("admin"))
async def show_audit(desk: TheDesk, actor: str = "", action: str = "", target: str = "", cursor: str = "") -> Response:
    """What was done, by whom, the newest first."""
    asked = {"actor": actor, "action": action, "target": target, "cursor": cursor}
    listed = await desk.api("GET", "/audit", limit="50", **{name: value or None for name, value in asked.items()})
    more = None if listed["next"] is None else desk.view.here(cursor=listed["next"])
    users = await run_sync(_users, desk)
    return await desk.shown("audit.html", entries=listed["items"], more=more, asked=asked, users=users)


async def _page(desk: Desk, entered: Entered = NOTHING) -> Response:
    return await desk.shown("settings.html", entered, settings=await desk.api("GET", "/settings"), kept=KEPT)


def _users(desk: Desk) -> dict[str, str]:
    with desk.view.service.database.read() as connection:
        return {f"user:{row['id']}": row["name"] for row in accounts.every(connection)}
