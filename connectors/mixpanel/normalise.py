"""What Mixpanel says -> records. Pure: no I/O, no clock."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from connectors.kit import records
from connectors.kit.errors import BadRecord
from connectors.mixpanel import raw

_LONGEST_KEY = 512


def account(item: raw.Profile, context: None) -> Iterator[records.Account]:  # noqa: ARG001
    """A profile. Whoever has a name or an e-mail is a human; Mixpanel knows no other kinds."""
    properties = item.properties
    email = _line(properties.email)
    parts = (_line(properties.first_name), _line(properties.last_name))
    name = _line(properties.name) or " ".join(part for part in parts if part)
    yield records.Account(
        external_id=_key(item.account, "$distinct_id"),
        display_name=name or None,
        email=email if email and "@" in email else None,
        kind="human" if name or email else "unknown",
        created_at=_instant(properties.created),
        last_active_at=_instant(properties.last_seen),
    )


def usage_day(item: raw.AccountDay | raw.Malformed, context: None) -> Iterator[records.UsageDay]:  # noqa: ARG001
    """How often an account sent an event on one of the project's days."""
    if isinstance(item, raw.Malformed):
        raise BadRecord(item.reason)
    yield records.UsageDay(
        account=_key(item.account, "distinct_id"), event=_key(item.event, "event"), day=item.day, count=item.count
    )


def _key(value: str | None, field: str) -> str:
    if not value or len(value) > _LONGEST_KEY:
        raise BadRecord(f"The value is empty or longer than {_LONGEST_KEY} characters.", field)
    return value


def _line(value: Any) -> str | None:
    """A project may store anything in a profile: what is no short text is left out."""
    return value.strip() or None if isinstance(value, str) and len(value) <= _LONGEST_KEY else None


def _instant(value: Any) -> datetime | None:
    """Profiles hold UTC without saying so; a project may have overwritten it with anything."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
