"""The small lists of a Jira site, as its endpoints write them."""

from typing import Any

from connectors.jira.sandbox.dialect import Dialect
from connectors.kit.organisation import ItemType, Ms, Organisation, Release, Status
from connectors.kit.organisation.model import Priority, Project, Resolution

Json = dict[str, Any]

CATEGORIES: dict[str, Json] = {
    "todo": {"id": 2, "key": "new", "colorName": "blue-gray", "name": "To Do"},
    "doing": {"id": 4, "key": "indeterminate", "colorName": "yellow", "name": "In Progress"},
    "done": {"id": 3, "key": "done", "colorName": "green", "name": "Done"},
}
NO_CATEGORY: Json = {"id": 1, "key": "undefined", "colorName": "medium-gray", "name": "No Category"}
BROAD = {"new": "TODO", "indeterminate": "IN_PROGRESS", "done": "DONE"}
"""How `statuses/search` writes a category."""

POINTS = "customfield_10026"
POINTS_OWN = "customfield_10016"
"""Projects that a team runs have a story points field of their own, with another name and id."""
RANK = "customfield_10019"
_CUSTOM = (
    (POINTS_OWN, "Story point estimate", "com.pyxis.greenhopper.jira:jsw-story-points", "number"),
    (RANK, "Rank", "com.pyxis.greenhopper.jira:gh-lexo-rank", "any"),
    ("customfield_10020", "Sprint", "com.pyxis.greenhopper.jira:gh-sprint", "array"),
    ("customfield_10021", "Flagged", "com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes", "array"),
    (POINTS, "Story Points", "com.atlassian.jira.plugin.system.customfieldtypes:float", "number"),
)  # fmt: skip
_SYSTEM = (
    ("summary", "Summary"), ("issuetype", "Issue Type"), ("project", "Project"), ("status", "Status"),
    ("resolution", "Resolution"), ("resolutiondate", "Resolved"), ("priority", "Priority"),
    ("assignee", "Assignee"), ("creator", "Creator"), ("reporter", "Reporter"), ("parent", "Parent"),
    ("labels", "Labels"), ("duedate", "Due date"), ("fixVersions", "Fix versions"),
    ("versions", "Affects versions"), ("created", "Created"), ("updated", "Updated"),
    ("description", "Description"), ("comment", "Comment"), ("worklog", "Log Work"),
)  # fmt: skip


class Catalogue:
    """Writes the things that issues refer to."""

    def __init__(self, organisation: Organisation, dialect: Dialect) -> None:
        self._organisation = organisation
        self._dialect = dialect

    def status(self, status: Status) -> Json:
        """As in an issue and in `/status`."""
        api = self._dialect.api
        category = CATEGORIES[status.stage]
        written: Json = {
            "self": api(f"status/{status.id}"),
            "description": "",
            "iconUrl": f"{self._dialect.base}/images/icons/statuses/generic.png",
            "name": status.name,
            "id": status.id,
            "statusCategory": {"self": api(f"statuscategory/{category['id']}"), **category},
        }
        if self._dialect.cloud:
            written["untranslatedName"] = status.name
        if status.project is not None and self._dialect.cloud:
            written["scope"] = {"type": "PROJECT", "project": {"id": status.project}}
        return written

    def item_type(self, kind: ItemType) -> Json:
        """As in an issue and in `/issuetype`."""
        written: Json = {
            "self": self._dialect.api(f"issuetype/{kind.id}"),
            "id": kind.id,
            "description": "",
            "iconUrl": f"{self._dialect.base}/images/icons/issuetypes/{kind.kind}.svg",
            "name": kind.name,
            "subtask": kind.level < 0,
            "avatarId": 10300,
        }
        if self._dialect.cloud:
            written["hierarchyLevel"] = kind.level
            if kind.project is not None:
                written["scope"] = {"type": "PROJECT", "project": {"id": kind.project}}
        return written

    def resolution(self, resolution: Resolution) -> Json:
        """As in an issue and in `/resolution`."""
        link = self._dialect.api(f"resolution/{resolution.id}")
        return {"self": link, "id": resolution.id, "description": "", "name": resolution.name}

    def priority(self, priority: Priority) -> Json:
        """As in an issue and in `/priority`."""
        icon = f"{self._dialect.base}/images/icons/priorities/{priority.name.lower()}.svg"
        link = self._dialect.api(f"priority/{priority.id}")
        return {"self": link, "iconUrl": icon, "name": priority.name, "id": priority.id}

    def project(self, project: Project) -> Json:
        """As in an issue; the lists add to it."""
        written: Json = {
            "self": self._dialect.api(f"project/{project.id}"),
            "id": project.id,
            "key": project.key,
            "name": project.name,
            "projectTypeKey": "software",
        }
        if self._dialect.cloud:
            written["simplified"] = project.own_workflow
        return written

    def release(self, release: Release, now: Ms) -> Json:
        """A version as a project lists it."""
        written: Json = {
            "self": self._dialect.api(f"version/{release.id}"),
            "id": release.id,
            "name": release.name,
            "archived": False,
            "released": release.released <= now,
            "releaseDate": release.day.isoformat(),
            "projectId": int(release.project),
        }
        return written

    def fields(self) -> list[Json]:
        """`/field`."""
        fields = [
            {
                "id": name,
                "name": title,
                "custom": False,
                "orderable": True,
                "navigable": name not in ("comment", "worklog"),
                "searchable": True,
                "clauseNames": [name],
                "schema": {"type": "string", "system": name},
            }
            for name, title in _SYSTEM
        ]
        for name, title, custom, kind in _CUSTOM:
            if name == POINTS_OWN and not self._dialect.cloud:
                continue
            number = int(name.removeprefix("customfield_"))
            fields.append(
                {
                    "id": name,
                    "name": title,
                    "custom": True,
                    "orderable": True,
                    "navigable": True,
                    "searchable": True,
                    "clauseNames": [f"cf[{number}]", title],
                    "schema": {"type": kind, "custom": custom, "customId": number},
                }
            )
        if self._dialect.cloud:
            return [{"key": one["id"], **one} for one in fields]
        return fields
