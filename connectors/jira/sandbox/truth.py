"""What is true about the organisation, as the records that a perfect sync of its Jira leaves.

Told from the organisation itself and not from any answer of the sandbox: a mistake in the answers shows.
"""

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime

from connectors.jira.sandbox.dialect import FORMER_USER, Dialect, account_id
from connectors.kit import records
from connectors.kit.organisation import Account, Item, Ms, Organisation, instant
from connectors.kit.records import Record

_CATEGORIES: dict[str, records.StatusCategory] = {"todo": "todo", "doing": "active", "done": "done"}


@dataclass(frozen=True, slots=True)
class Known:
    """What whoever syncs could know, and when."""

    now: Ms
    first: Ms
    """When it looked for the first time."""
    hidden: Mapping[str, Ms]
    """When it last saw each project that it may no longer see, by id."""
    bots: Set[str]
    """Names of accounts that an admin calls bots, case folded."""


def truth(organisation: Organisation, dialect: Dialect, known: Known) -> dict[str, list[Record]]:
    """Records by type."""
    return _Truth(organisation, dialect, known).told()


class _Truth:
    def __init__(self, organisation: Organisation, dialect: Dialect, known: Known) -> None:
        self._facts = organisation
        self._dialect = dialect
        self._now = known.now
        self._first = known.first
        self._hidden = known.hidden
        self._bots = known.bots
        self._ids = {one.id: account_id(one, dialect.deployment) for one in organisation.accounts.values()}

    def told(self) -> dict[str, list[Record]]:
        facts, base = self._facts, self._dialect.base
        found: dict[str, list[Record]] = {
            "projects": [
                records.Project(external_id=one.id, key_=one.key, name=one.name, url=f"{base}/browse/{one.key}")
                for one in facts.projects.values()
            ],
            "statuses": [
                records.Status(
                    external_id=one.id,
                    name=one.name,
                    category=_CATEGORIES[one.stage],
                    project=one.project if self._dialect.cloud else None,
                )
                for one in facts.statuses.values()
                if one.removed is None or min(self._first, self._seen(one.project)) < one.removed
            ],
            "item_types": [
                records.ItemType(external_id=one.id, name=one.name, kind=one.kind) for one in facts.types.values()
            ],
            "resolutions": [
                records.Resolution(external_id=one.id, name=one.name) for one in facts.resolutions.values()
            ],
            "accounts": [self._account(one) for one in facts.accounts.values() if one.joined <= self._now],
            "releases": [
                records.Release(
                    external_id=one.id,
                    name=one.name,
                    project=one.project,
                    released_at=one.day if one.released <= self._seen(one.project) else None,
                    released=one.released <= self._seen(one.project),
                )
                for one in facts.releases.values()
                if one.planned <= self._seen(one.project)
            ],
            "work_items": [],
            "transitions": [],
            "activity": [],
        }
        for item in facts.items.values():
            seen = self._last_seen(item)
            if seen is not None:
                found["work_items"].append(self._work_item(item, seen))
                found["transitions"] += self._transitions(item, seen)
                found["activity"].append(self._activity(item, seen))
        return found

    def _seen(self, project: str | None) -> Ms:
        """The last instant at which something of that project could be seen."""
        return self._now if project is None else self._hidden.get(project, self._now)

    def _last_seen(self, item: Item) -> Ms | None:
        """The instant that the store's row of an item stands for; None if it must have none."""
        if item.exists(self._now) and item.state(self._now).project not in self._hidden:
            return self._now
        for project, since in self._hidden.items():
            if item.exists(since) and item.state(since).project == project:
                return since
        return None

    def _account(self, account: Account) -> records.Account:
        gone = account.left is not None and account.left <= self._now
        erased = gone and account.erased
        cloud = self._dialect.cloud
        hidden = account.email_hidden or erased or (cloud and account.kind == "app")
        name = FORMER_USER if erased else account.name
        email = None if hidden else account.email
        names = {self._ids[account.id], name, email or "", "" if cloud else account.login}
        kind: records.AccountKind
        if any(one.casefold() in self._bots for one in names if one):
            kind = "bot"
        elif cloud:
            # A bot is a service account there, and Jira says so in the user list.
            kind = "human" if account.kind == "human" else "app"
        else:
            kind = "human" if self._bots else "unknown"
        return records.Account(
            external_id=self._ids[account.id], display_name=name, email=email, kind=kind, active=not gone
        )

    def _work_item(self, item: Item, seen: Ms) -> records.WorkItem:
        state = item.state(seen)
        due = state.due
        return records.WorkItem(
            external_id=str(item.id),
            key_=state.key,
            url=f"{self._dialect.base}/browse/{state.key}",
            created_at=instant(item.created),
            updated_at=instant(item.updated(seen)),
            title=state.title,
            project=state.project,
            item_type=state.type,
            status=state.status,
            resolution=state.resolution,
            resolved_at=None if state.resolved is None else instant(state.resolved),
            priority=self._facts.priorities[state.priority].name,
            assignee=None if state.assignee is None else self._ids[state.assignee],
            creator=self._ids[item.creator],
            parent=None if state.parent is None else str(state.parent),
            labels=state.labels,
            points=state.points,
            due_at=None if due is None else datetime(due.year, due.month, due.day, tzinfo=UTC),
            releases=state.releases,
            affects_releases=state.affects,
        )

    def _transitions(self, item: Item, seen: Ms) -> list[records.Transition]:
        found: list[records.Transition] = []
        for change in item.happened(seen):
            for position, step in enumerate(change.fields):
                if step.field != "status":
                    continue
                told: records.AutomatedBy | None = None
                if self._dialect.cloud and self._facts.accounts[change.actor].kind == "app":
                    told = "account_kind"
                elif change.noted:
                    told = "rule_marker"
                found.append(
                    records.Transition(
                        external_id=f"{change.id}:{position}",
                        work_item=str(item.id),
                        at=instant(change.at),
                        from_status=str(step.before),
                        to_status=str(step.after),
                        actor=self._ids[change.actor],
                        automated=None if told is None else True,
                        automated_by=told,
                    )
                )
        return found

    def _activity(self, item: Item, seen: Ms) -> records.ActivityOf:
        days: Counter[tuple[str, str, date]] = Counter()
        for event, entries in (
            ("change", item.happened(seen)),
            ("comment", item.commented(seen)),
            ("worklog", item.logged(seen)),
        ):
            for entry in entries:
                days[self._ids[entry.actor], event, instant(entry.at).date()] += 1
        return records.ActivityOf(
            work_item=str(item.id), days=tuple(sorted((*key, count) for key, count in days.items()))
        )
