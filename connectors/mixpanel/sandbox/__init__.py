"""A local server that speaks Mixpanel's export and query APIs over a generated organisation, faults included."""

from connectors.mixpanel.sandbox.server import Keys, MixpanelSandbox

__all__ = ["Keys", "MixpanelSandbox"]
