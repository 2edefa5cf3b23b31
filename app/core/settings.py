"""The deployment's settings, from the environment or `.env`. No secret has a default."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.core.crypto import Keyring

CHANGEABLE = ("timezone", "locale", "min_group", "shares", "retention")
"""Settings that an admin may change while the service runs; the others are for whoever runs it."""

Kept = Literal["usage_days", "conversations", "survey_comments", "rejects", "audit", "sync_runs"]
"""Kinds of data that can be kept for a number of days only."""


class Settings(BaseSettings):
    """One instance per process, made by the command line and passed down."""

    model_config = SettingsConfigDict(env_prefix="PRODOPS_", env_file=".env", extra="ignore", frozen=True)

    database_url: str = "sqlite:///./prodops.db"
    secret_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """base64url keys of 32 bytes, newest first; credentials are sealed with the first."""
    admin_token: SecretStr | None = Field(default=None, min_length=16)
    timezone: str = "Europe/Paris"
    """The report's zone: where a day, a week and the working calendar are cut."""
    locale: Literal["fr", "en"] = "fr"
    public_url: str | None = None
    """Where people reach this service with a browser; messages lead there, and to nothing without it."""
    allowed_private_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Hosts or networks that sources may point to although they are private."""
    queue: Literal["embedded"] = "embedded"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    min_group: int = 5
    """The smallest number of people that a shown number may rest on; 1 switches the rule off."""
    person_metrics: bool = False
    shares: bool = False
    """Whether data sets and pages can be read through links that need no token."""
    embed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins such as https://wiki.example.com whose pages may frame a shared page; empty: none."""
    retention: dict[Kept, Annotated[int, Field(ge=1, le=36_500)]] = Field(default_factory=dict)
    """Days to keep, by kind of data; what is not named is kept for ever."""

    @field_validator("secret_keys", "allowed_private_hosts", "embed_origins", mode="before")
    @classmethod
    def _comma_list(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("secret_keys")
    @classmethod
    def _readable_keys(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        Keyring([key.get_secret_value() for key in value])
        return value

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if not value:
            return None
        if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", value):
            raise ValueError("Give the address that people open, such as https://prodops.example.com.")
        return value.rstrip("/")

    @field_validator("embed_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?", origin):
                raise ValueError(f"'{origin}' is not an origin: give one such as https://wiki.example.com.")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"'{value}' is not a time zone: use a name such as Europe/Paris.") from error
        return value

    @field_validator("min_group")
    @classmethod
    def _safe_group(cls, value: int) -> int:
        if value != 1 and value < 3:
            raise ValueError("The smallest group is 3; 1 switches suppression off.")
        return value

    def changed(self, values: Mapping[str, Any]) -> "Settings":
        """The settings with those that an admin changed while the service ran; small groups stay as well hidden."""
        known = {name: value for name, value in values.items() if name in CHANGEABLE}
        if "min_group" in known:
            known["min_group"] = max(known["min_group"], self.min_group)
        return self.model_copy(update=known)

    @property
    def zone(self) -> ZoneInfo:
        """The report's zone."""
        return ZoneInfo(self.timezone)

    def keyring(self) -> Keyring:
        """The keys that seal credentials; empty where none is set."""
        return Keyring([key.get_secret_value() for key in self.secret_keys])

    def secret_values(self) -> list[str]:
        """Every secret among the settings, for masking."""
        values = [key.get_secret_value() for key in self.secret_keys]
        if self.admin_token is not None:
            values.append(self.admin_token.get_secret_value())
        return values
