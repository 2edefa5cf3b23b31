"""Fields that hold an instant or a day without a time, which msgspec cannot tell apart while it decodes."""

from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, get_args, get_origin

import msgspec
from msgspec import Meta

from connectors.kit.records import Record

_DAY_LENGTH = len("2026-03-02")


@cache
def wire_form(kind: type[Record]) -> tuple[type[Any], Callable[[Any], Record]]:
    """The type to decode a record as, and what makes the record of it (raises msgspec.ValidationError)."""
    parts = msgspec.structs.fields(kind)
    moments = [part.name for part in parts if _is_moment(part.type)]
    if not moments:
        return kind, lambda record: record
    wire = msgspec.defstruct(
        f"{kind.__name__}Wire",
        [
            (part.name, str | None if part.name in moments else part.type)
            if part.required
            else (part.name, str | None if part.name in moments else part.type, part.default)
            for part in parts
        ],
        rename={part.name: part.encode_name for part in parts if part.name != part.encode_name},
        kw_only=True,
        forbid_unknown_fields=True,
    )

    def finish(decoded: Any) -> Record:
        values = {part.name: getattr(decoded, part.name) for part in parts}
        for part in parts:
            if part.name in moments:
                values[part.name] = _moment(part.encode_name, values[part.name])
        return kind(**values)

    return wire, finish


def _is_moment(kind: Any) -> bool:
    inner = {get_args(option)[0] if get_origin(option) is Annotated else option for option in get_args(kind)}
    return {datetime, date} <= inner


def _moment(name: str, text: str | None) -> datetime | date | None:
    if text is None:
        return None
    wanted: Any = date if len(text) == _DAY_LENGTH else Annotated[datetime, Meta(tz=True)]
    try:
        moment: datetime | date = msgspec.convert(text, wanted)
    except msgspec.ValidationError as error:
        raise msgspec.ValidationError(f"{error} - at `$.{name}`") from error
    return moment
