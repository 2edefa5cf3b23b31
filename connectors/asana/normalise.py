"""Asana's objects -> records. Pure functions: no I/O, no clock, nothing of the workspace but the `Context`."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from connectors.asana import raw
from connectors.asana.history import COMPLETED, INCOMPLETE, Life, Rules
from connectors.asana.words import category
from connectors.kit import records
from connectors.kit.errors import BadRecord

PRODUCT = "asana"
_PRIORITY = frozenset({"priority", "priorité", "priorite"})
_POINTS = frozenset({"story points", "story point estimate", "points", "estimation"})

Found = raw.Item | raw.Gone | raw.Malformed


@dataclass(frozen=True, slots=True)
class Context:
    """What normalising needs to know about the workspace.

    `agents` are the gids of AI teammates. `bots` are the accounts that the admin named as automation, by any
    of their names, case folded.
    """

    rules: Rules
    agents: frozenset[str] = frozenset()
    bots: frozenset[str] = frozenset()


def instant(value: datetime | None, field: str) -> datetime:
    """One of Asana's instants in UTC. Raises BadRecord if it is missing or has no zone."""
    at = raw.utc(value)
    if at is None:
        raise BadRecord("The instant is missing or has no time zone.", field)
    return at


def project(item: raw.Project, context: Context) -> Iterator[records.Project]:  # noqa: ARG001
    """A project."""
    yield records.Project(external_id=item.gid, name=item.name, url=item.permalink_url, archived=item.archived)


def status(item: raw.Section | raw.Option, context: Context) -> Iterator[records.Status]:  # noqa: ARG001
    """A section of a project, an option of a custom field, or one of our own two."""
    own: dict[str, records.StatusCategory] = {COMPLETED: "done", INCOMPLETE: "todo"}
    owner = item.project.gid if isinstance(item, raw.Section) and item.project else None
    meaning = own.get(item.gid) or category(item.name)
    yield records.Status(external_id=item.gid, name=item.name, category=meaning, project=owner)


def item_type(item: tuple[str, str, records.ItemKind], context: Context) -> Iterator[records.ItemType]:  # noqa: ARG001
    """A subtype of tasks: Asana's are few and fixed."""
    yield records.ItemType(external_id=item[0], name=item[1], kind=item[2])


def account(item: raw.User, context: Context) -> Iterator[records.Account]:
    """A user or an AI teammate. Users carry no type: they are people unless the admin says otherwise."""
    names = {name.casefold() for name in (item.gid, item.name, item.email) if name}
    kind: records.AccountKind = "app" if item.agent else "bot" if names & context.bots else "human"
    yield records.Account(external_id=item.gid, display_name=item.name or None, email=item.email or None, kind=kind)


def seat(item: raw.SeatHolder, context: Context) -> Iterator[records.Seat]:  # noqa: ARG001
    """A member's seat; guests and viewers take none."""
    if item.member.user is None:
        raise BadRecord("The membership names no user.", "user")
    yield records.Seat(
        account=item.member.user.gid,
        product=PRODUCT,
        as_of=item.as_of,
        assigned_at=raw.utc(item.member.created_at),
    )


def work_item(item: Found, context: Context) -> Iterator[records.WorkItem]:
    """A task as it is now, in its home project."""
    if isinstance(item, raw.Malformed):
        raise BadRecord(item.reason)
    if isinstance(item, raw.Gone):
        # Nothing else is told about it, and nothing else matters: a deleted item counts nowhere.
        at = instant(item.deleted_at, "event.created_at")
        yield records.WorkItem(external_id=item.gid, created_at=at, updated_at=at, deleted_at=at)
        return
    task = item.task
    life = Life(task, item.stories, context.rules)
    yield records.WorkItem(
        external_id=task.gid,
        url=task.permalink_url,
        created_at=instant(task.created_at, "created_at"),
        updated_at=instant(task.modified_at, "modified_at"),
        title=task.name,
        project=item.project,
        item_type=task.resource_subtype,
        status=life.status,
        resolved_at=raw.utc(task.completed_at) if task.completed else None,
        priority=next((one.enum_value.name for one in _named(task, _PRIORITY) if one.enum_value), None),
        assignee=task.assignee.gid if task.assignee else None,
        creator=task.created_by.gid if task.created_by else None,
        parent=task.parent.gid if task.parent else None,
        labels=tuple(sorted(tag.name for tag in task.tags if tag.name)),
        points=next((one.number_value for one in _named(task, _POINTS) if one.number_value is not None), None),
        due_at=_due(task),
        deleted_at=item.deleted_at,
    )


def _named(task: raw.Task, names: frozenset[str]) -> Iterator[raw.FieldValue]:
    return (one for one in task.custom_fields if (one.name or "").strip().casefold() in names)


def _due(task: raw.Task) -> datetime | None:
    if task.due_at is not None:
        return instant(task.due_at, "due_at")
    if not task.due_on:
        return None
    try:
        day = date.fromisoformat(task.due_on)
    except ValueError as error:
        raise BadRecord("The day is not written as one.", "due_on") from error
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def transitions(item: Found, context: Context) -> Iterator[records.Transition]:
    """The task's moves between statuses; a story makes at most one, so its gid is the key."""
    if not isinstance(item, raw.Item):
        return
    if item.problem:
        raise BadRecord(item.problem, "stories")
    for story, before, after in Life(item.task, item.stories, context.rules).moves:
        automated_by = _automated_by(item, story, context)
        yield records.Transition(
            external_id=story.gid,
            work_item=item.task.gid,
            at=instant(story.created_at, "stories.created_at"),
            from_status=before,
            to_status=after,
            actor=story.created_by.gid if story.created_by else None,
            automated=True if automated_by else None,
            automated_by=automated_by,
        )


def _automated_by(item: raw.Item, story: raw.Story, context: Context) -> records.AutomatedBy | None:
    """How Asana itself says that nobody did this: exactly by the audit log's rule name, else an estimate."""
    if story.gid in item.by_rule:
        return "rule_marker"
    if story.created_by is not None and story.created_by.gid in context.agents:
        return "account_kind"
    nobody = story.created_by is None and story.source not in ("web", "mobile", "email")
    return "app_marker" if story.source == "api" or nobody else None


def activity(item: Found, context: Context) -> Iterator[records.ActivityOf]:  # noqa: ARG001
    """Who changed and commented on the task, by UTC day; a story without an author is nobody's."""
    if not isinstance(item, raw.Item):
        return
    days: Counter[tuple[str, str, date]] = Counter()
    for story in item.stories:
        if story.created_by is not None:
            event = "comment" if story.type == "comment" else "change"
            days[story.created_by.gid, event, instant(story.created_at, "stories.created_at").date()] += 1
    yield records.ActivityOf(work_item=item.task.gid, days=tuple(sorted((*key, count) for key, count in days.items())))
