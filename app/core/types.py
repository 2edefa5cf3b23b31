"""Column types that hold the same value on SQLite and PostgreSQL.

Each type has one converter per database (`to_sqlite`, `to_postgres`), used by SQLAlchemy's binding and by
the bulk paths of `app/store/upsert.py`, so that a value is stored alike whichever way it came.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, Dialect, LargeBinary, Text
from sqlalchemy import types as sa
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970-01-01T00:00Z. Raises ValueError for an instant without a zone."""
    if instant.tzinfo is None:
        raise ValueError("An instant needs a zone.")
    return (instant - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The UTC instant that many microseconds after 1970-01-01T00:00Z."""
    return EPOCH + timedelta(microseconds=micros)


def without_nul(text: str) -> str:
    """The text without U+0000, which PostgreSQL refuses and SQLite would keep."""
    return text.replace("\x00", "") if "\x00" in text else text


def json_without_nul(value: Any) -> bytes:
    """Compact JSON of a value; U+0000 is removed from its strings (PostgreSQL's jsonb refuses it)."""
    data = orjson.dumps(value)
    if b"\\u0000" in data:
        return orjson.dumps(_strip(value))
    return data


def _strip(value: Any) -> Any:
    if isinstance(value, str):
        return without_nul(value)
    if isinstance(value, dict):
        return {without_nul(key): _strip(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_strip(item) for item in value]
    return value


class Portable(sa.TypeDecorator[Any]):
    """A type that converts the same way for SQLAlchemy and for the bulk paths."""

    cache_ok = True

    @staticmethod
    def to_sqlite(value: Any) -> Any:
        """The value as the `sqlite3` driver takes it."""
        return value

    @staticmethod
    def to_postgres(value: Any) -> Any:
        """The value as psycopg takes it."""
        return value

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Convert for the driver."""
        if value is None:
            return None
        return self.to_sqlite(value) if dialect.name == "sqlite" else self.to_postgres(value)


class String(Portable):
    """Text of any length, without U+0000."""

    impl = Text
    cache_ok = True

    @staticmethod
    def to_sqlite(value: str) -> str:
        """The text without U+0000."""
        return without_nul(value)

    to_postgres = to_sqlite


class Instant(Portable):
    """An aware instant: `timestamptz`, or integer microseconds on SQLite. Read back in UTC."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """`timestamptz` where there is one."""
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else TIMESTAMP(timezone=True))

    @staticmethod
    def to_sqlite(value: datetime) -> int:
        """Microseconds since the epoch."""
        return to_micros(value)

    @staticmethod
    def to_postgres(value: datetime) -> datetime:
        """The instant in UTC."""
        if value.tzinfo is None:
            raise ValueError("An instant needs a zone.")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Read back in UTC."""
        if value is None:
            return None
        return from_micros(value) if dialect.name == "sqlite" else value.astimezone(UTC)


class Day(Portable):
    """A calendar day: `date`, or days since 1970-01-01 on SQLite."""

    impl = sa.Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """`date` where there is one."""
        return dialect.type_descriptor(sa.Integer() if dialect.name == "sqlite" else sa.Date())

    @staticmethod
    def to_sqlite(value: date) -> int:
        """Days since the epoch."""
        return (value - _EPOCH_DAY).days

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        """Read back as a date."""
        if value is None:
            return None
        return _EPOCH_DAY + timedelta(days=value) if dialect.name == "sqlite" else value


class Id(Portable):
    """A UUID: native, or its 16 bytes on SQLite."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """`uuid` where there is one."""
        return dialect.type_descriptor(LargeBinary(16) if dialect.name == "sqlite" else PG_UUID(as_uuid=True))

    @staticmethod
    def to_sqlite(value: UUID) -> bytes:
        """The 16 bytes."""
        return value.bytes

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        """Read back as a UUID."""
        if value is None:
            return None
        return UUID(bytes=bytes(value)) if dialect.name == "sqlite" else value


class Json(Portable):
    """A JSON value: `jsonb`, or compact text on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """`jsonb` where there is one."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(JSONB(none_as_null=True))

    @staticmethod
    def to_sqlite(value: Any) -> str:
        """Compact JSON text."""
        return json_without_nul(value).decode()

    @staticmethod
    def to_postgres(value: Any) -> Any:
        """Plain values without U+0000, which SQLAlchemy's own type hands to the driver."""
        return orjson.loads(json_without_nul(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Read back as plain values."""
        return orjson.loads(value) if dialect.name == "sqlite" and value is not None else value
