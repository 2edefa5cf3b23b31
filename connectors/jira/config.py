"""What an admin enters for a Jira source."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator

from connectors.jira.jql import check_restriction
from connectors.kit.connector import Settings
from connectors.kit.hosts import base_address

ProjectKey = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,254}$")]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=8192)]


class JiraConfig(Settings):
    """Where the site is and what to read of it."""

    base_url: Annotated[
        str,
        Field(
            min_length=1,
            max_length=2048,
            title="Address of the site",
            description=(
                "https://<site>.atlassian.net, or https://<host>/<context path> for Data Center. Scoped tokens, "
                "service accounts and OAuth need https://api.atlassian.com/ex/jira/<cloud id>."
            ),
        ),
    ]
    deployment: Annotated[
        Literal["auto", "cloud", "datacenter"],
        Field(title="Deployment", description="Cloud or Data Center; 'auto' asks the site."),
    ] = "auto"
    projects: Annotated[
        tuple[ProjectKey, ...],
        Field(
            max_length=1000,
            title="Projects",
            description="Keys of the projects to read; empty for all that the credentials can see.",
            json_schema_extra={"x-scopes": "key"},
        ),
    ] = ()
    jql: Annotated[
        str,
        Field(
            max_length=4000,
            title="Restriction (JQL)",
            description="Read only the issues that also meet this condition. Without ORDER BY.",
        ),
    ] = ""
    automation_accounts: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=255)], ...],
        Field(
            max_length=1000,
            title="Automation accounts",
            description=(
                "Account ids, user names or e-mails of accounts that act by themselves. On Data Center nothing else "
                "tells them from people."
            ),
        ),
    ] = ()
    story_points_field: Annotated[
        str | None,
        Field(
            pattern=r"^customfield_[0-9]{1,18}$",
            title="Story points field",
            description="The id of the field of story points, such as customfield_10016; found by name if empty.",
        ),
    ] = None

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        return base_address(text)

    @field_validator("jql")
    @classmethod
    def _stays_in_its_parentheses(cls, text: str) -> str:
        return check_restriction(text)


class ApiToken(Settings):
    """An API token of an Atlassian account (Cloud)."""

    kind: Annotated[Literal["api_token"], Field(title="Kind", description="An Atlassian API token.")] = "api_token"
    email: Annotated[
        str,
        Field(
            min_length=3,
            max_length=320,
            pattern=r"^[^\s:]+@[^\s:]+$",
            title="E-mail",
            description="The e-mail of the account that the token belongs to.",
        ),
    ]
    token: Annotated[
        Secret,
        Field(
            title="API token",
            description="Made at id.atlassian.com; it expires after a year at most.",
            json_schema_extra={"x-link": "https://id.atlassian.com/manage-profile/security/api-tokens"},
        ),
    ]


class PersonalAccessToken(Settings):
    """A personal access token (Data Center)."""

    kind: Annotated[
        Literal["personal_access_token"], Field(title="Kind", description="A Data Center personal access token.")
    ] = "personal_access_token"
    token: Annotated[
        Secret, Field(title="Personal access token", description="Made in the profile of a Data Center user.")
    ]


class OAuthGrant(Settings):
    """An OAuth 2.0 (3LO) grant of a Cloud site. Its refresh token changes with every use."""

    kind: Annotated[Literal["oauth"], Field(title="Kind", description="An OAuth 2.0 grant.")] = "oauth"
    client_id: Annotated[
        str,
        Field(min_length=1, max_length=512, title="Client id", description="Of the app at developer.atlassian.com."),
    ]
    client_secret: Annotated[
        Secret,
        Field(
            title="Client secret",
            description="Of the app at developer.atlassian.com.",
            json_schema_extra={"x-link": "https://developer.atlassian.com/console/myapps/"},
        ),
    ]
    refresh_token: Annotated[
        Secret, Field(title="Refresh token", description="From the consent; the scope offline_access gives it.")
    ]


JiraCredentials = Annotated[ApiToken | PersonalAccessToken | OAuthGrant, Field(discriminator="kind")]
