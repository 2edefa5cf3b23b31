"""A local server that speaks Jira's REST API over a generated or a recorded site, faults included."""

from connectors.jira.sandbox.gate import CLOUD_ID, Keys
from connectors.jira.sandbox.sandboxes import JiraSandbox, ReplaySandbox

__all__ = ["CLOUD_ID", "JiraSandbox", "Keys", "ReplaySandbox"]
