"""What the organisation says: the same for the same seed, by people who are there, never two at one instant."""

from datetime import UTC, datetime
from functools import cache

from connectors.kit.organisation import Organisation, generate
from connectors.kit.organisation.talk import CONFLICT, RESOLVED, Talk, members, talk

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


@cache
def organisation() -> Organisation:
    return generate(seed=5, end=NOW, items=10, months=6, projects=2, people=14)


@cache
def said(seed: int = 1) -> Talk:
    return talk(organisation(), seed=seed, exchanges=800)


def test_the_same_seed_says_the_same_and_another_one_does_not() -> None:
    assert talk(organisation(), seed=1, exchanges=800) == said()
    assert talk(organisation(), seed=2, exchanges=800) != said()


def test_about_as_much_is_said_until_now_as_was_asked_for() -> None:
    facts = organisation()
    count = sum(one.head.at <= facts.end for exchanges in said().exchanges.values() for one in exchanges)
    assert 500 < count < 900


def test_no_two_things_in_a_room_are_said_at_the_same_instant_and_replies_come_later() -> None:
    for exchanges in said().exchanges.values():
        instants = [saying.at for one in exchanges for saying in (one.head, *one.replies)]
        assert len(set(instants)) == len(instants)
        assert all(one.head.at < reply.at for one in exchanges for reply in one.replies)
        assert [one.head.at for one in exchanges] == sorted(one.head.at for one in exchanges)


def test_whoever_speaks_belongs_to_the_room_or_is_a_program() -> None:
    for room in said().rooms.values():
        for exchange in said().exchanges[room.id]:
            present = {one.id for one in members(organisation(), room, exchange.head.at)}
            assert exchange.head.by in present | {"ci", "deploy"}


def test_some_threads_are_conflicts_and_most_of_those_are_resolved() -> None:
    threads = [one for exchanges in said().exchanges.values() for one in exchanges]
    conflicts = [one for one in threads if any(sign.name == CONFLICT for sign in one.head.signs)]
    resolved = [
        one for one in conflicts if any(s.name == RESOLVED for said in (one.head, *one.replies) for s in said.signs)
    ]
    assert 10 < len(conflicts) < len(threads) / 4
    assert len(conflicts) / 2 < len(resolved) < len(conflicts)


def test_nobody_writes_in_a_closed_room_any_more() -> None:
    facts = organisation()
    closed = [room for room in said().rooms.values() if room.closed]
    assert closed
    for room in closed:
        assert all(one.head.at < facts.begin + (facts.end - facts.begin) // 2 for one in said().exchanges[room.id])
