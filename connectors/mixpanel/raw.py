"""Mixpanel's answers, as far as they are read, and what the export of a day is folded into."""

from datetime import date
from typing import Any

import msgspec
from msgspec import field

Id = str | int | float | None
"""Texts as a rule; a project may identify people by numbers."""


class Properties(msgspec.Struct, gc=False):
    """What is read of an event's properties. A project may send anything under any name, hence the loose types."""

    time: int | float
    distinct_id: Id = None
    user_id: Id = field(name="$user_id", default=None)
    before_identity: Id = field(name="$distinct_id_before_identity", default=None)
    """Who the sender counted as before a merge."""
    insert_id: Any = field(name="$insert_id", default=None)
    corrupted_insert_id: Any = field(name="insert_id\ufffd", default=None)
    """The same under a name that the export has been seen to spoil."""
    library: Any = field(name="mp_lib", default=None)
    endpoint: Any = field(name="$mp_api_endpoint", default=None)
    source: Any = field(name="$source", default=None)
    imported: Any = field(name="$import", default=None)
    partner: Any = field(name="$partner_id", default=None)
    warehouse: Any = field(name="$warehouse_import_id", default=None)


class Event(msgspec.Struct, gc=False):
    """A line of an export."""

    event: str
    properties: Properties


class ProfileProperties(msgspec.Struct):
    """What is asked for of a profile."""

    email: Any = field(name="$email", default=None)
    name: Any = field(name="$name", default=None)
    first_name: Any = field(name="$first_name", default=None)
    last_name: Any = field(name="$last_name", default=None)
    created: Any = field(name="$created", default=None)
    last_seen: Any = field(name="$last_seen", default=None)
    user_id: Id = field(name="$user_id", default=None)


class Profile(msgspec.Struct):
    """A user of the product."""

    distinct_id: Id = field(name="$distinct_id", default=None)
    properties: ProfileProperties = field(name="$properties", default_factory=ProfileProperties)

    @property
    def account(self) -> str | None:
        """The id that events of this user have."""
        return text(self.properties.user_id) or text(self.distinct_id)


class ProfilePage(msgspec.Struct):
    """An answer of `engage`."""

    results: list[Profile]
    page: int = 0
    page_size: int = 1000
    session_id: str | None = None


class AccountDay(msgspec.Struct, frozen=True, gc=False):
    """How often an account sent an event on one day; 0 for an account that has become another."""

    account: str
    event: str
    day: date
    count: int


class Malformed(msgspec.Struct, frozen=True):
    """Events of one day that cannot be counted, all for the same reason."""

    id: str
    reason: str


def text(value: Id) -> str | None:
    """An id as text; None where there is none."""
    if isinstance(value, float):
        value = int(value) if value.is_integer() else str(value)
    return None if value is None else str(value) or None
