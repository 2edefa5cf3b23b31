"""Recorded issues of a real site, seen as a Jira site: one folder is one state of it."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from connectors.jira.sandbox.dialect import Dialect
from connectors.jira.sandbox.site import History, Json
from connectors.kit.organisation import Ms, milliseconds


class ReplaySite:
    """See `Site`. Serves `SP-*.json` (beside, or in `sample_issues/`) and `sample_statuses.json`."""

    def __init__(self, folder: Path, dialect: Dialect, generation: int) -> None:
        self._dialect = dialect
        self.generation = generation
        self._issues: dict[int, Json] = {}
        self._statuses: list[Json] = msgspec.json.decode((folder / "sample_statuses.json").read_bytes())
        for path in sorted([*folder.glob("SP-*.json"), *folder.glob("sample_issues/SP-*.json")]):
            issue: Json = msgspec.json.decode(path.read_bytes())
            self._issues[int(issue["id"])] = issue
        self.places = {issue: (self._project(issue)["id"], self._updated(issue)) for issue in self._issues}
        self.ids: dict[str, list[int]] = {}
        self.updates: dict[str, list[tuple[Ms, int]]] = {}
        for number, (project, updated) in sorted(self.places.items()):
            self.ids.setdefault(project, []).append(number)
            self.updates.setdefault(project, []).append((updated, number))
        for updates in self.updates.values():
            updates.sort()

    def advance(self, now: Ms) -> None:
        """Recorded issues change only with the folder."""

    def listing(self, late: Ms = 0) -> "ReplaySite":  # noqa: ARG002 - nothing is ever late in a recording
        return self

    def visible(self, issue: int) -> bool:
        return issue in self._issues

    def version(self, issue: int) -> tuple[int, int]:
        return self.generation, issue

    def project_named(self, name: str) -> str | None:
        for one in self.projects():
            if name.casefold() in (one["id"], one["key"].casefold(), one["name"].casefold()):
                return str(one["id"])
        return None

    def issue_named(self, name: str) -> int | None:
        for issue, recorded in self._issues.items():
            if name in (recorded["id"], recorded["key"]):
                return issue
        return None

    def created(self, issue: int) -> Ms:
        return _ms(self._fields(issue)["created"])

    def rank(self, issue: int) -> tuple[int, int]:
        return int(self._project(issue)["id"]), int(self._issues[issue]["key"].rpartition("-")[2])

    def terms(self, issue: int, name: str) -> Sequence[str]:
        value = self._fields(issue).get("status" if name == "statuscategory" else name)
        if name == "labels":
            return tuple(label.lower() for label in value or ())
        if value is None:
            return ()
        if name == "statuscategory":
            return (value["statusCategory"]["name"].lower(),)
        if name == "assignee":
            return (value["accountId"].lower(),)
        return (value["id"], value["name"].lower())

    def issue(self, issue: int) -> Json:
        recorded = self._issues[issue]
        fields = dict(recorded["fields"])
        for name, inner in (("comment", "comments"), ("worklog", "worklogs")):
            fields[name] = (fields.get(name) or {}).get(inner, [])
        fields["description"] = self._dialect.text(fields.get("description"))
        link = self._dialect.api(f"issue/{issue}")
        return {"id": recorded["id"], "self": link, "key": recorded["key"], "fields": fields}

    def histories(self, issue: int) -> list[History]:
        histories = []
        for one in reversed(self._issues[issue]["changelog"]["histories"]):
            written = {name: value for name, value in one.items() if name != "created"}
            fields = frozenset(item.get("fieldId", item["field"]) for item in one["items"])
            histories.append(History(_ms(one["created"]), fields, written))
        return histories

    def projects(self) -> list[Json]:
        found: dict[str, Json] = {}
        for issue in self._issues:
            project = self._project(issue)
            found.setdefault(project["id"], project)
        for key, project in found.items():
            last = self._dialect.time(self.updates[key][-1][0])
            found[key] = project | {"insight": {"totalIssueCount": len(self.ids[key]), "lastIssueUpdateTime": last}}
        return list(found.values())

    def statuses(self) -> list[Json]:
        return self._statuses

    def workflows(self, project: str) -> list[Json]:  # noqa: ARG002 - the recordings are of one project
        names = ("self", "id", "name", "subtask")
        return [{name: one[name] for name in names} | {"statuses": self._statuses} for one in self.issue_types()]

    def issue_types(self) -> list[Json]:
        return self._named("issuetype")

    def resolutions(self) -> list[Json]:
        return self._named("resolution")

    def priorities(self) -> list[Json]:
        return self._named("priority")

    def fields(self) -> list[Json]:
        """The custom fields that histories name, and the system fields that the issues hold."""
        names = {name: name for issue in self._issues for name in self._fields(issue)}
        for recorded in self._issues.values():
            for history in recorded["changelog"]["histories"]:
                names |= {item["fieldId"]: item["field"] for item in history["items"] if "fieldId" in item}
        return [
            {"id": name, "key": name, "name": title, "custom": name.startswith("customfield_")}
            for name, title in sorted(names.items())
        ]

    def versions(self, project: str) -> list[Json]:
        found: dict[str, Json] = {}
        for issue in self.ids.get(project, ()):
            for name in ("fixVersions", "versions"):
                found |= {one["id"]: one | {"projectId": int(project)} for one in self._fields(issue).get(name) or ()}
        return list(found.values())

    def users(self) -> list[Json]:
        found: dict[str, Json] = {}
        for issue, recorded in self._issues.items():
            fields = self._fields(issue)
            people = [fields.get("creator"), fields.get("reporter"), fields.get("assignee")]
            people += [history.get("author") for history in recorded["changelog"]["histories"]]
            for one in people:
                if one is not None:
                    found.setdefault(one["accountId"], one)
        return list(found.values())

    def _named(self, name: str) -> list[Json]:
        values = [self._fields(issue).get(name) for issue in self._issues]
        return list({value["id"]: value for value in values if value}.values())

    def _fields(self, issue: int) -> dict[str, Any]:
        fields: dict[str, Any] = self._issues[issue]["fields"]
        return fields

    def _project(self, issue: int) -> Json:
        project: Json = self._fields(issue)["project"]
        return project

    def _updated(self, issue: int) -> Ms:
        return _ms(self._fields(issue)["updated"])


def _ms(text: str) -> Ms:
    return milliseconds(datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z"))
