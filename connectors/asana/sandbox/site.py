"""A generated organisation, written as Asana writes it."""

from collections.abc import Iterator
from typing import Any

from connectors.asana.sandbox import told
from connectors.kit.organisation import Account, Change, Index, Item, Ms, Organisation, Remark, instant

Json = dict[str, Any]


def written(at: Ms) -> str:
    """An instant: RFC 3339 with milliseconds, in UTC."""
    return instant(at).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at % 1000:03}Z"


def ref(gid: str, kind: str, name: str | None) -> Json:
    """A thing that another one refers to."""
    return {"gid": gid, "resource_type": kind, "name": name}


class Site:
    """The workspace at one instant. Not safe for several threads: the server asks under its lock."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self._index = Index(organisation)
        self._children: dict[int, list[Item]] = {}
        for item in organisation.items.values():
            if told.is_subtask(organisation, item) and item.start.parent is not None:
                self._children.setdefault(item.start.parent, []).append(item)
        self.now: Ms = organisation.end

    # -- lists --------------------------------------------------------------------------------------------

    def projects(self) -> list[Json]:
        found = [(told.project_gid(one.id), one.name) for one in self.organisation.projects.values()]
        return [
            ref(gid, "project", name) | {"archived": False, "permalink_url": f"https://app.asana.com/0/{gid}"}
            for gid, name in [*found, (told.ROADMAP, "Feuille de route")]
        ]

    def project(self, gid: str) -> str | None:
        """The organisation's id of a project; empty for the roadmap."""
        if gid == told.ROADMAP:
            return ""
        return next((one for one in self.organisation.projects if told.project_gid(one) == gid), None)

    def sections(self, project: str) -> list[Json]:
        if not project:
            return [ref(told.ROADMAP_SECTION, "section", "Cette année")]
        found = told.sections(self.organisation, self.organisation.projects[project], self.now)
        return [ref(gid, "section", name) for gid, name in found]

    def field(self, gid: str) -> Json | None:
        facts = self.organisation
        options = {
            told.STAGE: [(told.option_gid(one.id), one.name) for one in facts.statuses.values()],
            told.PRIORITY: [(told.priority_gid(one.id), one.name) for one in facts.priorities.values()],
        }
        names = {told.STAGE: "Avancement", told.PRIORITY: "Priority", told.POINTS: "Story points"}
        if gid not in names:
            return None
        kind = "enum" if gid in options else "number"
        field = ref(gid, "custom_field", names[gid]) | {"type": kind, "resource_subtype": kind}
        if gid in options:
            field["enum_options"] = [ref(one, "enum_option", name) | {"enabled": True} for one, name in options[gid]]
        return field

    def users(self) -> list[Json]:
        return [self._user(one) | {"email": told.email(one)} for one in self._present() if one.kind != "app"]

    def agents(self) -> list[Json]:
        found = (one for one in self._present() if one.kind == "app" and one.id != self.organisation.automation)
        return [self._user(one) | {"resource_type": "agent", "resource_subtype": "asana_teammate"} for one in found]

    def memberships(self) -> list[Json]:
        found = (one for one in self.organisation.accounts.values() if one.kind != "app" and one.joined <= self.now)
        return [
            {
                "gid": str(int(told.user_gid(one.id)) + 5 * 10**6),
                "resource_type": "workspace_membership",
                "user": self._user(one),
                "is_active": one.active(self.now),
                "is_admin": False,
                "is_guest": False,
                "is_view_only": False,
                "created_at": written(one.joined),
            }
            for one in found
        ]

    def _present(self) -> Iterator[Account]:
        return (one for one in self.organisation.accounts.values() if one.active(self.now))

    def _user(self, account: Account) -> Json:
        return ref(told.user_gid(account.id), "user", account.name)

    def _actor(self, account: str) -> Json | None:
        # A rule that bears nobody's name has no author at all.
        return None if account == self.organisation.automation else self._user(self.organisation.accounts[account])

    # -- tasks --------------------------------------------------------------------------------------------

    def item(self, gid: str) -> Item | None:
        """The task with that gid, deleted or not."""
        item = self.organisation.items.get(int(gid) - 15 * 10**14) if gid.isdigit() else None
        return item if item is not None and item.created <= self.now else None

    def tasks(self, project: str) -> list[Item]:
        """The tasks that a project lists; newest first, as people like it: the order says nothing."""
        facts = self.organisation
        if not project:
            found = [one for one in facts.items.values() if self._on_roadmap(one) and one.exists(self.now)]
        else:
            ids = self._index.at(self.now).ids[project]
            found = [facts.items[one] for one in ids if not told.is_subtask(facts, facts.items[one])]
        return found[::-1]

    def subtasks(self, item: Item) -> list[Item]:
        return [one for one in self._children.get(item.id, ()) if told.exists(self.organisation, one, self.now)]

    def task(self, item: Item) -> Json:
        facts, state = self.organisation, item.state(self.now)
        subtask = told.is_subtask(facts, item)
        done = told.is_done(facts, state.status)
        kind = "milestone" if facts.types[state.type].level > 0 else "default_task"
        return ref(told.task_gid(item.id), "task", state.title) | {
            "resource_subtype": kind,
            "created_at": written(item.created),
            "modified_at": written(item.updated(self.now)),
            "completed": done,
            "completed_at": written(self._completed(item)) if done else None,
            "assignee": state.assignee and self._actor(state.assignee),
            "created_by": self._actor(item.creator),
            "parent": ref(told.task_gid(state.parent or 0), "task", None) if subtask else None,
            "memberships": [] if subtask else self._memberships(item),
            "custom_fields": [] if subtask else self._fields(item),
            "tags": [ref(str(10**12 + n), "tag", label) for n, label in enumerate(state.labels)],
            "due_on": state.due and state.due.isoformat(),
            "due_at": None,
            "num_subtasks": len(self.subtasks(item)),
            "permalink_url": told.url(item),
        }

    def _completed(self, item: Item) -> Ms:
        moves = [
            change.at
            for change in item.happened(self.now)
            for step in change.fields
            if step.field == "status"
            and told.is_done(self.organisation, step.after)
            and not told.is_done(self.organisation, step.before)
        ]
        return moves[-1] if moves else item.created

    def _memberships(self, item: Item) -> list[Json]:
        state = item.state(self.now)
        places = [(told.project_gid(state.project), told.section_gid(state.project, state.status))]
        if self._on_roadmap(item):
            # Not in the order of joining: nobody promised it.
            places.insert(item.id % 2, (told.ROADMAP, told.ROADMAP_SECTION))
        names = {told.ROADMAP_SECTION: "Cette année"}
        name = self.organisation.statuses[state.status].name
        return [
            {"project": ref(project, "project", None), "section": ref(section, "section", names.get(section, name))}
            for project, section in places
        ]

    def _on_roadmap(self, item: Item) -> bool:
        since = told.roadmap_since(self.organisation, item)
        return since is not None and since <= self.now

    def _fields(self, item: Item) -> list[Json]:
        state, facts = item.state(self.now), self.organisation
        stage = ref(told.option_gid(state.status), "enum_option", facts.statuses[state.status].name)
        priority = ref(told.priority_gid(state.priority), "enum_option", facts.priorities[state.priority].name)
        return [
            ref(told.STAGE, "custom_field", "Avancement") | {"type": "enum", "enum_value": stage},
            ref(told.PRIORITY, "custom_field", "Priority") | {"type": "enum", "enum_value": priority},
            ref(told.POINTS, "custom_field", "Story points") | {"type": "number", "number_value": state.points},
        ]

    # -- stories ------------------------------------------------------------------------------------------

    def stories(self, item: Item) -> list[Json]:
        facts = self.organisation
        subtask = told.is_subtask(facts, item)
        found: list[Json] = []
        if not subtask:
            project = ref(told.project_gid(item.start.project), "project", None)
            gid = told.created_story(item)
            found.append(self._story(gid, item.created, item.creator, "added_to_project") | {"project": project})
            since = told.roadmap_since(facts, item)
            if since is not None and since <= self.now:
                story = self._story(told.roadmap_story(item), since, item.creator, "added_to_project")
                found.append(story | {"project": ref(told.ROADMAP, "project", None)})
        where = item.start.project
        for change in item.happened(self.now):
            found += [self._told(change, act, where) for act in told.acts(facts, change, subtask=subtask)]
            where = next((str(step.after) for step in change.fields if step.field == "project"), where)
        found += [self._remark(one, "comment_added", "comment") for one in item.commented(self.now)]
        found += [self._remark(one, "time_tracked", "system") for one in item.logged(self.now)]
        return sorted(found, key=lambda story: (story["created_at"], int(story["gid"])))

    def _told(self, change: Change, act: told.Act, where: str) -> Json:
        story = self._story(act.gid, change.at, change.actor, act.subtype)
        before, after = str(act.step.before), str(act.step.after)
        if act.subtype == "added_to_project":
            story["project"] = ref(told.project_gid(after), "project", None)
        elif act.subtype == "removed_from_project":
            story["project"] = ref(told.project_gid(before), "project", None)
        elif act.subtype == "section_changed":
            statuses = self.organisation.statuses
            story["old_section"] = ref(told.section_gid(where, before), "section", statuses[before].name)
            story["new_section"] = ref(told.section_gid(where, after), "section", statuses[after].name)
        elif act.subtype == "enum_custom_field_changed":
            story |= self._enum_change(act.step.field, before, after)
        return story

    def _enum_change(self, field: str, before: str, after: str) -> Json:
        facts = self.organisation
        if field == "priority":
            gid = told.PRIORITY
            sides = [(told.priority_gid(one), facts.priorities[one].name) for one in (before, after)]
        else:
            gid = told.STAGE
            sides = [(told.option_gid(one), facts.statuses[one].name) for one in (before, after)]
        return {
            "custom_field": ref(gid, "custom_field", None),
            "old_enum_value": ref(sides[0][0], "enum_option", sides[0][1]),
            "new_enum_value": ref(sides[1][0], "enum_option", sides[1][1]),
        }

    def _remark(self, remark: Remark, subtype: str, kind: str) -> Json:
        # Comments and logged work share their numbers.
        gid = str((17 if kind == "comment" else 20) * 10**14 + remark.id)
        return self._story(gid, remark.at, remark.actor, subtype) | {"type": kind}

    def _story(self, gid: str, at: Ms, actor: str, subtype: str) -> Json:
        account = self.organisation.accounts[actor]
        source = "web" if account.kind == "human" else "api"
        return {
            "gid": gid,
            "resource_type": "story",
            "resource_subtype": subtype,
            "type": "system",
            "created_at": written(at),
            "created_by": self._actor(actor),
            "source": "unknown" if actor == self.organisation.automation else source,
            "text": "Texte traduit, à ne jamais lire",
        }
