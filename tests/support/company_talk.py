"""What is true about a company's conversations, told from who said what and not from the records of any tool."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.kit.organisation import instant, milliseconds
from connectors.kit.organisation.talk import CONFLICT, RESOLVED, Exchange, Room, Saying, members
from connectors.slack.sandbox.dialect import joined, user_id
from tests.support.company import NOW, Company
from tests.support.talk_oracle import INFINITE, percentiles


@dataclass
class Thread:
    """One exchange in a room that the app was invited to."""

    company: Company
    room: Room
    exchange: Exchange

    def human(self, by: str) -> str | None:
        """Who said something; None for programs."""
        if self.company.organisation.accounts[by].kind != "human":
            return None
        return self.company.human("slack", user_id(by))

    @property
    def start(self) -> datetime:
        return _moment(self.exchange.head)

    @property
    def heard(self) -> list[Saying]:
        return self.exchange.heard(milliseconds(NOW))

    @property
    def starter(self) -> str | None:
        return self.human(self.exchange.head.by)

    @property
    def humans(self) -> set[str]:
        every = {self.human(said.by) for said in (self.exchange.head, *self.heard)}
        return {who for who in every if who is not None}

    def teams(self, who: set[str]) -> set[str]:
        """The teams of these people when the thread began."""
        return {team for one in who if (team := self.company.team_at(one, self.start)) is not None}

    @property
    def crowded(self) -> bool:
        """Whether the room's people are of two teams or more."""
        inside = members(self.company.organisation, self.room, milliseconds(NOW))
        return len(self.teams({who for one in inside if (who := self.human(one.id)) is not None})) >= 2

    def marked(self, name: str) -> bool:
        """Whether something in it bears that mark by now."""
        signs = (sign for said in (self.exchange.head, *self.heard) for sign in said.signed(milliseconds(NOW)))
        return any(sign.name == name for sign in signs)


def threads(company: Company, low: datetime, high: datetime) -> Iterator[Thread]:
    """Those that began between two instants, as far as they are told by now."""
    told = company.tools.slack.facts.talk
    for room in told.rooms.values():
        if joined(room) and not room.private and not room.closed:
            for exchange in told.exchanges[room.id]:
                thread = Thread(company, room, exchange)
                if low <= thread.start < min(high, NOW):
                    yield thread


def response_time(company: Company, low: datetime, high: datetime) -> dict[str, Any]:
    """How long people wait for the first answer of another human, where rooms bring teams together."""
    values: list[float] = []
    unanswered = 0
    for thread in threads(company, low, high):
        if thread.starter is None or not thread.crowded:
            continue
        replies = (said for said in thread.heard if thread.human(said.by) not in (None, thread.starter))
        first = next(replies, None)
        if first is not None:
            values.append((_moment(first) - thread.start).total_seconds())
        else:
            unanswered += 1
            values += [INFINITE] if NOW - thread.start > timedelta(days=7) else []
    return {"n": len(values), **percentiles(values), "unanswered": unanswered}


def cross_team_share(company: Company, low: datetime, high: datetime) -> dict[str, Any]:
    """Threads with people of two teams or more, among those with two people or more."""
    several = [thread for thread in threads(company, low, high) if len(thread.humans) >= 2]
    crossing = sum(len(thread.teams(thread.humans)) >= 2 for thread in several)
    value = crossing / len(several) if several else None
    return {"n": len(several), "numerator": crossing, "denominator": len(several), "value": value}


def conflicts(company: Company) -> dict[str, int]:
    """Threads with a conflict mark, resolved and open; all were seen for the first time by the only sync."""
    marked = [thread for thread in threads(company, instant(0), NOW) if thread.marked(CONFLICT)]
    resolved = sum(thread.marked(RESOLVED) for thread in marked)
    return {"value": resolved, "open": len(marked) - resolved}


def _moment(said: Saying) -> datetime:
    return instant(said.at) + timedelta(microseconds=said.number % 1000)
