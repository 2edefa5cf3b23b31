"""One generated company behind four sandboxes, and what is true about it, told in plain Python from the organisation.

Nothing here is shared with `app/`: people are joined, placed in teams and counted the slow way.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from connectors import sandboxes
from connectors.kit.organisation import Organisation, generate, milliseconds
from connectors.kit.organisation.directory import accounts, people
from connectors.kit.organisation.meetings import days
from connectors.kit.organisation.surveys import answers
from connectors.kit.records import Record, Seat
from connectors.kit.sandbox import serving
from tests.support.oracle_history import Account, World
from tests.support.rows import Item, Move

NOW = datetime(2026, 11, 2, 14, 30, tzinfo=UTC)
SIZES = sandboxes.Sizes(tasks=60, threads=200, days=20)
DIRECTORY = "directory"


@dataclass
class Company:
    """The company, its tools, and what perfect syncs at NOW leave of each (`records`, by tool and record type)."""

    organisation: Organisation
    tools: sandboxes.Sandboxes
    records: dict[str, dict[str, list[Any]]] = field(init=False)

    def __post_init__(self) -> None:
        at = milliseconds(NOW)
        pushed: list[list[Record]] = [
            [*people(self.organisation, at)],
            [*accounts(self.organisation, at)],
            [*answers(self.organisation, at, language="en")],
            [*days(self.organisation, at)],
        ]
        told = {some[0].record_type: some for some in pushed}
        self.records = {**self.tools.truth(NOW), DIRECTORY: told}
        self._accounts = {
            (tool, one.external_id): one for tool, told in self.records.items() for one in told["accounts"]
        }

    # -- who ------------------------------------------------------------------------------------------------

    def human(self, tool: str, account: str | None) -> str | None:
        """Who an account is of: its address, or the account itself where no address is known; None for machines."""
        if account is None:
            return None
        known = self._accounts.get((tool, account))
        if known is None:
            return f"{tool}/{account}"
        if known.kind in ("bot", "app"):
            return None
        return known.email.strip().lower() if known.email else f"{tool}/{account}"

    @property
    def people(self) -> set[str]:
        """Everybody with an address: of the directory, or of an account alone."""
        found = {self.human(tool, account) for tool, account in self._accounts}
        return {who for who in found if who is not None and "@" in who}

    def accounts_without_person(self, tool: str) -> set[str]:
        """Accounts of humans whose address nobody knows."""
        found = {self.human(tool, one.external_id) for one in self.records[tool]["accounts"]}
        return {who for who in found if who is not None and "@" not in who}

    def team_at(self, who: str | None, at: datetime) -> str | None:
        """The name of somebody's team at an instant, by the directory."""
        for stay in self.records[DIRECTORY]["people"]:
            begun, ended = stay.valid_from, stay.valid_to
            if stay.email == who and begun <= at and (ended is None or at < ended):
                return str(stay.team)
        return None

    # -- work -----------------------------------------------------------------------------------------------

    def world(self, tool: str) -> World:
        """What the statuses, types and accounts of a tool with work items mean to the company."""
        told = self.records[tool]
        world = World({one.external_id: one.category for one in told["statuses"]}, tool=tool, name=tool)
        world.kinds = {one.external_id: one.kind for one in told["item_types"]}
        world.accounts = {one.external_id: Account(one.kind) for one in told["accounts"]}
        if tool == "jira":
            world.overrides = {(status, ""): meaning for status, meaning in self.meanings.items()}
            world.discarding = {one.id for one in self.organisation.resolutions.values() if not one.delivered}
        return world

    @property
    def meanings(self) -> dict[str, str]:
        """What an admin has to say of Jira's statuses: Jira itself does not know that somebody waits."""
        stages = {"todo": "todo", "doing": "active", "done": "done"}
        every = self.organisation.statuses.values()
        listed = {one.external_id for one in self.records["jira"]["statuses"]}
        return {one.id: one.meaning for one in every if one.id in listed and one.meaning != stages[one.stage]}

    def items(self, tool: str) -> list[Item]:
        """The work items of a tool with their moves."""
        moves: dict[str, list[Move]] = {}
        for one in self.records[tool]["transitions"]:
            move = Move(
                one.at, one.from_status, one.to_status, one.external_id, one.actor, one.automated, one.automated_by
            )
            moves.setdefault(one.work_item, []).append(move)
        return [
            Item(
                key=one.external_id, created=one.created_at, status=one.status, moves=moves.get(one.external_id, []),
                project=one.project, item_type=one.item_type, priority=one.priority, assignee=one.assignee,
                resolution=one.resolution, resolved=one.resolved_at,
            )
            for one in self.records[tool]["work_items"]
        ]  # fmt: skip

    # -- use ------------------------------------------------------------------------------------------------

    def uses(self, tool: str) -> list[tuple[str, str, date, int]]:
        """(who, event, day, count) of humans."""
        told = self.records[tool]
        rows = [(one.account, one.event, one.day, one.count) for one in told.get("usage_days", [])]
        rows += [tuple(row) for one in told.get("activity", []) for row in one.days]
        return [(who, event, day, count) for account, event, day, count in rows if (who := self.human(tool, account))]

    def active(self, tool: str, first: date, last: date) -> set[str]:
        """Who used a tool on these days."""
        return {who for who, _, day, _ in self.uses(tool) if first <= day <= last}

    def seats(self, tool: str) -> list[Seat]:
        """The seats that a tool tells of."""
        if tool == "jira":
            # Whoever may log in holds one; the truth of Jira's records does not name them.
            return [
                Seat(account=one.external_id, product="jira-software", as_of=NOW)
                for one in self.records[tool]["accounts"]
                if one.active and one.kind == "human"
            ]
        return list(self.records[tool].get("seats", []))

    def holders(self, tool: str, last: date) -> set[str]:
        """The humans who hold a seat at the end of a day (in UTC)."""
        end = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
        held = (one for one in self.seats(tool) if one.assigned_at is None or one.assigned_at < end)
        return {who for one in held if (who := self.human(tool, one.account)) is not None}

    def eligible(self, tool: str, last: date, used: set[str]) -> set[str]:
        """Who may use a tool: holders of its seats, else everybody."""
        if self.seats(tool):
            return self.holders(tool, last)
        return self.people | self.accounts_without_person(tool) | used


@contextmanager
def served() -> Iterator[tuple[Company, dict[str, int]]]:
    """A small company whose tools answer as long as the block runs, and the port of each."""
    organisation = generate(seed=7, end=NOW, items=150, months=3, people=60)
    made = sandboxes.of(organisation, clock=lambda: NOW, seed=7, sizes=SIZES)
    with ExitStack() as servers:
        ports: dict[str, int] = {}
        for tool, app in zip(sandboxes.TOOLS, made.apps, strict=True):
            server = servers.enter_context(serving(app, clock=lambda: NOW))
            ports[tool] = urlsplit(server.url).port or 0
        yield Company(organisation, made), ports
