"""Rows of a table as bytes: a bare array, NDJSON, or CSV that a spreadsheet can open without harm."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

Row = dict[str, Any]
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\x00")


def to_json(rows: Sequence[Row]) -> bytes:
    """A bare array."""
    return orjson.dumps(rows)


def to_ndjson(rows: Iterable[Row]) -> bytes:
    """One object a line."""
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def to_csv(rows: Sequence[Row], *, raw: bool = False, columns: Sequence[str] | None = None) -> bytes:
    """CSV with a header: of `columns`, else of what the rows have.

    Unless it is `raw`, a text that a spreadsheet would take for a formula gets a `'`.
    """
    columns = columns or list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name), raw=raw) for name in columns])
    return out.getvalue().encode()


def _cell(value: Any, *, raw: bool) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}" if not raw and value.startswith(_FORMULA) else value
    if isinstance(value, list | dict):
        return orjson.dumps(value).decode()
    return value
