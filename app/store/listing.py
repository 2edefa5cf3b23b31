"""Lists read page by page: each page goes on behind the last row of the one before, whatever was added meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, or_

from app.core.types import Id, Instant, from_micros, to_micros


class BadPosition(ValueError):
    """A position that no page of this list ended at."""


@dataclass(frozen=True, slots=True)
class By:
    """One column of a list's order. It holds no NULL."""

    column: ColumnElement[Any]
    descending: bool = False


class Keyset:
    """The order of a list: columns that together name one row."""

    def __init__(self, *order: By) -> None:
        self._order = order

    def page(
        self, connection: Connection, query: Select[Any], *, limit: int, after: Sequence[Any] | None
    ) -> tuple[list[RowMapping], list[Any] | None]:
        """At most `limit` rows behind `after`, and where the next page begins (`None`: this is the last).

        `query` must select the columns of the order under their own names.
        """
        if after is not None:
            query = query.where(self._behind(self._values(after)))
        ordered = query.order_by(*(by.column.desc() if by.descending else by.column.asc() for by in self._order))
        rows = connection.execute(ordered.limit(limit + 1)).mappings().all()
        if len(rows) <= limit:
            return list(rows), None
        kept = list(rows[:limit])
        return kept, [_plain(kept[-1][by.column]) for by in self._order]

    def _values(self, after: Sequence[Any]) -> list[Any]:
        if len(after) != len(self._order):
            raise BadPosition("The position has another number of columns than the order.")
        return [_typed(by.column, value) for by, value in zip(self._order, after, strict=True)]

    def _behind(self, values: Sequence[Any]) -> ColumnElement[bool]:
        steps = []
        for index, by in enumerate(self._order):
            same = [earlier.column == value for earlier, value in zip(self._order[:index], values, strict=False)]
            further = by.column < values[index] if by.descending else by.column > values[index]
            steps.append(and_(*same, further))
        return or_(*steps)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_micros(value)
    return str(value) if isinstance(value, UUID) else value


def _typed(column: ColumnElement[Any], value: Any) -> Any:
    """The value of a position in the column's own type. Raises BadPosition for another type's."""
    if isinstance(column.type, Instant):
        if not isinstance(value, int) or isinstance(value, bool):
            raise BadPosition("An instant in a position is a number.")
        try:
            return from_micros(value)
        except OverflowError as error:
            raise BadPosition("The instant in the position is out of range.") from error
    if not isinstance(value, str):
        raise BadPosition("A text in a position is a string.")
    if not isinstance(column.type, Id):
        return value
    try:
        return UUID(value)
    except ValueError as error:
        raise BadPosition("The id in the position is not a UUID.") from error
