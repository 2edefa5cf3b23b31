"""A database of the first version keeps everything that it holds when it is brought to the present one, and back."""

import pytest
from alembic import command
from sqlalchemy import Connection, func, select

from app.core.db import Database
from app.models import metadata
from app.store.migrate import config, migrate
from tests.support import histories, people
from tests.support.clock import START
from tests.support.migrations import back_to
from tests.support.rows import Store

KEPT = ("source", "account", "person", "team", "team_member", "status", "project", "work_item", "transition")


def counts(connection: Connection) -> dict[str, int]:
    return {
        name: int(connection.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one())
        for name in KEPT
    }


@pytest.mark.parametrize("revision", ["0001", "0004", "0010"])
def test_nothing_is_lost_on_the_way_back_and_forth(db: Database, revision: str) -> None:
    store = Store(db)
    source_id = histories.store_world(store, histories.world("north", "jira"))
    store.put(source_id, histories.items(1, 20), START)
    people.add_team(db, "red")
    people.add_person(db, "Ann", [(source_id, "ann")], [("red", people.ALWAYS, None)])
    with db.write() as connection:
        before = counts(connection)
        back_to(connection, revision)
        command.upgrade(config(connection), "head")
        assert counts(connection) == before
    assert all(before.values())
    migrate(db, START)
