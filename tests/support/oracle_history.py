"""What one work item's history amounts to, by metrics.md: meanings of statuses, moves in order, start, finish, stays.

Nothing here is shared with `app/`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise, permutations
from typing import Any

from tests.support.rows import Item, Move


@dataclass
class Account:
    kind: str = "unknown"
    override: bool | None = None


@dataclass
class World:
    """One source's meanings. `listed` is False for statuses that the vendor no longer names."""

    categories: dict[str, str | None]
    unlisted: set[str] = field(default_factory=set)
    overrides: dict[tuple[str, str], str] = field(default_factory=dict)
    discarding: set[str] = field(default_factory=set)
    kinds: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    tool: str = "jira"
    name: str = "jira"

    def category(self, status: str | None, project: str | None) -> str | None:
        if status is None:
            return None
        for key in ((status, project or ""), (status, "")):
            if key in self.overrides:
                return self.overrides[key]
        return self.categories.get(status)

    def unmapped(self, status: str | None, project: str | None) -> bool:
        if status is None:
            return False
        if (status, project or "") in self.overrides or (status, "") in self.overrides:
            return False
        return self.categories.get(status) is None or status in self.unlisted


@dataclass
class Visit:
    status: str | None
    category: str | None
    start: datetime
    end: datetime | None


def natural(text: str) -> list[tuple[int, Any]]:
    parts: list[tuple[int, Any]] = []
    for letter in text:
        if letter.isdigit() and parts and parts[-1][0] == 1:
            parts[-1] = (1, parts[-1][1] * 10 + int(letter))
        elif letter.isdigit():
            parts.append((1, int(letter)))
        else:
            parts.append((0, letter))
    return parts


def in_order(moves: list[Move]) -> list[Move]:
    """By instant; among those of one instant the order with the fewest breaks in the chain, then by natural id."""
    result: list[Move] = []
    for instant in sorted({move.at for move in moves}):
        group = [move for move in moves if move.at == instant]
        result += min(permutations(group), key=lambda some: _badness([*result[-1:], *some]))
    return result


def _badness(chain: list[Move]) -> tuple[int, list[Any]]:
    breaks = sum(1 for one, two in pairwise(chain) if one.entered != two.left)
    return breaks, [natural(move.key) for move in chain]


class History:
    """What one item's history amounts to."""

    def __init__(self, item: Item, world: World) -> None:
        self.item = item
        self.world = world
        self.moves = in_order(item.moves)
        first = self.moves[0].left if self.moves else item.status
        statuses = [first, *(move.entered for move in self.moves)]
        self.gap = item.status is not None and statuses[-1] != item.status
        if self.gap:
            statuses[-1] = item.status
        starts = [item.created, *(move.at for move in self.moves)]
        ends: list[datetime | None] = [*starts[1:], None]
        self.visits = [
            Visit(status, world.category(status, item.project), start, end)
            for status, start, end in zip(statuses, starts, ends, strict=True)
        ]
        self.unmapped = any(world.unmapped(status, item.project) for status in statuses)
        self.started = next((visit.start for visit in self.visits if visit.category in ("active", "waiting")), None)
        self.finished: datetime | None = None
        self.discarded: datetime | None = None
        self.closing: int | None = None
        self._close()
        self.reopened = any(one.category == "done" and two.category != "done" for one, two in pairwise(self.visits))

    def _close(self) -> None:
        discards = self.item.resolution in self.world.discarding
        now = self.visits[-1].category
        if now in ("done", "discarded"):
            closing = len(self.visits) - 1
            while closing and self.visits[closing - 1].category == now:
                closing -= 1
            self.closing = closing
            at = self.visits[closing].start
            if now == "discarded" or discards:
                self.discarded = at
            else:
                self.finished = at
        elif now is None and self.item.resolved is not None:
            if discards:
                self.discarded = self.item.resolved
            else:
                self.finished = self.item.resolved

    @property
    def end(self) -> datetime | None:
        return self.finished or self.discarded

    def stays(self) -> list[Visit]:
        """The visits before the finish, cut at it; the final stay in `done` is none of them."""
        assert self.finished is not None
        if self.closing is not None:
            before = self.visits[: self.closing]
        else:
            before = [visit for visit in self.visits if visit is self.visits[0] or visit.start <= self.finished]
        return [
            Visit(visit.status, visit.category, visit.start, min(visit.end or self.finished, self.finished))
            for visit in before
        ]

    def state(self, at: datetime) -> str | None:
        """The category at an instant; KeyError-free: 'unborn' before the creation."""
        if at < self.item.created:
            return "unborn"
        if self.end is not None and self.end <= at:
            return "done" if self.finished else "discarded"
        standing = [visit for visit in self.visits if visit.start <= at]
        return standing[-1].category if standing else self.visits[0].category


def automated(move: Move, world: World) -> tuple[bool | None, str | None]:
    """Whether a move was automated, and how that was told."""
    account = world.accounts.get(move.actor or "")
    if account is not None and account.override is not None:
        return account.override, "override"
    if move.automated is not None:
        return move.automated, move.automated_by
    if account is not None and account.kind in ("bot", "app", "human"):
        return account.kind != "human", "account_kind"
    return None, None
