"""A store with one source, for tests of metrics, and further databases to compare with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.db import Database
from tests.support.databases import copy_of
from tests.support.metric_site import private_site, site, sqlite_site

__all__ = ["other", "private_site", "site", "sqlite_site", "third"]


@pytest.fixture
def other(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    """A second database, to compare with."""
    with copy_of(sqlite_template, tmp_path / "other.db") as database:
        yield database


@pytest.fixture
def third(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    """A third one."""
    with copy_of(sqlite_template, tmp_path / "third.db") as database:
        yield database
