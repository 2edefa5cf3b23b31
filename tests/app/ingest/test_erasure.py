"""Erased people stay erased through real syncs, whose complete lists name them by their own ids."""

import pytest
from sqlalchemy import select

from app.core.crypto import Keyring, SealError, new_key
from app.core.db import Database
from app.ingest import erasure
from app.models.people import account, erasure_key
from app.models.usage import seat, usage_day
from app.store import people
from tests.support.clock import START
from tests.support.slack_store import Synced
from tests.support.slack_workspace import slack
from tests.support.stored import KEYRING


def test_a_vendors_complete_lists_neither_bring_a_person_back_nor_lose_the_pseudonym(db: Database) -> None:
    with slack() as workspace:
        source = Synced(db, workspace, user=True)
        assert source.sync().status == "succeeded"
        with db.read() as connection:
            seats = set(connection.execute(select(seat.c.account)).scalars())
            joined = select(account).where(account.c.person_id.is_not(None), account.c.external_id.in_(seats))
            chosen = connection.execute(joined.order_by(account.c.external_id)).mappings().first()
        assert chosen is not None
        with db.write() as connection:
            people.hold(connection)
            erasure.erase(connection, KEYRING, chosen["person_id"], now=START)

        def held() -> tuple[set[tuple[object, ...]], ...]:
            accounts = source.rows(account, "external_id", "email", "listed", "person_id")
            seated = source.rows(seat, "account", "removed_at")
            return accounts, seated, source.rows(usage_day, "account", "event", "day", "count")

        before = held()
        run = source.sync()
        assert run.status == "succeeded"
        assert sum(one["written"] for one in run.streams or []) == 0
        assert held() == before
        assert chosen["external_id"] not in {row[0] for rows in before for row in rows}


def test_the_memory_of_who_was_erased_moves_to_a_new_key(db: Database) -> None:
    old, new = new_key(), new_key()
    with db.write() as connection:
        one = people.add(connection, name="Ada", email="ada@x.example", made_by="admin", now=START)
        erasure.erase(connection, Keyring([old]), one, now=START)
        assert erasure.rotate(connection, Keyring([new, old]))
        assert not erasure.rotate(connection, Keyring([new, old]))
        assert erasure.is_erased_address(connection, Keyring([new]), "ada@x.example")
        assert not erasure.is_erased_address(connection, Keyring([new]), "bob@x.example")
        with pytest.raises(SealError):
            erasure.is_erased_address(connection, Keyring([old]), "ada@x.example")


def test_nothing_is_erased_without_a_key_to_remember_it_by(db: Database) -> None:
    with db.write() as connection:
        one = people.add(connection, name="Ada", email="ada@x.example", made_by="admin", now=START)
    with pytest.raises(SealError), db.write() as connection:
        erasure.erase(connection, Keyring([]), one, now=START)
    with db.read() as connection:
        assert people.living(connection, [one])[one]["name"] == "Ada"
        assert connection.execute(select(erasure_key)).all() == []
