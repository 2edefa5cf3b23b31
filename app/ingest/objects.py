"""Vendor objects to records, one by one: what cannot become a record is set aside with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog

from connectors.kit.errors import BadRecord
from connectors.kit.records import Record
from connectors.kit.stream import Stream

log = structlog.get_logger(__name__)

_LARGEST_RAW = 256 * 1024
_ID_FIELDS = ("id", "gid", "key")


@dataclass(frozen=True, slots=True)
class SetAside:
    """A vendor object, or a record of it, that could not be stored."""

    external_id: str | None
    field: str | None
    reason: str
    raw: Any


@dataclass(slots=True)
class Batch:
    """What one stream made of one page. `origins` holds the object of each record."""

    stream: Stream
    records: list[Record] = field(default_factory=list)
    origins: list[Any] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)


def normalise(stream: Stream, objects: Sequence[Any], context: Any) -> Batch:
    """The records of a page."""
    batch = Batch(stream)
    for raw in objects:
        try:
            records = list(stream.normalise(raw, context))
        except BadRecord as error:
            batch.set_aside.append(SetAside(object_id(raw), error.field, error.message, plain(raw)))
        except Exception as error:
            log.exception("record.unreadable", stream=stream.name, external_id=object_id(raw))
            reason = f"The connector cannot read this object ({type(error).__name__})."
            batch.set_aside.append(SetAside(object_id(raw), None, reason, plain(raw)))
        else:
            batch.records += records
            batch.origins += [raw] * len(records)
    return batch


def object_id(raw: Any) -> str | None:
    """The vendor's id of an object, where it is in a usual place."""
    for name in _ID_FIELDS:
        value = raw.get(name) if isinstance(raw, dict) else getattr(raw, name, None)
        if isinstance(value, str | int):
            return str(value)
    return None


def record_key(record: Record) -> str:
    """The natural key of a record as one text."""
    return "/".join(str(getattr(record, name)) for name in record.key)


def plain(raw: Any) -> Any:
    """An object as JSON values, for a person to look at; only the beginning of a very large one."""
    text = msgspec.json.encode(raw, enc_hook=str)
    if len(text) > _LARGEST_RAW:
        return {"truncated": text[:_LARGEST_RAW].decode(errors="replace")}
    return msgspec.json.decode(text)
