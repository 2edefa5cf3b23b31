"""Brings a database to the tables that this version of the service needs."""

from datetime import datetime
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from app.core.db import Database
from app.store import version, views

_LOCK = 0x70726F646F7073
"""The advisory lock that keeps two replicas from migrating at once; SQLite's write lock does it there."""


def migrate(db: Database, now: datetime) -> None:
    """Apply every outstanding migration, in one transaction. Safe to call at once from several processes."""
    with db.write() as connection:
        if not db.is_sqlite:
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        if not _is_at_head(connection):
            # A table under a view cannot be changed.
            views.drop_views(connection)
            command.upgrade(config(connection), "head")
        views.make_views(connection)
        version.seed(connection, now)


def is_migrated(db: Database) -> bool:
    """Whether the database can be reached and holds exactly the tables of this version."""
    try:
        with db.read() as connection:
            return _is_at_head(connection)
    except DBAPIError:
        return False


def _is_at_head(connection: Connection) -> bool:
    present = MigrationContext.configure(connection).get_current_heads()
    return set(present) == set(ScriptDirectory.from_config(config()).get_heads())


def config(connection: Connection | None = None) -> Config:
    """What Alembic's own commands need to run our migrations on a connection."""
    given = Config()
    given.set_main_option("script_location", str(files("migrations")).replace("%", "%%"))
    given.attributes["connection"] = connection
    return given
