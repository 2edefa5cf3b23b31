"""The organisation's changes, written as Jira's changelog writes them."""

from collections.abc import Mapping
from typing import Any

from connectors.jira.sandbox.catalogue import POINTS, POINTS_OWN, RANK
from connectors.jira.sandbox.dialect import AUTOMATION_ACCOUNT, Dialect, account_id
from connectors.jira.sandbox.site import History, Json
from connectors.kit.organisation import Change, FieldChange, Organisation
from connectors.kit.organisation.model import Value

_RULE_NOTE: Json = {
    "type": "automation:rule",
    "actor": {"id": AUTOMATION_ACCOUNT, "displayName": "Automation for Jira", "type": "app"},
    "generator": {"id": "automation-rule", "type": "automation"},
}
_PLAIN = {
    "key": ("Key", None),
    "description": ("description", "description"),
    "title": ("summary", "summary"),
    "due": ("duedate", "duedate"),
    "labels": ("labels", "labels"),
}
"""Fields whose values have no ids: Jira's name, and its field id where it gives one."""

Side = tuple[str | None, str | None]
"""An id and a name, as in `from` and `fromString`."""


class HistoryWriter:
    """Writes histories; an item of one is one changed field, in the order of the change."""

    def __init__(self, organisation: Organisation, dialect: Dialect) -> None:
        self._dialect = dialect
        self._accounts = organisation.accounts
        self._things: dict[str, Mapping[str, Any]] = {
            "status": organisation.statuses,
            "resolution": organisation.resolutions,
            "priority": organisation.priorities,
            "type": organisation.types,
            "project": organisation.projects,
            "releases": organisation.releases,
        }

    def write(self, change: Change, users: Mapping[str, Json], *, own: bool) -> History:
        """One change. `own`: the item lives in a project with fields of its own."""
        steps = [self._step(step, users, own) for step in change.fields]
        names = frozenset(str(one.get("fieldId", one["field"])) for one in steps)
        if not self._dialect.cloud:
            steps = [{name: value for name, value in one.items() if name != "fieldId"} for one in steps]
        written: Json = {"id": str(change.id), "author": users[change.actor], "items": steps}
        if change.noted:
            written["historyMetadata"] = _RULE_NOTE
        return History(change.at, names, written)

    def _step(self, step: FieldChange, users: Mapping[str, Json], own: bool) -> Json:
        name, before, after = step
        if name == "rank":
            return _item("Rank", RANK, ("", ""), ("", "Ranked higher"), custom=True)
        if name == "points":
            title, field = ("Story point estimate", POINTS_OWN) if own else ("Story Points", POINTS)
            return _item(title, field, (None, _name(before)), (None, _name(after)), custom=True)
        if name in _PLAIN:
            title, known = _PLAIN[name]
            return _item(title, known, (None, _name(before)), (None, _name(after)))
        if name == "parent":
            return _item("IssueParentAssociation", None, (_id(before), None), (_id(after), None))
        if name == "assignee":
            return _item("assignee", "assignee", self._person(before, users), self._person(after, users))
        title, known = {"type": ("issuetype", "issuetype"), "releases": ("Fix Version", "fixVersions")}.get(
            name, (name, name)
        )
        return _item(title, known, self._thing(name, before), self._thing(name, after))

    def _thing(self, name: str, value: Value) -> Side:
        one = _id(value)
        return (None, None) if one is None else (one, str(self._things[name][one].name))

    def _person(self, value: Value, users: Mapping[str, Json]) -> Side:
        one = _id(value)
        if one is None:
            return (None, None)
        return account_id(self._accounts[one], self._dialect.deployment), str(users[one]["displayName"])


def _item(field: str, field_id: str | None, before: Side, after: Side, *, custom: bool = False) -> Json:
    written: Json = {"field": field, "fieldtype": "custom" if custom else "jira"}
    if field_id is not None:
        written["fieldId"] = field_id
    return written | {"from": before[0], "fromString": before[1], "to": after[0], "toString": after[1]}


def _id(value: Value | int) -> str | None:
    if isinstance(value, tuple):
        return value[0] if value else None
    return None if value is None else str(value)


def _name(value: Value) -> str | None:
    if isinstance(value, float):
        return f"{value:g}"
    return " ".join(value) if isinstance(value, tuple) else _id(value)
