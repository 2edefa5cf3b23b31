"""What an admin may enter for a Jira source."""

import pytest
from pydantic import TypeAdapter, ValidationError

from connectors.jira.config import ApiToken, JiraConfig, JiraCredentials, OAuthGrant, PersonalAccessToken


@pytest.mark.parametrize(
    ("entered", "kept"),
    [
        ("https://acme.atlassian.net/", "https://acme.atlassian.net"),
        (" https://jira.example.com/context/ ", "https://jira.example.com/context"),
        ("https://api.atlassian.com/ex/jira/1-2-3", "https://api.atlassian.com/ex/jira/1-2-3"),
    ],
)
def test_an_address_is_kept_without_its_last_slash(entered: str, kept: str):
    assert JiraConfig(base_url=entered).base_url == kept


@pytest.mark.parametrize(
    "config",
    [
        {"base_url": "acme.atlassian.net"},
        {"base_url": "ftp://acme.atlassian.net"},
        {"base_url": "https://u:p@acme.atlassian.net"},
        {"base_url": "https://acme.atlassian.net/?a=b"},
        {"base_url": "https://acme.atlassian.net/#a"},
        {"deployment": "server"},
        {"projects": ["A B"]},
        {"projects": ['X" OR "1"="1']},
        {"story_points_field": "points"},
        {"nonsense": 1},
    ],
)
def test_settings_that_cannot_be_right_are_refused(config: dict[str, object]):
    with pytest.raises(ValidationError) as refused:
        JiraConfig.model_validate({"base_url": "https://acme.atlassian.net", **config})

    assert [error["loc"][0] for error in refused.value.errors()] == list(config)


@pytest.mark.parametrize(
    ("kind", "credentials"),
    [
        (ApiToken, {"kind": "api_token", "email": "a@example.test", "token": "fake"}),
        (PersonalAccessToken, {"kind": "personal_access_token", "token": "fake"}),
        (OAuthGrant, {"kind": "oauth", "client_id": "c", "client_secret": "fake", "refresh_token": "fake"}),
    ],
)
def test_credentials_are_told_apart_by_kind_and_hide_their_secrets(kind: type, credentials: dict[str, str]):
    found = TypeAdapter(JiraCredentials).validate_python(credentials)

    assert type(found) is kind
    assert "fake" not in repr(found)
