"""An upgrade has every item built again, so that its history is packed; a downgrade drops what it packed."""

from alembic import command
from sqlalchemy import select

from app.core.db import Database
from app.facts.dirty import build_dirty
from app.models.facts import dirty_item, fact_segment
from app.store import dirty
from app.store.migrate import config
from tests.support import histories
from tests.support.migrations import back_to
from tests.support.packed import contents
from tests.support.rows import Store


def test_facts_survive_both_ways(db: Database) -> None:
    store = Store(db)
    source_id = store.source()
    items = histories.items(1, 20)
    store.put(source_id, items)
    build_dirty(db)
    before = contents(db)
    with db.write() as connection:
        dirty.mark(connection, source_id, [items[0].key])
        back_to(connection, "0009")
        assert not {"histories", "moves"} & set(connection.execute(select(fact_segment.c.kind)).scalars())
        command.upgrade(config(connection), "head")
        marked = set(connection.execute(select(dirty_item.c.work_item)).scalars())
    assert marked == {item.key for item in items}
    assert build_dirty(db) == len(items)
    assert contents(db) == before
