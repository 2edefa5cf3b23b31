"""Fixtures for every test; each is described where it is written."""

from tests.support.databases import (
    db,
    empty_db,
    postgres_server,
    postgres_template,
    postgresql_database,
    sqlite_database,
    sqlite_db,
    sqlite_template,
)

__all__ = [
    "db",
    "empty_db",
    "postgres_server",
    "postgres_template",
    "postgresql_database",
    "sqlite_database",
    "sqlite_db",
    "sqlite_template",
]
