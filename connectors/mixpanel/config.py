"""What an admin enters for a Mixpanel source."""

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator, model_validator

from connectors.kit.connector import Settings
from connectors.kit.hosts import base_address

Secret = Annotated[SecretStr, Field(min_length=1, max_length=8192)]
EventName = Annotated[str, Field(min_length=1, max_length=255)]
Region = Literal["us", "eu", "in"]

_ADDRESSES: dict[Region, tuple[str, str]] = {
    "us": ("https://data.mixpanel.com", "https://mixpanel.com"),
    "eu": ("https://data-eu.mixpanel.com", "https://eu.mixpanel.com"),
    "in": ("https://data-in.mixpanel.com", "https://in.mixpanel.com"),
}
"""Where a region's events and profiles are asked for."""


class MixpanelConfig(Settings):
    """Which project to read, and what of it counts as use."""

    region: Annotated[
        Region | None,
        Field(title="Region", description="Where the project's data resides: us (the default), eu or in."),
    ] = None
    base_url: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=2048,
            title="Address",
            description="In place of a region: one address for both the export and the query API, such as a proxy's.",
        ),
    ] = None
    project_id: Annotated[
        int, Field(ge=1, le=2**53, title="Project id", description="From the project's settings at Mixpanel.")
    ]
    project_timezone: Annotated[
        str,
        Field(
            max_length=64,
            title="Zone of the project's days",
            description=(
                "UTC for a project created in 2023 or later; else the time zone in the project's settings, such as "
                "Europe/Paris: Mixpanel exports such a project by its own days."
            ),
        ),
    ] = "UTC"
    events: Annotated[
        tuple[EventName, ...],
        Field(max_length=500, title="Events", description="Names of the events that mean use; empty for all."),
    ] = ()
    exclude_server_side: Annotated[
        bool,
        Field(
            title="Leave out server-side events",
            description="Whether events that a server sent or an import brought do not count as use.",
        ),
    ] = False

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, text: str | None) -> str | None:
        return None if text is None else base_address(text)

    @field_validator("project_timezone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("Enter the name of a time zone, such as UTC or Europe/Paris.") from error
        return name

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.base_url is not None and self.region is not None:
            raise ValueError("Enter a region or an address, not both.")
        return self

    @property
    def export_url(self) -> str:
        """Where events are asked for."""
        return self.base_url or _ADDRESSES[self.region or "us"][0]

    @property
    def query_url(self) -> str:
        """Where profiles and the names of events are asked for."""
        return self.base_url or _ADDRESSES[self.region or "us"][1]


class ServiceAccount(Settings):
    """A service account that is a member of the project."""

    kind: Annotated[Literal["service_account"], Field(title="Kind", description="A service account.")] = (
        "service_account"
    )
    username: Annotated[
        str,
        Field(
            min_length=1,
            max_length=320,
            pattern=r"^[^\s:]+$",
            title="User name",
            description="Of the service account, as the organisation's settings show it.",
        ),
    ]
    secret: Annotated[
        Secret,
        Field(
            title="Secret",
            description="Shown once, when the service account is made; it may expire.",
            json_schema_extra={"x-link": "https://developer.mixpanel.com/reference/service-accounts"},
        ),
    ]


class ProjectSecret(Settings):
    """The project's own secret, which older projects have."""

    kind: Annotated[Literal["project_secret"], Field(title="Kind", description="The project's own secret.")] = (
        "project_secret"
    )
    secret: Annotated[Secret, Field(title="Project secret", description="From the project's settings (API secret).")]


MixpanelCredentials = Annotated[ServiceAccount | ProjectSecret, Field(discriminator="kind")]
