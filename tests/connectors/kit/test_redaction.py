"""No secret in a text."""

import httpx
from pydantic import BaseModel, SecretStr

from connectors.kit.redaction import MASK, place, redact, secrets_of


class Inner(BaseModel):
    token: SecretStr


class Outer(BaseModel):
    name: str
    key: SecretStr
    many: list[Inner]
    named: dict[str, SecretStr]


def test_every_secret_is_masked_and_the_rest_is_kept():
    text = "refused: fake-token-1 and fake-token-12 of someone"

    assert redact(text, ["fake-token-1", "fake-token-12"]) == f"refused: {MASK} and {MASK} of someone"


def test_an_empty_or_tiny_secret_does_not_blacken_everything():
    assert redact("abc", ["", "a"]) == "abc"


def test_secrets_are_found_wherever_a_model_holds_them():
    model = Outer(
        name="not-secret",
        key=SecretStr("fake-1"),
        many=[Inner(token=SecretStr("fake-2"))],
        named={"x": SecretStr("fake-3")},
    )

    assert sorted(secrets_of(model)) == ["fake-1", "fake-2", "fake-3"]


def test_a_place_is_a_host_and_a_path():
    url = httpx.URL("https://user:fake-password@jira.example.com:8443/rest/api?token=fake#part")

    assert place(url) == "jira.example.com/rest/api"
