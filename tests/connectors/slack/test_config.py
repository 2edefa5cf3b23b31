"""What an admin may enter for a Slack source, and what Slack's refusals become."""

import pytest
from pydantic import TypeAdapter, ValidationError

from connectors.kit.errors import AuthError, ConfigError, ConnectorError, NotOffered, RateLimited, Transient
from connectors.slack import CONNECTOR
from connectors.slack.config import BotToken, SlackConfig
from connectors.slack.raw import Verdict
from connectors.slack.refusals import refusal
from tests.support.slack_workspace import NOW

TOKENS = {"kind": "bot_token", "token": "fake", "signing_secret": "fake"}


def test_the_least_is_nothing_and_reads_slack_itself() -> None:
    config = SlackConfig()
    assert config.base_url == "https://slack.com/api"
    assert CONNECTOR.hosts(config) == ("slack.com",)


def test_govslack_is_another_address() -> None:
    assert CONNECTOR.hosts(SlackConfig(base_url="https://slack-gov.com/api/")) == ("slack-gov.com",)


@pytest.mark.parametrize(
    "config",
    [
        {"base_url": "slack.com"},
        {"base_url": "https://slack.com/api?token=x"},
        {"channels": ["two words"]},
        {"channels": ["a,b"]},
        {"channels": [""]},
        {"lookback_days": -1},
        {"lookback_days": 366},
        {"conflict_marks": [":warning:"]},
        {"resolved_marks": ["two words"]},
        {"join_channels": True},
    ],
)
def test_settings_that_cannot_be_right_are_refused(config: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        SlackConfig.model_validate(config)
    assert [error["loc"][0] for error in refused.value.errors()] == list(config)


@pytest.mark.parametrize("more", [{}, {"user_token": None}, {"user_token": "fake"}])
def test_a_user_token_may_be_left_out_and_no_secret_is_shown(more: dict[str, object]) -> None:
    found = TypeAdapter(CONNECTOR.Credentials).validate_python({**TOKENS, **more})
    assert isinstance(found, BotToken)
    assert "fake" not in repr(found)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("invalid_auth", AuthError),
        ("token_revoked", AuthError),
        ("missing_scope", AuthError),
        ("no_permission", AuthError),
        ("feature_not_enabled", NotOffered),
        ("paid_only", NotOffered),
        ("not_in_channel", ConfigError),
        ("channel_not_found", ConfigError),
        ("is_archived", ConfigError),
        ("ratelimited", RateLimited),
        ("internal_error", Transient),
        ("a_word_of_tomorrow", ConnectorError),
        ("", ConnectorError),
    ],
)
def test_a_refusal_inside_a_good_answer_is_an_error_of_its_kind(word: str, kind: type[ConnectorError]) -> None:
    error = refusal("users.list", Verdict(ok=False, error=word, needed="users:read"), NOW)
    assert type(error) is kind
    assert "users.list" in error.message
    assert error.remedy
    assert error.code == (word or "no reason")


def test_a_missing_scope_is_named() -> None:
    error = refusal("users.list", Verdict(ok=False, error="missing_scope", needed="users:read"), NOW)
    assert "users:read" in error.message


def test_words_that_are_none_are_not_passed_on() -> None:
    error = refusal("users.list", Verdict(ok=False, error="<script>", needed="?secret=1"), NOW)
    assert "<" not in error.message
    error = refusal("users.list", Verdict(ok=False, error="missing_scope", needed="?SECRET=1"), NOW)
    assert "SECRET" not in error.message
