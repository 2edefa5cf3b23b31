"""What an admin enters for a Slack source."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator

from connectors.kit.connector import Settings
from connectors.kit.hosts import base_address

ChannelName = Annotated[str, Field(pattern=r"^#?[^\s#@,<>]{1,80}$")]
MarkName = Annotated[str, Field(pattern=r"^[^\s:]{1,100}$")]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=8192)]


class SlackConfig(Settings):
    """Which workspace's API is asked, and what is read of it."""

    base_url: Annotated[
        str,
        Field(
            min_length=1,
            max_length=2048,
            title="Address of the API",
            description="https://slack.com/api, or https://slack-gov.com/api for GovSlack.",
        ),
    ] = "https://slack.com/api"
    channels: Annotated[
        tuple[ChannelName, ...],
        Field(
            max_length=1000,
            title="Channels",
            description="Ids or names of the channels to read; empty for all that the app has joined.",
            json_schema_extra={"x-scopes": "external_id"},
        ),
    ] = ()
    include_private: Annotated[
        bool,
        Field(
            title="Private channels",
            description="Whether private channels are read too; the app must be a member of each.",
        ),
    ] = False
    lookback_days: Annotated[
        int,
        Field(
            ge=0,
            le=365,
            title="Look-back (days)",
            description="How old a thread may be for a late reply or reaction to be noticed. More costs more requests.",
        ),
    ] = 7
    conflict_marks: Annotated[
        tuple[MarkName, ...],
        Field(
            max_length=50,
            title="Conflict marks",
            description="Names of the reactions, without colons, that mark a thread as a conflict.",
        ),
    ] = ("warning", "rotating_light")
    resolved_marks: Annotated[
        tuple[MarkName, ...],
        Field(
            max_length=50,
            title="Resolved marks",
            description="Names of the reactions, without colons, that mark a conflict as resolved.",
        ),
    ] = ("white_check_mark", "heavy_check_mark")

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        return base_address(text)


class BotToken(Settings):
    """The tokens of an app that the workspace created for itself."""

    kind: Annotated[Literal["bot_token"], Field(title="Kind", description="A bot token of your own app.")] = "bot_token"
    token: Annotated[
        Secret,
        Field(
            title="Bot token",
            description="xoxb-..., under 'OAuth & Permissions' of the app.",
            json_schema_extra={"x-link": "https://api.slack.com/apps"},
        ),
    ]
    signing_secret: Annotated[
        Secret,
        Field(title="Signing secret", description="Under 'Basic Information' of the app; proves that Slack calls us."),
    ]
    user_token: Annotated[
        Secret | None,
        Field(
            title="User token",
            description="xoxp-... of an owner or admin. Seats and the access log need it (scope admin), and member "
            "analytics do (scope admin.analytics:read, Business+ or Enterprise).",
            json_schema_extra={"writeOnly": True},
        ),
    ] = None
