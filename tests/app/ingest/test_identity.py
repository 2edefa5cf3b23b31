"""Joining equals a slow look at every pair of accounts, settles at once, and keeps to what somebody said."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, insert, select

from app.core.db import Database
from app.ingest import identity
from app.ingest.addresses import address_of
from app.models.people import account, account_join, person
from app.store import version
from tests.support.clock import START
from tests.support.rows import Store

SOURCES = [UUID(int=number) for number in range(1, 4)]
EMAILS = st.sampled_from(["a@x", " A@X ", "b@x", "B@x", "c@x", "", "no address", None])
KINDS = st.sampled_from(["human", "human", "human", "bot", "app", "unknown"])
ACCOUNTS = st.lists(
    st.tuples(
        st.sampled_from(SOURCES), st.integers(0, 4).map(str), EMAILS, KINDS, st.sampled_from([None, True, False])
    ),
    max_size=10,
    unique_by=lambda one: one[:2],
)


@dataclass
class World:
    """Accounts and joins as the store would hold them."""

    accounts: list[dict[str, Any]]
    active: dict[Any, str] = field(default_factory=dict)
    parted: set[Any] = field(default_factory=set)
    people: list[dict[str, Any]] = field(default_factory=list)

    def settle(self) -> identity.Settled:
        rows = sorted(self.accounts, key=lambda row: (row["source_id"], row["external_id"]))
        done = identity.decide(rows, self.active, self.parted, self.people, {})
        by_key = {(row["source_id"], row["external_id"]): row for row in self.accounts}
        for key in done.undone:
            by_key[key]["person_id"] = None
            self.active.pop(key, None)
        self.people += [{"id": made, "email": email} for made, _, email, _ in done.made]
        for key, owner, how in done.joined:
            by_key[key]["person_id"] = owner
            self.active[key] = how
        for key, conflict in done.conflicts:
            by_key[key]["conflict"] = conflict
        return done


def world(drawn: Sequence[tuple[Any, ...]]) -> World:
    names = ("source_id", "external_id", "email", "kind", "automation_override")
    rows = [dict(zip(names, one, strict=True)) for one in drawn]
    return World([row | {"display_name": None, "person_id": None, "conflict": False} for row in rows])


def same_human(one: dict[str, Any], two: dict[str, Any], every: list[dict[str, Any]]) -> bool:
    """Whether two accounts belong together, by looking at everything."""

    def plain(row: dict[str, Any]) -> str:
        return (row["email"] or "").strip().lower()

    def candidate(row: dict[str, Any]) -> bool:
        return row["kind"] == "human" and row["automation_override"] is not True and "@" in plain(row)

    def alone(row: dict[str, Any]) -> bool:
        rivals = [
            other
            for other in every
            if other is not row and other["source_id"] == row["source_id"] and candidate(other)
            and plain(other) == plain(row)
        ]  # fmt: skip
        return not rivals

    return candidate(one) and candidate(two) and plain(one) == plain(two) and alone(one) and alone(two)


@given(ACCOUNTS)
def test_joining_equals_a_look_at_every_pair(drawn: list[tuple[Any, ...]]) -> None:
    here = world(drawn)
    here.settle()
    for row in here.accounts:
        assert (row["person_id"] is not None) == same_human(row, row, here.accounts)
    for one, two in combinations(here.accounts, 2):
        together = one["person_id"] is not None and one["person_id"] == two["person_id"]
        assert together == same_human(one, two, here.accounts)


@given(ACCOUNTS, st.lists(st.tuples(st.integers(0, 9), EMAILS, KINDS, st.booleans()), max_size=12))
def test_whatever_changes_joining_settles_at_once(
    drawn: list[tuple[Any, ...]], changes: list[tuple[int, str | None, str, bool]]
) -> None:
    here = world(drawn)
    here.settle()
    said: dict[int, UUID | None] = {}
    for place, email, kind, by_somebody in changes:
        if place >= len(here.accounts):
            continue
        row = here.accounts[place]
        key = (row["source_id"], row["external_id"])
        if by_somebody:
            said[place] = uuid4() if row["person_id"] is None else None
            here.parted |= {key} if said[place] is None else set()
            here.active.pop(key, None)
            row["person_id"] = said[place]
            if said[place] is not None:
                here.people.append({"id": said[place], "email": None})
                here.active[key] = "admin"
        else:
            row.update(email=email, kind=kind)
        here.settle()
        again = here.settle()
        assert (again.joined, again.undone, again.made, again.conflicts) == ([], [], [], [])
        for other, row in enumerate(here.accounts):
            if other in said:
                assert row["person_id"] == said[other]
            elif row["person_id"] is not None:
                assert identity.is_human(row)
                assert not row["conflict"]


def test_an_address_is_an_address() -> None:
    assert address_of(" Ann@X.fr\n") == "ann@x.fr"
    for text in (None, "", "ann", "@x", "ann@", "a b@x", "a@x\x00y", "a" * 330 + "@x"):
        assert address_of(text) is None


def put(db: Database, source_id: UUID, external_id: str, email: str, **more: Any) -> None:
    values = {"id": uuid4(), "kind": "human", "active": True} | more
    with db.write() as connection:
        connection.execute(insert(account).values(source_id=source_id, external_id=external_id, email=email, **values))


def test_a_join_that_became_wrong_by_itself_is_undone_and_heals_by_itself(db: Database) -> None:
    source = Store(db).source()
    put(db, source, "1", "a@x")
    assert identity.settle(db, zone=START.tzinfo, now=START)
    put(db, source, "2", "A@x")
    assert identity.settle(db, zone=START.tzinfo, now=START)

    def held() -> list[tuple[str, bool, bool]]:
        with db.read() as connection:
            rows = connection.execute(select(account).order_by(account.c.external_id)).all()
            return [(row.external_id, row.person_id is not None, row.conflict) for row in rows]

    assert held() == [("1", False, True), ("2", False, True)]
    with db.read() as connection:
        assert connection.execute(select(person.c.id)).all() == []
        (join,) = connection.execute(select(account_join)).all()
    assert (join.how, join.undone_at, join.undone_by) == ("email", START, None)
    with db.write() as connection:
        connection.execute(account.update().where(account.c.external_id == "2").values(email="b@x"))
    assert identity.settle(db, zone=START.tzinfo, now=START)
    assert held() == [("1", True, False), ("2", True, False)]


def test_thousands_of_accounts_take_one_pass(sqlite_db: Database) -> None:
    store = Store(sqlite_db)
    one, two = store.source("one"), store.source("two")
    rows = [
        {"source_id": source, "external_id": str(number), "id": uuid4(), "email": f"p{number}@x", "kind": "human",
         "active": True}
        for source in (one, two)
        for number in range(1_500)
    ]  # fmt: skip
    with sqlite_db.write() as connection:
        connection.execute(insert(account), rows)
    statements: list[str] = []
    event.listen(sqlite_db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert identity.settle(sqlite_db, zone=START.tzinfo, now=START)
    assert len(statements) < 50
    with sqlite_db.read() as connection:
        assert len(connection.execute(select(person.c.id)).all()) == 1_500
        before = version.read(connection)
    assert not identity.settle(sqlite_db, zone=START.tzinfo, now=START)
    with sqlite_db.read() as connection:
        assert version.read(connection) == before
