"""`/admin/tools`: what of each tool nobody else knows: seats bought, their price, how fresh its data has to be."""

from functools import partial
from typing import Any

from fastapi import Response

from app.web.admin.desk import NOTHING, Desk, Entered, TheDesk, decimal, entered_values, text, whole
from app.web.routing import page, pages

routes = pages()


@routes.get("/admin/tools", **page("admin"))
async def list_tools(desk: TheDesk) -> Response:
    """Every tool, with what is known of its seats."""
    return await _page(desk)


@routes.post("/admin/tools/{tool}", **page("admin"))
async def change_tool(desk: TheDesk, tool: str) -> Response:
    """Change what is known of a tool's seats."""
    form = await desk.form()
    body = {
        "seats_bought": whole(text(form, "seats_bought")),
        "seat_price": decimal(text(form, "seat_price")),
        "currency": text(form, "currency") or None,
        "freshness_hours": decimal(text(form, "freshness_hours")),
    }
    entered = {"tool": tool, **entered_values(form)}
    return await desk.outcome(
        partial(_page, desk), "saved", "/admin/tools", "PATCH", f"/tools/{tool}", body, entered=entered
    )


async def _page(desk: Desk, entered: Entered = NOTHING) -> Response:
    known = {one["tool"]: {name: _short(value) for name, value in one.items()} for one in await desk.every("/tools")}
    named = {source["tool"] for source in await desk.every("/sources")} | known.keys()
    return await desk.shown("tools.html", entered, tools=[(name, known.get(name, {})) for name in sorted(named)])


def _short(value: Any) -> Any:
    """A number as a person would enter it: 24, and not 24.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
