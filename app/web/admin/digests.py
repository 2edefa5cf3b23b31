"""`/admin/digests`: what is posted to Slack and when, shown as it would be posted, and what became of it."""

from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from anyio.to_thread import run_sync
from fastapi import Response
from starlette.datastructures import FormData

from app.api.digest_schemas import DEFAULT_METRICS
from app.digest.amounts import main_measure
from app.digest.workspace import KIND
from app.metrics.catalogue import CATALOGUE
from app.store import channels, sources
from app.web.admin import rhythm
from app.web.admin.desk import NOTHING, Desk, Entered, Refused, TheDesk, entered_values, text, texts, whole
from app.web.routing import page, pages

routes = pages()


@routes.get("/admin/digests", **page("editor"))
async def list_digests(desk: TheDesk) -> Response:
    """Every digest."""
    return await desk.shown("digests.html", digests=await desk.every("/digests"), now=desk.view.clock.now())


@routes.get("/admin/digests/new", **page("editor"))
async def show_form(desk: TheDesk) -> Response:
    """The form of a new one."""
    return await _form(desk)


@routes.post("/admin/digests/new", **page("editor"))
async def make_digest(desk: TheDesk) -> Response:
    """Make a digest."""
    form = await desk.form()
    try:
        made = await desk.api("POST", "/digests", _body(form))
    except Refused as refused:
        return await _form(desk, Entered(_entered(form), refused))
    return desk.view.redirect(f"/admin/digests/{made['id']}", notice="created")


@routes.get("/admin/digests/{digest_id}", **page("editor"))
async def show_digest(desk: TheDesk, digest_id: UUID) -> Response:
    """One digest: as it would be posted now, its settings, and what became of each."""
    return await _digest(desk, digest_id)


@routes.post("/admin/digests/{digest_id}", **page("editor"))
async def change_digest(desk: TheDesk, digest_id: UUID) -> Response:
    """Change a digest."""
    form = await desk.form()
    here = f"/digests/{digest_id}"
    body = {**_body(form), "enabled": form.get("enabled") == "on"}
    return await desk.outcome(
        partial(_digest, desk, digest_id), "saved", f"/admin{here}", "PATCH", here, body, entered=_entered(form)
    )


@routes.post("/admin/digests/{digest_id}/preview", **page("editor"))
async def preview_digest(desk: TheDesk, digest_id: UUID) -> Response:
    """The exact message that Slack would get now."""
    try:
        preview = await desk.api("POST", f"/digests/{digest_id}/preview")
    except Refused as refused:
        return await _digest(desk, digest_id, Entered({}, refused))
    return await _digest(desk, digest_id, preview=preview)


@routes.post("/admin/digests/{digest_id}/send", **page("editor"))
async def send_digest(desk: TheDesk, digest_id: UUID) -> Response:
    """Post it now, to one person."""
    form = await desk.form()
    here = f"/digests/{digest_id}"
    return await desk.outcome(
        partial(_digest, desk, digest_id), "sent", f"/admin{here}", "POST", f"{here}/send",
        {"user": text(form, "user")}, entered=entered_values(form),
    )  # fmt: skip


@routes.post("/admin/digests/{digest_id}/unmute", **page("editor"))
async def unmute_digest(desk: TheDesk, digest_id: UUID) -> Response:
    """Let a muted digest be posted again."""
    here = f"/digests/{digest_id}"
    return await desk.outcome(
        partial(_digest, desk, digest_id), "saved", f"/admin{here}", "PATCH", here, {"muted_until": None}
    )


@routes.post("/admin/digests/{digest_id}/delete", **page("editor"))
async def delete_digest(desk: TheDesk, digest_id: UUID) -> Response:
    """Remove a digest with its ledger."""
    return await desk.outcome(
        partial(_digest, desk, digest_id), "deleted", "/admin/digests", "DELETE", f"/digests/{digest_id}"
    )


async def _form(desk: Desk, entered: Entered = NOTHING) -> Response:
    return await desk.shown("new_digest.html", entered, digest={}, **await _choices(desk))


async def _digest(
    desk: Desk, digest_id: UUID, entered: Entered = NOTHING, *, preview: dict[str, Any] | None = None
) -> Response:
    return await desk.shown(
        "digest.html", entered, digest=await desk.api("GET", f"/digests/{digest_id}"), preview=preview,
        now=desk.view.clock.now(),
        payload={name: value for name, value in (preview or {}).items() if name != "image"},
        deliveries=(await desk.api("GET", f"/digests/{digest_id}/deliveries", limit="20"))["items"],
        **await _choices(desk),
    )  # fmt: skip


async def _choices(desk: Desk) -> dict[str, Any]:
    workspaces, named = await run_sync(_workspaces, desk)
    return {
        "sources": workspaces,
        "channels": named,
        "posting_days": _posting_days(desk),
        "rhythm_of": rhythm.chosen,
        "teams": [(one["id"], one["name"]) for one in await desk.every("/teams")],
        "metrics": [
            (one.name, str(getattr(one.title, desk.view.language.value))) for one in CATALOGUE if main_measure(one)
        ],
    }


def _workspaces(desk: Desk) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The Slack sources by name, and their channels: an editor may choose one, and reads no other in the API."""
    with desk.view.service.database.read() as connection:
        found = {one.id: one.name for one in sources.every(connection) if one.connector == KIND}
        named = channels.public(connection, list(found))
    return [(str(key), name) for key, name in found.items()], named


def _posting_days(desk: Desk) -> list[tuple[str, str]]:
    monday = date(2024, 1, 1)
    each = [
        (name, desk.view.gettext("each %(weekday)s", weekday=desk.view.language.weekday(monday + timedelta(number))))
        for number, name in enumerate(rhythm.WEEKDAYS)
    ]
    return [
        *each,
        (rhythm.EACH_WORKING_DAY, desk.view.gettext("from Monday to Friday")),
        (rhythm.MONTHLY, desk.view.gettext("on the first of each month")),
    ]


def _body(form: FormData) -> dict[str, Any]:
    body: dict[str, Any] = {
        "name": text(form, "name"),
        "source_id": text(form, "source_id"),
        "channel": text(form, "channel"),
        "teams": texts(form, "teams"),
        "metrics": texts(form, "metrics") or list(DEFAULT_METRICS),
        "schedule": text(form, "schedule") or rhythm.line(text(form, "day"), text(form, "time")),
        "timezone": text(form, "timezone"),
        "locale": text(form, "locale"),
        "days": whole(text(form, "days")),
    }
    return {name: value for name, value in body.items() if value not in ("", None)}


def _entered(form: FormData) -> dict[str, Any]:
    return {**entered_values(form), "teams": texts(form, "teams"), "metrics": texts(form, "metrics")}
