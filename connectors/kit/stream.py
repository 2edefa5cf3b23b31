"""A stream: one kind of thing that a connector yields, declared as facts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from connectors.kit.cursor import Cursor
from connectors.kit.records import Record


class Order(StrEnum):
    """Whether the vendor returns a stream's pages in the order of its cursor."""

    CURSOR = "cursor"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of a source that is read, fails and is counted by itself: a project, a board, a channel."""

    external_id: str
    name: str
    key: str | None = None
    items: int | None = None
    """How many items the vendor says it holds, where it says so cheaply."""
    members: int | None = None
    """How many people are in it, where the vendor says so cheaply and counts no items."""
    changed_at: datetime | None = None
    """The latest change in it, where the vendor says so cheaply: an unchanged scope is not walked."""


@dataclass(frozen=True, slots=True)
class Whole:
    """What a scope holds between two instants (the first included): the ids of all of it."""

    since: datetime
    until: datetime
    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a vendor's objects, decoded, in the vendor's order."""

    items: Sequence[Any]
    high: datetime | None = None
    """The greatest cursor value among the items."""
    resume: str | None = None
    """Where an interrupted walk may go on after this page: a key, never a token of the vendor's."""
    total: int | None = None
    """How many items the whole walk is expected to give, where the vendor says so."""
    token: str | None = None
    """Where the vendor's feed of changes goes on; on the last page of a walk, for it covers the whole of it."""
    whole_day: date | None = None
    """Of a stream of usage days: with this page, the pages since the last such page hold all there is of the day.
    What was stored of it and came no more is removed, unless nothing came at all."""
    whole: Whole | None = None
    """Of a walk of conversations, channel by channel: what the channel holds of some time, all of which has come or is
    known. What is stored of that time and is not among it is removed."""
    note: str | None = None
    """One sentence about the run that needs no action: what a limit of the vendor's costs."""


@dataclass(frozen=True, slots=True)
class Since:
    """What a walk has to read: all that changed at or after `at` (all, if None), behind `resume`.

    `token` is the one that an earlier walk ended with, if any: a vendor may since have forgotten it.
    """

    at: datetime | None = None
    resume: str | None = None
    token: str | None = None


Fetch = Callable[[Any, Scope | None, Since], Iterator[Page]]
"""(api, scope, since) -> pages. Raises a ConnectorError; a page that was yielded is committed."""

Normalise = Callable[[Any, Any], Iterable[Record]]
"""(vendor object, the api's `context`) -> records. Pure; raises BadRecord for this object only."""


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One kind of thing, in facts. The runner owns the state; a stream holds none.

    A stream is one of three:

    * a *listing* (`listing=True`): read whole on every run; rows that a complete listing no longer holds
      are marked unlisted, never removed;
    * a *walk* (`cursor_field` set): read from its cursor, scope by scope;
    * a *child* (`parent` set): read along with each page of its parent and committed with it. `expand`
      turns the parent's page into the child's vendor objects (asking the vendor where it must).
    """

    name: str
    emits: type[Record]
    normalise: Normalise
    fetch: Fetch | None = None
    listing: bool = False
    scoped: bool = False
    cursor_field: str | None = None
    order: Callable[[Any], Order] = field(default=lambda api: Order.NONE)
    overlap: timedelta = timedelta(0)
    parent: str | None = None
    expand: Callable[[Any, Page], Sequence[Any]] | None = None
    census: Callable[[Any, Scope], Iterator[Sequence[str]]] | None = None
    """Pages of the ids that a scope holds now; complete when the iterator ends without an error."""
    refetch: Callable[[Any, Sequence[str]], Iterator[Page]] | None = None
    """Pages of the items with these ids, wherever they are now; an id without an item is left out."""
    optional: bool = False
    """The vendor may refuse it to this credential (a seat list): refused means skipped, with a reason."""

    def __post_init__(self) -> None:
        """Raises ValueError for a child that does not say how its parent's page is expanded."""
        if self.parent is not None and self.expand is None:
            raise ValueError(f"The stream {self.name} has a parent and no 'expand': see `items_of`.")

    def children_of(self, api: Any, page: Page) -> Sequence[Any]:
        """The vendor objects of this child in a page of its parent. May ask the vendor: raises a ConnectorError."""
        if self.expand is None:
            raise ValueError(f"The stream {self.name} is no child.")
        return self.expand(api, page)

    @property
    def key(self) -> tuple[str, ...]:
        """The natural key of what it emits."""
        return self.emits.key


def items_of(api: Any, page: Page) -> Sequence[Any]:  # noqa: ARG001
    """The `expand` of a child whose objects arrive with its parent's: the same ones."""
    return page.items


__all__ = ["Cursor", "Fetch", "Normalise", "Order", "Page", "Scope", "Since", "Stream", "Whole", "items_of"]
