"""Jira's objects -> records. Pure functions: no I/O, no clock, nothing of the site but the `Context`."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from connectors.jira import raw
from connectors.jira.words import item_kind
from connectors.kit import records
from connectors.kit.errors import BadRecord

AUTOMATION_ACTOR = "557058:f58131cb-b67d-43c7-b30d-6b58d40bd077"
"""The account that rules of Automation for Jira act as unless told otherwise."""

CATEGORIES: dict[str, records.StatusCategory] = {
    "new": "todo",
    "TODO": "todo",
    "indeterminate": "active",
    "IN_PROGRESS": "active",
    "done": "done",
    "DONE": "done",
}
"""Jira's status categories, by their keys and by the words of `statuses/search`."""

_ACCOUNT_KINDS: dict[str | None, records.AccountKind] = {"atlassian": "human", "customer": "human", "app": "app"}


@dataclass(frozen=True, slots=True)
class Context:
    """What normalising needs to know about the site.

    `browse_url` is where people open issues. `bots` are the accounts that the admin named as automation, by
    any of their names, case folded.
    """

    cloud: bool
    browse_url: str
    bots: frozenset[str] = frozenset()


def instant(value: raw.Moment | None, field: str) -> datetime:
    """One of Jira's instants in UTC. Raises BadRecord if it is missing, has no zone, or is out of range."""
    if type(value) is datetime and value.tzinfo is UTC:  # the usual case, and the hottest line
        return value
    known = raw.moment(value)
    if known is None:
        raise BadRecord("The instant is missing, has no time zone or is out of range.", field)
    return known


def _optional_instant(value: raw.Moment | None, field: str) -> datetime | None:
    return None if value is None else instant(value, field)


def _day(text: str | None, field: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise BadRecord("The day is not written as one.", field) from error


_DAY_IN_MS = 86_400_000


@lru_cache(maxsize=4096)
def _day_number(days: int) -> date:
    return date(1970, 1, 1) + timedelta(days=days)


def _utc_day(value: raw.Moment, field: str) -> date:
    if isinstance(value, int) and 0 <= value < _DAY_IN_MS * 1_000_000:  # most are, and days come in thousands
        return _day_number(value // _DAY_IN_MS)
    return instant(value, field).date()


def project(item: raw.Project, context: Context) -> Iterator[records.Project]:
    """A project."""
    url = f"{context.browse_url}/browse/{item.key}"
    yield records.Project(external_id=item.id, key_=item.key, name=item.name, url=url, archived=item.archived)


def status(item: raw.Status, context: Context) -> Iterator[records.Status]:  # noqa: ARG001
    """A status, with the project that owns it where it is a team-managed one."""
    vendor = item.status_category
    category = CATEGORIES.get((vendor.key if isinstance(vendor, raw.Category) else vendor) or "")
    owner = item.scope.project if item.scope else None
    yield records.Status(external_id=item.id, name=item.name, category=category, project=owner.id if owner else None)


def item_type(item: raw.IssueType, context: Context) -> Iterator[records.ItemType]:  # noqa: ARG001
    """An item type, with what its name usually means."""
    kind = item_kind(item.name, subtask=item.subtask, level=item.hierarchy_level)
    yield records.ItemType(external_id=item.id, name=item.name, kind=kind)


def resolution(item: raw.Resolution, context: Context) -> Iterator[records.Resolution]:  # noqa: ARG001
    """A resolution; Jira does not say whether it means delivery, so the store decides by its name."""
    yield records.Resolution(external_id=item.id, name=item.name)


def account(item: raw.User, context: Context) -> Iterator[records.Account]:
    """An account. Hidden e-mails and names stay empty; the id is the key."""
    if item.id is None:
        raise BadRecord("The account has no id.", "accountId")
    yield records.Account(
        external_id=item.id,
        display_name=item.display_name or None,
        email=item.email_address or None,
        kind=_account_kind(item, context),
        active=item.active,
    )


def _account_kind(user: raw.User, context: Context) -> records.AccountKind:
    if context.bots:
        for name in (user.account_id, user.key, user.name, user.email_address, user.display_name):
            if name and name.casefold() in context.bots:
                return "bot"
    if user.app_type in ("service", "agent"):
        return "app"
    if context.cloud:
        return _ACCOUNT_KINDS.get(user.account_type, "unknown")
    # Data Center knows no kinds. Naming its bots is saying that the others are people.
    return "human" if context.bots else "unknown"


def release(item: raw.Version, context: Context) -> Iterator[records.Release]:  # noqa: ARG001
    """A version. The day of one that is not out yet is a plan, so `released_at` stays empty."""
    yield records.Release(
        external_id=item.id,
        name=item.name,
        project=None if item.project_id is None else str(item.project_id),
        released=item.released,
        released_at=_day(item.release_date, "releaseDate") if item.released else None,
    )


def seat(item: raw.SeatHolder, context: Context) -> Iterator[records.Seat]:  # noqa: ARG001
    """A seat of a member of a product's groups."""
    if item.user.id is None:
        raise BadRecord("The account has no id.", "accountId")
    yield records.Seat(account=item.user.id, product=item.product, as_of=item.as_of)


def work_item(item: raw.Item | raw.Malformed, context: Context) -> Iterator[records.WorkItem]:
    """An issue as it is now."""
    if isinstance(item, raw.Malformed):
        raise BadRecord(item.reason)
    issue = item.issue
    fields = issue.fields
    due = _day(fields.duedate, "duedate")
    yield records.WorkItem(
        external_id=issue.id,
        key_=issue.key,
        url=f"{context.browse_url}/browse/{issue.key}" if issue.key else None,
        created_at=instant(fields.created, "created"),
        updated_at=instant(fields.updated, "updated"),
        title=fields.summary,
        project=_id(fields.project),
        item_type=_id(fields.issuetype),
        status=_id(fields.status),
        resolution=_id(fields.resolution),
        resolved_at=_optional_instant(fields.resolutiondate, "resolutiondate"),
        priority=fields.priority.name if fields.priority else None,
        assignee=fields.assignee.id if fields.assignee else None,
        creator=fields.creator.id if fields.creator else None,
        parent=_id(fields.parent),
        labels=tuple(fields.labels or ()),
        points=_points(fields.points, fields.other_points),
        due_at=None if due is None else datetime(due.year, due.month, due.day, tzinfo=UTC),
        releases=_ids(fields.fix_versions),
        affects_releases=_ids(fields.versions),
    )


def _id(ref: raw.Ref | None) -> str | None:
    return None if ref is None else ref.id


def _ids(refs: list[raw.Ref] | None) -> tuple[str, ...]:
    return tuple([ref.id for ref in refs]) if refs else ()


def _points(*candidates: Any) -> float | None:
    """The first number among a site's story-point fields; a select list holds it as text."""
    for candidate in candidates:
        value = candidate.get("value") if isinstance(candidate, dict) else candidate
        if isinstance(value, str):
            try:
                value = float(value.replace(",", "."))
            except ValueError:
                continue
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9:
            return float(value)
    return None


def transitions(item: raw.Item | raw.Malformed, context: Context) -> Iterator[records.Transition]:  # noqa: ARG001
    """The issue's moves between statuses. The key is the history's id and the position of the change in it."""
    if isinstance(item, raw.Malformed):
        return
    if item.problem:
        raise BadRecord(item.problem, "changelog")
    for history in item.histories:
        for position, change in enumerate(history.items):
            if change.field_id != "status" and (change.field_id or change.field != "status"):
                continue
            if not change.to:
                raise BadRecord("A status change does not say which status it led to.", "changelog.items.to")
            automated_by = _automated_by(history)
            yield records.Transition(
                external_id=f"{history.id}:{position}",
                work_item=item.issue.id,
                at=instant(history.created, "changelog.created"),
                from_status=str(change.from_) if change.from_ else None,
                to_status=str(change.to),
                actor=history.author.id if history.author else None,
                automated=True if automated_by else None,
                automated_by=automated_by,
            )


def _automated_by(history: raw.History) -> records.AutomatedBy | None:
    """How Jira itself says that nobody did this; None where it does not say.

    The actor of a rule can be any user, so a human author proves nothing.
    """
    author, metadata = history.author, history.history_metadata
    if author is not None and author.account_type == "app":
        return "account_kind"
    if author is not None and author.account_id == AUTOMATION_ACTOR:
        return "rule_marker"
    if metadata is None:
        return None
    marks = [metadata.type, *_marks(metadata.generator), *_marks(metadata.actor)]
    if any(mark and "automation" in mark.lower() for mark in marks):
        return "rule_marker"
    return "app_marker" if any(marks) else None


def _marks(participant: raw.Participant | None) -> tuple[str | None, ...]:
    return () if participant is None else (participant.id, participant.type)


def activity(item: raw.Item | raw.Malformed, context: Context) -> Iterable[records.ActivityOf]:  # noqa: ARG001
    """Who changed, commented on and logged work on the issue, by UTC day; whoever has no id is nobody."""
    if isinstance(item, raw.Malformed):
        return
    days: Counter[tuple[str, str, date]] = Counter()
    for event, acts in (("change", item.histories), ("comment", item.comments), ("worklog", item.worklogs)):
        for act in acts:
            author = act.author.id if act.author else None
            if author is not None:
                days[author, event, _utc_day(act.created, event)] += 1
    yield records.ActivityOf(work_item=item.issue.id, days=tuple(sorted((*key, count) for key, count in days.items())))
