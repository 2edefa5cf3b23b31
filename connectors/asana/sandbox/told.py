"""How Asana tells what happened in the organisation: its ids, and the stories of a change."""

from collections.abc import Iterator
from typing import NamedTuple

from connectors.kit.organisation import Account, Change, FieldChange, Item, Ms, Organisation, Project

WORKSPACE = "1100000000000001"
ROADMAP = "1200000000099999"
"""A project that shows tasks of all others, a day after they were created."""
ROADMAP_SECTION = "1300000000099999"
STAGE, PRIORITY, POINTS = "1400000000000001", "1400000000000002", "1400000000000003"
"""Custom fields: an enum that follows the section, another one, and a number."""

_PROGRAMS = {"automation": 1, "deploy": 2, "ci": 3}
_DAY = 86_400_000


def project_gid(project: str) -> str:
    """The gid of a project of the organisation."""
    return str(12 * 10**14 + int(project))


def section_gid(project: str, status: str) -> str:
    """The gid of the section that a status is in a project."""
    return str(13 * 10**14 + int(project) * 10**6 + int(status))


def option_gid(status: str) -> str:
    """The gid of the option that a status is in the enum field."""
    return str(14 * 10**14 + 10**6 + int(status))


def priority_gid(priority: str) -> str:
    """The gid of a priority's option."""
    return str(14 * 10**14 + 10**3 + int(priority))


def user_gid(account: str) -> str:
    """The gid of an account."""
    return str(11 * 10**14 + 10**6 + (_PROGRAMS.get(account) or 100 + int(account[1:])))


def task_gid(item: int) -> str:
    """The gid of a task."""
    return str(15 * 10**14 + item)


def email(account: Account) -> str:
    """The address that somebody has in Asana: some write it in their own way, some use another one."""
    number = sum(account.id.encode())
    if number % 6 == 0:
        return account.email.replace("@", "@mail.")
    return account.email.capitalize() if number % 3 == 0 else account.email


def is_subtask(organisation: Organisation, item: Item) -> bool:
    """Whether the item hangs from another and is in no project itself."""
    return organisation.types[item.start.type].level < 0 and item.start.parent is not None


def exists(organisation: Organisation, item: Item, now: Ms) -> bool:
    """Whether a listing leads to the task: a subtask goes with its parent."""
    if not item.exists(now):
        return False
    parent = item.start.parent
    return not is_subtask(organisation, item) or parent is None or exists(organisation, organisation.items[parent], now)


def project_of(organisation: Organisation, item: Item, now: Ms) -> str:
    """The organisation's project that a task is in, itself or by its parent."""
    if is_subtask(organisation, item) and item.start.parent is not None:
        return project_of(organisation, organisation.items[item.start.parent], now)
    return item.state(now).project


def roadmap_since(organisation: Organisation, item: Item) -> Ms | None:
    """From when the roadmap shows a task; tasks that change their project stay out of it."""
    moves = any(step.field == "project" for change in item.changes for step in change.fields)
    shown = item.id % 11 == 0 and not moves and not is_subtask(organisation, item)
    return item.created + _DAY if shown else None


def is_done(organisation: Organisation, status: object) -> bool:
    """Whether a task with that status is checked off."""
    return organisation.statuses[str(status)].stage == "done"


ADDED, REMOVED, REOPENED, SECTION, ENUM, COMPLETED, OTHER = range(7)
"""Places among the stories of a change, in the order in which they are told."""

_SUBTYPES = {
    "assignee": "assigned",
    "labels": "added_to_tag",
    "title": "name_changed",
    "points": "number_custom_field_changed",
    "priority": "enum_custom_field_changed",
    "due": "due_date_changed",
    "description": "notes_changed",
}


class Act(NamedTuple):
    """One story that tells a step of a change."""

    gid: str
    subtype: str
    step: FieldChange


def acts(organisation: Organisation, change: Change, *, subtask: bool) -> Iterator[Act]:
    """The stories of a change, in order."""
    first = 16 * 10**14 + change.id * 20
    for place, subtype, step in sorted(_steps(organisation, change, subtask=subtask), key=lambda one: one[0]):
        yield Act(str(first + place), subtype, step)


def _steps(organisation: Organisation, change: Change, *, subtask: bool) -> Iterator[tuple[int, str, FieldChange]]:
    moves = any(step.field == "project" for step in change.fields)
    for number, step in enumerate(change.fields):
        if step.field == "project":
            if not subtask:
                yield ADDED, "added_to_project", step
                yield REMOVED, "removed_from_project", step
        elif step.field == "status":
            if not subtask:
                if not moves:
                    yield SECTION, "section_changed", step
                yield ENUM, "enum_custom_field_changed", step
            before, after = is_done(organisation, step.before), is_done(organisation, step.after)
            if before != after:
                yield (COMPLETED, "marked_complete", step) if after else (REOPENED, "marked_incomplete", step)
        else:
            yield OTHER + number, _SUBTYPES.get(step.field, "something_that_nobody_knows_yet"), step


def created_story(item: Item) -> str:
    """The gid of the story of a task's first project."""
    return str(18 * 10**14 + item.id)


def roadmap_story(item: Item) -> str:
    """The gid of the story of a task's coming onto the roadmap."""
    return str(19 * 10**14 + item.id)


def sections(organisation: Organisation, project: Project, now: Ms) -> list[tuple[str, str]]:
    """The sections of a project, as gid and name."""
    found = (organisation.statuses[one] for one in project.statuses)
    return [(section_gid(project.id, one.id), one.name) for one in found if one.removed is None or now < one.removed]


def url(item: Item) -> str:
    """Where people open a task."""
    return f"https://app.asana.com/0/0/{task_gid(item.id)}"
