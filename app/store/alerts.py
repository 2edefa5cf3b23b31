"""Thresholds on metrics, and how they stood when the clock last looked."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from app.models.alert import alert
from app.store.listing import By, Keyset

_ORDER = Keyset(By(alert.c.name), By(alert.c.id))
_UNSEEN: Mapping[str, Any] = {"state": "unknown", "state_since": None, "checked_at": None, "groups": []}


def create(connection: Connection, values: Mapping[str, Any], now: datetime) -> UUID:
    """A new one's id; nobody has looked at it yet."""
    alert_id = uuid4()
    connection.execute(insert(alert).values(id=alert_id, **_UNSEEN, **values, created_at=now, updated_at=now))
    return alert_id


def change(connection: Connection, alert_id: UUID, values: Mapping[str, Any], now: datetime) -> None:
    """Replace columns; what was seen of it holds no more."""
    connection.execute(update(alert).where(alert.c.id == alert_id).values(**_UNSEEN, **values, updated_at=now))


def remove(connection: Connection, alert_id: UUID) -> bool:
    """Delete one. False where there is none."""
    return bool(connection.execute(delete(alert).where(alert.c.id == alert_id)).rowcount)


def get(connection: Connection, alert_id: UUID) -> RowMapping | None:
    """The one with this id."""
    return connection.execute(select(alert).where(alert.c.id == alert_id)).mappings().one_or_none()


def is_name_taken(connection: Connection, name: str, but: UUID | None = None) -> bool:
    """Whether another alert has the name."""
    found = connection.execute(select(alert.c.id).where(alert.c.name == name)).scalar_one_or_none()
    return found is not None and found != but


def page(
    connection: Connection, *, limit: int, after: Sequence[Any] | None
) -> tuple[list[RowMapping], list[Any] | None]:
    """Alerts by name, and where the next page begins."""
    return _ORDER.page(connection, select(alert), limit=limit, after=after)


def enabled(connection: Connection) -> list[RowMapping]:
    """Those that the clock looks at."""
    return list(connection.execute(select(alert).where(alert.c.enabled).order_by(alert.c.name)).mappings())


def saw(
    connection: Connection, row: RowMapping, state: str, groups: Sequence[Mapping[str, Any]], now: datetime
) -> bool:
    """Write down how it stands, unless it was changed since it was read; whether it stood otherwise before."""
    values: dict[str, Any] = {"state": state, "groups": list(groups), "checked_at": now}
    if state != row["state"]:
        values["state_since"] = now
    unchanged = (alert.c.id == row["id"]) & (alert.c.updated_at == row["updated_at"])
    written = connection.execute(update(alert).where(unchanged).values(**values)).rowcount
    return bool(written) and state != row["state"]
