"""What the workspace tells as it happens: events of projects, and the audit log."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from typing import Any

from connectors.asana.sandbox import told
from connectors.asana.sandbox.site import Json, ref, written
from connectors.kit.organisation import Item, Ms, Organisation


class Events:
    """The events of each project, oldest first. Subtasks make none here: nobody promises them."""

    def __init__(self, organisation: Organisation) -> None:
        found: defaultdict[str, list[tuple[Ms, str, str, str]]] = defaultdict(list)
        for item in organisation.items.values():
            if not told.is_subtask(organisation, item):
                for project, *event in _events(organisation, item):
                    found[project].append((*event,))  # type: ignore[arg-type]
        self._of = {project: sorted(events) for project, events in found.items()}

    def between(self, project: str, since: Ms, skip: int, now: Ms) -> list[Json]:
        """Those after `since`, without the first `skip` of them."""
        events = self._of.get(project, [])
        first = bisect_right(events, (since, "~", "", "")) + skip
        return [_written(one) for one in events[first : bisect_right(events, (now, "~", "", ""))]]


def _events(organisation: Organisation, item: Item) -> list[tuple[str, Ms, str, str, str]]:
    """(project, instant, action, task, project of an addition or removal)."""
    task, where = told.task_gid(item.id), told.project_gid(item.start.project)
    since = told.roadmap_since(organisation, item)
    found = [(where, item.created, "added", task, where)]
    if since is not None:
        found.append((told.ROADMAP, since, "added", task, told.ROADMAP))
    for change in item.changes:
        found.append((where, change.at, "changed", task, ""))
        target = next((str(step.after) for step in change.fields if step.field == "project"), None)
        if target is not None:
            found.append((where, change.at, "removed", task, where))
            where = told.project_gid(target)
            found.append((where, change.at, "added", task, where))
    found += [(where, remark.at, "changed", task, "") for remark in [*item.comments, *item.worklogs]]
    if item.deleted is not None:
        found.append((where, item.deleted, "deleted", task, ""))
        found = [one for one in found if one[1] <= item.deleted]
    return found


def _written(event: tuple[Ms, str, str, str]) -> Json:
    at, action, task, parent = event
    return {
        "type": "task",
        "action": action,
        "created_at": written(at),
        "resource": ref(task, "task", None),
        "parent": ref(parent, "project", None) if parent else None,
        "user": None,
    }


class AuditLog:
    """Who checked tasks off or moved them, and by which rule, oldest first."""

    def __init__(self, organisation: Organisation) -> None:
        self._events: list[tuple[Ms, int, Json]] = sorted(
            (change.at, change.id, _audited(item, change.id, change.at, by_rule=change.by_rule))
            for item in organisation.items.values()
            for change in item.changes
            if any(step.field == "status" for step in change.fields)
        )

    def between(self, start: Ms, now: Ms) -> list[Json]:
        """Those from `start` on."""
        first = bisect_left(self._events, start, key=lambda one: one[0])
        return [event for _, _, event in self._events[first : bisect_right(self._events, now, key=lambda one: one[0])]]


def _audited(item: Item, number: int, at: Ms, *, by_rule: bool) -> Json:
    context: dict[str, Any] = {"context_type": "asana" if by_rule else "web"}
    if by_rule:
        context["rule_name"] = "Clore après déploiement"
    return {
        "gid": str(21 * 10**14 + number),
        "created_at": written(at),
        "event_type": "task_completion_changed",
        "event_category": "content",
        "actor": {"actor_type": "asana" if by_rule else "user"},
        "resource": ref(told.task_gid(item.id), "task", None),
        "context": context,
    }
