"""What the builder writes: the same facts whichever way an item got to where it is."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete, select

from app.core.db import Database
from app.facts.build import build_dirty_items
from app.facts.segment import ARRIVALS, KINDS, decode, empty, encode
from app.models.facts import fact_segment
from app.models.work import work_item
from tests.support import histories
from tests.support.packed import contents, rebuild_all
from tests.support.rows import Item, Move, Store


def edited(dice: random.Random, item: Item) -> Item:
    """The item after something happened to it."""
    moves = [replace(move) for move in item.moves]
    change = dice.randrange(6)
    if change == 0:
        return replace(item, deleted=item.created)
    if change == 1:
        return replace(item, project=dice.choice(("shop", "bank", None)), assignee="new")
    if change == 2 and moves:
        dice.choice(moves).at += timedelta(days=dice.randrange(-20, 20))
        return replace(item, moves=moves)
    if change == 3:
        last = max((move.at for move in moves), default=item.created)
        added = Move(last + timedelta(days=3), item.status, "done", f"{item.key}/more{len(moves)}")
        return replace(item, moves=[*moves, added], status="done")
    if change == 4:
        return replace(item, created=item.created + timedelta(days=dice.randrange(-30, 30)))
    return replace(item, resolution="wont", moves=moves[:1], status=moves[0].entered if moves else item.status)


def test_building_what_changed_equals_building_everything(db: Database) -> None:
    store, dice = Store(db), random.Random(5)
    world = histories.world("jira", "jira")
    source_id = histories.store_world(store, world)
    items = {item.key: item for item in histories.items(3, 120)}
    store.put(source_id, items.values())
    build_dirty_items(db)
    for step in range(4):
        some = [edited(dice, items[key]) for key in dice.sample(sorted(items), 25)]
        items |= {item.key: item for item in some}
        store.put(source_id, some)
        if step == 2:
            store.override(source_id, "review", "done", "shop")
        assert build_dirty_items(db) > 0
    changed = contents(db)
    rebuild_all(db)
    assert changed == contents(db)
    assert all(changed[kind.name] for kind in KINDS)


def test_nothing_is_left_to_build_and_nothing_is_written_twice(sqlite_db: Database) -> None:
    store = Store(sqlite_db)
    source_id = store.source()
    store.put(source_id, histories.items(1, 30))
    assert build_dirty_items(sqlite_db) == 30
    assert build_dirty_items(sqlite_db) == 0


def test_batches_build_what_one_batch_builds(sqlite_db: Database) -> None:
    store = Store(sqlite_db)
    source_id = store.source()
    store.put(source_id, histories.items(2, 60))
    assert build_dirty_items(sqlite_db, at_once=7) == 60
    in_batches = contents(sqlite_db)
    rebuild_all(sqlite_db)
    assert in_batches == contents(sqlite_db)


def test_the_last_item_of_a_day_takes_the_segment_with_it(sqlite_db: Database) -> None:
    store = Store(sqlite_db)
    source_id = store.source()
    item = histories.items(4, 1)[0]
    store.put(source_id, [replace(item, deleted=None)])
    build_dirty_items(sqlite_db)
    store.put(source_id, [replace(item, deleted=item.created)])
    build_dirty_items(sqlite_db)
    with sqlite_db.read() as connection:
        assert connection.execute(select(fact_segment)).all() == []


def test_a_transition_whose_item_is_not_here_yet_waits_for_it(sqlite_db: Database) -> None:
    store = Store(sqlite_db)
    source_id = store.source()
    item = replace(histories.items(6, 1)[0], deleted=None)
    store.put(source_id, [item])
    with sqlite_db.write() as connection:
        connection.execute(delete(work_item))
    assert build_dirty_items(sqlite_db) == 1
    store.put(source_id, [item])
    assert build_dirty_items(sqlite_db) == 1
    assert contents(sqlite_db)["arrivals"]


@pytest.mark.parametrize("damage", [lambda payload: payload[:-1], lambda payload: b"\x07" + payload[1:]])
def test_a_damaged_segment_is_refused(damage: Any) -> None:
    payload = encode(ARRIVALS, empty(ARRIVALS))
    grown = encode(ARRIVALS, {name: np.zeros(3, dtype=dtype) for name, dtype in ARRIVALS.columns})
    assert len(decode(ARRIVALS, payload)["item"]) == 0
    with pytest.raises(ValueError, match="damaged or of another format"):
        decode(ARRIVALS, damage(grown))
