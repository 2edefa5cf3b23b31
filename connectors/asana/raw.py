"""Asana's answers as typed structs: the fields that we read, and no others. Texts of stories are never asked for."""

from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

import msgspec

Row = TypeVar("Row")

Gid = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,32}$")]
"""Gids go into queries and paths, so nothing but digits passes."""
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""An instant that has a zone: others cannot be put in order with it."""

TASK_FIELDS = (
    *("name", "created_at", "modified_at", "completed", "completed_at", "assignee", "created_by", "parent"),
    *("memberships.project", "memberships.section", "memberships.section.name", "resource_subtype", "permalink_url"),
    *("custom_fields.name", "custom_fields.enum_value", "custom_fields.enum_value.name", "custom_fields.number_value"),
    *("tags.name", "due_at", "due_on", "num_subtasks"),
)
PLACE_FIELDS = ("memberships.project", "num_subtasks", "modified_at")
"""What tells where a task is, and whether there are others below it."""
STORY_FIELDS = (
    *("created_at", "created_by", "type", "resource_subtype", "source", "project"),
    *("old_section", "old_section.name", "new_section", "new_section.name"),
    *("custom_field", "old_enum_value", "old_enum_value.name", "new_enum_value", "new_enum_value.name"),
)


def utc(at: datetime | None) -> datetime | None:
    """An instant in UTC; None where there is none, one without a zone, or one that no calendar has in UTC."""
    try:
        return at.astimezone(UTC) if at is not None and at.tzinfo is not None else None
    except OverflowError:
        return None


class Raw(msgspec.Struct, gc=False, kw_only=True):
    """Base of everything that Asana sends: trees, so the garbage collector need not look for cycles."""


class Ref(Raw):
    """Something with an id, and mostly a name: a project, a section, an option, a person."""

    gid: Gid
    name: str | None = None


class NextPage(Raw):
    """How a listing goes on."""

    offset: str | None = None


class Answer(Raw, Generic[Row]):
    """One thing, in Asana's envelope."""

    data: Row


class Listing(Raw, Generic[Row]):
    """A page of things, in Asana's envelope."""

    data: list[Row]
    next_page: NextPage | None = None

    @property
    def offset(self) -> str | None:
        """The token of the next page; it expires, and is good for this run only."""
        return self.next_page.offset if self.next_page else None


class Workspace(Raw):
    """A workspace or organisation."""

    gid: Gid
    name: str
    is_organization: bool = False


class Project(Raw):
    """A project as it is listed."""

    gid: Gid
    name: str
    archived: bool = False
    permalink_url: str | None = None


class Section(Raw):
    """A section of `project`, which the reader adds."""

    gid: Gid
    name: str
    project: Ref | None = None


class Option(Raw):
    """An option of an enum custom field."""

    gid: Gid
    name: str
    enabled: bool = True


class TaskCounts(Raw):
    """How much a project holds."""

    num_tasks: int | None = None


class Field(Raw):
    """A custom field."""

    gid: Gid
    name: str | None = None
    type: str | None = None
    resource_subtype: str | None = None
    enum_options: list[Option] | None = None

    @property
    def is_enum(self) -> bool:
        """Whether it holds one of several options."""
        return "enum" in (self.type, self.resource_subtype)


class User(Raw):
    """A user, or (`agent`, which the reader sets) an AI teammate."""

    gid: Gid
    name: str | None = None
    email: str | None = None
    agent: bool = False


class WorkspaceMember(Raw):
    """A user's place in a workspace."""

    gid: Gid
    user: Ref | None = None
    is_active: bool = False
    is_guest: bool = False
    is_view_only: bool = False
    created_at: datetime | None = None


class Membership(Raw):
    """One of a task's places."""

    project: Ref | None = None
    section: Ref | None = None


class FieldValue(Raw):
    """What a task has in a custom field."""

    gid: Gid
    name: str | None = None
    enum_value: Ref | None = None
    number_value: float | None = None


class Task(Raw):
    """A task as a listing gives it."""

    gid: Gid
    name: str | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    completed: bool = False
    completed_at: datetime | None = None
    assignee: Ref | None = None
    created_by: Ref | None = None
    parent: Ref | None = None
    memberships: list[Membership] = []
    custom_fields: list[FieldValue] = []
    tags: list[Ref] = []
    resource_subtype: str | None = None
    permalink_url: str | None = None
    due_at: datetime | None = None
    due_on: str | None = None
    num_subtasks: int = 0


class Story(Raw):
    """Something that happened to a task. Which fields are there depends on the subtype, an open set of words."""

    gid: Gid
    created_at: Moment
    created_by: Ref | None = None
    type: str | None = None
    resource_subtype: str | None = None
    source: str | None = None
    project: Ref | None = None
    old_section: Ref | None = None
    new_section: Ref | None = None
    custom_field: Ref | None = None
    old_enum_value: Ref | None = None
    new_enum_value: Ref | None = None


class Resource(Raw):
    """What an event is about."""

    gid: str
    resource_type: str | None = None


class Event(Raw):
    """A line of a project's feed."""

    action: str
    created_at: datetime
    resource: Resource | None = None
    parent: Resource | None = None


class Feed(Raw):
    """A part of a feed; with a 412 there is a fresh token and nothing else."""

    data: list[Event] | None = None
    sync: str | None = None
    has_more: bool = False


class AuditContext(Raw):
    """How something was done."""

    rule_name: str | None = None


class AuditEvent(Raw):
    """A line of the audit log."""

    created_at: datetime
    resource: Resource | None = None
    context: AuditContext | None = None


class Item(msgspec.Struct, kw_only=True):
    """A task with all that happened to it, in the project that counts for it."""

    task: Task
    stories: list[Story]
    project: str | None
    problem: str | None = None
    """Why the stories are not whole, if they are not."""
    by_rule: frozenset[str] = frozenset()
    """The stories that the audit log says a rule made."""
    deleted_at: datetime | None = None

    @property
    def gid(self) -> str:
        """The task's gid: whoever sets an item aside names it by that."""
        return self.task.gid


class Gone(msgspec.Struct, kw_only=True):
    """A task of which only the deletion is told."""

    gid: str
    deleted_at: datetime


class Malformed(msgspec.Struct, kw_only=True):
    """A task that is not shaped like one; kept to be shown."""

    reason: str
    gid: str | None
    content: msgspec.Raw


class SeatHolder(msgspec.Struct, kw_only=True):
    """A member of the workspace who takes a paid seat, as told at `as_of`."""

    member: WorkspaceMember
    as_of: datetime
