"""Page after page gives every row once, whatever the page's size, and whatever is added meanwhile."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from app.core.db import Database
from app.models.access import audit
from app.store.listing import BadPosition, By, Keyset
from tests.support.clock import START

ORDER = Keyset(By(audit.c.at, descending=True), By(audit.c.id))


def add(db: Database, count: int, *, first: int = 0) -> None:
    with db.write() as connection:
        for number in range(first, first + count):
            # Several rows share an instant, so that the second column of the order matters.
            row = {"id": uuid4(), "at": START + timedelta(seconds=number // 3), "actor": "", "action": "", "target": ""}
            connection.execute(insert(audit).values(**row, detail={}))


def walk(db: Database, limit: int) -> list[UUID]:
    seen: list[UUID] = []
    position: list[Any] | None = None
    while True:
        with db.read() as connection:
            rows, position = ORDER.page(connection, select(audit), limit=limit, after=position)
        seen += [row["id"] for row in rows]
        if position is None:
            return seen


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 10, 11])
def test_every_row_comes_once_and_in_order(db: Database, limit: int) -> None:
    add(db, 10)
    with db.read() as connection:
        expected = list(connection.execute(select(audit.c.id).order_by(audit.c.at.desc(), audit.c.id)).scalars())
    assert walk(db, limit) == expected


def test_rows_added_before_the_position_disturb_nothing(db: Database) -> None:
    add(db, 6)
    with db.read() as connection:
        rows, position = ORDER.page(connection, select(audit), limit=3, after=None)
    add(db, 6, first=100)
    with db.read() as connection:
        rest, end = ORDER.page(connection, select(audit), limit=10, after=position)
    assert end is None
    assert len({row["id"] for row in [*rows, *rest]}) == 6


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.integers())), max_size=3))
def test_a_position_that_no_page_gave_is_told(sqlite_db: Database, position: list[Any]) -> None:
    with sqlite_db.read() as connection, pytest.raises(BadPosition):
        ORDER.page(connection, select(audit), limit=1, after=position)
