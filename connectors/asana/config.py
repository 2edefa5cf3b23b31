"""What an admin enters for an Asana source."""

from typing import Annotated, Literal

import httpx
from pydantic import Field, SecretStr, field_validator

from connectors.kit.connector import Settings
from connectors.kit.hosts import base_address

API_PATH = "/api/1.0"

Gid = Annotated[str, Field(pattern=r"^[0-9]{1,32}$")]
Rule = Annotated[str, Field(pattern=r"^(section|completion|[0-9]{1,32})$")]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=8192)]


class AsanaConfig(Settings):
    """Which workspace to read, and what a status is there."""

    base_url: Annotated[
        str,
        Field(
            min_length=1,
            max_length=2048,
            title="Address of the API",
            description="Leave it as it is: Asana has one address for all its customers.",
        ),
    ] = f"https://app.asana.com{API_PATH}"
    workspace: Annotated[
        Gid, Field(title="Workspace", description="The id (gid) of the workspace or organisation to read.")
    ]
    projects: Annotated[
        tuple[Gid, ...],
        Field(
            max_length=1000,
            title="Projects",
            description="Ids (gid) of the projects to read; empty for all that the credentials can see.",
            json_schema_extra={"x-scopes": "external_id"},
        ),
    ] = ()
    status_from: Annotated[
        Rule | dict[Gid | Literal["default"], Rule],
        Field(
            title="Status from",
            description=(
                "What tells a task's status: 'section', 'completion', or the id of an enum custom field. Where "
                "projects differ: an object from project ids to these words, with 'default' for the others."
            ),
        ),
    ] = "section"
    automation_accounts: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=255)], ...],
        Field(
            max_length=1000,
            title="Automation accounts",
            description="Ids, e-mails or names of users that act by themselves: Asana does not tell them from people.",
        ),
    ] = ()

    @field_validator("base_url")
    @classmethod
    def _is_the_address_of_the_api(cls, text: str) -> str:
        whole = base_address(text)
        return whole if whole.endswith(API_PATH) else whole + API_PATH

    def rule(self, project: str) -> str:
        """What tells the status of the tasks of a project."""
        if isinstance(self.status_from, str):
            return self.status_from
        return self.status_from.get(project, self.status_from.get("default", "section"))

    @property
    def login_url(self) -> str:
        """Where OAuth tokens are renewed: the host of the API, outside of the API."""
        url = httpx.URL(self.base_url)
        return str(url.copy_with(path=url.path.removesuffix(API_PATH) or "/")).rstrip("/")


class PersonalAccessToken(Settings):
    """A personal access token: it sees what its user sees."""

    kind: Annotated[
        Literal["personal_access_token"], Field(title="Kind", description="An Asana personal access token.")
    ] = "personal_access_token"
    token: Annotated[
        Secret,
        Field(
            title="Personal access token",
            description="Made in Asana's developer console by any user.",
            json_schema_extra={"x-link": "https://app.asana.com/0/my-apps"},
        ),
    ]


class ServiceAccount(Settings):
    """A service account of an Enterprise plan: it sees the whole organisation and the audit log."""

    kind: Annotated[
        Literal["service_account"], Field(title="Kind", description="An Asana service account (Enterprise).")
    ] = "service_account"
    token: Annotated[Secret, Field(title="Token", description="Shown once, where an admin makes the service account.")]


class OAuthGrant(Settings):
    """An OAuth 2.0 grant. Its refresh token stays the same."""

    kind: Annotated[Literal["oauth"], Field(title="Kind", description="An OAuth 2.0 grant.")] = "oauth"
    client_id: Annotated[
        str, Field(min_length=1, max_length=512, title="Client id", description="Of the app in the developer console.")
    ]
    client_secret: Annotated[Secret, Field(title="Client secret", description="Of the app in the developer console.")]
    refresh_token: Annotated[Secret, Field(title="Refresh token", description="From the consent.")]


AsanaCredentials = Annotated[PersonalAccessToken | ServiceAccount | OAuthGrant, Field(discriminator="kind")]
