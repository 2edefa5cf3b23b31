"""The README tells of the connector that there is."""

import json
import re
from pathlib import Path

from connectors.slack.config import BotToken
from connectors.slack.sandbox.gate import BOT_SCOPES, USER_SCOPES

README = (Path(__file__).parents[3] / "connectors" / "slack" / "README.md").read_text("utf-8")


def test_it_names_every_credential() -> None:
    shown = re.search(r"`credentials`: `(\{.*?\})`", README)
    assert shown is not None
    assert set(re.findall(r'"(\w+)"', shown[1])) == {*BotToken.model_fields, "bot_token"}


def test_its_manifest_asks_for_the_scopes_that_the_sandbox_wants() -> None:
    manifest = re.search(r"```json\n(.*?)```", README, re.DOTALL)
    assert manifest is not None
    scopes = json.loads(manifest[1])["oauth_config"]["scopes"]
    assert set(scopes["bot"]) == BOT_SCOPES
    assert set(scopes["user"]) == USER_SCOPES
