"""A company as records, as any source would tell of it: work, releases, use, seats, talk, surveys and meetings.

What may be done to records without a change of any number is done to these.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import insert

from app.core.db import Database
from app.core.types import EPOCH
from app.facts.read import FactsReader
from app.ingest.write import Writer
from app.models.source import source
from app.store import sources, version
from connectors.kit.records import (
    Account,
    Channel,
    Conversation,
    ItemType,
    Mark,
    MeetingDay,
    Project,
    Record,
    Release,
    Seat,
    Status,
    StatusCategory,
    SurveyResponse,
    Transition,
    UsageDay,
    WorkItem,
)
from tests.support import people
from tests.support.rows import NAMESPACE
from tests.support.stored import KEYRING

NOW = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
BEGIN = datetime(2026, 1, 26, tzinfo=UTC)
CHANGE = datetime(2026, 2, 18, 11, tzinfo=UTC)
ACCOUNTS = tuple(f"a{number}" for number in range(12))
TEAMS = {"red": None, "dark red": "red", "blue": None}
STATUSES: dict[str, StatusCategory] = {
    "todo": "todo",
    "doing": "active",
    "review": "waiting",
    "done": "done",
    "dropped": "discarded",
}


def words() -> list[Record]:
    """What the other records are about."""
    return [
        *(Status(external_id=name, name=name.title(), category=category) for name, category in STATUSES.items()),
        *(ItemType(external_id=kind, name=kind.title(), kind=kind) for kind in ("feature", "bug", "conflict")),
        *(Project(external_id=name, name=name.title()) for name in ("shop", "bank")),
        *(Account(external_id=name, display_name=name, kind="human") for name in ACCOUNTS),
        Account(external_id="robot", display_name="Robot", kind="bot"),
        Channel(external_id="both", name="Both", members=ACCOUNTS),
        *(
            Release(external_id=f"r{week}", name=f"R{week}", released_at=(BEGIN + week * timedelta(days=7)).date(),
                    released=True)
            for week in range(1, 7)
        ),
    ]  # fmt: skip


def deeds(seed: int = 1, size: int = 60, prefix: str = "") -> list[Record]:
    """What was done, by dice; nothing after NOW."""
    dice = Random(seed)
    told: list[Record] = []
    for number in range(size):
        told += _item(dice, f"{prefix}i{number}")
        told.append(_talk(dice, f"{prefix}t{number}"))
        told.append(_answer(dice, f"{prefix}s{number}"))
    days = sorted({(dice.choice(ACCOUNTS), dice.choice(("open", "edit")), _day(dice)) for _ in range(size * 4)})
    told += [UsageDay(account=who, event=event, day=day, count=dice.randint(1, 9)) for who, event, day in days]
    met = sorted({(dice.choice(ACCOUNTS), _day(dice)) for _ in range(size)})
    told += [MeetingDay(account=who, day=day, meetings=1, seconds=dice.randint(900, 9000)) for who, day in met]
    told += [Seat(account=who, as_of=NOW, assigned_at=_moment(dice)) for who in ACCOUNTS[:8]]
    return told


def _moment(dice: Random) -> datetime:
    return BEGIN + timedelta(seconds=dice.randrange(int((NOW - BEGIN).total_seconds())))


def _day(dice: Random) -> date:
    return (BEGIN + timedelta(days=dice.randrange((NOW - BEGIN).days))).date()


def _item(dice: Random, key: str) -> list[Record]:
    at = created = _moment(dice)
    standing = "todo"
    moves: list[Transition] = []
    for entered in dice.choices(list(STATUSES), k=dice.randint(0, 5)):
        at += timedelta(hours=dice.random() * 120)
        if at < NOW and entered != standing:
            moves.append(
                Transition(
                    external_id=f"{key}/{len(moves)}", work_item=key, at=at, from_status=standing, to_status=entered,
                    actor=dice.choice([*ACCOUNTS, "robot"]),
                )
            )  # fmt: skip
            standing = entered
    kind = dice.choice(["feature", "bug", "conflict"])
    releases = (dice.choice(["r1", "r3", "r5"]),) if kind == "feature" else ()
    item = WorkItem(
        external_id=key, created_at=created, updated_at=max([created, *(move.at for move in moves)]), title=key,
        project=dice.choice(["shop", "bank"]), item_type=kind, status=standing, priority=dice.choice(["High", "Low"]),
        assignee=dice.choice([*ACCOUNTS, None]), releases=releases,
        affects_releases=("r1",) if kind == "bug" and dice.random() < 0.4 else (),
    )  # fmt: skip
    return [item, *moves]


def _talk(dice: Random, key: str) -> Conversation:
    start = _moment(dice)
    reply = min(start + timedelta(minutes=dice.randint(1, 5000)), NOW)
    who, other = dice.sample(ACCOUNTS, 2)
    answered = dice.random() < 0.8
    names = dice.sample(["warning", "white_check_mark"], dice.randint(0, 2))
    marks = tuple(Mark(name=name, by=other, at=min(start + timedelta(hours=place), NOW)) for place, name in
                  enumerate(sorted(names, reverse=True)))  # fmt: skip
    return Conversation(
        external_id=key, channel="both", started_at=start, started_by=who, messages=2 if answered else 1,
        first_reply_at=reply if answered else None, first_reply_by=other if answered else None,
        participants=(who, other) if answered else (who,), marks=marks,
    )  # fmt: skip


def _answer(dice: Random, key: str) -> SurveyResponse:
    return SurveyResponse(
        external_id=key, survey="pulse", scale_min=0, scale_max=10, score=dice.randint(0, 10), at=_moment(dice),
        topic=dice.choice(["tool", "communication"]), tool="north", account=dice.choice(ACCOUNTS),
    )  # fmt: skip


def moved(value: Any, by: timedelta) -> Any:
    """A record, or anything in one, with every instant and day later by so much."""
    if isinstance(value, date):
        return value + by
    if isinstance(value, tuple):
        return tuple(moved(one, by) for one in value)
    if isinstance(value, msgspec.Struct):
        changes = {name: moved(getattr(value, name), by) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **changes)
    return value


@dataclass
class Base:
    """A database with teams and people, and sources that tell records."""

    db: Database
    shift: timedelta = timedelta()
    ids: dict[str, UUID] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        """The instant of the data."""
        return NOW + self.shift

    def source(self, name: str, tool: str) -> UUID:
        """A source, made when it is first named."""
        if name not in self.ids:
            self.ids[name] = uuid5(NAMESPACE, name)
            with self.db.write() as connection:
                connection.execute(
                    insert(source).values(
                        id=self.ids[name], connector="push", tool=tool, name=name, config={}, enabled=True,
                        created_at=EPOCH, updated_at=EPOCH,
                    )
                )  # fmt: skip
        return self.ids[name]

    def tell(self, name: str, tool: str, records: Iterable[Record]) -> None:
        """Records as an ingest writes them."""
        source_id = self.source(name, tool)
        with self.db.write() as connection:
            assert sources.lock(connection, source_id)
            written = Writer(source_id, now=lambda: self.now, keyring=KEYRING).write(connection, list(records))
            assert written.faults == ()
            version.bump(connection, self.now)

    def join(self, names: Sequence[str]) -> None:
        """People who have an account of the same id in each of these sources, in teams; a few change theirs once."""
        for team, above in TEAMS.items():
            people.add_team(self.db, team, above)
        change = CHANGE + self.shift
        for number, account in enumerate(ACCOUNTS):
            team = list(TEAMS)[number % 3]
            stays = [(team, people.ALWAYS, change), ("blue", change, None)] if number % 5 == 4 else [
                (team, people.ALWAYS, None)]  # fmt: skip
            people.add_person(self.db, account, [(self.ids[name], account) for name in names], stays)

    def reader(self) -> FactsReader:
        """A reader of its own, without a memory."""
        return FactsReader(self.db)
