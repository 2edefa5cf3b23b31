"""A generated organisation, seen as a Jira site."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.jira.sandbox.catalogue import CATEGORIES, POINTS, POINTS_OWN, RANK, Catalogue
from connectors.jira.sandbox.dialect import Dialect, account_id
from connectors.jira.sandbox.histories import HistoryWriter
from connectors.jira.sandbox.site import History, Json
from connectors.kit.organisation import Index, Item, Ms, Organisation, Remark, State


class GeneratedSite:
    """See `Site`. `hidden` holds, by project id, since when the token may not see it."""

    def __init__(self, organisation: Organisation, dialect: Dialect) -> None:
        self._organisation = organisation
        self._dialect = dialect
        self._catalogue = Catalogue(organisation, dialect)
        self._writer = HistoryWriter(organisation, dialect)
        self._index = Index(organisation)
        self._late = Index(organisation)
        self._now: Ms = organisation.end
        self.hidden: dict[str, Ms] = {}
        self._keys: dict[str, list[tuple[Ms, int]]] = {}
        for item in organisation.items.values():
            self._keys.setdefault(item.start.key, []).append((item.created, item.id))
            for change in item.changes:
                for step in change.fields:
                    if step.field == "key":
                        self._keys.setdefault(str(step.after), []).append((change.at, item.id))
        self._turnover = sorted(one.left for one in organisation.accounts.values() if one.left is not None)
        self._staff = 0
        self._users: dict[str, Json] = {}

    def advance(self, now: Ms) -> None:
        self._now = now
        staff = sum(left <= now for left in self._turnover)
        if staff != self._staff or not self._users:
            self._staff = staff
            accounts = self._organisation.accounts.values()
            self._users = {one.id: self._dialect.user(one, now) for one in accounts}

    def listing(self, late: Ms = 0) -> "Listed":
        index = self._late.at(self._now - late) if late else self._index.at(self._now)
        return Listed(index, frozenset(self.hidden))

    def visible(self, issue: int) -> bool:
        item = self._organisation.items.get(issue)
        return item is not None and item.exists(self._now) and item.state(self._now).project not in self.hidden

    def version(self, issue: int) -> tuple[int, int]:
        return self._organisation.items[issue].version(self._now), self._staff

    def project_named(self, name: str) -> str | None:
        wanted = name.casefold()
        for one in self._organisation.projects.values():
            if wanted in (one.id, one.key.casefold(), one.name.casefold()):
                return None if one.id in self.hidden else one.id
        return None

    def issue_named(self, name: str) -> int | None:
        if name.isdigit():
            return int(name) if self.visible(int(name)) else None
        for since, issue in self._keys.get(name.upper(), ()):
            if since <= self._now and self.visible(issue):
                return issue
        return None

    def created(self, issue: int) -> Ms:
        return self._organisation.items[issue].created

    def rank(self, issue: int) -> tuple[int, int]:
        state = self._state(issue)
        return int(state.project), int(state.key.rpartition("-")[2])

    def terms(self, issue: int, name: str) -> Sequence[str]:
        state, facts = self._state(issue), self._organisation
        if name == "labels":
            return tuple(label.lower() for label in state.labels)
        if name == "assignee":
            return () if state.assignee is None else (self._account(state.assignee).lower(),)
        if name == "statuscategory":
            return (CATEGORIES[facts.statuses[state.status].stage]["name"].lower(),)
        things: dict[str, tuple[str | None, Mapping[str, Any]]] = {
            "issuetype": (state.type, facts.types),
            "status": (state.status, facts.statuses),
            "resolution": (state.resolution, facts.resolutions),
            "priority": (state.priority, facts.priorities),
        }
        one, among = things[name]
        return () if one is None else (one, str(among[one].name).lower())

    def issue(self, issue: int) -> Json:
        item, state = self._organisation.items[issue], self._state(issue)
        return {
            "id": str(issue),
            "self": self._dialect.api(f"issue/{issue}"),
            "key": state.key,
            "fields": self._fields(item, state),
        }

    def _fields(self, item: Item, state: State) -> Json:
        facts, catalogue, time, now = self._organisation, self._catalogue, self._dialect.time, self._now
        project = facts.projects[state.project]
        moved = [change.at for change in item.happened(now) if any(s.field == "status" for s in change.fields)]
        own = project.own_workflow and self._dialect.cloud
        creator = self._users[item.creator]
        fields: Json = {
            "summary": state.title,
            "issuetype": catalogue.item_type(facts.types[state.type]),
            "project": catalogue.project(project),
            "status": catalogue.status(facts.statuses[state.status]),
            "statuscategorychangedate": time(moved[-1] if moved else item.created),
            "resolution": state.resolution and catalogue.resolution(facts.resolutions[state.resolution]),
            "resolutiondate": None if state.resolved is None else time(state.resolved),
            "priority": catalogue.priority(facts.priorities[state.priority]),
            "assignee": state.assignee and self._users[state.assignee],
            "creator": creator,
            "reporter": creator,
            "labels": state.labels,
            "duedate": state.due and state.due.isoformat(),
            "fixVersions": [catalogue.release(facts.releases[one], now) for one in state.releases],
            "versions": [catalogue.release(facts.releases[one], now) for one in state.affects],
            "created": time(item.created),
            "updated": time(item.updated(now)),
            "description": None,
            RANK: f"0|i{item.id:05}:",
            POINTS: None if own else state.points,
            "comment": [self._comment(item, one) for one in item.commented(now)],
            "worklog": [self._worklog(item, one) for one in item.logged(now)],
        }
        if self._dialect.cloud:
            fields[POINTS_OWN] = state.points if own else None
        parent = None if state.parent is None else facts.items[state.parent]
        if parent is not None:
            above = parent.state(now)
            fields["parent"] = {
                "id": str(parent.id),
                "key": above.key,
                "self": self._dialect.api(f"issue/{parent.id}"),
                "fields": {"summary": above.title, "status": catalogue.status(facts.statuses[above.status])},
            }
        return fields

    def histories(self, issue: int) -> list[History]:
        item = self._organisation.items[issue]
        own = self._organisation.projects[self._state(issue).project].own_workflow and self._dialect.cloud
        return [self._writer.write(change, self._users, own=own) for change in item.happened(self._now)]

    def _comment(self, item: Item, remark: Remark) -> Json:
        return {
            "self": self._dialect.api(f"issue/{item.id}/comment/{remark.id}"),
            "id": str(remark.id),
            "author": self._users[remark.actor],
            "body": self._dialect.text("…"),
            "updateAuthor": self._users[remark.actor],
            "created": self._dialect.time(remark.at),
            "updated": self._dialect.time(remark.at),
        }

    def _worklog(self, item: Item, remark: Remark) -> Json:
        return {
            "self": self._dialect.api(f"issue/{item.id}/worklog/{remark.id}"),
            "author": self._users[remark.actor],
            "updateAuthor": self._users[remark.actor],
            "created": self._dialect.time(remark.at),
            "updated": self._dialect.time(remark.at),
            "started": self._dialect.time(remark.at),
            "timeSpent": f"{remark.seconds // 60}m",
            "timeSpentSeconds": remark.seconds,
            "id": str(remark.id),
            "issueId": str(item.id),
        }

    def projects(self) -> list[Json]:
        listing = self.listing()
        found: list[Json] = []
        for one in self._organisation.projects.values():
            if one.id in self.hidden:
                continue
            updates = listing.updates[one.id]
            insight: Json = {"totalIssueCount": len(updates)}
            if updates:
                insight["lastIssueUpdateTime"] = self._dialect.time(updates[-1][0])
            written = self._catalogue.project(one)
            if self._dialect.cloud:
                written |= {"isPrivate": False, "style": "next-gen" if one.own_workflow else "classic"}
                written["insight"] = insight
            found.append(written)
        return found

    def statuses(self) -> list[Json]:
        return [
            self._catalogue.status(one)
            for one in self._organisation.statuses.values()
            if (one.removed is None or self._now < one.removed) and one.project not in self.hidden
        ]

    def workflows(self, project: str) -> list[Json]:
        facts = self._organisation
        listed = {one["id"]: one for one in self.statuses()}
        statuses = [listed[one] for one in facts.projects[project].statuses if one in listed]
        bare = [{name: value for name, value in one.items() if name != "scope"} for one in statuses]
        kinds = [self._catalogue.item_type(facts.types[one]) for one in facts.projects[project].types]
        return [_with_statuses(one, bare) for one in kinds]

    def issue_types(self) -> list[Json]:
        kinds = self._organisation.types.values()
        return [self._catalogue.item_type(one) for one in kinds if one.project not in self.hidden]

    def resolutions(self) -> list[Json]:
        return [self._catalogue.resolution(one) for one in self._organisation.resolutions.values()]

    def priorities(self) -> list[Json]:
        return [self._catalogue.priority(one) for one in self._organisation.priorities.values()]

    def fields(self) -> list[Json]:
        return self._catalogue.fields()

    def versions(self, project: str) -> list[Json]:
        return [
            self._catalogue.release(one, self._now)
            for one in self._organisation.releases.values()
            if one.project == project and one.planned <= self._now
        ]

    def users(self) -> list[Json]:
        found: list[Json] = []
        for one in self._organisation.accounts.values():
            if one.joined > self._now:
                continue
            user = dict(self._users[one.id])
            if self._dialect.cloud and one.kind == "bot":
                user["appType"] = "service"
            found.append(user)
        return found

    def _state(self, issue: int) -> State:
        return self._organisation.items[issue].state(self._now)

    def _account(self, account: str) -> str:
        return account_id(self._organisation.accounts[account], self._dialect.deployment)


def _with_statuses(kind: Json, statuses: list[Json]) -> Json:
    return {name: kind[name] for name in ("self", "id", "name", "subtask")} | {"statuses": statuses}


class Listed:
    """The index without the projects that the token may not see."""

    def __init__(self, index: Index, hidden: frozenset[str]) -> None:
        self.generation = hash((index.generation, hidden))
        self.places = index.places
        self.ids = {project: ids for project, ids in index.ids.items() if project not in hidden}
        self.updates = {project: all_ for project, all_ in index.updates.items() if project not in hidden}
