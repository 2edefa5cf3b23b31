"""Lists: `items`, `next`, `limit`, `cursor`, and a `Link` header to the page behind."""

import base64
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from app.api.service import TheService
from app.core.errors import InvalidError
from app.store.listing import BadPosition

LIMIT_DEFAULT, LIMIT_MOST = 100, 1_000
_CURSOR_MOST = 4_096
Item = TypeVar("Item")
Rows = tuple[Sequence[Any], list[Any] | None]


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = Field(description="Send it as `cursor` to get the next page; null on the last.")


class Paging:
    """Where in a list the caller is."""

    def __init__(
        self,
        request: Request,
        response: Response,
        service: TheService,
        limit: Annotated[int, Query(ge=1, le=LIMIT_MOST, description="How many items at most.")] = LIMIT_DEFAULT,
        cursor: Annotated[
            str | None,
            Query(max_length=_CURSOR_MOST, description="The `next` of the page before; empty for the first page."),
        ] = None,
    ) -> None:
        self._request = request
        self._response = response
        self._service = service
        self._limit = limit
        self._cursor = cursor
        self.link: str | None = None
        """The `Link` header to the page behind, once a page was read that is not the last."""

    def read(
        self, listing: str, page: Callable[..., Rows], item: Callable[[Any], Item], /, **choice: Any
    ) -> Page[Item]:
        """The page that the caller asked for; `listing` keeps the cursors of different lists apart.

        `page` is called as `page(connection, limit=, after=, **choice)`.
        """
        with self._service.database.read() as connection:
            return self.read_with(connection, listing, page, item, **choice)

    def read_with(
        self,
        connection: Connection,
        listing: str,
        page: Callable[..., Rows],
        item: Callable[[Any], Item],
        /,
        **choice: Any,
    ) -> Page[Item]:
        """The same, in a snapshot that the caller has open."""
        try:
            rows, position = page(connection, limit=self._limit, after=decode(listing, self._cursor), **choice)
        except BadPosition as error:
            raise _not_ours() from error
        return Page(items=[item(row) for row in rows], next=self._following(listing, position))

    def cut(self, listing: str, items: Sequence[Item], key: Callable[[Item], str], /) -> Page[Item]:
        """The page that the caller asked for of a list that is there as a whole; `key` tells its items apart."""
        try:
            after = decode(listing, self._cursor)
        except BadPosition as error:
            raise _not_ours() from error
        if after is not None and [type(part) for part in after] != [str]:
            raise _not_ours()
        ordered = sorted(items, key=key)
        if after is not None:
            ordered = [item for item in ordered if [key(item)] > after]
        kept = ordered[: self._limit]
        position = [key(kept[-1])] if len(kept) < len(ordered) else None
        return Page(items=kept, next=self._following(listing, position))

    def _following(self, listing: str, position: Sequence[Any] | None) -> str | None:
        if position is None:
            return None
        following = encode(listing, position)
        url = self._request.url.include_query_params(cursor=following)
        self.link = self._response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
        return following


ThePage = Annotated[Paging, Depends()]


def encode(kind: str, position: Sequence[Any]) -> str:
    """An opaque cursor for a position in lists of this kind."""
    return base64.urlsafe_b64encode(orjson.dumps([kind, *position])).decode().rstrip("=")


def decode(kind: str, cursor: str | None) -> list[Any] | None:
    """The position of a cursor. Raises BadPosition for one that is not ours or of another list."""
    if not cursor:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        value = orjson.loads(raw)
    except ValueError as error:
        raise BadPosition("The cursor cannot be decoded.") from error
    if not isinstance(value, list) or value[:1] != [kind]:
        raise BadPosition("The cursor is of another list.")
    return value[1:]


def _not_ours() -> InvalidError:
    return InvalidError.at(["query", "cursor"], "The cursor is not one that this list gave: begin without it.")
