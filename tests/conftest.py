"""Fixtures for every test; each is described where it is written."""

import logging

import structlog

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
from tests.support.soak import pytest_addoption, pytest_terminal_summary

__all__ = [
    "db",
    "empty_db",
    "postgres_server",
    "postgres_template",
    "postgresql_database",
    "pytest_addoption",
    "pytest_terminal_summary",
    "sqlite_database",
    "sqlite_db",
    "sqlite_template",
]

# The default renders every traceback with its local variables, which is slower than most tests.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
