"""`/admin/sources`: which sources there are, and each one's page: its state, its syncs, its settings."""

from functools import partial
from typing import Any
from uuid import UUID

from fastapi import Response

from app.core.errors import NotFoundError
from app.web.admin.desk import NOTHING, Desk, Entered, Refused, TheDesk, entered_values, text
from app.web.admin.schema_form import chosen_kind, config_fields, credentials_kinds
from app.web.admin.schema_form import entered as entered_fields
from app.web.admin.source_state import SourceState, left_of, state_of, waits_for
from app.web.routing import page, pages

routes = pages()


@routes.get("/admin", **page("editor"))
async def start(desk: TheDesk) -> Response:
    """The first admin page that somebody may see."""
    return desk.view.redirect("/admin/sources" if desk.view.user.is_admin else "/admin/people")


@routes.get("/admin/start", **page("admin"))
async def begin(desk: TheDesk) -> Response:
    """Where to begin: the first-run wizard ends here."""
    return await desk.shown("start.html", sources=await desk.every("/sources"))


@routes.get("/admin/sources", **page("admin"))
async def list_sources(desk: TheDesk) -> Response:
    """Every source with its state."""
    rows = [await state_of(desk, source, syncs="1") for source in await desk.every("/sources")]
    return await desk.shown("sources.html", rows=rows)


@routes.get("/admin/sources/{source_id}", **page("admin"))
async def show_source(desk: TheDesk, source_id: UUID) -> Response:
    """One source."""
    return await _page(desk, source_id)


@routes.post("/admin/sources/{source_id}", **page("admin"))
async def change_source(desk: TheDesk, source_id: UUID) -> Response:
    """Change its name and its settings."""
    form = await desk.form()
    source, connector = await _both(desk, source_id)
    fields = config_fields(connector["config"])
    entered = entered_fields(tuple(one for one in fields if not one.scopes), form, "config")
    # What to read is chosen on a page of its own.
    config = entered | {one.name: source["config"][one.name] for one in fields if one.scopes}
    body: dict[str, Any] = {"name": text(form, "name")}
    if any(str(source["config"].get(name)) != str(value) for name, value in config.items()):
        body["config"] = config
    return await desk.outcome(
        partial(_page, desk, source_id), "saved", f"/admin/sources/{source_id}", "PATCH", f"/sources/{source_id}",
        body, entered=entered_values(form),
    )  # fmt: skip


@routes.get("/admin/sources/{source_id}/progress", **page("admin"))
async def show_progress(desk: TheDesk, source_id: UUID) -> Response:
    """How far the sync is, for the page that shows it; when it has ended, the page is loaded again."""
    state = await state_of(desk, await desk.api("GET", f"/sources/{source_id}"))
    response = await desk.shown("progress.html", **_progress(desk, state))
    if state.active is None:
        # Without what the address says was done last: that is over.
        response.headers["HX-Redirect"] = f"/admin/sources/{source_id}"
    return response


@routes.post("/admin/sources/{source_id}/check", **page("admin"))
async def check_source(desk: TheDesk, source_id: UUID) -> Response:
    """Test the connection as it is saved."""
    try:
        checks = await desk.api("POST", f"/sources/{source_id}/check")
    except Refused as refused:
        return await _page(desk, source_id, Entered(refused=refused))
    return await _page(desk, source_id, found=checks["checks"], ok=checks["ok"])


@routes.post("/admin/sources/{source_id}/sync", **page("admin"))
async def sync_source(desk: TheDesk, source_id: UUID) -> Response:
    """Read it now; with `mode=full`, everything again."""
    mode = "full" if text(await desk.form(), "mode") == "full" else "incremental"
    here = f"/sources/{source_id}"
    return await desk.outcome(
        partial(_page, desk, source_id), "queued", f"/admin{here}", "POST", f"{here}/syncs", {"mode": mode}
    )


@routes.post("/admin/sources/{source_id}/cancel", **page("admin"))
async def cancel_sync(desk: TheDesk, source_id: UUID) -> Response:
    """Stop a sync."""
    run = text(await desk.form(), "run")
    return await desk.outcome(
        partial(_page, desk, source_id), "cancelled", f"/admin/sources/{source_id}", "POST", f"/syncs/{run}/cancel"
    )


@routes.post("/admin/sources/{source_id}/enabled", **page("admin"))
async def pause_or_resume(desk: TheDesk, source_id: UUID) -> Response:
    """Pause a source, or resume it."""
    enabled = text(await desk.form(), "enabled") == "on"
    here = f"/sources/{source_id}"
    notice = "resumed" if enabled else "paused"
    return await desk.outcome(
        partial(_page, desk, source_id), notice, f"/admin{here}", "PATCH", here, {"enabled": enabled}
    )


@routes.post("/admin/sources/{source_id}/delete", **page("admin"))
async def delete_source(desk: TheDesk, source_id: UUID) -> Response:
    """Delete a source whose name was entered; else say what would go with it."""
    confirm = text(await desk.form(), "confirm")
    return await desk.outcome(
        partial(_page, desk, source_id), "deleted", "/admin/sources", "DELETE", f"/sources/{source_id}",
        entered={"confirm": confirm}, confirm=confirm,
    )  # fmt: skip


@routes.post("/admin/sources/{source_id}/credentials", **page("admin"))
async def replace_credentials(desk: TheDesk, source_id: UUID) -> Response:
    """Sign in there again: the new credentials are tested before they replace the old ones."""
    form = await desk.form()
    source, connector = await _both(desk, source_id)
    way = chosen_kind(credentials_kinds(connector["credentials"]), text(form, "kind"))
    if way is None:
        raise NotFoundError("Sources of this connector have no credentials.")
    kind = way.kind
    given = {"kind": kind, **entered_fields(way.fields, form, f"credentials.{kind}")}
    tested = {"connector": source["connector"], "config": source["config"], "credentials": given}
    again = partial(_page, desk, source_id)
    try:
        checks = await desk.api("POST", "/sources/check", tested)
    except Refused as refused:
        return await again(Entered({"kind": kind}, refused))
    if not checks["ok"]:
        return await again(found=checks["checks"], ok=False)
    here = f"/sources/{source_id}"
    return await desk.outcome(again, "credentials", f"/admin{here}", "PUT", f"{here}/credentials", given)


@routes.get("/admin/sources/{source_id}/syncs/{run_id}", **page("admin"))
async def show_sync(desk: TheDesk, source_id: UUID, run_id: UUID) -> Response:
    """One sync: its streams, and what was set aside."""
    return await _sync_page(desk, source_id, run_id)


@routes.post("/admin/sources/{source_id}/syncs/{run_id}/retry", **page("admin"))
async def retry_rejects(desk: TheDesk, source_id: UUID, run_id: UUID) -> Response:
    """Read what was set aside again."""
    return await desk.outcome(
        partial(_sync_page, desk, source_id, run_id), "queued", f"/admin/sources/{source_id}", "POST",
        f"/syncs/{run_id}/rejects/retry",
    )  # fmt: skip


async def _sync_page(desk: Desk, source_id: UUID, run_id: UUID, entered: Entered = NOTHING) -> Response:
    source = await desk.api("GET", f"/sources/{source_id}")
    run = await desk.api("GET", f"/syncs/{run_id}")
    rejects = (await desk.api("GET", f"/syncs/{run_id}/rejects", limit="200"))["items"]
    return await desk.shown("sync.html", entered, source=source, run=run, rejects=rejects)


async def _both(desk: Desk, source_id: UUID) -> tuple[dict[str, Any], dict[str, Any]]:
    source = await desk.api("GET", f"/sources/{source_id}")
    return source, await desk.api("GET", f"/connectors/{source['connector']}")


async def _page(
    desk: Desk, source_id: UUID, entered: Entered = NOTHING, *, found: list[dict[str, Any]] | None = None,
    ok: bool = False,
) -> Response:  # fmt: skip
    source, connector = await _both(desk, source_id)
    state = await state_of(desk, source)
    kinds = credentials_kinds(connector["credentials"])
    way = desk.view.request.query_params.get("kind", "") or entered.value("kind")
    counts = {} if entered.refused is None else entered.refused.goes_with
    return await desk.shown(
        "source.html", entered, runs=[run for run in state.runs if run is not state.active], trouble=state.error,
        first=len(state.runs) == 1 and state.active is None and state.runs[0]["status"] in ("succeeded", "incomplete"),
        streams=connector["streams"], fields=config_fields(connector["config"]),
        kinds=kinds, kind=chosen_kind(kinds, way), signing_in=bool(way), found=found, ok=ok, counts=counts,
        **_progress(desk, state),
    )  # fmt: skip


def _progress(desk: Desk, state: SourceState) -> dict[str, Any]:
    now, run = desk.view.clock.now(), state.active
    newest = run or state.run
    running = run is not None and run["status"] == "running"
    return {
        "source": state.source,
        "run": run,
        "active": run is not None,
        "next_at": state.next_at,
        "was_read": state.was_read,
        "left": left_of(run, now) if running and run is not None else None,
        "waits": None if newest is None or (run is not None and not running) else waits_for(newest, now),
    }
