"""Jira, Cloud and Data Center."""

from connectors.jira.connector import CONNECTOR

__all__ = ["CONNECTOR"]
