"""A generated organisation: what the sandboxes of all vendors show, and what is true about it."""

from connectors.kit.organisation.generate import generate
from connectors.kit.organisation.index import Index
from connectors.kit.organisation.model import (
    Account,
    Change,
    FieldChange,
    Item,
    ItemType,
    Ms,
    Organisation,
    Project,
    Release,
    Remark,
    State,
    Status,
    Team,
    instant,
    milliseconds,
    resolved,
    stamped,
)

__all__ = [
    "Account",
    "Change",
    "FieldChange",
    "Index",
    "Item",
    "ItemType",
    "Ms",
    "Organisation",
    "Project",
    "Release",
    "Remark",
    "State",
    "Status",
    "Team",
    "generate",
    "instant",
    "milliseconds",
    "resolved",
    "stamped",
]
