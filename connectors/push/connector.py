"""A source that is never asked: scripts and tools send its records to `POST /ingest`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, ClassVar

from pydantic import Field

from connectors.kit.connector import KIT_VERSION, Access, Check, Connector, NoCredentials, Settings
from connectors.kit.stream import Scope, Stream


class PushConfig(Settings):
    """What a push source needs to be told."""

    tool: Annotated[
        str,
        Field(
            min_length=1,
            max_length=64,
            title="Tool",
            description="The name that the pushed records are reported under, such as the tool they come from.",
        ),
    ] = "push"


class PushConnector:
    """See `connectors/kit/connector.py`; reaches no vendor, so most answers are empty."""

    kit_version: ClassVar[int] = KIT_VERSION
    kind: ClassVar[str] = "push"
    title: ClassVar[str] = "Push"
    tool: ClassVar[str] = "push"
    docs_url: ClassVar[str] = ""
    Config: ClassVar[type[Settings]] = PushConfig
    Credentials: ClassVar[type[Settings]] = NoCredentials
    streams: ClassVar[Sequence[Stream]] = ()

    def tool_name(self, config: PushConfig) -> str:
        """The tool that the records come from."""
        return config.tool

    def hosts(self, config: PushConfig) -> Sequence[str]:  # noqa: ARG002
        """None: nothing is asked."""
        return ()

    @contextmanager
    def open(self, access: Access) -> Iterator[None]:  # noqa: ARG002
        """No api: there is nothing to read."""
        yield None

    def check(self, access: Access) -> Sequence[Check]:  # noqa: ARG002
        """Always ready."""
        return [Check("ready", "ok", "Records can be pushed to this source.")]

    def scopes(self, api: None) -> Sequence[Scope]:  # noqa: ARG002
        """None: what is pushed is not divided."""
        return ()

    def offered_scopes(self, api: None) -> Sequence[Scope]:  # noqa: ARG002
        """None: what is pushed is not divided."""
        return ()


CONNECTOR: Connector = PushConnector()
