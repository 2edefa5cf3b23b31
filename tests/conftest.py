"""Fixtures for every test; each is described where it is written."""

import logging
import os

import structlog
from hypothesis import settings

from tests.support.databases import (
    db,
    empty_db,
    postgres_server,
    postgres_template,
    postgresql_database,
    shared_db,
    shared_postgresql_db,
    shared_sqlite_db,
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
    "shared_db",
    "shared_postgresql_db",
    "shared_sqlite_db",
    "sqlite_database",
    "sqlite_db",
    "sqlite_template",
]

# The default renders every traceback with its local variables, which is slower than most tests.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

# A commit is green or it is not: the same examples each time, and no test fails because a machine was slow.
# `make explore` looks at new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("exploring", max_examples=1_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
