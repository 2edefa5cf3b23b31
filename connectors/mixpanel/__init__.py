"""Mixpanel, all regions."""

from connectors.mixpanel.connector import CONNECTOR

__all__ = ["CONNECTOR"]
