"""The life of one item: how it waits, is worked on, comes back, and ends."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple

from connectors.kit.organisation.dice import Dice
from connectors.kit.organisation.hours import DAY, HOUR, WorkingHours
from connectors.kit.organisation.model import (
    TOLD_ONLY,
    Account,
    Change,
    FieldChange,
    Item,
    ItemType,
    Ms,
    Project,
    Release,
    Remark,
    Value,
)
from connectors.kit.organisation.names import LABELS
from connectors.kit.organisation.workflows import (
    DONE,
    DUPLICATE,
    FIXED,
    NOT_REPRODUCED,
    WONT_DO,
    Workflow,
)

MINUTE = 60_000


class HorizonReached(Exception):
    """The item's next event lies behind the last instant that is told."""


class Sweep(NamedTuple):
    """At `at`, an admin takes all items of a project from one status to another; `source` is gone."""

    at: Ms
    source: str
    target: str
    actor: str


@dataclass(frozen=True, slots=True)
class Place:
    """A project as the people in it know it."""

    project: Project
    workflow: Workflow
    sweeps: tuple[Sweep, ...]
    people: Sequence[Account]
    types: Mapping[int, Sequence[ItemType]]
    releases: Sequence[Release]
    rule_actor: str | None
    """Whose name the project's automation rule bears, if it has one."""
    rule_noted: bool
    """Whether the tool notes on a change that the rule made it."""


@dataclass(frozen=True, slots=True)
class World:
    """What every life shares."""

    dice: Dice
    hours: WorkingHours
    horizon: Ms
    effort: float
    """Mean working time that an item takes somebody, in milliseconds."""
    free: dict[str, Ms]
    """When each person can take the next item: that is what makes queues."""
    bots: Sequence[str]
    places: Sequence[Place]


class Life:
    """Plays one item's life through, from its creation on."""

    def __init__(self, world: World, place: Place, item: Item) -> None:
        self._world = world
        self._dice = world.dice
        self._place = place
        self._item = item
        self._now = replace(item.start)
        self._at = item.created
        self._swept = 0

    def play(self) -> None:
        """Fills the item's history, in order."""
        with suppress(HorizonReached):
            self._live()
        with suppress(HorizonReached):
            self._sweep_until(self._world.horizon)
        if self._dice.chance(0.02):
            self._fuss()
        self._talk()

    def _live(self) -> None:
        dice = self._dice
        level = self._level()
        if level == 0 and dice.chance(0.015):
            self._wait(3 * DAY)
            self._move_away()
        self._refine()
        if dice.chance(0.05):
            return
        if level <= 0 and dice.chance(0.07):
            self._wait(12 * DAY)
            self._close(
                dice.pick((WONT_DO, DUPLICATE, NOT_REPRODUCED)),
                self._somebody(),
            )
            return
        if level <= 0 and dice.chance(0.04):
            self._wait(DAY)
            self._close(DONE, self._somebody())
            return
        self._wait((20 if level == 1 else 3) * DAY)
        worker = self._take_up()
        self._work(worker, share=0.7)
        self._finish(worker)
        while dice.chance(0.06):
            self._wait(4 * DAY)
            self._reopen()
            self._work(worker, share=0.3)
            self._finish(worker)

    def _refine(self) -> None:
        dice = self._dice
        if dice.chance(0.5):
            self._wait(DAY)
            points = float(dice.pick((1, 2, 3, 5, 8, 13))) if self._level() == 0 else None
            self._change(self._somebody(), ("description", "…", "……"), ("points", None, points))
        if dice.chance(0.25):
            self._wait(DAY)
            label = dice.pick(LABELS)
            self._change(self._somebody(), ("labels", self._now.labels, (*self._now.labels, label)))
        if dice.chance(0.25):
            self._wait(DAY)
            self._change(self._somebody(), ("priority", self._now.priority, str(dice.between(1, 5))))
        committed = self._place.workflow.committed
        if committed is not None and dice.chance(0.9):
            self._wait(2 * DAY)
            self._change(self._somebody(), ("status", self._now.status, committed), ("rank", None, "up"))

    def _take_up(self) -> str:
        """The first free member of the team starts, once the item is ready."""
        people = [one for one in self._place.people if one.active(self._at)] or self._place.people[:1]
        free = self._world.free
        candidates = [self._dice.pick(people) for _ in range(4)]
        worker = min(candidates, key=lambda one: (free.get(one.id, 0), one.id)).id
        self._at = max(self._at, free.get(worker, 0))
        self._wait(HOUR)
        steps: list[tuple[str, Value, Value]] = [("status", self._now.status, self._place.workflow.doing)]
        if self._dice.chance(0.7):
            steps.append(("assignee", self._now.assignee, worker))
        else:
            self._change(worker, ("assignee", self._now.assignee, worker))
            self._wait(HOUR // 4)
        self._change(worker, *steps)
        return worker

    def _work(self, worker: str, share: float) -> None:
        dice, hours, flow = self._dice, self._world.hours, self._place.workflow
        effort = dice.around(self._world.effort * share)
        self._world.free[worker] = hours.after(self._at, effort)
        parts = 2 if flow.blocked is not None and dice.chance(0.2) else 1
        for part in range(parts):
            self._wait_for(effort // parts)
            if part == 0 and parts == 2 and flow.blocked is not None:
                self._to(worker, flow.blocked)
                self._wait(2 * DAY)
                self._to(worker, flow.doing)
        for step in (flow.review, flow.check):
            if step is None:
                continue
            self._to(worker, step)
            self._wait(DAY // 2)
            if dice.chance(0.15):
                self._to(self._somebody(), flow.doing)
                self._wait(self._world.effort * 0.3)
                self._to(worker, step)
                self._wait(DAY // 4)

    def _finish(self, worker: str) -> None:
        rule = self._place.rule_actor
        resolution = FIXED if self._type_kind() == "bug" else DONE
        if rule is not None and self._dice.chance(0.6):
            bot = self._dice.pick(self._world.bots)
            self._change(bot, ("labels", self._now.labels, (*self._now.labels, "deployed")))
            self._at += 20_000 + self._dice.below(70_000)
            self._close(resolution, rule, by_rule=True)
        else:
            self._close(resolution, worker if self._dice.chance(0.6) else self._somebody())

    def _close(self, resolution: str, actor: str, by_rule: bool = False) -> None:
        steps: list[tuple[str, Value, Value]] = [
            ("status", self._now.status, self._place.workflow.done),
            ("resolution", self._now.resolution, resolution),
        ]
        release = next((one for one in self._place.releases if one.released > self._at), None)
        if release is not None and resolution in (DONE, FIXED) and self._level() == 0:
            steps.append(("releases", self._now.releases, (release.id,)))
        self._change(actor, *steps, by_rule=by_rule)

    def _reopen(self) -> None:
        self._change(
            self._somebody(),
            ("resolution", self._now.resolution, None),
            ("status", self._now.status, self._place.workflow.doing),
        )

    def _move_away(self) -> None:
        """To another project: a new key, the same id, and that project's first status and type."""
        target = self._dice.pick(self._world.places)
        if target.project.id == self._now.project:
            return
        self._sweep_until(self._at)
        old, self._place, self._swept = self._place, target, 0
        while self._swept < len(target.sweeps) and target.sweeps[self._swept].at <= self._at:
            self._swept += 1
        kind = next(one.name for one in old.types[0] if one.id == self._now.type)
        new_type = next(one.id for one in target.types[0] if one.name == kind)
        self._change(
            self._somebody(),
            ("key", "", ""),
            ("project", self._now.project, target.project.id),
            ("type", self._now.type, new_type),
            ("status", self._now.status, target.workflow.initial),
            ("parent", self._now.parent, None),
        )

    def _fuss(self) -> None:
        """Somebody drags the item about: far more history than any inline list shows."""
        last = self._item.changes[-1].at if self._item.changes else self._item.created + 20 * 24 * HOUR
        last = min(last, self._world.horizon)
        span = last - self._item.created
        if span < HOUR:
            return
        who = self._item.creator
        for number in range(self._dice.between(45, 90)):
            at = self._item.created + 1 + self._dice.below(span)
            changed = FieldChange("rank", None, "up") if number % 3 else FieldChange("description", "…", "……")
            self._item.changes.append(Change(0, at, who, (changed,)))
        self._item.changes.sort(key=lambda change: change.at)

    def _talk(self) -> None:
        """Comments and logged work between the creation and a day after the last change."""
        item, dice = self._item, self._dice
        last = (item.changes[-1].at if item.changes else item.created) + 8 * HOUR
        span = max(min(last, self._world.horizon) - item.created, HOUR)
        busy = dice.chance(0.01)
        people = [one.id for one in self._place.people]
        for kind, most in ((item.comments, 120 if busy else 3), (item.worklogs, 30 if busy else 2)):
            number = dice.between(most // 2, most) if busy else dice.below(most)
            moments = sorted(item.created + 1 + dice.below(span) for _ in range(number))
            for at in moments:
                seconds = 900 * dice.between(1, 16) if kind is item.worklogs else 0
                kind.append(Remark(0, at, dice.pick(people), seconds))

    def _to(self, actor: str, status: str) -> None:
        self._change(actor, ("status", self._now.status, status))

    def _change(self, actor: str, *steps: tuple[str, Value, Value], by_rule: bool = False) -> None:
        """Makes the steps that change something, in one history entry."""
        self._sweep_until(self._at)
        made: list[FieldChange] = []
        for name, _, after in steps:
            value = self._redirected(after) if name == "status" else after
            before = None if name in TOLD_ONLY else getattr(self._now, name)
            if before != value or name in TOLD_ONLY or name == "key":
                made.append(FieldChange(name, before, value))
        noted = by_rule and self._place.rule_noted
        self._note(Change(0, self._at, actor, tuple(made), by_rule, noted))
        self._at += 1 + self._dice.below(MINUTE)

    def _note(self, change: Change) -> None:
        if change.at > self._world.horizon:
            raise HorizonReached
        if change.fields:
            self._now.apply(change)
            self._item.changes.append(change)

    def _sweep_until(self, at: Ms) -> None:
        while self._swept < len(self._place.sweeps) and self._place.sweeps[self._swept].at <= at:
            sweep = self._place.sweeps[self._swept]
            self._swept += 1
            if self._now.status == sweep.source:
                moment = sweep.at + self._item.id % 50_000
                if self._item.changes:
                    moment = max(moment, self._item.changes[-1].at + 1)
                step = FieldChange("status", sweep.source, sweep.target)
                self._note(Change(0, moment, sweep.actor, (step,)))
                self._at = max(self._at, moment + 1)

    def _redirected(self, status: Value) -> Value:
        for sweep in self._place.sweeps[: self._swept]:
            if status == sweep.source:
                return sweep.target
        return status

    def _wait(self, mean: float) -> None:
        self._wait_for(self._dice.around(mean))

    def _wait_for(self, working: int) -> None:
        self._at = self._world.hours.after(self._at, working)
        if self._at > self._world.horizon:
            raise HorizonReached

    def _somebody(self) -> str:
        people = [one for one in self._place.people if one.active(self._at)] or self._place.people[:1]
        return self._dice.pick(people).id

    def _level(self) -> int:
        return next(level for level, types in self._place.types.items() if any(t.id == self._now.type for t in types))

    def _type_kind(self) -> str:
        return next(one.kind for types in self._place.types.values() for one in types if one.id == self._now.type)
