"""The connector kind for tools without an API: their records are pushed to us."""

from connectors.push.connector import CONNECTOR

__all__ = ["CONNECTOR"]
