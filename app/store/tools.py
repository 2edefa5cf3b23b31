"""Facts about tools that only the admin knows: seats bought, price, freshness target."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from app.models.source import source
from app.models.tool import tool_facts


@dataclass(frozen=True, slots=True)
class ToolFacts:
    """What an admin said of a tool; `None` is what nobody said. `seat_price` is for one seat and one month."""

    tool: str
    seats_bought: int | None = None
    seat_price: float | None = None
    currency: str | None = None
    freshness_hours: float | None = None
    in_catalogue: bool = True


def facts(connection: Connection) -> dict[str, ToolFacts]:
    """What is known of each tool, by its name; tools of which nobody said anything are not in it."""
    columns = [tool_facts.c[name] for name in ToolFacts.__dataclass_fields__]
    rows = connection.execute(select(*columns)).mappings()
    return {row["tool"]: ToolFacts(**row) for row in rows}


def known(connection: Connection) -> list[str]:
    """Every tool that has a source or of which something was said, in order."""
    names = connection.execute(select(source.c.tool).union(select(tool_facts.c.tool))).scalars()
    return sorted(names)


def rows(connection: Connection) -> list[RowMapping]:
    """The row of every tool of which something was said."""
    return list(connection.execute(select(tool_facts).order_by(tool_facts.c.tool)).mappings())


def get(connection: Connection, tool: str) -> RowMapping | None:
    """The row of a tool, if something was said of it."""
    return connection.execute(select(tool_facts).where(tool_facts.c.tool == tool)).mappings().one_or_none()


def put(connection: Connection, tool: str, values: Mapping[str, Any], now: datetime) -> None:
    """Say something of a tool; what `values` does not name stays."""
    if get(connection, tool) is None:
        connection.execute(insert(tool_facts).values(tool=tool, updated_at=now, **values))
    else:
        connection.execute(update(tool_facts).where(tool_facts.c.tool == tool).values(updated_at=now, **values))


def forget(connection: Connection, tool: str) -> bool:
    """Take back what was said of a tool. False where nothing was."""
    return bool(connection.execute(delete(tool_facts).where(tool_facts.c.tool == tool)).rowcount)
