"""What the people of an organisation say to each other: where, when, to whom, with which marks. No words.

Derived from the same people and teams as their work; whoever shows it as a vendor's channels adds the words.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from operator import attrgetter

from connectors.kit.organisation.dice import Dice
from connectors.kit.organisation.generate import ZONE
from connectors.kit.organisation.hours import DAY, HOUR, WorkingHours
from connectors.kit.organisation.model import Account, Ms, Organisation

CONFLICT, RESOLVED = "warning", "white_check_mark"
_APPLAUSE = ("+1", "eyes", "tada")
_MINUTE = HOUR // 60


@dataclass(frozen=True, slots=True)
class Room:
    """A place to talk. Its members are the people of its teams; of all teams, if it names none."""

    id: str
    name: str
    teams: tuple[str, ...] = ()
    private: bool = False
    closed: bool = False
    """Nobody writes there any more."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A mark that somebody put on something said."""

    at: Ms
    by: str
    name: str


@dataclass(slots=True)
class Saying:
    """Something that was said. No two in a room have the same instant."""

    number: int
    at: Ms
    by: str
    signs: list[Sign] = field(default_factory=list)
    aloud: bool = False
    """A reply that was shown to the whole room too."""

    def signed(self, now: Ms) -> list[Sign]:
        """The marks that it bears at that instant."""
        return [sign for sign in self.signs if sign.at <= now]


@dataclass(slots=True)
class Exchange:
    """Something said, and what was replied, in order."""

    head: Saying
    replies: list[Saying] = field(default_factory=list)

    def heard(self, now: Ms) -> list[Saying]:
        """The replies up to that instant."""
        return self.replies[: bisect_right(self.replies, now, key=attrgetter("at"))]


@dataclass(frozen=True, slots=True)
class Talk:
    """Everything that was and will be said."""

    rooms: dict[str, Room]
    exchanges: dict[str, list[Exchange]]
    """By room, in the order of what opened them."""


def members(organisation: Organisation, room: Room, now: Ms) -> list[Account]:
    """The people in a room at an instant."""
    return [
        one
        for one in organisation.accounts.values()
        if one.kind == "human" and one.active(now) and (not room.teams or one.team in room.teams)
    ]


def talk(organisation: Organisation, *, seed: int, exchanges: int = 600) -> Talk:
    """What is said between the organisation's beginning and its horizon; about `exchanges` until its end."""
    return _Talker(organisation, seed, exchanges).told()


class _Talker:
    def __init__(self, organisation: Organisation, seed: int, exchanges: int) -> None:
        self._facts = organisation
        self._dice = Dice(seed)
        self._hours = WorkingHours(organisation.begin, organisation.horizon, ZONE)
        share = (organisation.horizon - organisation.begin) / max(organisation.end - organisation.begin, 1)
        self._wanted = round(exchanges * share)
        self._rooms = _rooms(organisation)
        self._taken: dict[str, set[Ms]] = {room.id: set() for room in self._rooms}
        self._number = 0

    def told(self) -> Talk:
        found: dict[str, list[Exchange]] = {room.id: [] for room in self._rooms}
        for at in sorted(self._hours.instant(self._dice.below(max(self._hours.total, 1))) for _ in range(self._wanted)):
            room = self._dice.pick(self._rooms)
            people = members(self._facts, room, at)
            early = at < self._facts.begin + (self._facts.end - self._facts.begin) // 3
            if len(people) > 1 and (early or not room.closed):
                found[room.id].append(self._exchange(room, people, at))
        for exchanges in found.values():
            exchanges.sort(key=lambda one: one.head.at)
        return Talk({room.id: room for room in self._rooms}, found)

    def _exchange(self, room: Room, people: list[Account], at: Ms) -> Exchange:
        dice = self._dice
        opener = dice.weighted(((dice.pick(people).id, 88), ("deploy", 7), ("ci", 5)))
        exchange = Exchange(self._say(room, at, opener))
        if not dice.chance(0.65 if opener not in ("deploy", "ci") else 0.15):
            return exchange
        at = exchange.head.at
        for _ in range(min(dice.around(3), 40)):
            at = self._hours.after(at, dice.around(3 * DAY if dice.chance(0.05) else HOUR // 2))
            if at > self._facts.horizon:
                break
            present = members(self._facts, room, at) or people
            by = dice.weighted(((dice.pick(present).id, 90), ("ci", 4), (opener, 6)))
            exchange.replies.append(self._say(room, at, by, aloud=dice.chance(0.04)))
            at = exchange.replies[-1].at
        if dice.chance(0.12):
            self._dispute(exchange, people)
        return exchange

    def _dispute(self, exchange: Exchange, people: list[Account]) -> None:
        """Somebody marks the thread as a conflict; mostly, somebody marks it as resolved later."""
        dice, head = self._dice, exchange.head
        head.signs.append(Sign(head.at + dice.between(1, 90) * _MINUTE, dice.pick(people).id, CONFLICT))
        if dice.chance(0.75):
            last = exchange.replies[-1] if exchange.replies else head
            where = dice.pick((head, last))
            where.signs.append(Sign(last.at + dice.between(2, 600) * _MINUTE, dice.pick(people).id, RESOLVED))

    def _say(self, room: Room, at: Ms, by: str, *, aloud: bool = False) -> Saying:
        while at in self._taken[room.id]:
            at += 1
        self._taken[room.id].add(at)
        self._number += 1
        saying = Saying(self._number, at, by, aloud=aloud)
        people = members(self._facts, room, at)
        if people and self._dice.chance(0.2):
            name = self._dice.pick(_APPLAUSE)
            fans = {self._dice.pick(people).id for _ in range(self._dice.between(1, 3))}
            saying.signs += [Sign(at + self._dice.between(1, 300) * _MINUTE, fan, name) for fan in sorted(fans)]
        return saying


def _rooms(organisation: Organisation) -> list[Room]:
    """One for everybody, one a team, one a project, one behind a door, one that is over."""
    teams = organisation.teams
    rooms = [Room("general", "général")]
    rooms += [Room(f"team{team.id}", f"équipe-{team.name.casefold().replace(' ', '-')}", (team.id,)) for team in teams]
    rooms += [
        Room(f"proj{project.id}", f"projet-{project.key.lower()}", project.teams)
        for project in organisation.projects.values()
    ]
    rooms.append(Room("board", "direction", (teams[0].id,), private=True))
    rooms.append(Room("offsite", "séminaire", closed=True))
    return rooms
