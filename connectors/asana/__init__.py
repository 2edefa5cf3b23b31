"""Asana."""

from connectors.asana.connector import CONNECTOR

__all__ = ["CONNECTOR"]
