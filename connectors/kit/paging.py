"""Walking a vendor's pages, with an end: a page that repeats is an error, not a loop."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

from connectors.kit.errors import Transient

Answer = TypeVar("Answer")

EMPTY_PAGES = 20
"""How many pages without an item may follow each other before we say that the vendor leads us in circles."""

_REMEDY = "Nothing needs to be done: the next run tries again. Report it if it comes back."


class PageGuard:
    """Remembers the places that a walk has been to, and refuses to be led in circles."""

    def __init__(self, what: str, empty_pages: int = EMPTY_PAGES) -> None:
        self._what = what
        self._seen: set[Hashable] = set()
        self._empty_allowed = empty_pages
        self._empty = 0

    def next(self, place: Hashable) -> None:
        """About to go to `place` (a token, a key). Raises Transient if we have been there."""
        if place in self._seen:
            raise Transient(f"The vendor repeats a page of {self._what}.", _REMEDY)
        self._seen.add(place)

    def received(self, count: int) -> None:
        """A page came with so many items. Raises Transient after too many empty ones in a row."""
        self._empty = 0 if count else self._empty + 1
        if self._empty > self._empty_allowed:
            raise Transient(f"The vendor sends one empty page of {self._what} after another.", _REMEDY)


def by_token(
    fetch: Callable[[str | None], Answer],
    *,
    token: Callable[[Answer], str | None],
    items: Callable[[Answer], Sequence[object]],
    what: str,
) -> Iterator[Answer]:
    """Every page of a listing whose answers name the next page.

    Only an absent token ends it: a vendor's word that this was the last page has been wrong.
    """
    guard = PageGuard(what)
    place: str | None = None
    while True:
        answer = fetch(place)
        guard.received(len(items(answer)))
        place = token(answer)
        if place:
            # Before the page is given away: a page whose successor is itself is not to be trusted either.
            guard.next(place)
        yield answer
        if not place:
            return


def by_offset(
    fetch: Callable[[int], Answer],
    *,
    items: Callable[[Answer], Sequence[object]],
    last: Callable[[Answer, int], bool],
) -> Iterator[Answer]:
    """Every page of a listing read by offset, advancing by what came and not by what was asked for.

    `last` gets the answer and the number of items read with it. An empty page ends the walk too.
    """
    offset = 0
    while True:
        answer = fetch(offset)
        count = len(items(answer))
        offset += count
        yield answer
        if count == 0 or last(answer, offset):
            return
