"""`/api/v1/tools`: what only the admin knows of a tool. No vendor tells how many seats were bought, or for how much."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, Field, StringConstraints

from app.api.paging import Page, ThePage
from app.api.routing import needs, router
from app.api.schemas import Body
from app.api.service import Act, TheAct, TheService
from app.core.errors import InvalidError, NotFoundError
from app.store import tools, version

routes = router("/api/v1/tools", "tools")
ToolName = Annotated[str, Path(description="A tool: a source's `tool`, or the name of one that has no source yet.")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
_LONGEST_NAME = 200


class ToolChange(Body):
    """What to say of a tool. In a PATCH, what is not named stays; in a PUT, it is unsaid."""

    seats_bought: int | None = Field(default=None, ge=0, le=10_000_000, description="Seats paid for; null: not known.")
    seat_price: float | None = Field(
        default=None, ge=0, le=1_000_000, allow_inf_nan=False, description="For one seat and one month."
    )
    currency: Currency | None = Field(default=None, description="Of the price, as in ISO 4217: `EUR`.")
    freshness_hours: float | None = Field(
        default=None, gt=0, le=8_760, allow_inf_nan=False, description="How old the tool's data may be, in hours."
    )
    in_catalogue: bool = Field(default=True, description="Whether data quality expects a source of this tool.")


class Tool(BaseModel):
    """A tool and what was said of it; null is what nobody said."""

    tool: str
    seats_bought: int | None = None
    seat_price: float | None = None
    currency: str | None = None
    freshness_hours: float | None = None
    in_catalogue: bool = True
    updated_at: datetime | None = Field(default=None, description="Null where nobody said anything.")


@routes.get("", summary="Tools, and what was said of them", **needs("admin"))
def list_tools(paging: ThePage, service: TheService) -> Page[Tool]:
    with service.database.read() as connection:
        said = [Tool(**row) for row in tools.rows(connection)]
        silent = set(tools.known(connection)) - {one.tool for one in said}
    return paging.cut("tools", [*said, *(Tool(tool=name) for name in silent)], lambda one: one.tool)


@routes.get("/{tool}", summary="One tool", **needs("admin", 404))
def read_tool(tool: ToolName, service: TheService) -> Tool:
    with service.database.read() as connection:
        row = tools.get(connection, tool)
        if row is None and tool not in tools.known(connection):
            raise _unknown()
    return Tool(tool=tool) if row is None else Tool(**row)


@routes.put("/{tool}", summary="Say all that is known of a tool", **needs("admin", 400, 413, 415))
def replace_tool(tool: ToolName, body: ToolChange, acting: TheAct) -> Tool:
    if not tool.isprintable() or tool != tool.strip() or len(tool) > _LONGEST_NAME:
        raise InvalidError.at(["path", "tool"], "A tool's name is printable text without blanks around it.")
    with acting.begin() as act:
        return _said(act, tool, body.model_dump())


@routes.patch("/{tool}", summary="Say more of a tool", **needs("admin", 400, 404, 413, 415))
def change_tool(tool: ToolName, body: ToolChange, acting: TheAct) -> Tool:
    with acting.begin() as act:
        if tool not in tools.known(act.connection):
            raise _unknown()
        return _said(act, tool, body.model_dump(exclude_unset=True))


@routes.delete("/{tool}", status_code=204, summary="Take back what was said of a tool", **needs("admin", 404))
def forget_tool(tool: ToolName, acting: TheAct) -> None:
    with acting.begin() as act:
        if not tools.forget(act.connection, tool):
            raise NotFoundError("Nothing was said of a tool with this name.")
        act.audit("tool.forget", f"tool:{tool}")
        version.bump(act.connection, act.now)


def _said(act: Act, tool: str, values: dict[str, Any]) -> Tool:
    tools.put(act.connection, tool, values, act.now)
    row = tools.get(act.connection, tool)
    if row is None:
        raise RuntimeError("The tool that was just written cannot be read back.")
    if (row["seat_price"] is None) != (row["currency"] is None):
        raise InvalidError.at(["body", "currency"], "A price needs a currency, and a currency a price: send both.")
    act.audit("tool.change", f"tool:{tool}", **values)
    version.bump(act.connection, act.now)
    return Tool(**row)


def _unknown() -> NotFoundError:
    return NotFoundError("There is no tool with this name: GET /api/v1/tools lists them, PUT adds one.")
