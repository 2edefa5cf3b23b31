"""Slack: who writes and reacts where, and when; never what."""

from connectors.slack.connector import CONNECTOR

__all__ = ["CONNECTOR"]
