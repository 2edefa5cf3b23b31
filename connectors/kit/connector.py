"""What a connector is: the contract between a vendor's folder and the service."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from connectors.kit.hosts import HostPolicy
from connectors.kit.stream import Scope, Stream

KIT_VERSION = 1
"""Raised when a connector written for the kit as it was would no longer work."""


class Settings(BaseModel):
    """Base of every `Config` and `Credentials` model: unknown fields are refused, values frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class NoCredentials(Settings):
    """For connectors that reach no vendor."""

    kind: Annotated[Literal["none"], Field(title="Kind", description="No credentials are asked for.")] = "none"


@dataclass(frozen=True, slots=True)
class Check:
    """One named finding about a source. `detail` is one sentence; `remedy` says what to do."""

    name: str
    status: Literal["ok", "warning", "error"]
    detail: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Access:
    """What the service lends a connector to reach one source."""

    config: Any
    """An instance of the connector's `Config`."""
    credentials: Any
    """An instance of one of the connector's `Credentials` models. Secrets are `SecretStr`."""
    hosts: HostPolicy
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    """Sleeps the seconds given; raises when the run was cancelled."""
    save_credentials: Callable[[Any], None]
    """Seals and commits changed credentials; returns only once they are durable."""


class Connector(Protocol):
    """The code for a vendor, as one stateless object per kind. See `connectors/kit/stream.py` for streams.

    An *api* is whatever `open` yields: the vendor's client for one source and one run, with a `context`
    attribute (what `normalise` functions need: plain values, no I/O) and usable from several threads.
    """

    kit_version: ClassVar[int]
    kind: ClassVar[str]
    title: ClassVar[str]
    tool: ClassVar[str]
    """The name to report under by default (`source.tool`); see `tool_name`."""
    docs_url: ClassVar[str]
    Config: ClassVar[type[Settings]]
    Credentials: ClassVar[Any]
    """A `Settings` model, or a union of them discriminated by `kind`."""
    streams: ClassVar[Sequence[Stream]]

    def tool_name(self, config: Any) -> str:
        """The name to report this source under; `tool` unless `config` says another."""

    def hosts(self, config: Any) -> Sequence[str]:
        """The host names that this source may be asked at; `*.example.com` allows subdomains."""

    def open(self, access: Access) -> AbstractContextManager[Any]:
        """The vendor's api for one run. No request is sent before it is used."""

    def check(self, access: Access) -> Sequence[Check]:
        """Named findings, most basic first, stopping where a later one would be meaningless.

        Never raises a ConnectorError: what the vendor answered is the finding.
        """

    def scopes(self, api: Any) -> Sequence[Scope]:
        """What this source reads, after its own choice in `config`; all that the vendor offers if that is empty."""

    def offered_scopes(self, api: Any) -> Sequence[Scope]:
        """Everything that the credential can see, for choosing."""
