"""The lines of a push, read one by one into typed records.

CSV: the first line names the fields. An empty cell is an absent field; lists are separated by `|` or `;`;
`true` and `false` are booleans; objects (`properties`, `marks`) are JSON.
"""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_origin

import msgspec

from app.core.errors import InvalidError
from app.ingest.moments import wire_form
from connectors.kit.records import Record

LONGEST_LINE = 1 << 20
"""Bytes of one line; a longer one is refused, and not kept in memory."""

_PLACE = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?", re.DOTALL)
_NAMED = re.compile(r"Object (?P<what>contains unknown|missing required) field `(?P<name>.*)`")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")


@dataclass(frozen=True, slots=True)
class Line:
    """The record of a line, or what is wrong with it: `[{"loc", "msg"}]`. Lines count from 1."""

    number: int
    content: Record | list[dict[str, Any]]


def ndjson(body: Iterable[bytes], kind: type[Record]) -> Iterator[Line]:
    """One JSON object a line; blank lines are skipped."""
    wire, finish = wire_form(kind)
    decoder = msgspec.json.Decoder(wire)
    for number, text in _split(body):
        if text is None:
            yield Line(number, _too_long())
            continue
        if not text.strip():
            continue
        try:
            yield Line(number, finish(decoder.decode(text)))
        except msgspec.ValidationError as error:
            yield Line(number, [_explained(str(error))])
        except (msgspec.DecodeError, UnicodeDecodeError):
            yield Line(number, [{"loc": [], "msg": "The line is not a JSON object in UTF-8."}])


def csv_rows(body: Iterable[bytes], kind: type[Record]) -> Iterator[Line]:
    """One record a row. Raises InvalidError where the header names a field that the record type lacks."""
    reader = csv.reader(_texts(body))
    fields = {part.encode_name: part.type for part in msgspec.structs.fields(kind)}
    header: list[str] | None = None
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Line(number, _too_long())
            continue
        if header is None:
            header = [cell.strip() for cell in cells]
            _check_header(header, fields)
        elif cells:
            yield Line(number, _row(cells, header, fields, kind))


def _row(
    cells: list[str], header: list[str], fields: dict[str, Any], kind: type[Record]
) -> Record | list[dict[str, Any]]:
    if len(cells) > len(header):
        return [{"loc": [], "msg": f"The row has {len(cells)} cells, the header {len(header)}."}]
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return [{"loc": [], "msg": "The row is not UTF-8."}]
    values: dict[str, Any] = {}
    for name, cell in zip(header, cells, strict=False):
        if not cell:
            continue
        try:
            values[name] = _value(cell, fields[name])
        except msgspec.DecodeError:
            return [{"loc": [name], "msg": "It is not JSON."}]
    wire, finish = wire_form(kind)
    try:
        return finish(msgspec.convert(values, wire, strict=False))
    except msgspec.ValidationError as error:
        return [_explained(str(error))]


def _value(cell: str, kind: Any) -> Any:
    if get_origin(kind) is dict or _holds_objects(kind):
        return msgspec.json.decode(cell)
    if get_origin(kind) is tuple:
        return [part.strip() for part in re.split(r"[|;]", cell) if part.strip()]
    return cell


def _holds_objects(kind: Any) -> bool:
    inner = get_args(kind)
    return get_origin(kind) is tuple and isinstance(inner[0], type) and issubclass(inner[0], msgspec.Struct)


def _check_header(header: list[str], fields: dict[str, Any]) -> None:
    unknown = [name for name in header if name not in fields]
    errors = [
        {"loc": ["body", 1, name], "msg": f"There is no such field; there are: {', '.join(fields)}."}
        for name in unknown
    ]
    repeated = sorted({name for name in header if header.count(name) > 1})
    errors += [{"loc": ["body", 1, name], "msg": "The header names it twice."} for name in repeated]
    if errors:
        raise InvalidError("The first line must name fields of the record type, each once.", errors=errors)


def _split(body: Iterable[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines without their ends; `None` for one that is too long."""
    number, rest, dropping = 0, b"", False
    first = True
    for piece in body:
        if first and piece:
            piece, first = piece.removeprefix(codecs.BOM_UTF8), False  # noqa: PLW2901 - a mark of the whole, not of it
        *whole, rest = (rest + piece).split(b"\n")
        for text in whole:
            number += 1
            yield number, None if dropping or len(text) > LONGEST_LINE else text
            dropping = False
        if len(rest) > LONGEST_LINE:
            rest, dropping = b"", True
    if rest or dropping:
        yield number + 1, None if dropping else rest


def _texts(body: Iterable[bytes]) -> Iterator[str]:
    # Bytes that are no UTF-8 are told by the row that holds them, and reach no field.
    for _, text in _split(body):
        yield ("x" * (LONGEST_LINE + 1) if text is None else text.decode(errors="surrogateescape")) + "\n"


def _too_long() -> list[dict[str, Any]]:
    return [{"loc": [], "msg": f"The line, or a cell of it, is too long: a line may have {LONGEST_LINE:,} bytes."}]


def _explained(message: str) -> dict[str, Any]:
    """A message of msgspec, divided into place and reason."""
    match = _PLACE.fullmatch(message)
    what, path = (match["what"], match["path"] or "") if match else (message, "")
    loc: list[str | int] = [name or (int(index) if index.isdecimal() else index) for name, index in _STEP.findall(path)]
    named = _NAMED.fullmatch(what)
    if named is None:
        return {"loc": loc, "msg": f"{what}."}
    reason = "There is no such field." if "unknown" in named["what"] else "The field is required."
    return {"loc": [*loc, named["name"]], "msg": reason}
