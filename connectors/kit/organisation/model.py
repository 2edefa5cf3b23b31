"""An organisation as facts with instants: who there is, what they work on, and what happened to it when.

Instants are epoch milliseconds (`Ms`): what the vendors stamp, and quick to compare.
"""

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Literal, NamedTuple, TypeAlias

from connectors.kit.records import ItemKind, StatusCategory

Ms: TypeAlias = int
Value: TypeAlias = str | float | tuple[str, ...] | date | None

Stage = Literal["todo", "doing", "done"]
"""The coarse category that a tool itself gives a status; what a team means by it is `Status.meaning`."""


def instant(at: Ms) -> datetime:
    """Epoch milliseconds as an aware UTC instant, exact."""
    return datetime.fromtimestamp(at // 1000, UTC).replace(microsecond=at % 1000 * 1000)


def milliseconds(at: datetime) -> Ms:
    """An aware instant as epoch milliseconds, rounded down."""
    return int(at.timestamp()) * 1000 + at.microsecond // 1000


def stamped(at: Ms) -> Ms:
    """The `updated` instant that a tool writes on an item for a change whose history says `at`.

    Recorded systems stamp the item 2 to 30 ms before the history entry.
    """
    return at - 2 - at % 29


def resolved(at: Ms) -> Ms:
    """The resolution instant for a closing whose history says `at`; recorded 26 to 35 ms earlier."""
    return at - 26 - at % 10


@dataclass(frozen=True, slots=True)
class Team:
    """People who take work from the same queue."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Account:
    """A person, a bot (a licensed account that a program uses) or an app."""

    id: str
    name: str
    login: str
    email: str
    kind: Literal["human", "bot", "app"]
    team: str | None
    joined: Ms
    left: Ms | None = None
    email_hidden: bool = False
    erased: bool = False
    """Removed by the tool's owner once it left: only the id remains."""

    def active(self, at: Ms) -> bool:
        """Whether the account can act at that instant."""
        return self.joined <= at and (self.left is None or at < self.left)


@dataclass(frozen=True, slots=True)
class Status:
    """A place in a workflow. `meaning` is what its team would say; tools only know the stage."""

    id: str
    name: str
    stage: Stage
    meaning: StatusCategory
    project: str | None = None
    """Set where the status belongs to one project alone."""
    removed: Ms | None = None
    """From when the tool no longer lists it, although histories name it."""


@dataclass(frozen=True, slots=True)
class ItemType:
    """A type of items; `level` is 1 for epics, 0 for ordinary items, -1 for parts of an item."""

    id: str
    name: str
    kind: ItemKind
    level: int
    project: str | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """How an item was closed."""

    id: str
    name: str
    delivered: bool


@dataclass(frozen=True, slots=True)
class Priority:
    """How urgent an item is; ids rise as urgency falls."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Release:
    """A version of a project's product."""

    id: str
    project: str
    name: str
    planned: Ms
    day: date
    released: Ms


@dataclass(frozen=True, slots=True)
class Project:
    """A container of items with a workflow of its own."""

    id: str
    key: str
    name: str
    workflow: str
    own_workflow: bool
    """Run by its team: statuses and types are its own, unseen by other projects."""
    teams: tuple[str, ...]
    lead: str
    statuses: tuple[str, ...]
    types: tuple[str, ...]


class FieldChange(NamedTuple):
    """One field before and after; ids where the value is a thing of the organisation."""

    field: str
    before: Value
    after: Value


class Change(NamedTuple):
    """One history entry of an item."""

    id: int
    at: Ms
    actor: str
    fields: tuple[FieldChange, ...]
    by_rule: bool = False
    """An automation rule did it, whoever the actor is."""
    noted: bool = False
    """The tool says so beside the change."""


class Remark(NamedTuple):
    """A comment, or a piece of logged work of so many seconds; nobody needs its text."""

    id: int
    at: Ms
    actor: str
    seconds: int


@dataclass(slots=True)
class State:
    """An item's fields at an instant."""

    project: str
    key: str
    type: str
    status: str
    title: str
    priority: str
    resolution: str | None = None
    resolved: Ms | None = None
    assignee: str | None = None
    parent: int | None = None
    labels: tuple[str, ...] = ()
    points: float | None = None
    due: date | None = None
    releases: tuple[str, ...] = ()
    affects: tuple[str, ...] = ()

    def apply(self, change: Change) -> None:
        """Makes the change; fields that are only told by histories (rank, description) leave no trace."""
        for name, _, after in change.fields:
            if name in TOLD_ONLY:
                continue
            setattr(self, name, after)
            if name == "resolution":
                self.resolved = resolved(change.at) if after is not None else None


TOLD_ONLY = frozenset({"rank", "description"})


@dataclass(slots=True)
class Item:
    """A work item with its whole life, past and to come."""

    id: int
    created: Ms
    creator: str
    start: State
    changes: list[Change]
    comments: list[Remark]
    worklogs: list[Remark]
    deleted: Ms | None = None
    touches: list[Ms] = field(default_factory=list)
    """Every instant at which the item changed after its creation, in order."""
    _known: tuple[int, State] | None = None

    def exists(self, at: Ms) -> bool:
        """Whether a reader finds it at that instant."""
        return self.created <= at and (self.deleted is None or at < self.deleted)

    def version(self, at: Ms) -> int:
        """How many touches there have been: the item looks the same while this does."""
        return bisect_right(self.touches, at)

    def updated(self, at: Ms) -> Ms:
        """The `updated` stamp that the item bears at that instant."""
        version = self.version(at)
        return max(stamped(self.touches[version - 1]), self.created) if version else self.created

    def happened(self, at: Ms) -> list[Change]:
        """The history up to that instant, oldest first."""
        return self.changes[: bisect_right(self.changes, at, key=_at)]

    def commented(self, at: Ms) -> list[Remark]:
        """The comments up to that instant, oldest first."""
        return self.comments[: bisect_right(self.comments, at, key=_at)]

    def logged(self, at: Ms) -> list[Remark]:
        """The logged work up to that instant, oldest first."""
        return self.worklogs[: bisect_right(self.worklogs, at, key=_at)]

    def state(self, at: Ms) -> State:
        """The fields at that instant. Treat the answer as read-only: it is shared."""
        happened = bisect_right(self.changes, at, key=_at)
        known = self._known
        if known is not None and known[0] == happened:
            return known[1]
        state = replace(self.start)
        for change in self.changes[:happened]:
            state.apply(change)
        self._known = (happened, state)
        return state


def _at(entry: Change | Remark) -> Ms:
    return entry.at


@dataclass(frozen=True, slots=True)
class Organisation:
    """Everything, told once. Ask with an instant; later instants know more."""

    begin: Ms
    end: Ms
    """What counted as today when it was generated."""
    horizon: Ms
    """Nothing happens after it."""
    teams: tuple[Team, ...]
    accounts: dict[str, Account]
    statuses: dict[str, Status]
    types: dict[str, ItemType]
    resolutions: dict[str, Resolution]
    priorities: dict[str, Priority]
    projects: dict[str, Project]
    releases: dict[str, Release]
    items: dict[int, Item]
    """By id; ids rise with the instant of creation."""
    automation: str
    """The account of the automation app."""
