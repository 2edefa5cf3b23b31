"""A local server that speaks Asana's REST API over a generated organisation, faults included."""

from connectors.asana.sandbox.gate import Keys
from connectors.asana.sandbox.portfolio import portfolio
from connectors.asana.sandbox.server import AsanaSandbox
from connectors.asana.sandbox.told import ROADMAP, STAGE, WORKSPACE, project_gid

__all__ = ["ROADMAP", "STAGE", "WORKSPACE", "AsanaSandbox", "Keys", "portfolio", "project_gid"]
