"""A database of an older version, as an upgrade finds it."""

from alembic import command
from sqlalchemy import Connection

from app.store import views
from app.store.migrate import config


def back_to(connection: Connection, revision: str) -> None:
    """Undo the migrations after a revision; the views, which older versions did not have, go first."""
    views.drop_views(connection)
    command.downgrade(config(connection), revision)
