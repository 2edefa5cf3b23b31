"""Runs migrations on the connection that `app.store.migrate` hands over, or on PRODOPS_DATABASE_URL."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from app.core.db import Database
from app.core.settings import Settings
from app.core.types import Portable
from app.models import metadata


def _render(kind: str, value: Any, autogen: Any) -> str | Literal[False]:
    if kind == "type" and isinstance(value, Portable):
        autogen.imports.add("from app.core import types")
        return f"types.{type(value).__name__}()"
    return False


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_item=_render,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    with Database(Settings().database_url).write() as fresh:
        _run(fresh)
