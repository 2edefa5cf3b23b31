"""An organisation from a seed: the same seed gives the same organisation, in any process."""

from collections import defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.kit.organisation.dice import Dice
from connectors.kit.organisation.flow import Life, Place, Sweep, World
from connectors.kit.organisation.hours import DAY, HOUR, WorkingHours
from connectors.kit.organisation.model import (
    Account,
    FieldChange,
    Item,
    ItemType,
    Ms,
    Organisation,
    Project,
    Release,
    State,
    Status,
    Team,
    instant,
    milliseconds,
)
from connectors.kit.organisation.names import FAMILY, GIVEN, OBJECTS, PROJECTS, TEAMS, VERBS
from connectors.kit.organisation.workflows import (
    MIGRATION,
    PRIORITIES,
    REMOVED_STATUS,
    RESOLUTIONS,
    SHARED_STATUSES,
    SHARED_TYPES,
    WORKFLOWS,
    Workflow,
    own_statuses,
    own_types,
    workflow_of,
)

ZONE = ZoneInfo("Europe/Paris")
_CALENDAR_DAY = 24 * HOUR
_UTILISATION = 0.75
"""Share of the people's working time that the items need: below 1, or queues would only grow."""


def generate(
    *,
    seed: int,
    end: datetime,
    items: int = 2_000,
    months: int = 18,
    projects: int = 5,
    people: int = 30,
    weeks_ahead: int = 6,
) -> Organisation:
    """An organisation that has created `items` items in the `months` before `end`, and more after it.

    It lives on for `weeks_ahead` weeks. The same arguments give the same organisation: whoever wants to
    find it again tomorrow keeps `end`. Five projects or more show every kind of workflow.

    Raises ValueError for sizes that make no sense.
    """
    if not 1 <= projects <= len(PROJECTS):
        raise ValueError(f"An organisation has 1 to {len(PROJECTS)} projects.")
    if people < 4 or months < 1 or items < 0 or weeks_ahead < 0:
        raise ValueError("An organisation has 4 people or more, 1 month or more, and nothing less than 0.")
    sizes = {"items": items, "months": months, "projects": projects, "people": people, "weeks_ahead": weeks_ahead}
    return _Builder(seed, milliseconds(end), **sizes).build()


class _Builder:
    def __init__(
        self, seed: int, end: Ms, *, items: int, months: int, projects: int, people: int, weeks_ahead: int
    ) -> None:
        self._dice = Dice(seed)
        self._end = end
        self._begin = end - months * 30 * _CALENDAR_DAY - months * 10 * HOUR
        self._horizon = end + weeks_ahead * 7 * _CALENDAR_DAY
        self._hours = WorkingHours(self._begin, self._horizon, ZONE)
        self._wanted = items
        self._statuses: dict[str, Status] = {one.id: one for one in SHARED_STATUSES}
        self._types: dict[str, ItemType] = {one.id: one for one in SHARED_TYPES}
        self._releases: dict[str, Release] = {}
        self._accounts: dict[str, Account] = {}
        self._teams = tuple(Team(f"t{n + 1}", TEAMS[n]) for n in range(min(max(people // 6, 2), len(TEAMS))))
        self._hire(people)
        self._places = [self._found(number) for number in range(projects)]

    def build(self) -> Organisation:
        items = self._live()
        self._number(items)
        return Organisation(
            begin=self._begin,
            end=self._end,
            horizon=self._horizon,
            teams=self._teams,
            accounts=self._accounts,
            statuses=self._statuses,
            types=self._types,
            resolutions={one.id: one for one in RESOLUTIONS},
            priorities={one.id: one for one in PRIORITIES},
            projects={place.project.id: place.project for place in self._places},
            releases=self._releases,
            items={item.id: item for item in items},
            automation="automation",
        )

    def _hire(self, people: int) -> None:
        dice = self._dice
        for number in range(people):
            given, family = GIVEN[number % len(GIVEN)], dice.pick(FAMILY)
            left = None
            joined = self._begin - dice.below(900) * _CALENDAR_DAY
            if number % 12 == 5:
                left = self._begin + dice.between(30, 90) * (self._end - self._begin) // 100
            elif number % 9 == 4:
                joined = self._begin + dice.between(10, 80) * (self._end - self._begin) // 100
            self._accounts[f"p{number + 1:03}"] = Account(
                id=f"p{number + 1:03}",
                name=f"{given} {family}",
                login=f"user{number + 1:03}",
                email=f"user{number + 1:03}@example.test",
                kind="human",
                team=self._teams[number % len(self._teams)].id,
                joined=joined,
                left=left,
                email_hidden=number % 7 == 3,
                erased=number % 24 == 5,
            )
        before = self._begin - 400 * _CALENDAR_DAY
        for key, name, login in (
            ("automation", "Automation for Jira", "automation"),
            ("deploy", "Deploy Notifier", "deploy-notifier"),
        ):
            self._accounts[key] = Account(key, name, login, f"{login}@example.test", "app", None, before)
        self._accounts["ci"] = Account("ci", "CI robot", "ci-robot", "ci@example.test", "bot", None, before)

    def _found(self, number: int) -> Place:
        dice, kind = self._dice, WORKFLOWS[number % len(WORKFLOWS)]
        key, name = PROJECTS[number]
        project_id, first_own = str(10000 + number), 10100 + 20 * number
        flow = workflow_of(kind, first_own)
        statuses, types = list(flow.statuses), SHARED_TYPES
        if kind == "own":
            self._statuses.update((one.id, one) for one in own_statuses(project_id, first_own))
            types = own_types(project_id, first_own)
            self._types.update((one.id, one) for one in types)
        teams = tuple(
            dict.fromkeys((self._teams[number % len(self._teams)].id, self._teams[(number + 1) % len(self._teams)].id))
        )
        members = [one for one in self._accounts.values() if one.team in teams]
        sweeps = self._sweeps(kind, members[0].id, flow)
        statuses += [sweep.target for sweep in sweeps if sweep.target not in statuses]
        return Place(
            project=Project(
                id=project_id,
                key=key,
                name=name,
                workflow=kind,
                own_workflow=kind == "own",
                teams=teams,
                lead=members[0].id,
                statuses=tuple(statuses),
                types=tuple(one.id for one in types),
            ),
            workflow=flow,
            sweeps=sweeps,
            people=members,
            types={level: [one for one in types if one.level == level] for level in (1, 0, -1)},
            releases=self._plan_releases(project_id),
            rule_actor={"scrum": "automation", "kanban": dice.pick(members).id, "support": members[-1].id}.get(kind),
            rule_noted=kind == "support",
        )

    def _sweeps(self, kind: str, admin: str, flow: Workflow) -> tuple[Sweep, ...]:
        """The migration of the support workflow, and the end of the legacy workflow's extra check."""
        span = self._end - self._begin
        if kind == "support":
            at = self._hours.after(self._begin + span * 60 // 100, 0) + DAY // 3
            return (Sweep(at, *MIGRATION, admin),)
        if kind == "legacy" and flow.review is not None:
            at = self._hours.after(self._begin + span * 45 // 100, 0) + DAY // 2
            gone = self._statuses[REMOVED_STATUS]
            if gone.removed is None or gone.removed < at + HOUR:
                self._statuses[REMOVED_STATUS] = Status(gone.id, gone.name, gone.stage, gone.meaning, removed=at + HOUR)
            return (Sweep(at, REMOVED_STATUS, flow.review, admin),)
        return ()

    def _plan_releases(self, project: str) -> list[Release]:
        plan: list[Release] = []
        at = self._begin + 30 * _CALENDAR_DAY
        while at < self._horizon + 60 * _CALENDAR_DAY:
            released = self._hours.after(at, DAY // 2)
            if released > self._horizon:
                released = at
            day = instant(released).astimezone(ZONE).date()
            number = f"{10000 + len(self._releases)}"
            release = Release(number, project, f"{day:%Y.%m}", at - 45 * _CALENDAR_DAY, day, released)
            self._releases[number] = release
            plan.append(release)
            at += 30 * _CALENDAR_DAY
        return plan

    def _live(self) -> list[Item]:
        births = self._births()
        capacity = sum(
            max(self._hours.worked(min(one.left or self._horizon, self._horizon)) -
                self._hours.worked(max(one.joined, self._begin)), 0)
            for one in self._accounts.values()
            if one.kind == "human"
        )  # fmt: skip
        effort = min(max(_UTILISATION * capacity / max(len(births), 1), HOUR / 2), 3.0 * DAY)
        world = World(
            dice=self._dice,
            hours=self._hours,
            horizon=self._horizon,
            effort=effort,
            free={},
            bots=("deploy", "ci"),
            places=self._places,
        )
        items: list[Item] = []
        parents: dict[tuple[str, int], list[int]] = defaultdict(list)
        for number, created in enumerate(births):
            place = self._dice.pick(self._places)
            item = self._create(10000 + number, created, place, parents)
            Life(world, place, item).play()
            level = self._types[item.start.type].level
            if level < 1 and self._dice.chance(0.012):
                span = self._horizon - created
                item.deleted = created + HOUR + self._dice.below(max(span - HOUR, 1))
            elif level >= 0:
                parents[place.project.id, level].append(item.id)
            items.append(item)
        return items

    def _births(self) -> list[Ms]:
        """Instants of creation: mostly in working hours, some at any hour."""
        past = self._hours.worked(self._end)
        share = (self._hours.total - past) / max(past, 1)
        instants = [
            self._begin + self._dice.below(self._end - self._begin)
            if self._dice.chance(0.04)
            else self._hours.instant(self._dice.below(max(past, 1)))
            for _ in range(self._wanted)
        ]
        instants += [
            self._hours.instant(past + self._dice.below(max(self._hours.total - past, 1)))
            for _ in range(round(self._wanted * share))
        ]
        return sorted(instants)

    def _create(self, number: int, created: Ms, place: Place, parents: dict[tuple[str, int], list[int]]) -> Item:
        dice, project = self._dice, place.project
        level = dice.weighted(((0, 82), (-1, 12), (1, 6)))
        above = parents[project.id, level + 1] if level < 1 else []
        if level == -1 and not above:
            level, above = 0, parents[project.id, 1]
        kind = dice.pick(place.types[level])
        parent = None
        if above and (level == -1 or dice.chance(0.5)):
            parent = above[-1 - dice.below(min(len(above), 20))]
        people = [one for one in place.people if one.active(created)] or place.people[:1]
        creator = "deploy" if dice.chance(0.02) else dice.pick(people).id
        affects: tuple[str, ...] = ()
        if kind.kind == "bug":
            affects = tuple(one.id for one in place.releases if one.released <= created)[-1:]
        status = place.workflow.doing if level == 0 and dice.chance(0.01) else place.workflow.initial
        due = (instant(created) + timedelta(days=30)).date() if dice.chance(0.1) else None
        start = State(
            project=project.id,
            key="",
            type=kind.id,
            status=status,
            title=f"{dice.pick(VERBS)} {dice.pick(OBJECTS)}",
            priority=str(dice.weighted(((1, 1), (2, 3), (3, 12), (4, 3), (5, 1)))),
            assignee=dice.pick(people).id if dice.chance(0.2) else None,
            parent=parent,
            due=due,
            affects=affects,
        )
        return Item(number, created, creator, start, [], [], [])

    def _number(self, items: list[Item]) -> None:
        """Gives keys and ids as a tool would: in the order of what happened."""
        keys = {place.project.id: (place.project.key, 0) for place in self._places}
        remarks = 0
        entries: list[tuple[Ms, int, int]] = []
        for item in items:
            entries.append((item.created, item.id, -1))
            entries += [(change.at, item.id, number) for number, change in enumerate(item.changes)]
        entries.sort()
        by_id = {item.id: item for item in items}
        current: dict[int, str] = {}
        for history, (_, item_id, number) in enumerate(entries, start=100_000):
            item = by_id[item_id]
            if number < 0:
                item.start.key = current[item_id] = _next_key(keys, item.start.project)
                continue
            change = item.changes[number]
            if any(step.field == "key" for step in change.fields):
                project = next(str(step.after) for step in change.fields if step.field == "project")
                key = _next_key(keys, project)
                fields = tuple(
                    FieldChange("key", current[item_id], key) if step.field == "key" else step for step in change.fields
                )
                current[item_id] = key
                change = change._replace(fields=fields)
            item.changes[number] = change._replace(id=history)
        for item in items:
            for kind in (item.comments, item.worklogs):
                for number, remark in enumerate(kind):
                    remarks += 1
                    kind[number] = remark._replace(id=10_000 + remarks)
            touches = [change.at for change in item.changes]
            touches += [remark.at for remark in item.comments + item.worklogs]
            item.touches = sorted(touches)


def _next_key(keys: dict[str, tuple[str, int]], project: str) -> str:
    key, number = keys[project]
    keys[project] = (key, number + 1)
    return f"{key}-{number + 1}"
