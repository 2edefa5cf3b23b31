"""A change of meaning, built from the packed histories: the same facts as if everything were built from the rows."""

import random
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, delete, event, func, select

from app.core.db import Database
from app.facts.build import build_dirty_items
from app.facts.dirty import build_dirty
from app.facts.meaning import build_changed_meanings
from app.models.facts import dirty_item, dirty_meaning, fact_segment
from app.models.work import resolution, status, status_override, work_item
from app.store import dirty, mappings
from tests.support import histories
from tests.support.packed import contents, rebuild_all
from tests.support.rows import STATUSES, Store

CATEGORIES = ("backlog", "todo", "active", "waiting", "done", "discarded", None)


def change_a_status(connection: Connection, dice: random.Random, source_id: object) -> None:
    name = dice.choice((*STATUSES, "ghost", "legacy"))
    place = dice.choice(("", "", "shop", "bank"))
    mappings.set_status(connection, source_id, name, place, dice.choice(CATEGORIES))  # type: ignore[arg-type]
    dirty.mark_meanings(connection, source_id, "status", [name])  # type: ignore[arg-type]


@pytest.mark.parametrize(("at_once", "waiting"), [(500_000, 8_000_000), (60, 90), (1, 10_000)])
def test_new_meanings_give_what_the_rows_give(db: Database, at_once: int, waiting: int) -> None:
    store, dice = Store(db), random.Random(at_once)
    source_id = histories.store_world(store, histories.world("jira", "jira"))
    store.put(source_id, histories.items(11, 80))
    build_dirty(db)
    for step in range(5):
        with db.write() as connection:
            change_a_status(connection, dice, source_id)
            if step == 2:
                connection.execute(resolution.update().values(category="discarded"))
                dirty.mark_meanings(connection, source_id, "resolution", ["fixed", "copy"])
            if step == 3:
                connection.execute(status.update().where(status.c.external_id == "done").values(listed=False))
                dirty.mark_meanings(connection, source_id, "status", ["done"])
        assert build_changed_meanings(db, at_once, waiting) > 0
    changed = contents(db)
    rebuild_all(db)
    assert changed == contents(db)


def test_a_change_after_a_new_meaning_leaves_nothing_of_the_item_behind(db: Database) -> None:
    store, dice = Store(db), random.Random(2)
    source_id = histories.store_world(store, histories.world("jira", "jira"))
    items = histories.items(12, 60)
    store.put(source_id, items)
    build_dirty(db)
    for name in ("done", "active", "review"):
        with db.write() as connection:
            mappings.set_status(connection, source_id, name, "", "active" if name == "done" else "done")
            dirty.mark_meanings(connection, source_id, "status", [name])
        build_dirty(db)
        store.put(source_id, histories.items(dice.randrange(100), 30))
        build_dirty(db)
    changed = contents(db)
    rebuild_all(db)
    assert changed == contents(db)


def test_a_meaning_that_few_items_have_leaves_the_days_of_the_others_alone(db: Database) -> None:
    store = Store(db)
    source_id = histories.store_world(store, histories.world("jira", "jira"))
    store.put(source_id, histories.items(13, 100))
    build_dirty(db)
    with db.write() as connection:
        mappings.set_status(connection, source_id, "legacy", "", "done")
        dirty.mark_meanings(connection, source_id, "status", ["legacy"])
    assert 0 < build_changed_meanings(db) <= 10
    changed = contents(db)
    rebuild_all(db)
    assert changed == contents(db)


@pytest.fixture
def statements(sqlite_db: Database) -> Iterator[list[str]]:
    """The statements that were executed so far."""
    told: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        told.append(statement)

    event.listen(sqlite_db.engine, "before_cursor_execute", note)
    yield told
    event.remove(sqlite_db.engine, "before_cursor_execute", note)


def test_a_new_meaning_is_one_mark_and_reads_no_row_of_an_item(sqlite_db: Database, statements: list[str]) -> None:
    store = Store(sqlite_db)
    source_id = store.source()
    store.put(source_id, histories.items(14, 50))
    build_dirty(sqlite_db)
    statements.clear()
    with sqlite_db.write() as connection:
        mappings.set_status(connection, source_id, "review", "", "active")
        dirty.mark_meanings(connection, source_id, "status", ["review"])
        assert connection.execute(select(func.count()).select_from(dirty_meaning)).scalar_one() == 1
        assert connection.execute(select(func.count()).select_from(dirty_item)).scalar_one() == 0
    assert build_dirty(sqlite_db) > 0
    assert build_dirty(sqlite_db) == 0
    assert not [
        text for text in statements if "FROM transition" in text or "work_item" in text.replace("dirty_item", "")
    ]


def test_a_meaning_that_changes_nothing_writes_nothing(db: Database) -> None:
    store = Store(db)
    source_id = store.source()
    store.put(source_id, histories.items(15, 50))
    build_dirty(db)
    with db.read() as connection:
        before = connection.execute(select(fact_segment).order_by(*fact_segment.primary_key)).all()
    with db.write() as connection:
        dirty.mark_meanings(connection, source_id, "status", STATUSES)
    assert build_changed_meanings(db) > 0
    with db.read() as connection:
        assert connection.execute(select(fact_segment).order_by(*fact_segment.primary_key)).all() == before


def test_a_meaning_of_what_no_item_ever_had_touches_nothing(sqlite_db: Database) -> None:
    store = Store(sqlite_db)
    source_id = store.source()
    with sqlite_db.write() as connection:
        dirty.mark_meanings(connection, source_id, "status", ["review", "nowhere"])
    assert build_changed_meanings(sqlite_db) == 0
    store.put(source_id, histories.items(16, 3))
    assert build_dirty_items(sqlite_db) == 3
    with sqlite_db.write() as connection:
        connection.execute(delete(status_override))
        assert connection.execute(select(func.count()).select_from(work_item)).scalar_one() == 3
        dirty.mark_meanings(connection, source_id, "resolution", ["nowhere"])
    assert build_changed_meanings(sqlite_db) == 0
