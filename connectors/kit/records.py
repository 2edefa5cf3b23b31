"""The records: what leaves a connector, and what can be pushed. One vocabulary for both.

References (`work_item`, `account`, `project`, `status`, ...) are the `external_id`s of records of the same
source. Instants are aware; the store keeps them as UTC.
"""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

Key = Annotated[str, Meta(min_length=1, max_length=512)]
Text = Annotated[str, Meta(max_length=65_536)]
Instant = Annotated[datetime, Meta(tz=True)]
Count = Annotated[int, Meta(ge=0, le=2**53)]

StatusCategory = Literal["backlog", "todo", "active", "waiting", "done", "discarded"]
ItemKind = Literal["feature", "bug", "task", "epic", "conflict", "other"]
AccountKind = Literal["human", "bot", "app", "unknown"]
AutomatedBy = Literal["account_kind", "rule_marker", "app_marker", "override"]


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One normalised value; `record_type` names it in URLs, `key` its natural key inside a source.

    Nothing in a record can refer back to it, so the garbage collector need not look: they come by the million.
    """

    record_type: ClassVar[str]
    key: ClassVar[tuple[str, ...]] = ("external_id",)


class Project(Record, frozen=True, kw_only=True):
    """A container of work items: a Jira project, an Asana project, a board."""

    record_type: ClassVar[str] = "projects"
    external_id: Key
    name: Text
    key_: Text | None = msgspec.field(default=None, name="key")
    url: Text | None = None
    archived: bool = False


class Status(Record, frozen=True, kw_only=True):
    """A vendor's status; `category` is the connector's default, an admin's override stands above it."""

    record_type: ClassVar[str] = "statuses"
    external_id: Key
    name: Text
    category: StatusCategory | None = None
    project: Key | None = None


class ItemType(Record, frozen=True, kw_only=True):
    """A vendor's item type and the connector's default for what it means to us."""

    record_type: ClassVar[str] = "item_types"
    external_id: Key
    name: Text
    kind: ItemKind | None = None


class Resolution(Record, frozen=True, kw_only=True):
    """How an item was closed; `discarded` turns a closing into one without delivery.

    Without a `category` the store decides by name (won't do, duplicate and the like).
    """

    record_type: ClassVar[str] = "resolutions"
    external_id: Key
    name: Text
    category: Literal["done", "discarded"] | None = None


class Account(Record, frozen=True, kw_only=True):
    """An identity in one tool."""

    record_type: ClassVar[str] = "accounts"
    external_id: Key
    display_name: Text | None = None
    email: Text | None = None
    kind: AccountKind = "unknown"
    active: bool = True
    created_at: Instant | None = None
    last_active_at: Instant | None = None


class WorkItem(Record, frozen=True, kw_only=True):
    """An issue, task or card as it is now. `status` is the present one and stands above the history."""

    record_type: ClassVar[str] = "work_items"
    external_id: Key
    created_at: Instant
    updated_at: Instant
    key_: Text | None = msgspec.field(default=None, name="key")
    url: Text | None = None
    title: Text | None = None
    project: Key | None = None
    item_type: Key | None = None
    status: Key | None = None
    resolution: Key | None = None
    resolved_at: Instant | None = None
    priority: Text | None = None
    assignee: Key | None = None
    creator: Key | None = None
    parent: Key | None = None
    labels: tuple[Text, ...] = ()
    points: float | None = None
    due_at: Instant | None = None
    releases: tuple[Key, ...] = ()
    affects_releases: tuple[Key, ...] = ()
    deleted_at: Instant | None = None


class Transition(Record, frozen=True, kw_only=True):
    """One move of one item between two statuses.

    `automated` is the vendor's own word (`None`: it has none) and `automated_by` how it was told.
    """

    record_type: ClassVar[str] = "transitions"
    external_id: Key
    work_item: Key
    at: Instant
    to_status: Key
    from_status: Key | None = None
    actor: Key | None = None
    automated: bool | None = None
    automated_by: AutomatedBy | None = None


class Release(Record, frozen=True, kw_only=True):
    """A version of a product. `released_at` may be a day without a time (`YYYY-MM-DD`)."""

    record_type: ClassVar[str] = "releases"
    external_id: Key
    name: Text
    project: Key | None = None
    released_at: Instant | date | None = None
    released: bool = False


class Seat(Record, frozen=True, kw_only=True):
    """A paid place that an account holds in a product; `as_of` is when the vendor said so."""

    record_type: ClassVar[str] = "seats"
    key: ClassVar[tuple[str, ...]] = ("account", "product")
    account: Key
    as_of: Instant
    product: Key = "default"
    assigned_at: Instant | None = None
    removed_at: Instant | None = None


class UsageEvent(Record, frozen=True, kw_only=True):
    """One use of a tool; folded into usage days, not kept."""

    record_type: ClassVar[str] = "usage_events"
    external_id: Key
    account: Key
    event: Key
    at: Instant
    count: Count = 1
    properties: dict[str, Any] = {}


class UsageDay(Record, frozen=True, kw_only=True):
    """How often an account did something on one of the vendor's days."""

    record_type: ClassVar[str] = "usage_days"
    key: ClassVar[tuple[str, ...]] = ("account", "event", "day")
    account: Key
    event: Key
    day: date
    count: Count


class ActivityOf(Record, frozen=True, kw_only=True):
    """All that people did to one work item: its share of the usage days.

    A vendor that tells activity item by item cannot give a day's total without reading every item. So the
    store keeps each item's share and moves the usage days by the difference when an item is read again.
    Not for pushing: a pushing client knows its days.
    """

    record_type: ClassVar[str] = "activity"
    key: ClassVar[tuple[str, ...]] = ("work_item",)
    work_item: Key
    days: tuple[tuple[Key, Key, date, Count], ...]
    """`(account, event, day, count)`, sorted, each (account, event, day) once."""


class SurveyResponse(Record, frozen=True, kw_only=True):
    """One answer to one question, with the scale that it was given on."""

    record_type: ClassVar[str] = "survey_responses"
    external_id: Key
    survey: Key
    scale_min: float
    scale_max: float
    score: float
    at: Instant
    question: Text | None = None
    topic: Literal["tool", "communication", "data", "other"] | None = None
    tool: Key | None = None
    kind: Literal["csat", "nps", "ces", "sus", "other"] | None = None
    comment: Text | None = None
    account: Key | None = None
    team: Key | None = None


class Channel(Record, frozen=True, kw_only=True):
    """A place where conversations happen."""

    record_type: ClassVar[str] = "channels"
    external_id: Key
    name: Text | None = None
    private: bool = False
    members: tuple[Key, ...] = ()


class Mark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reaction or label on a conversation; `at` is empty where the vendor tells none."""

    name: Key
    by: Key | None = None
    at: Instant | None = None


class Conversation(Record, frozen=True, kw_only=True):
    """A thread, without a word of its text."""

    record_type: ClassVar[str] = "conversations"
    external_id: Key
    channel: Key
    started_at: Instant
    started_by: Key | None = None
    first_reply_at: Instant | None = None
    first_reply_by: Key | None = None
    participants: tuple[Key, ...] = ()
    messages: Count = 0
    automated_messages: Count = 0
    marks: tuple[Mark, ...] = ()


class MeetingDay(Record, frozen=True, kw_only=True):
    """What one day of an account's meetings amounted to."""

    record_type: ClassVar[str] = "meeting_days"
    key: ClassVar[tuple[str, ...]] = ("account", "day")
    account: Key
    day: date
    meetings: Count
    seconds: Count


class Person(Record, frozen=True, kw_only=True):
    """A human, as a directory names them, with the team held from `valid_from` to `valid_to`."""

    record_type: ClassVar[str] = "people"
    external_id: Key
    name: Text | None = None
    email: Text | None = None
    team: Key | None = None
    valid_from: Instant | date | None = None
    valid_to: Instant | date | None = None


PUSHABLE: dict[str, type[Record]] = {
    record.record_type: record
    for record in (
        Project,
        Status,
        ItemType,
        Resolution,
        Account,
        WorkItem,
        Transition,
        Release,
        Seat,
        UsageEvent,
        UsageDay,
        SurveyResponse,
        Channel,
        Conversation,
        MeetingDay,
        Person,
    )
}
"""Every record type that `POST /ingest` takes, by its name in the URL."""
