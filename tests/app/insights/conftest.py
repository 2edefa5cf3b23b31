"""A store with one source, for insights over its items."""

from tests.support.metric_site import private_site, site, sqlite_site

__all__ = ["private_site", "site", "sqlite_site"]
