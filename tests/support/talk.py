"""A company that talks: people in two sources, channels, conversations with marks, answers and meetings, by dice."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import update

from app.core.db import Database
from app.ingest.write import Writer
from app.models.source import source
from app.store import sources, version
from connectors.kit.records import Channel, Conversation, ItemType, Mark, MeetingDay, Record, SurveyResponse
from tests.support import people
from tests.support.rows import Item, Store, history
from tests.support.stored import KEYRING

NOW = datetime(2026, 3, 31, 9, 41, 27, 123456, tzinfo=UTC)
BEGIN = datetime(2025, 10, 1, tzinfo=UTC)
CHANGES = [datetime(2025, 11, 3, 8, 30, tzinfo=UTC), datetime(2026, 1, 31, 23, tzinfo=UTC)]

TOOLS = {"slack": "slack", "chat": "teams"}
CONFLICT = {"slack": {"fire"}, "chat": {"warning", "rotating_light", "conflict"}}
RESOLVED = {"slack": {"ok", "done"}, "chat": {"white_check_mark", "heavy_check_mark", "resolved"}}

KINDS = {
    **dict.fromkeys(("ann", "bob", "cid", "dee", "eve", "fay", "gus"), "human"),
    "who": "unknown",
    "bot": "bot",
    "app": "app",
}
"""Accounts of both sources; `ghost` is one that no source told of. Those of ann to eve are joined, source by source."""

JOINED = ("ann", "bob", "cid", "dee", "eve")
STAYS: dict[str, list[tuple[str, datetime, datetime | None]]] = {
    "ann": [("red", people.ALWAYS, CHANGES[0]), ("blue", CHANGES[0], None)],
    "bob": [("blue", people.ALWAYS, None)],
    "cid": [("red", people.ALWAYS, None)],
    "dee": [("green", CHANGES[0], CHANGES[1])],
}
MEMBERS = {
    "both": ("ann", "bob", "cid", "bot"),
    "moving": ("ann", "cid"),
    "late": ("cid", "dee", "gus", "ghost"),
    "alone": ("bob", "eve", "fay"),
    "secret": ("ann", "bob"),
}


def human(source_name: str, account: str | None) -> str | None:
    """Who an account is of: a person, or the account itself; None for nobody and for machines."""
    if account is None or KINDS.get(account) in ("bot", "app"):
        return None
    return account if account in JOINED else f"{source_name}/{account}"


def team_at(who: str | None, at: datetime) -> str | None:
    """The team of a human at an instant, by looking at every stay."""
    for team, since, until in STAYS.get(who or "", []):
        if since <= at and (until is None or at < until):
            return team
    return None


@dataclass
class Company:
    """What was put into the store, and where."""

    source_ids: dict[str, UUID]
    threads: list[tuple[str, Conversation]] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    answers: list[SurveyResponse] = field(default_factory=list)
    meetings: list[tuple[str, MeetingDay]] = field(default_factory=list)


def write(db: Database, source_id: UUID, records: Iterable[Record], now: datetime = NOW) -> None:
    """Records as an ingest writes them."""
    with db.write() as connection:
        assert sources.lock(connection, source_id)
        assert Writer(source_id, now=lambda: now, keyring=KEYRING).write(connection, list(records)).faults == ()
        version.bump(connection, now)


def company(db: Database) -> Company:
    """Two sources with the same people and channels, and nothing said yet."""
    store = Store(db)
    made = Company({name: store.source(name, tool) for name, tool in TOOLS.items()})
    with db.write() as connection:
        config = {"conflict_marks": sorted(CONFLICT["slack"]), "resolved_marks": sorted(RESOLVED["slack"])}
        connection.execute(update(source).where(source.c.id == made.source_ids["slack"]).values(config=config))
    for source_id in made.source_ids.values():
        for account, kind in KINDS.items():
            store.account(source_id, account, kind)
        channels = [
            Channel(external_id=name, name=f"The {name} room", private=name == "secret", members=members)
            for name, members in MEMBERS.items()
        ]
        write(db, source_id, [*channels, ItemType(external_id="quarrel", name="Quarrel", kind="conflict")])
    for team in ("red", "blue", "green"):
        people.add_team(db, team)
    for name in JOINED:
        accounts = [(source_id, name) for source_id in made.source_ids.values()]
        people.add_person(db, name, accounts, STAYS.get(name, []))
    return made


def fill(db: Database, made: Company, seed: int, size: int = 120) -> None:
    """Conversations, conflicts among work items, answers and meetings."""
    dice = Random(seed)
    made.threads = [(name, _thread(dice, number, name)) for number in range(size) for name in TOOLS]
    made.meetings = list({
        (name, one.account, one.day): (name, one) for name in TOOLS for one in (_meeting(dice) for _ in range(size))
    }.values())  # fmt: skip
    made.answers = [_answer(dice, number) for number in range(size)]
    made.items = [_quarrel(dice, number) for number in range(size // 4)]
    for name, source_id in made.source_ids.items():
        write(db, source_id, [thread for of, thread in made.threads if of == name])
        write(db, source_id, [meeting for of, meeting in made.meetings if of == name])
    write(db, made.source_ids["chat"], made.answers)
    Store(db).put(made.source_ids["chat"], made.items, NOW)


def _some(dice: Random, names: Iterable[str], most: int) -> list[str]:
    every = sorted(names)
    return dice.sample(every, dice.randint(0, min(most, len(every))))


def _moment(dice: Random) -> datetime:
    # Some fall into the week before now, where threads still wait for their answer.
    since = NOW - timedelta(days=9) if dice.random() < 0.15 else BEGIN
    return since + timedelta(microseconds=dice.randrange(int((NOW - since).total_seconds()) * 1_000_000))


def _thread(dice: Random, number: int, source_name: str) -> Conversation:
    started = dice.choice(CHANGES) if dice.random() < 0.05 else _moment(dice)
    accounts = (*KINDS, "ghost", None)
    wait = timedelta(seconds=dice.choice([0, 60, 3_600, 90_000, 1_000_000]) * dice.random())
    if dice.random() < 0.03:
        wait = -wait
    replied = dice.random() < 0.7 and started + wait <= NOW
    names = [*CONFLICT[source_name], *RESOLVED[source_name], "eyes"]
    marks = [
        Mark(
            name=name, by=dice.choice(accounts), at=None if dice.random() < 0.3 else started + wait * dice.random() * 3
        )
        for name in _some(dice, names, 3)
    ]
    return Conversation(
        external_id=f"t{number}",
        channel=dice.choice([*MEMBERS, "nowhere"]),
        started_at=started,
        started_by=dice.choice(accounts),
        first_reply_at=started + wait if replied else None,
        first_reply_by=dice.choice(accounts) if replied else None,
        participants=tuple(_some(dice, filter(None, accounts), 4)),
        marks=tuple(mark for mark in marks if mark.at is None or mark.at <= NOW),
    )


def _quarrel(dice: Random, number: int) -> Item:
    created = _moment(dice)
    moves = []
    at = created
    for status in dice.choices(["active", "review", "done", "discarded", "backlog"], k=dice.randint(0, 4)):
        at += timedelta(hours=dice.random() * 300)
        if at < NOW:
            moves.append((at, status))
    kind = dice.choice(["quarrel", "quarrel", "story"])
    return history(f"q{number}", created, "todo", *moves, item_type=kind, assignee=dice.choice([*KINDS, "ghost", None]))


def _answer(dice: Random, number: int) -> SurveyResponse:
    low, high = dice.choice([(1, 5), (0, 10), (1, 7), (0, 100), (5, 5)])
    return SurveyResponse(
        external_id=f"a{number}",
        survey="pulse",
        topic=dice.choice(["tool", "tool", "communication", "data", None]),
        tool=dice.choice(["figma", "jira", None]),
        scale_min=low,
        scale_max=high,
        score=dice.choice([low - 1, *range(low, high + 1)]) if dice.random() < 0.1 else dice.randint(low, high),
        account=dice.choice([*KINDS, "ghost", None]),
        team=dice.choice([None, None, "red", "Blue", "nobody's"]),
        at=_moment(dice),
    )


def _meeting(dice: Random) -> MeetingDay:
    day = date(2025, 10, 1) + timedelta(days=dice.randrange(181))
    account = dice.choice(["ann", "bob", "cid", "dee", "fay", "bot", "ghost"])
    return MeetingDay(account=account, day=day, meetings=dice.randint(1, 6), seconds=dice.randint(0, 20_000))
