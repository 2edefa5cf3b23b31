"""`/admin/sources/new`: connect a source, tested before anything is stored; then choose what is read, and when."""

from functools import partial
from typing import Any
from uuid import UUID

from fastapi import Response

from app.web.admin.desk import NOTHING, Desk, Entered, Refused, TheDesk, entered_values, text, texts
from app.web.admin.schema_form import chosen_kind, config_fields, credentials_kinds
from app.web.admin.schema_form import entered as entered_fields
from app.web.routing import page, pages

routes = pages()


@routes.get("/admin/sources/new", **page("admin"))
async def choose_connector(desk: TheDesk) -> Response:
    """Which tool shall be read."""
    return await desk.shown("connectors.html", connectors=await desk.every("/connectors"))


@routes.get("/admin/sources/new/{kind}", **page("admin"))
async def show_form(desk: TheDesk, kind: str) -> Response:
    """The form of a connector's schemas."""
    return await _form(desk, await desk.api("GET", f"/connectors/{kind}"))


@routes.post("/admin/sources/new/{kind}", **page("admin"))
async def connect(desk: TheDesk, kind: str) -> Response:
    """Test what was entered, and store the source if it works. Sent by HTMX, only the findings come back."""
    form = await desk.form()
    connector = await desk.api("GET", f"/connectors/{kind}")
    config = entered_fields(config_fields(connector["config"]), form, "config")
    body: dict[str, Any] = {"connector": kind, "config": config}
    way = chosen_kind(credentials_kinds(connector["credentials"]), text(form, "kind"))
    chosen = "" if way is None else way.kind
    secrets: set[str] = set()
    if way is not None:
        body["credentials"] = {"kind": chosen, **entered_fields(way.fields, form, f"credentials.{chosen}")}
        secrets = {f"credentials.{chosen}.{field.name}" for field in way.fields if field.kind == "secret"}
    kept = {name: value for name, value in entered_values(form).items() if name not in secrets}
    try:
        checks = await desk.api("POST", "/sources/check", body)
        if not checks["ok"]:
            return await _form(desk, connector, Entered(kept), found=checks["checks"])
        source = await desk.api("POST", "/sources", {**body, "name": text(form, "name")})
    except Refused as refused:
        return await _form(desk, connector, Entered(kept, _placed(refused, chosen)))
    target = f"/admin/sources/{source['id']}/scopes?first=1"
    if _by_htmx(desk):
        return Response(headers={"HX-Redirect": target})
    return desk.view.redirect(f"/admin/sources/{source['id']}/scopes", first="1")


@routes.get("/admin/sources/{source_id}/scopes", **page("admin"))
async def show_scopes(desk: TheDesk, source_id: UUID, first: str = "") -> Response:
    """What is read of a source, and when."""
    return await _scopes(desk, source_id, first=bool(first))


@routes.post("/admin/sources/{source_id}/scopes", **page("admin"))
async def choose_scopes(desk: TheDesk, source_id: UUID) -> Response:
    """Save the choice; the first time, read at once."""
    form = await desk.form()
    source = await desk.api("GET", f"/sources/{source_id}")
    connector = await desk.api("GET", f"/connectors/{source['connector']}")
    first = text(form, "first") == "1"
    body: dict[str, Any] = {}
    if connector["streams"]:
        schedule = text(form, "cron") or text(form, "schedule")
        body |= {"schedule": schedule or None, "start_date": text(form, "start_date") or None}
    if form.get("stream") is not None:
        names, every = texts(form, "stream"), [one["name"] for one in connector["streams"]]
        body["streams"] = None if set(names) == set(every) else names
    field = next((one for one in config_fields(connector["config"]) if one.scopes), None)
    if field is not None and form.get("all") is not None:
        ticked = texts(form, "scope")
        # Who takes ticks away where all were read means it, whatever stands above them.
        as_before = text(form, "all_before") == str(len(ticked)) or not text(form, "all_before") or not ticked
        chosen = [] if form.get("all") == "on" and as_before else ticked
        if sorted(chosen) != sorted(source["config"].get(field.name, ())):
            body["config"] = {**source["config"], field.name: chosen}
    here, again = f"/sources/{source_id}", partial(_scopes, desk, source_id, first=first)
    try:
        await desk.api("PATCH", here, body)
    except Refused as refused:
        return await again(Entered(entered_values(form), refused))
    if first and connector["streams"]:
        return await desk.outcome(again, "queued", f"/admin{here}", "POST", f"{here}/syncs", {"mode": "incremental"})
    return desk.view.redirect(f"/admin{here}", notice="saved")


async def _form(
    desk: Desk, connector: dict[str, Any], entered: Entered = NOTHING, *, found: list[dict[str, Any]] | None = None
) -> Response:
    by_htmx, kinds = _by_htmx(desk), credentials_kinds(connector["credentials"])
    response = await desk.shown(
        "checks.html" if by_htmx else "new_source.html",
        entered,
        connector=connector,
        fields=config_fields(connector["config"]),
        kinds=kinds,
        kind=chosen_kind(kinds, entered.value("kind") or desk.view.request.query_params.get("kind", "")),
        found=found,
        ok=False,
        partial=by_htmx,
    )
    if by_htmx:
        # HTMX shows nothing of an answer that is an error.
        response.status_code = 200
    return response


async def _scopes(desk: Desk, source_id: UUID, entered: Entered = NOTHING, *, first: bool) -> Response:
    source = await desk.api("GET", f"/sources/{source_id}")
    connector = await desk.api("GET", f"/connectors/{source['connector']}")
    field = next((one for one in config_fields(connector["config"]) if one.scopes), None)
    offered: list[dict[str, Any]] = []
    unreachable = ""
    if field is not None:
        try:
            offered = await desk.every(f"/sources/{source_id}/scopes")
        except Refused as refused:
            unreachable = refused.detail
        offered = [{**one, "value": one[field.scopes] or one["external_id"]} for one in offered]
    narrowed = field is not None and bool(source["config"].get(field.name))
    return await desk.shown(
        "scopes.html", entered, source=source, streams=connector["streams"], scopes=offered, narrowed=narrowed,
        chosen={one["value"] for one in offered if one["chosen"]}, unreachable=unreachable, first=first,
        divided=field is not None,
        uncounted=sum(one["items"] is None and one["members"] is None for one in offered),
    )  # fmt: skip


def _placed(refused: Refused, kind: str) -> Refused:
    """Each kind of credentials has its own fields in the form."""
    refused.wrong = {
        f"credentials.{kind}.{place.removeprefix('credentials.')}" if place.startswith("credentials.") else place: said
        for place, said in refused.wrong.items()
    }
    return refused


def _by_htmx(desk: Desk) -> bool:
    return desk.view.request.headers.get("hx-request") == "true"
