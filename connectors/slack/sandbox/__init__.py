"""A Slack workspace to try the connector on."""

from connectors.slack.sandbox.dialect import EVERYBODY
from connectors.slack.sandbox.gate import Keys
from connectors.slack.sandbox.server import SlackSandbox

__all__ = ["EVERYBODY", "Keys", "SlackSandbox"]
