"""The lines of a push, read one by one into typed records.

CSV: the first row names the fields. An empty cell is an absent field; lists are separated by `|` or `;`;
`true` and `false` are booleans; objects (`properties`, `marks`) are JSON. A cell that begins with `=` is a
spreadsheet's formula and refused, unless a `'` stands before it, as our own exports write it.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args, get_origin

import msgspec

from app.core.errors import InvalidError
from app.ingest import cells
from app.ingest.cells import LONGEST_LINE, TOO_LONG
from app.ingest.moments import wire_form
from connectors.kit.records import Record

_PLACE = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?", re.DOTALL)
_NAMED = re.compile(r"Object (?P<what>contains unknown|missing required) field `(?P<name>.*)`")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")


_NUMBER = re.compile(r"[+-]?[\d.]+(e[+-]?\d+)?", re.IGNORECASE)
_AN_INSTANT = "Write an instant with its zone, such as 2026-11-03T08:00:00+01:00"
_IN_PLAIN_WORDS = (
    (re.compile(r"Invalid RFC3339 encoded datetime|Expected `datetime` with a timezone component"), _AN_INSTANT),
    (re.compile(r"Invalid RFC3339 encoded date"), "Write a day as 2026-11-03"),
    (re.compile(r"Expected `float( \| null)?`, got `str`"), "It is not a number"),
    (re.compile(r"Expected `int( \| null)?`, got `(str|float)`"), "It is not a whole number"),
)
"""What msgspec says -> what somebody can do about it."""
_PACKED = (b"PK\x03\x04", b"\x1f\x8b")
"""How spreadsheets and archives begin."""

_FORMULA = "It begins like a spreadsheet's formula: write a ' before it if it is meant."
_ESCAPED = ("'=", "'+", "'-", "'@", "'\t", "'\r")
_Read = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Line:
    """The record of a line, or what is wrong with it: `[{"loc", "msg"}]`. Lines count from 1."""

    number: int
    content: Record | list[dict[str, Any]]


def ndjson(body: Iterable[bytes], kind: type[Record]) -> Iterator[Line]:
    """One JSON object a line; blank lines are skipped, and a field that is null counts as absent."""
    wire, finish = wire_form(kind)
    decoder = msgspec.json.Decoder(wire)
    for number, text in _split(body):
        if text is None:
            yield Line(number, [{"loc": [], "msg": TOO_LONG}])
            continue
        if not text.strip():
            continue
        try:
            yield Line(number, finish(_decoded(decoder, text)))
        except msgspec.ValidationError as error:
            yield Line(number, [_explained(str(error))])
        except (msgspec.DecodeError, UnicodeDecodeError):
            yield Line(number, [{"loc": [], "msg": "The line is not a JSON object in UTF-8."}])


def _decoded(decoder: msgspec.json.Decoder[Any], text: bytes) -> Any:
    """What a line holds. A field that is null is one that the sender does not have: as good as absent.

    Raises msgspec.ValidationError, msgspec.DecodeError.
    """
    try:
        return decoder.decode(text)
    except msgspec.ValidationError:
        if b"null" not in text:
            raise
        return decoder.decode(msgspec.json.encode(_without_nulls(msgspec.json.decode(text))))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value


def csv_rows(body: Iterable[bytes], kind: type[Record], columns: Mapping[str, str] | None = None) -> Iterator[Line]:
    """One record a row. `columns` gives columns of the header another name, or none ("") to leave them out.

    Raises InvalidError where the header names a field that the record type lacks.
    """
    fields = {part.encode_name: part.type for part in msgspec.structs.fields(kind)}
    columns = columns or {}
    header: list[str] | None = None
    readers: list[_Read] = []
    for number, row in cells.rows(_texts(body)):
        if header is None:
            if isinstance(row, str):
                raise InvalidError.at(["body", number], f"The first line cannot be read. {row}")
            if row:
                header = _header([cell.strip() for cell in row], fields, columns)
                readers = [_reader(fields[name]) if name else str for name in header]
        elif isinstance(row, str):
            yield Line(number, [{"loc": [], "msg": row}])
        elif row:
            yield Line(number, _record(row, header, readers, kind))


def _record(
    row: list[str], header: list[str], readers: list[_Read], kind: type[Record]
) -> Record | list[dict[str, Any]]:
    if len(row) > len(header):
        return [{"loc": [], "msg": f"The row has {len(row)} cells, the header {len(header)}."}]
    try:
        "".join(row).encode()
    except UnicodeEncodeError:
        return [{"loc": [], "msg": "The row is not UTF-8: save the file as UTF-8."}]
    values: dict[str, Any] = {}
    for name, read, cell in zip(header, readers, row, strict=False):
        if not cell or not name:
            continue
        try:
            values[name] = read(cell)
        except msgspec.ValidationError as error:
            return [{"loc": [name], "msg": str(error)}]
        except msgspec.DecodeError:
            return [{"loc": [name], "msg": "It is not JSON."}]
    wire, finish = wire_form(kind)
    try:
        return finish(msgspec.convert(values, wire, strict=False))
    except msgspec.ValidationError as error:
        return [_explained(str(error))]


def _reader(kind: Any) -> _Read:
    """What makes a field's value of a cell. Raises msgspec.DecodeError, msgspec.ValidationError."""
    if get_origin(kind) is dict or _holds_objects(kind):
        return msgspec.json.decode
    if get_origin(kind) is tuple:
        return _parts
    return _moment if _holds_instant(kind) else _text


def _text(cell: str) -> str:
    """A cell's text. A sign may begin a number or a title: only what can be nothing but a formula is refused."""
    if cell.startswith("="):
        raise msgspec.ValidationError(_FORMULA)
    # As our own exports write what a spreadsheet would take for a formula.
    return cell[1:] if cell.startswith(_ESCAPED) else cell


def _holds_instant(kind: Any) -> bool:
    return kind is datetime or any(_holds_instant(part) for part in get_args(kind))


def _moment(cell: str) -> str:
    """An instant as text. A number, which is how spreadsheets keep days, would pass for seconds since 1970."""
    if _NUMBER.fullmatch(cell):
        raise msgspec.ValidationError(f"{_AN_INSTANT}.")
    return cell


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in re.split(r"[|;]", cell) if part.strip()]


def _holds_objects(kind: Any) -> bool:
    inner = get_args(kind)
    return get_origin(kind) is tuple and isinstance(inner[0], type) and issubclass(inner[0], msgspec.Struct)


def _header(found: list[str], fields: dict[str, Any], columns: Mapping[str, str]) -> list[str]:
    """The field of each column; empty where it is left out."""
    header = [columns.get(name, name) for name in found]
    errors = [
        {"loc": ["body", 1, name], "msg": f"There is no such column; there are: {', '.join(found)}."}
        for name in columns
        if name not in found
    ]
    errors += [
        {"loc": ["body", 1, name], "msg": f"There is no such field; there are: {', '.join(fields)}."}
        for name, field in zip(found, header, strict=True)
        if field not in fields and not (name in columns and not field)
    ]
    repeated = sorted({name for name in header if name and header.count(name) > 1})
    errors += [{"loc": ["body", 1, name], "msg": "The header names it twice."} for name in repeated]
    if errors:
        raise InvalidError("The first line must name fields of the record type, each once.", errors=errors)
    return header


def _split(body: Iterable[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines without their ends; `None` for one that is too long. Raises InvalidError for UTF-16."""
    number, rest, dropping = 0, b"", False
    for piece in _without_mark(body):
        *whole, rest = (rest + piece).split(b"\n")
        for text in whole:
            number += 1
            yield number, None if dropping or len(text) > LONGEST_LINE else text
            dropping = False
        if len(rest) > LONGEST_LINE:
            rest, dropping = b"", True
    if rest or dropping:
        yield number + 1, None if dropping else rest


def _without_mark(body: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces without the mark that some programs put before UTF-8."""
    pieces = iter(body)
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= len(_PACKED[0]):
            break
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InvalidError.at(["body"], "The text is UTF-16: save it as UTF-8.")
    if head.startswith(_PACKED):
        raise InvalidError.at(["body"], "It is a spreadsheet or an archive: save it as CSV or NDJSON.")
    yield head.removeprefix(codecs.BOM_UTF8)
    yield from pieces


def _texts(body: Iterable[bytes]) -> Iterator[tuple[int, str | None]]:
    # Bytes that are no UTF-8 are told by the row that holds them, and reach no field. A line break in a quoted
    # cell is kept as it is; the one at the end of a row means nothing.
    for number, text in _split(body):
        yield number, None if text is None else text.decode(errors="surrogateescape")


def _explained(message: str) -> dict[str, Any]:
    """A message of msgspec, divided into place and reason."""
    match = _PLACE.fullmatch(message)
    what, path = (match["what"], match["path"] or "") if match else (message, "")
    loc: list[str | int] = [name or (int(index) if index.isdecimal() else index) for name, index in _STEP.findall(path)]
    named = _NAMED.fullmatch(what)
    if named is None:
        what = next((plain for said, plain in _IN_PLAIN_WORDS if said.fullmatch(what)), what)
        return {"loc": loc, "msg": f"{what}."}
    reason = "There is no such field." if "unknown" in named["what"] else "The field is required."
    return {"loc": [*loc, named["name"]], "msg": reason}
