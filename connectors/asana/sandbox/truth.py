"""What is true about the organisation, as the records that a perfect sync of its Asana leaves.

Told from the organisation itself and not from any answer of the sandbox: a mistake in the answers shows.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from connectors.asana.sandbox import told
from connectors.kit import records
from connectors.kit.organisation import Account, Change, Item, Ms, Organisation, Status, instant
from connectors.kit.records import Record

_CATEGORIES: dict[str, records.StatusCategory] = {
    "Open": "todo",
    "In Progress": "active",
    "Resolved": "done",
    "Closed": "done",
    "Backlog": "backlog",
    "Selected for Development": "todo",
    "Done": "done",
    "To Do": "todo",
    "In Review": "waiting",
    "Blocked": "waiting",
    "Waiting for Customer": "waiting",
    "In QA": "active",
    "Review": "waiting",
}
"""What the connector should make of the organisation's status names."""


@dataclass(frozen=True, slots=True)
class Known:
    """What whoever syncs could know, and how it was told to read."""

    now: Ms
    rule: Callable[[str], str]
    audit_log: bool


def truth(organisation: Organisation, known: Known) -> dict[str, list[Record]]:
    """Records by type."""
    return _Truth(organisation, known).told()


class _Truth:
    def __init__(self, organisation: Organisation, known: Known) -> None:
        self._facts = organisation
        self._now = known.now
        self._audit_since = known.now - 90 * 24 * 3_600_000 if known.audit_log else None
        self._rule = {one: known.rule(told.project_gid(one)) for one in organisation.projects}
        self._roadmap_rule = known.rule(told.ROADMAP)

    def told(self) -> dict[str, list[Record]]:
        items = [one for one in self._facts.items.values() if told.exists(self._facts, one, self._now)]
        names = {told.project_gid(one.id): one.name for one in self._facts.projects.values()}
        names[told.ROADMAP] = "Feuille de route"
        kinds: tuple[tuple[str, str, records.ItemKind], ...] = (
            ("default_task", "Task", "task"),
            ("milestone", "Milestone", "other"),
            ("approval", "Approval", "other"),
        )
        present = [one for one in self._facts.accounts.values() if one.active(self._now)]
        return {
            "projects": [
                records.Project(external_id=gid, name=name, url=f"https://app.asana.com/0/{gid}")
                for gid, name in names.items()
            ],
            "statuses": self._statuses(),
            "item_types": [records.ItemType(external_id=gid, name=name, kind=kind) for gid, name, kind in kinds],
            "accounts": [self._account(one) for one in present if one.id != self._facts.automation],
            "seats": [
                records.Seat(
                    account=told.user_gid(one.id),
                    product="asana",
                    as_of=instant(self._now),
                    assigned_at=instant(one.joined),
                )
                for one in present
                if one.kind != "app"
            ],
            "work_items": [self._work_item(item) for item in items],
            "transitions": [move for item in items for move in self._transitions(item)],
            "activity": [self._activity(item) for item in items],
        }

    def _statuses(self) -> list[Record]:
        found: list[Record] = [
            records.Status(external_id="completed", name="Completed", category="done"),
            records.Status(external_id="incomplete", name="Incomplete", category="todo"),
        ]
        for project in self._facts.projects.values():
            if self._rule[project.id] == "section":
                names = dict(told.sections(self._facts, project, self._now))
                found += [
                    records.Status(
                        external_id=gid, name=name, category=_CATEGORIES[name], project=told.project_gid(project.id)
                    )
                    for gid, name in names.items()
                ]
        if self._roadmap_rule == "section":
            name, project_ = "Cette année", told.ROADMAP
            found.append(records.Status(external_id=told.ROADMAP_SECTION, name=name, project=project_))
        if told.STAGE in (*self._rule.values(), self._roadmap_rule):
            found += [
                records.Status(external_id=told.option_gid(one.id), name=one.name, category=_CATEGORIES[one.name])
                for one in self._facts.statuses.values()
            ]
        return found

    def _account(self, account: Account) -> records.Account:
        app = account.kind == "app"
        return records.Account(
            external_id=told.user_gid(account.id),
            display_name=account.name,
            email=None if app else told.email(account),
            kind="app" if app else "human",
        )

    def _status(self, project: str | None, status: str) -> str:
        """What a status of the organisation is called where the task is at home in `project`."""
        rule = "completion" if project is None else self._rule[project]
        if rule == "completion":
            return "completed" if told.is_done(self._facts, status) else "incomplete"
        return told.section_gid(project or "", status) if rule == "section" else told.option_gid(status)

    def _work_item(self, item: Item) -> records.WorkItem:
        facts, state = self._facts, item.state(self._now)
        subtask = told.is_subtask(facts, item)
        due = state.due
        done = told.is_done(facts, state.status)
        closings = [
            change.at
            for change, before, after in self._status_changes(item)
            if told.is_done(facts, after.id) and not told.is_done(facts, before.id)
        ]
        return records.WorkItem(
            external_id=told.task_gid(item.id),
            url=told.url(item),
            created_at=instant(item.created),
            updated_at=instant(item.updated(self._now)),
            title=state.title,
            project=told.project_gid(told.project_of(facts, item, self._now)),
            item_type="milestone" if facts.types[state.type].level > 0 else "default_task",
            status=self._status(None if subtask else state.project, state.status),
            resolved_at=instant(closings[-1]) if done else None,
            priority=None if subtask else facts.priorities[state.priority].name,
            assignee=None if state.assignee is None else told.user_gid(state.assignee),
            creator=told.user_gid(item.creator),
            parent=told.task_gid(item.start.parent or 0) if subtask else None,
            labels=tuple(sorted(state.labels)),
            points=None if subtask else state.points,
            due_at=None if due is None else datetime(due.year, due.month, due.day, tzinfo=UTC),
        )

    def _status_changes(self, item: Item) -> list[tuple[Change, Status, Status]]:
        statuses = self._facts.statuses
        return [
            (change, statuses[str(step.before)], statuses[str(step.after)])
            for change in item.happened(self._now)
            for step in change.fields
            if step.field == "status"
        ]

    def _transitions(self, item: Item) -> list[records.Transition]:
        """The moves that show in the story that tells each: at most one for each story."""
        found: list[records.Transition] = []
        subtask = told.is_subtask(self._facts, item)
        home, status = None if subtask else item.start.project, item.start.status
        section_told = False
        for change in item.happened(self._now):
            steps = {step.field: str(step.after) for step in change.fields}
            target = None if home is None else steps.get("project", home)
            after = steps.get("status", status)
            if (target, after) == (home, status):
                continue
            first = 16 * 10**14 + change.id * 20
            known = self._status(home, status)
            if target != home and target is not None:
                if not section_told and self._rule[home or ""] == "section":
                    known = "incomplete"  # nothing tells where a task was that left its project from its first section
                # The home changes when the old project is left; a field that is its rule may change after that.
                left = self._status(target, after if self._rule[target] == "section" else status)
                found += self._move(item, change, first + told.REMOVED, known, left)
                known = left
            checked = told.COMPLETED if told.is_done(self._facts, after) else told.REOPENED
            rule = "completion" if target is None else self._rule[target]
            place = {"section": told.SECTION, "completion": checked}.get(rule, told.ENUM)
            found += self._move(item, change, first + place, known, self._status(target, after))
            home, status, section_told = target, after, True
        return found

    def _move(self, item: Item, change: Change, story: int, before: str, after: str) -> list[records.Transition]:
        if before == after:
            return []
        actor = self._facts.accounts[change.actor]
        told_by: records.AutomatedBy | None = None
        if self._audit_since is not None and change.by_rule and change.at >= self._audit_since:
            told_by = "rule_marker"
        elif actor.kind == "app" and actor.id != self._facts.automation:
            told_by = "account_kind"
        elif actor.kind != "human":
            told_by = "app_marker"
        return [
            records.Transition(
                external_id=str(story),
                work_item=told.task_gid(item.id),
                at=instant(change.at),
                from_status=before,
                to_status=after,
                actor=None if actor.id == self._facts.automation else told.user_gid(actor.id),
                automated=None if told_by is None else True,
                automated_by=told_by,
            )
        ]

    def _activity(self, item: Item) -> records.ActivityOf:
        days: Counter[tuple[str, str, date]] = Counter()

        def count(actor: str, event: str, at: Ms) -> None:
            if actor != self._facts.automation:
                days[told.user_gid(actor), event, instant(at).date()] += 1

        subtask = told.is_subtask(self._facts, item)
        if not subtask:
            count(item.creator, "change", item.created)
            since = told.roadmap_since(self._facts, item)
            if since is not None and since <= self._now:
                count(item.creator, "change", since)
        for change in item.happened(self._now):
            for _ in told.acts(self._facts, change, subtask=subtask):
                count(change.actor, "change", change.at)
        for remark in item.commented(self._now):
            count(remark.actor, "comment", remark.at)
        for remark in item.logged(self._now):
            count(remark.actor, "change", remark.at)
        return records.ActivityOf(
            work_item=told.task_gid(item.id), days=tuple(sorted((*key, count) for key, count in days.items()))
        )
