"""A task's life told from its stories: where it was at home, and which status it had there.

A task can be in several projects and has no status of its own. The project that it joined first, of those that
the source reads and it has not left, is its home; the home's rule says what its status is.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from connectors.asana import raw
from connectors.asana.words import category

COMPLETED, INCOMPLETE = "completed", "incomplete"
"""Statuses of our own, for tasks whose status is nothing but that."""

_FINAL = ("done", "discarded")


@dataclass(frozen=True, slots=True)
class Rules:
    """What tells a status where: the rule of each project that is read, and the project of each known section."""

    projects: Mapping[str, str]
    sections: Mapping[str, str] = field(default_factory=dict)


class Move(NamedTuple):
    """A story that changed the status."""

    story: raw.Story
    before: str
    after: str


def in_order(stories: Iterable[raw.Story]) -> list[raw.Story]:
    """Oldest first; gids rise with time and part those of one instant."""
    return sorted(stories, key=lambda story: (story.created_at, int(story.gid)))


def homes(task: raw.Task, projects: Set[str] | Mapping[str, str]) -> list[str]:
    """The projects of a task that are read."""
    found = [one.project.gid for one in task.memberships if one.project and one.project.gid in projects]
    return list(dict.fromkeys(found))


class Life:
    """Replays a task's stories. `stories` must be in order."""

    def __init__(self, task: raw.Task, stories: list[raw.Story], rules: Rules) -> None:
        self._task = task
        self._rules = rules
        self._present = _sections(task)
        self._sections: dict[str, raw.Ref | None] = dict(self._present)
        self._options: dict[str, raw.Ref | None] = {one.gid: one.enum_value for one in task.custom_fields}
        self._completed = task.completed
        self._members: list[str] = []
        self._home: str | None = None
        self._begin(stories)
        self.moves = list(self._replay(stories))

    @property
    def home(self) -> str | None:
        """Its home now: one of its present projects."""
        present = homes(self._task, self._rules.projects)
        return next((one for one in self._members if one in present), min(present, key=int, default=None))

    @property
    def status(self) -> str:
        """Its status now, by the task's own word and not by its stories."""
        options = {one.gid: one.enum_value for one in self._task.custom_fields}
        return self._status(self.home, self._present, options, completed=self._task.completed)

    def _begin(self, stories: list[raw.Story]) -> None:
        """Goes back to the creation: every value is the one before its first change, or the present one."""
        present = homes(self._task, self._rules.projects)
        added: set[str] = set()
        there: set[str] = set(present)
        told: set[str] = set()
        for story in stories:
            project = self._project_of(story)
            if project is not None and story.resource_subtype == "added_to_project":
                if project not in told:
                    added.add(project)
            elif project is not None:
                there.add(project)
                if story.old_section and f"section {project}" not in told:
                    self._sections[project] = story.old_section
                    told.add(f"section {project}")
            if project is not None:
                told.add(project)
            if story.custom_field and _is_enum_change(story) and story.custom_field.gid not in told:
                self._options[story.custom_field.gid] = story.old_enum_value
                told.add(story.custom_field.gid)
            if story.resource_subtype in _COMPLETION and "completion" not in told:
                self._completed = not _COMPLETION[story.resource_subtype]
                told.add("completion")
        self._members = sorted(there - added, key=int)
        first = next((one for story in stories if (one := self._project_of(story)) in added), None)
        self._home = self._members[0] if self._members else first

    def _replay(self, stories: list[raw.Story]) -> Iterator[Move]:
        status = self._now()
        for story in stories:
            self._apply(story)
            after = self._now()
            if after != status:
                yield Move(story, status, after)
                status = after

    def _now(self) -> str:
        return self._status(self._home, self._sections, self._options, completed=self._completed)

    def _apply(self, story: raw.Story) -> None:
        project = self._project_of(story)
        if project is not None:
            if story.resource_subtype == "added_to_project" and project not in self._members:
                self._members.append(project)
            elif story.resource_subtype == "removed_from_project" and project in self._members:
                self._members.remove(project)
            elif story.new_section is not None:
                self._sections[project] = story.new_section
            if self._members:
                self._home = self._members[0]
        if story.custom_field and _is_enum_change(story):
            self._options[story.custom_field.gid] = story.new_enum_value
        if story.resource_subtype in _COMPLETION:
            self._completed = _COMPLETION[story.resource_subtype]

    def _project_of(self, story: raw.Story) -> str | None:
        """The project that a story about a place is about, if we read it."""
        if story.resource_subtype in ("added_to_project", "removed_from_project"):
            project = story.project.gid if story.project else None
        elif story.new_section or story.old_section:
            project = self._project_of_sections(story)
        else:
            return None
        return project if project in self._rules.projects else None

    def _project_of_sections(self, story: raw.Story) -> str | None:
        """A deleted section is in no list: the other one tells, or the story, or that there is but one project."""
        for section in (story.new_section, story.old_section):
            if section is not None and section.gid in self._rules.sections:
                return self._rules.sections[section.gid]
        if story.project is not None:
            return story.project.gid
        places = list(self._present)
        return places[0] if len(places) == 1 else None

    def _status(
        self,
        home: str | None,
        sections: Mapping[str, raw.Ref | None],
        options: Mapping[str, raw.Ref | None],
        *,
        completed: bool,
    ) -> str:
        rule = "completion" if home is None else self._rules.projects[home]
        value = sections.get(home or "") if rule == "section" else options.get(rule)
        # A completed task is finished wherever it was left; a place that means an end by itself says it better.
        if completed and (value is None or category(value.name) not in _FINAL):
            return COMPLETED
        return INCOMPLETE if value is None else value.gid


_COMPLETION = {"marked_complete": True, "marked_incomplete": False}


def _is_enum_change(story: raw.Story) -> bool:
    return story.old_enum_value is not None or story.new_enum_value is not None


def _sections(task: raw.Task) -> dict[str, raw.Ref | None]:
    return {one.project.gid: one.section for one in task.memberships if one.project}
