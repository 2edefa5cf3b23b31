"""Failed sign-ins and sessions in the store, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

from app.core.db import Database
from app.store import sign_ins, user_sessions, users
from tests.support.clock import START

SUBJECTS = [sign_ins.subject("account", "ada@example.com"), sign_ins.subject("address", "192.0.2.1")]


def attempt(db: Database, at: datetime) -> datetime | None:
    with db.write() as connection:
        return sign_ins.attempt(connection, SUBJECTS, at)


def add_user(db: Database, email: str = "ada@example.com") -> UUID:
    with db.write() as connection:
        user_id = users.add(
            connection, email=email, name="Ada", password_hash="fake hash", role="admin", locale=None, now=START
        )
    assert user_id is not None
    return user_id


def test_attempts_at_once_are_counted_one_by_one(db: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: attempt(db, START), range(16)))
    assert outcomes.count(None) == 5, "No more are tried than the account has free."
    assert {one for one in outcomes if one is not None} == {START + timedelta(seconds=30)}


def test_attempts_are_forgotten_after_a_day(db: Database) -> None:
    for _ in range(5):
        assert attempt(db, START) is None
    assert attempt(db, START + timedelta(seconds=29)) is not None
    later = START + timedelta(days=1)
    assert [attempt(db, later) for _ in range(5)] == [None] * 5


def test_an_address_is_the_same_however_it_is_typed(db: Database) -> None:
    user_id = add_user(db, " Ada@Example.com ")
    with db.write() as connection:
        row = users.find_by_email(connection, "ADA@example.com")
        assert row is not None
        assert (row["id"], row["email"]) == (user_id, "ada@example.com")
        again = users.add(
            connection, email="ada@EXAMPLE.com", name="B", password_hash="x", role="viewer", locale=None, now=START
        )
        assert again is None


def test_sessions_that_are_over_leave_the_store(db: Database) -> None:
    user_id = add_user(db)
    with db.write() as connection:
        old = user_sessions.begin(connection, user_id, START)
    with db.write() as connection:
        new = user_sessions.begin(connection, user_id, START + timedelta(hours=13))
        assert user_sessions.find(connection, old, START) is None
        assert user_sessions.find(connection, new, START + timedelta(hours=13)) is not None
        assert user_sessions.end_all(connection, user_id) == 1


def test_admins_are_those_who_can_sign_in(db: Database) -> None:
    first, second = add_user(db), add_user(db, "bob@example.com")
    with db.write() as connection:
        assert users.admins(connection) == 2
        users.change(connection, first, {"disabled_at": START})
        users.change(connection, second, {"role": "editor"})
        assert users.admins(connection) == 0
        assert [row["email"] for row in users.every(connection)] == ["ada@example.com", "bob@example.com"]
        assert "password_hash" not in users.every(connection)[0]
