"""What an admin may enter for a Mixpanel source."""

import pytest
from pydantic import TypeAdapter, ValidationError

from connectors.mixpanel import CONNECTOR
from connectors.mixpanel.auth import basic
from connectors.mixpanel.config import MixpanelConfig, MixpanelCredentials, ProjectSecret, ServiceAccount


@pytest.mark.parametrize(
    ("entered", "hosts"),
    [
        ({}, ("data.mixpanel.com", "mixpanel.com")),
        ({"region": "us"}, ("data.mixpanel.com", "mixpanel.com")),
        ({"region": "eu"}, ("data-eu.mixpanel.com", "eu.mixpanel.com")),
        ({"region": "in"}, ("data-in.mixpanel.com", "in.mixpanel.com")),
        ({"base_url": "https://mixpanel.example.com/"}, ("mixpanel.example.com",)),
    ],
)
def test_a_region_or_an_address_says_where_to_ask(entered: dict[str, str], hosts: tuple[str, ...]):
    assert CONNECTOR.hosts(MixpanelConfig.model_validate({"project_id": 7, **entered})) == hosts


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({"region": "fr"}, "region"),
        ({"base_url": "mixpanel.com"}, "base_url"),
        ({"base_url": "https://mixpanel.com/?a=b"}, "base_url"),
        ({"project_id": 0}, "project_id"),
        ({"project_timezone": "Paris"}, "project_timezone"),
        ({"project_timezone": "../../etc/passwd"}, "project_timezone"),
        ({"project_timezone": ""}, "project_timezone"),
        ({"events": [""]}, "events"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_settings_that_cannot_be_right_are_refused(config: dict[str, object], place: str):
    with pytest.raises(ValidationError) as refused:
        MixpanelConfig.model_validate({"project_id": 7, **config})

    assert [error["loc"][0] for error in refused.value.errors()] == [place]


def test_a_region_and_an_address_exclude_each_other():
    with pytest.raises(ValidationError, match="not both"):
        MixpanelConfig(project_id=7, region="eu", base_url="https://mixpanel.example.com")


@pytest.mark.parametrize(
    ("kind", "credentials", "header"),
    [
        (ServiceAccount, {"kind": "service_account", "username": "u", "secret": "fake"}, "Basic dTpmYWtl"),
        (ProjectSecret, {"kind": "project_secret", "secret": "fake"}, "Basic ZmFrZTo="),
    ],
)
def test_credentials_are_told_apart_by_kind_and_hide_their_secrets(
    kind: type, credentials: dict[str, str], header: str
):
    found = TypeAdapter(MixpanelCredentials).validate_python(credentials)

    assert type(found) is kind
    assert "fake" not in repr(found)
    assert basic(found).headers() == {"Authorization": header}
