"""Settings that an admin changed while the service ran."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from app.core.settings import Settings
from app.models.setting import setting
from app.store.upsert import upsert


def changed(connection: Connection) -> dict[str, Any]:
    """What was changed, by name."""
    return {name: value for name, value in connection.execute(select(setting.c.name, setting.c.value))}  # noqa: C416


def effective(connection: Connection, environment: Settings) -> Settings:
    """The settings that hold: those of the environment, and above them what was changed."""
    return environment.changed(changed(connection))


def put(connection: Connection, name: str, value: Any, now: datetime) -> None:
    """Change one."""
    upsert(connection, setting, ("name", "value", "updated_at"), [(name, value, now)])


def forget(connection: Connection, name: str) -> None:
    """Let the environment's hold again."""
    connection.execute(delete(setting).where(setting.c.name == name))
