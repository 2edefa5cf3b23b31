"""A small vendor that lives in memory, and the connector that reads it: projects, items, histories, activity.

It changes as it is told to, fails when it is told to, and knows what a perfect sync leaves in the store.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, ClassVar, Literal

from pydantic import SecretStr

from connectors.kit import records
from connectors.kit.connector import KIT_VERSION, Access, Check, Settings
from connectors.kit.errors import AuthError, BadRecord
from connectors.kit.stream import Order, Page, Scope, Since, Stream, items_of

STATUSES = {"open": "todo", "doing": "active", "closed": "done"}
TOKEN = "not-a-real-token"


@dataclass(frozen=True)
class Item:
    """One item as the vendor has it."""

    id: str
    project: str
    created: datetime
    updated: datetime
    status: str = "open"
    title: str = ""
    history: tuple[tuple[datetime, str, str], ...] = ()
    bad: bool = False


@dataclass
class Vendor:
    """The vendor's whole state. `faults` maps the number of a call to what it raises instead of answering."""

    seed: int = 1
    order: Order = Order.CURSOR
    page_size: int = 7
    now: datetime = datetime(2026, 1, 5, 9, tzinfo=UTC)
    projects: dict[str, str] = field(default_factory=lambda: {"p1": "One", "p2": "Two"})
    statuses: dict[str, str] = field(default_factory=lambda: dict(STATUSES))
    items: dict[str, Item] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    tells_counts: bool = False
    unindexed: set[str] = field(default_factory=set)
    faults: dict[int, Callable[[], Exception]] = field(default_factory=dict)
    before_answer: Callable[[str], None] = lambda call: None
    calls: list[str] = field(default_factory=list)
    total_calls: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._last = 0

    def add(self, project: str = "p1", **given: Any) -> Item:
        """A new item."""
        self._last += 1
        item = Item(str(self._last), project, self.now, self.now, title=f"Item {self._last}", **given)
        self.items[item.id] = item
        return item

    def change(self, item_id: str, **given: Any) -> Item:
        """Change an item; its `updated` follows."""
        self.items[item_id] = replace(self.items[item_id], updated=self.now, **given)
        return self.items[item_id]

    def move_to(self, item_id: str, status: str) -> None:
        """A transition."""
        item = self.items[item_id]
        self.change(item_id, status=status, history=(*item.history, (self.now, item.status, status)))

    def live(self, steps: int) -> None:
        """Let things happen at random: new items, transitions, renames, moves, deletions."""
        for _ in range(steps):
            self.now += timedelta(minutes=self._random.randint(1, 90))
            known = sorted(self.items, key=int)
            act = self._random.random()
            if act < 0.4 or not known:
                self.add(self._random.choice(sorted(self.projects)))
            elif act < 0.8:
                some = self._random.choice(known)
                self.move_to(some, self._random.choice([s for s in self.statuses if s != self.items[some].status]))
            elif act < 0.88:
                self.change(self._random.choice(known), title=f"Renamed {self._random.random()}")
            elif act < 0.95:
                self.change(self._random.choice(known), project=self._random.choice(sorted(self.projects)))
            else:
                del self.items[self._random.choice(known)]

    def call(self, name: str) -> None:
        """Note a call; raises the fault that is planned for it."""
        self.calls.append(name)
        self.total_calls += 1
        self.before_answer(name)
        fault = self.faults.pop(self.total_calls, None)
        if fault is not None:
            raise fault()

    def visible(self, project: str) -> list[Item]:
        """The items that a search in a project finds."""
        return [item for item in self.items.values() if item.project == project and item.id not in self.unindexed]

    def truth(self) -> dict[str, Any]:
        """What a perfect sync leaves in the store; comparable with `tests.support.stored.content`."""
        seen = [item for item in self.items.values() if not item.bad]
        days: Counter[tuple[str, str, date]] = Counter()
        for item in seen:
            for _, event, day, count in (("", *entry[1:]) for entry in activity(item)):
                days["ann", event, day] += count
        return {
            "projects": {key: name for key, name in self.projects.items() if key not in self.hidden},
            "items": {item.id: (item.project, item.title, item.status, item.updated) for item in seen},
            "transitions": {
                f"{item.id}:{index}": (item.id, *move) for item in seen for index, move in enumerate(item.history)
            },
            "usage": dict(days),
        }


def activity(item: Item) -> tuple[tuple[str, str, date, int], ...]:
    """Who did what to an item, by day."""
    days = Counter(at.date() for at, _, _ in item.history)
    days[item.created.date()] += 1
    return tuple(("ann", "edit", day, count) for day, count in sorted(days.items()))


class Config(Settings):
    """What the test connector needs to be told."""

    projects: tuple[str, ...] = ()


class Token(Settings):
    """Its credentials."""

    kind: Literal["token"] = "token"
    token: SecretStr


class Api:
    """A vendor for one run."""

    context = SimpleNamespace()

    def __init__(self, vendor: Vendor, access: Access) -> None:
        self.vendor = vendor
        self.access = access
        if access.credentials.token.get_secret_value() != TOKEN:
            raise AuthError("The vendor refuses the token.", "Enter another one.")

    def pages(self, name: str, items: Sequence[Any]) -> Iterator[Page]:
        for start in range(0, max(len(items), 1), self.vendor.page_size):
            self.vendor.call(name)
            yield Page(items[start : start + self.vendor.page_size])


def _walk(api: Api, scope: Scope, since: Since) -> Iterator[Page]:
    vendor = api.vendor
    found = [item for item in vendor.visible(scope.external_id) if since.at is None or item.updated >= since.at]
    if vendor.order is Order.CURSOR:
        found.sort(key=lambda item: (item.updated, int(item.id)))
    else:
        found = sorted(
            (i for i in found if since.resume is None or int(i.id) > int(since.resume)), key=lambda i: int(i.id)
        )
    for start in range(0, max(len(found), 1), vendor.page_size):
        vendor.call(f"work_items/{scope.external_id}")
        some = found[start : start + vendor.page_size]
        yield Page(
            some,
            high=max((item.updated for item in some), default=None),
            resume=some[-1].id if some and vendor.order is Order.NONE else None,
            total=len(found),
        )


def _census(api: Api, scope: Scope) -> Iterator[Sequence[str]]:
    api.vendor.call(f"census/{scope.external_id}")
    yield [item.id for item in api.vendor.visible(scope.external_id)]


def _refetch(api: Api, ids: Sequence[str]) -> Iterator[Page]:
    api.vendor.call("refetch")
    yield Page([api.vendor.items[one] for one in ids if one in api.vendor.items])


def _item(item: Item, context: Any) -> Iterator[records.Record]:
    if item.bad:
        raise BadRecord("The item has no readable date.", "created")
    yield records.WorkItem(
        external_id=item.id,
        created_at=item.created,
        updated_at=item.updated,
        title=item.title,
        project=item.project,
        status=item.status,
        item_type="task",
    )


def _transitions(item: Item, context: Any) -> Iterator[records.Record]:
    for index, (at, before, after) in enumerate(item.history):
        yield records.Transition(
            external_id=f"{item.id}:{index}", work_item=item.id, at=at, from_status=before, to_status=after
        )


STREAMS = (
    Stream(
        name="projects",
        emits=records.Project,
        listing=True,
        fetch=lambda api, scope, since: api.pages(
            "projects", [(k, n) for k, n in api.vendor.projects.items() if k not in api.vendor.hidden]
        ),
        normalise=lambda raw, context: [records.Project(external_id=raw[0], name=raw[1])],
    ),
    Stream(
        name="statuses",
        emits=records.Status,
        listing=True,
        fetch=lambda api, scope, since: api.pages("statuses", list(api.vendor.statuses.items())),
        normalise=lambda raw, context: [records.Status(external_id=raw[0], name=raw[0].title(), category=raw[1])],
    ),
    Stream(
        name="seats",
        emits=records.Seat,
        listing=True,
        optional=True,
        fetch=lambda api, scope, since: api.pages("seats", ["ann"]),
        normalise=lambda raw, context: [records.Seat(account=raw, as_of=datetime(2026, 1, 1, tzinfo=UTC))],
    ),
    Stream(
        name="work_items",
        emits=records.WorkItem,
        scoped=True,
        cursor_field="updated",
        order=lambda api: api.vendor.order,
        overlap=timedelta(minutes=5),
        fetch=_walk,
        normalise=_item,
        census=_census,
        refetch=_refetch,
    ),
    Stream(name="transitions", emits=records.Transition, parent="work_items", expand=items_of, normalise=_transitions),
    Stream(
        name="usage_days",
        emits=records.ActivityOf,
        parent="work_items",
        expand=items_of,
        normalise=lambda item, context: (
            [] if item.bad else [records.ActivityOf(work_item=item.id, days=activity(item))]
        ),
    ),
)


class VendorConnector:
    """Reads a `Vendor`."""

    kit_version: ClassVar[int] = KIT_VERSION
    kind: ClassVar[str] = "fake"
    title: ClassVar[str] = "Fake"
    tool: ClassVar[str] = "fake"
    docs_url: ClassVar[str] = ""
    Config: ClassVar[type[Settings]] = Config
    Credentials: ClassVar[Any] = Token
    streams: ClassVar[Sequence[Stream]] = STREAMS

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor

    def tool_name(self, config: Any) -> str:
        return self.tool

    def hosts(self, config: Any) -> Sequence[str]:
        return ()

    @contextmanager
    def open(self, access: Access) -> Iterator[Api]:
        yield Api(self.vendor, access)

    def check(self, access: Access) -> Sequence[Check]:
        return [Check("ready", "ok", "It answers.")]

    def scopes(self, api: Api) -> Sequence[Scope]:
        wanted: Mapping[str, str] = self.vendor.projects
        return [
            Scope(key, name, items=len(self.vendor.visible(key)) if self.vendor.tells_counts else None)
            for key, name in wanted.items()
            if key not in self.vendor.hidden and (not api.access.config.projects or key in api.access.config.projects)
        ]

    def offered_scopes(self, api: Api) -> Sequence[Scope]:
        return self.scopes(api)
