"""Jira's answers as typed structs: the fields that we read, and no others."""

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar, cast

import msgspec

Moment = datetime | int
"""Jira writes instants as RFC 3339, as `...+0000`, and in bulk answers as epoch milliseconds."""

Row = TypeVar("Row")


def moment(value: Moment | None) -> datetime | None:
    """One of Jira's instants in UTC; None where there is none, or none that has a zone and is in range."""
    try:
        if isinstance(value, datetime):
            return value.astimezone(UTC) if value.tzinfo is not None else None
        # A millisecond survives the division: doubles are finer than a microsecond for 200 years to come.
        return None if value is None else datetime.fromtimestamp(value / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None


class Raw(msgspec.Struct, rename="camel", gc=False):
    """Base of everything that Jira sends: trees, so the garbage collector need not look for cycles."""


class Ref(Raw):
    """Something with an id: a version, a parent, a project."""

    id: str
    name: str | None = None


class User(Raw):
    """An account. Cloud knows `account_id`, Data Center `key` and `name`."""

    account_id: str | None = None
    key: str | None = None
    name: str | None = None
    display_name: str | None = None
    email_address: str | None = None
    active: bool = True
    account_type: str | None = None
    app_type: str | None = None

    @property
    def id(self) -> str | None:
        """The immutable id: names can be changed, so a Data Center user's key comes first."""
        return self.account_id or self.key or self.name


class Remark(Raw):
    """A comment or a worklog, without its text."""

    id: str
    created: Moment
    author: User | None = None


class Comments(Raw):
    """The first comments of an issue, and how many there are."""

    comments: list[Remark] = []
    total: int = 0
    start_at: int = 0


class Worklogs(Raw):
    """The first worklogs of an issue, and how many there are."""

    worklogs: list[Remark] = []
    total: int = 0
    start_at: int = 0


class Fields(Raw):
    """An issue's fields. Story points have another name on every site: see `issue_type`."""

    created: Moment | None = None
    updated: Moment | None = None
    summary: str | None = None
    status: Ref | None = None
    issuetype: Ref | None = None
    project: Ref | None = None
    priority: Ref | None = None
    resolution: Ref | None = None
    resolutiondate: Moment | None = None
    assignee: User | None = None
    creator: User | None = None
    parent: Ref | None = None
    labels: list[str] | None = None
    duedate: str | None = None
    fix_versions: list[Ref] | None = None
    versions: list[Ref] | None = None
    comment: Comments | None = None
    worklog: Worklogs | None = None
    points: Any = None
    other_points: Any = None


FIELDS = (
    *("created", "updated", "summary", "status", "issuetype", "project", "priority", "resolution"),
    *("resolutiondate", "assignee", "creator", "parent", "labels", "duedate", "fixVersions", "versions"),
    *("comment", "worklog"),
)
"""What we ask for, by name: `*all` would fetch every custom field of the site."""


class Change(Raw):
    """One field that a history changed."""

    field: str | None = None
    field_id: str | None = None
    fieldtype: str | None = None
    from_: str | int | None = msgspec.field(default=None, name="from")
    to: str | int | None = None


class Participant(Raw):
    """Who or what an app says was involved in a change."""

    id: str | None = None
    type: str | None = None
    display_name: str | None = None


class Metadata(Raw):
    """What an app or a rule wrote beside its change."""

    type: str | None = None
    actor: Participant | None = None
    generator: Participant | None = None


class History(Raw):
    """One change of an issue: who, when, and the fields."""

    id: str
    created: Moment
    author: User | None = None
    items: list[Change] = []
    history_metadata: Metadata | None = None


class Changelog(Raw):
    """Histories as Data Center sends them with an issue: all of them."""

    histories: list[History] = []
    total: int = 0


IssueId = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,19}$")]
"""Issue ids go into queries and paths, so nothing but a number passes."""


class Issue(Raw):
    """An issue as a search or a bulk answer gives it."""

    id: IssueId
    fields: Fields
    key: str | None = None
    changelog: Changelog | None = None


def issue_type(points: tuple[str, ...]) -> type[Issue]:
    """The `Issue` of a site whose story points stand in the custom fields given (at most two)."""
    names = zip(("points", "other_points"), points, strict=False)
    fields = [(name, Any, msgspec.field(default=None, name=custom)) for name, custom in names]
    site_fields = msgspec.defstruct("SiteFields", fields, bases=(Fields,), rename="camel")
    site_issue = msgspec.defstruct("SiteIssue", [("fields", site_fields)], bases=(Issue,), kw_only=True, rename="camel")
    return cast(type[Issue], site_issue)


class Id(Raw):
    """An issue of which only the id was asked."""

    id: IssueId


class SearchPage(Raw, Generic[Row]):
    """A page of either search. Cloud gives a token and no total, Data Center a total and no token.

    Cloud's `isLast` is not read: it has been wrong, and the absent token says the same.
    """

    issues: list[Row]
    next_page_token: str | None = None
    total: int | None = None


class BulkIssues(Raw):
    """What `issue/bulkfetch` found."""

    issues: list[msgspec.Raw] = []


class IssueHistories(Raw):
    """Some of one issue's histories."""

    issue_id: str
    change_histories: msgspec.Raw = msgspec.Raw(b"[]")


class HistoriesPage(Raw):
    """A page of `changelog/bulkfetch`; the histories of one issue may go on in the next."""

    issue_change_logs: list[IssueHistories] = []
    next_page_token: str | None = None


class Values(Raw, Generic[Row]):
    """A page of Jira's usual paged listing."""

    values: list[Row]
    total: int | None = None
    is_last: bool | None = None

    def ends(self, read: int) -> bool:
        """Whether nothing follows, after `read` values with these; some listings have no total."""
        return read >= self.total if self.total is not None else self.is_last is True


class Count(Raw):
    """How many issues a query finds, roughly."""

    count: int


class Insight(Raw):
    """What a project list knows about its issues."""

    total_issue_count: int | None = None
    last_issue_update_time: Moment | None = None


class Project(Raw):
    """A project as it is listed."""

    id: str
    key: str
    name: str
    archived: bool = False
    style: str | None = None
    insight: Insight | None = None


class ScopeProject(Raw):
    """The project that a status or type belongs to."""

    id: str


class ProjectScope(Raw):
    """Whether a status or type belongs to one team-managed project."""

    project: ScopeProject | None = None


class Category(Raw):
    """Jira's own status category."""

    key: str | None = None


class Status(Raw):
    """A status. `statuses/search` writes the category as a word, every other list as an object."""

    id: str
    name: str
    status_category: Category | str | None = None
    scope: ProjectScope | None = None


class TypeStatuses(Raw):
    """The statuses that one item type of a project can have."""

    statuses: list[Status] = []


class IssueType(Raw):
    """An item type."""

    id: str
    name: str
    subtask: bool = False
    hierarchy_level: int | None = None


class Resolution(Raw):
    """A resolution."""

    id: str
    name: str


class Version(Raw):
    """A version of a project."""

    id: str
    name: str
    project_id: int | None = None
    released: bool = False
    release_date: str | None = None


class Group(Raw):
    """A group of users."""

    name: str | None = None
    group_id: str | None = None


class ApplicationRole(Raw):
    """A product, and the groups whose members hold a seat in it."""

    key: str
    groups: list[str] = []
    group_details: list[Group] = []


class Field(Raw):
    """A field of the site."""

    id: str
    name: str | None = None
    untranslated_name: str | None = None


class ServerInfo(Raw):
    """What kind of Jira this is."""

    base_url: str | None = None
    version_numbers: list[int] = []
    deployment_type: str | None = None


class Myself(Raw):
    """The account behind the credentials."""

    display_name: str | None = None
    time_zone: str | None = None


class Item(msgspec.Struct, kw_only=True):
    """An issue with all that was done to it, gathered from as many endpoints as that takes."""

    issue: Issue
    histories: list[History] = []
    comments: list[Remark] = []
    worklogs: list[Remark] = []
    problem: str | None = None
    """Why the histories are not whole, if they are not."""

    @property
    def id(self) -> str:
        """The issue's id: whoever sets an item aside names it by that."""
        return self.issue.id


class Malformed(msgspec.Struct, kw_only=True):
    """An issue that is not shaped like one; kept to be shown."""

    reason: str
    id: str | None
    content: msgspec.Raw


class SeatHolder(msgspec.Struct, kw_only=True):
    """A member of a group that gives access to a product, as told at `as_of`."""

    user: User
    product: str
    as_of: datetime
