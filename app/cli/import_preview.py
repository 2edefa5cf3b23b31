"""The first records of a file, as they would be stored."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from rich.table import Table
from rich.text import Text

from app.ingest.lines import Line
from connectors.kit.records import PUSHABLE, Record

_WIDEST = 48


def fields_of(record_type: str) -> list[str]:
    """The fields of a record type, as they are called in a file."""
    return [part.encode_name for part in msgspec.structs.fields(PUSHABLE[record_type])]


def plain(record: Record) -> dict[str, Any]:
    """What a record tells: its fields that are not at their defaults, instants in UTC."""
    values: dict[str, Any] = {}
    for part in msgspec.structs.fields(type(record)):
        value = getattr(record, part.name)
        if not part.required and value == part.default:
            continue
        at = value.astimezone(UTC) if isinstance(value, datetime) else value
        values[part.encode_name] = msgspec.to_builtins(at)
    return values


def told(line: Line) -> dict[str, Any]:
    """A line as JSON: `{"line", "record"}`, or `{"line", "errors"}`."""
    if isinstance(line.content, list):
        return {"line": line.number, "errors": line.content}
    return {"line": line.number, "record": plain(line.content)}


def shown(lines: Sequence[Line]) -> Table:
    """A column for each line, a row for each field that one of them has."""
    records = [plain(line.content) if isinstance(line.content, Record) else {} for line in lines]
    table = Table("field", *(f"line {line.number}" for line in lines), box=None)
    for name in dict.fromkeys(name for record in records for name in record):
        table.add_row(name, *(_cell(record.get(name)) for record in records))
    reasons = [_reason(line) for line in lines]
    if any(reasons):
        table.add_row("rejected", *map(_cell, reasons))
    return table


def _reason(line: Line) -> str | None:
    if isinstance(line.content, Record):
        return None
    return " ".join(": ".join((*map(str, error["loc"]), error["msg"])) for error in line.content)


def _cell(value: Any) -> Text:
    # As it is: what a file holds is no markup.
    text = "" if value is None else value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return Text(text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…")
