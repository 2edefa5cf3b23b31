"""The Slack workspace of a source: its settings, its credentials, and the way to write into it."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from app.core.clock import Clock
from app.core.crypto import Keyring, SealError
from app.core.settings import Settings
from app.ingest import credentials
from app.store import sources
from connectors.kit.connector import Access
from connectors.kit.errors import AuthError, ConfigError
from connectors.kit.hosts import HostPolicy
from connectors.kit.redaction import secrets_of
from connectors.slack.config import BotToken, SlackConfig
from connectors.slack.connector import CONNECTOR
from connectors.slack.posting import Poster, hosts, posting

KIND = CONNECTOR.kind


@dataclass(frozen=True, slots=True)
class Tools:
    """What writing to Slack takes: the clock, the keys, and the log's mask, which is told every opened secret."""

    clock: Clock
    keyring: Keyring
    settings: Settings
    mask: Callable[[Iterable[str]], None] = lambda secrets: None
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Workspace:
    """A source of Slack with its credentials opened."""

    source_id: UUID
    config: SlackConfig
    credentials: BotToken
    tools: Tools

    @contextmanager
    def posting(self) -> Iterator[Poster]:
        """The way to write into it."""
        private = self.tools.settings.allowed_private_hosts
        access = Access(
            config=self.config,
            credentials=self.credentials,
            hosts=HostPolicy(hosts(self.config), private),
            now=self.tools.clock.now,
            sleep=self.tools.sleep,
            save_credentials=_unchanged,
        )
        with posting(access, private) as poster:
            yield poster


def open_workspace(connection: Connection, source_id: UUID, tools: Tools) -> Workspace:
    """The workspace of a source. Raises ConfigError or AuthError where it cannot be written to."""
    source = sources.get(connection, source_id)
    if source is None or source.connector != KIND:
        raise ConfigError("The digest's Slack source is gone.", "Choose another source for the digest.")
    if not source.enabled:
        raise ConfigError("The Slack source is paused.", "Go on with the source, or pause the digest too.")
    sealed = sources.credentials(connection, source_id)
    if sealed is None:
        raise AuthError("The Slack source has no credentials.", "Enter its bot token and signing secret.")
    try:
        opened: Any = credentials.open_sealed(tools.keyring, source_id, CONNECTOR, sealed)
    except SealError as error:
        raise AuthError("The Slack source's credentials cannot be opened.", "Enter them again.") from error
    tools.mask(secrets_of(opened))
    return Workspace(source_id, SlackConfig.model_validate(source.config), opened, tools)


def _unchanged(changed: Any) -> None:  # noqa: ARG001
    raise TypeError("Tokens of a Slack app are never changed by us.")
