"""The workflows that projects follow, and the vocabulary of statuses, types and resolutions."""

from dataclasses import dataclass

from connectors.kit.organisation.model import ItemType, Priority, Resolution, Status
from connectors.kit.records import ItemKind

WORKFLOWS = ("scrum", "kanban", "own", "support", "legacy")
"""Projects take these in turn: any five projects show every kind."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """Which status stands for which step; a step that a workflow lacks is None."""

    initial: str
    committed: str | None
    doing: str
    blocked: str | None
    review: str | None
    check: str | None
    """A second look between review and done."""
    done: str

    @property
    def statuses(self) -> tuple[str, ...]:
        """All its statuses, once each, in their order."""
        steps = (self.initial, self.committed, self.doing, self.blocked, self.review, self.check, self.done)
        return tuple(dict.fromkeys(step for step in steps if step is not None))


SHARED_STATUSES = (
    Status("1", "Open", "todo", "todo"),
    Status("3", "In Progress", "doing", "active"),
    Status("5", "Resolved", "done", "done"),
    Status("6", "Closed", "done", "done"),
    Status("10000", "Backlog", "todo", "backlog"),
    Status("10001", "Selected for Development", "doing", "todo"),
    Status("10002", "Done", "done", "done"),
    Status("10003", "To Do", "todo", "todo"),
    Status("10004", "In Review", "doing", "waiting"),
    Status("10005", "Blocked", "doing", "waiting"),
    Status("10006", "Waiting for Customer", "doing", "waiting"),
    Status("10007", "In QA", "doing", "active"),
    Status("10008", "Review", "doing", "waiting"),
)
REMOVED_STATUS = "10007"
"""Taken out of its workflow while items had been through it."""

_SHARED = {
    "scrum": Workflow("10003", None, "3", "10005", "10004", None, "10002"),
    "kanban": Workflow("10000", "10001", "3", None, "10008", None, "10002"),
    "support": Workflow("1", None, "3", "10006", None, None, "5"),
    "legacy": Workflow("1", "10003", "3", None, "10004", REMOVED_STATUS, "6"),
}
MIGRATION = ("5", "6")
"""The support workflow's closing status before and after its migration."""

PRIORITIES = tuple(
    Priority(str(number), name) for number, name in enumerate(("Highest", "High", "Medium", "Low", "Lowest"), start=1)
)

FIXED, DONE, WONT_DO, DUPLICATE, NOT_REPRODUCED = "1", "10000", "10001", "10002", "10003"
RESOLUTIONS = (
    Resolution(FIXED, "Fixed", delivered=True),
    Resolution(DONE, "Done", delivered=True),
    Resolution(WONT_DO, "Won't Do", delivered=False),
    Resolution(DUPLICATE, "Duplicate", delivered=False),
    Resolution(NOT_REPRODUCED, "Cannot Reproduce", delivered=False),
)

_KINDS: tuple[tuple[str, ItemKind, int], ...] = (
    ("Epic", "epic", 1),
    ("Story", "feature", 0),
    ("Task", "task", 0),
    ("Sub-task", "task", -1),
    ("Bug", "bug", 0),
)
SHARED_TYPES = tuple(
    ItemType(str(10000 + number), name, kind, level) for number, (name, kind, level) in enumerate(_KINDS)
)


def workflow_of(kind: str, first_own: int) -> Workflow:
    """The workflow of that kind; one of a project's own has status ids from `first_own` on."""
    if kind != "own":
        return _SHARED[kind]
    own = [str(first_own + number) for number in range(4)]
    return Workflow(own[0], None, own[1], own[2], None, None, own[3])


def own_statuses(project: str, first_own: int) -> tuple[Status, ...]:
    """The statuses of a project that its team runs: the usual names, but ids of its own."""
    return (
        Status(str(first_own), "To Do", "todo", "todo", project),
        Status(str(first_own + 1), "In Progress", "doing", "active", project),
        Status(str(first_own + 2), "Blocked", "doing", "waiting", project),
        Status(str(first_own + 3), "Done", "done", "done", project),
    )


def own_types(project: str, first_own: int) -> tuple[ItemType, ...]:
    """The item types of a project that its team runs."""
    return tuple(
        ItemType(str(first_own + number), name, kind, level, project)
        for number, (name, kind, level) in enumerate(_KINDS)
    )
