"""Rows of a table as an Arrow stream, with a type for each column: what BI tools and notebooks read fastest."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import nanoarrow as na
import orjson
from nanoarrow.ipc import StreamWriter

from app.api.tables import Row
from app.core.types import to_micros

INSTANTS = frozenset({"time"})
"""Columns of instants; in the other forms they are text."""


def to_arrow(rows: Sequence[Row], columns: Sequence[str]) -> bytes:
    """One batch of these columns.

    Whole numbers are int64, others float64 (a column without a value, too), lists and objects JSON.
    """
    typed = {name: _column(name, [row.get(name) for row in rows]) for name in columns}
    schema = na.struct({name: type_ for name, (type_, _) in typed.items()})
    arrays = [na.c_array(values, type_) for type_, values in typed.values()]
    batch = na.c_array_from_buffers(schema, len(rows), [None], children=arrays)
    out = io.BytesIO()
    with StreamWriter.from_writable(out) as writer:
        writer.write_array(batch)
    return out.getvalue()


def _column(name: str, values: list[Any]) -> tuple[na.Schema, list[Any]]:
    """The type of a column, and its values as that type takes them."""
    if name in INSTANTS:
        return na.timestamp("us", timezone="UTC"), [_micros(value) for value in values]
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return na.bool_(), values
    if kinds == {int}:
        return na.int64(), values
    if kinds <= {int, float}:
        return na.float64(), values
    return na.string(), [_text(value) for value in values]


def _micros(value: str | None) -> int | None:
    return None if value is None else to_micros(datetime.fromisoformat(value))


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()
