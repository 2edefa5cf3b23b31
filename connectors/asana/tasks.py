"""Reads tasks: project by project, subtasks with the task that they hang from, each task once.

A task of several projects is read in its home (see `history.py`). A listing of a project does not hold subtasks,
and a change of one does not show on its parent: so every parent's subtasks are looked at on every walk.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from connectors.asana import raw
from connectors.asana.api import Workspace
from connectors.asana.feed import AuditLog, News, news, written
from connectors.asana.history import Life, homes, in_order
from connectors.asana.normalise import Found
from connectors.kit.errors import ConfigError, ConnectorError
from connectors.kit.stream import Page, Scope, Since

_UNITS_A_PAGE = 50
_IDS_A_PAGE = 1000

_TASK = msgspec.json.Decoder(raw.Task)
_STORY = msgspec.json.Decoder(raw.Story)

Listed = raw.Task | raw.Malformed


@dataclass(frozen=True, slots=True)
class _Walk:
    """What one walk is about: the project, from when on, and the tasks that the feed named."""

    project: str
    since: datetime | None
    touched: frozenset[str]

    def changed(self, task: raw.Task) -> bool:
        """Whether a task is to be read."""
        at = raw.utc(task.modified_at)
        return self.since is None or task.gid in self.touched or at is None or at >= self.since


class TaskReader:
    """Reads the tasks of a workspace. Making one asks for what tells statuses: threads should not all do so."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._rules = workspace.context.rules
        self._audit = AuditLog(workspace)

    # -- what a stream of tasks can be asked ---------------------------------------------------------------

    def walk(self, scope: Scope, since: Since) -> Iterator[Page]:
        """The tasks at home in a project that changed at or after `since.at`, by gid, behind `since.resume`.

        Everything, where the feed has forgotten our token. The last page brings the feed's next token.
        """
        self._workspace.require(scope)
        told = news(self._workspace, scope.external_id, since.token)
        walk = _Walk(scope.external_id, None if told.lost else since.at, frozenset(told.touched))
        units, malformed = self._units(walk)
        behind = int(since.resume) if since.resume is not None and since.resume.isdigit() else -1
        gids = sorted((gid for gid in units if int(gid) > behind), key=int)
        if malformed:
            yield Page(malformed)
        total = sum(1 + units[gid].num_subtasks for gid in gids) if walk.since is None else None
        for start in range(0, len(gids), _UNITS_A_PAGE):
            some = gids[start : start + _UNITS_A_PAGE]
            read = self._workspace.each(lambda gid: self._unit(units[gid], walk), some)
            yield _page([item for items in read for item in items], resume=some[-1], total=total)
            total = None
        yield Page(self._deleted(told), token=told.token)

    def census(self, scope: Scope) -> Iterator[Sequence[str]]:
        """The gids of all tasks at home in a project."""
        self._workspace.require(scope)
        walk = _Walk(scope.external_id, None, frozenset())
        tasks = list(self._listed(scope.external_id, raw.PLACE_FIELDS).values())
        for start in range(0, len(tasks), _IDS_A_PAGE):
            some = tasks[start : start + _IDS_A_PAGE]
            found = self._workspace.each(lambda task: self._ids(task, walk), some)
            yield list(dict.fromkeys(gid for ids in found for gid in ids))

    def refetch(self, ids: Sequence[str]) -> Iterator[Page]:
        """The tasks with these gids that a project which we read still holds; the others are left out.

        A deleted task can be read until the trash is emptied: only the listings tell that it is gone.
        """
        present: dict[str, set[str]] = {}
        items: list[Found] = []
        for task in self._workspace.each(self._task, ids):
            item = self._still_there(task, present) if isinstance(task, raw.Task) else task
            if item is not None:
                items.append(item)
        yield _page(items)

    # -- where tasks are ----------------------------------------------------------------------------------

    def _units(self, walk: _Walk) -> tuple[dict[str, raw.Task], list[Found]]:
        """The tasks of a project that changed, or that something may have changed below; and the malformed ones.

        Of those that did not change themselves only the place is known.
        """
        params = {} if walk.since is None else {"modified_since": written(walk.since)}
        changed = self._listed(walk.project, raw.TASK_FIELDS, **params)
        malformed: list[Found] = [one for one in changed.values() if isinstance(one, raw.Malformed)]
        units = {gid: one for gid, one in changed.items() if isinstance(one, raw.Task)}
        if walk.since is None:
            return units, malformed
        others = self._listed(walk.project, raw.PLACE_FIELDS)
        for gid, one in others.items():
            if isinstance(one, raw.Task) and gid not in units and (one.num_subtasks or gid in walk.touched):
                units[gid] = one
        return units, malformed

    def _unit(self, root: raw.Task, walk: _Walk) -> list[Found]:
        """A task that a project lists, if it is at home there, and what hangs from it: those that changed."""
        changed = walk.changed(root)
        if changed and root.created_at is None:
            found = self._task(root.gid)
            if not isinstance(found, raw.Task):
                return [] if found is None else [found]
            root = found
        item = self._rooted(root, walk, whole=changed)
        if item is None:
            return []
        return [*([item] if changed else []), *self._below(root, walk, everything=changed)]

    def _rooted(self, root: raw.Task, walk: _Walk, *, whole: bool) -> raw.Item | None:
        """The task, if the walk's project is its home; without stories where nothing asks for them."""
        if not whole and len(homes(root, self._rules.projects)) < 2:
            return raw.Item(task=root, stories=[], project=walk.project)
        # Whoever is listed here and names no place of its own is at home here.
        item = self._item(root, walk.project)
        return item if item is not None and item.project == walk.project else None

    def _below(self, task: raw.Task, walk: _Walk, *, everything: bool) -> Iterator[Found]:
        """The changed subtasks of a task and of those; one that a project lists itself is met there.

        All of them where the task above changed: it may have taken them to another project.
        """
        if not task.num_subtasks:
            return
        for subtask in self._subtasks(task.gid, raw.TASK_FIELDS):
            if isinstance(subtask, raw.Malformed):
                yield subtask
            elif not homes(subtask, self._rules.projects):
                if everything or walk.changed(subtask):
                    item = self._item(subtask, walk.project)
                    if item is not None:
                        yield item
                yield from self._below(subtask, walk, everything=everything)

    def _ids(self, root: Listed, walk: _Walk) -> list[str]:
        if isinstance(root, raw.Malformed):
            return [root.gid] if root.gid else []
        return [] if self._rooted(root, walk, whole=False) is None else [root.gid, *self._ids_below(root)]

    def _ids_below(self, task: raw.Task) -> Iterator[str]:
        if task.num_subtasks:
            for subtask in self._subtasks(task.gid, raw.PLACE_FIELDS):
                if isinstance(subtask, raw.Task) and not homes(subtask, self._rules.projects):
                    yield subtask.gid
                    yield from self._ids_below(subtask)

    def _still_there(self, task: raw.Task, present: dict[str, set[str]]) -> raw.Item | None:
        """The task as an item, if listings lead to it; `present` remembers what each project lists."""
        item = self._item(task, None)
        if item is None:
            return None
        if item.project is not None:
            if item.project not in present:
                present[item.project] = set(self._listed(item.project, raw.PLACE_FIELDS))
            return item if task.gid in present[item.project] else None
        parent = None if task.parent is None else self._task(task.parent.gid)
        above = self._still_there(parent, present) if isinstance(parent, raw.Task) else None
        if above is None or all(one.gid != task.gid for one in self._subtasks(above.gid, raw.PLACE_FIELDS)):
            return None
        item.project = above.project
        return item

    # -- tasks with their stories -------------------------------------------------------------------------

    def _item(self, task: raw.Task, project: str | None) -> raw.Item | None:
        """A task with its stories, at home in `project` unless it has projects itself; None if it is gone by now."""
        try:
            pages = self._workspace.all(f"/tasks/{task.gid}/stories", raw.STORY_FIELDS, kind=msgspec.Raw)
        except ConnectorError as error:
            if error.status == 404:
                return None
            raise
        stories: dict[str, raw.Story] = {}
        problem = None
        for content in pages:
            try:
                story = _STORY.decode(content)
            except msgspec.ValidationError as error:
                problem = f"A story is malformed: {error}"
            else:
                stories[story.gid] = story
        told = in_order(stories.values())
        home = Life(task, told, self._rules).home
        return raw.Item(
            task=task,
            stories=told,
            project=home or project,
            problem=problem,
            by_rule=self._audit.by_rule(task.gid, told),
        )

    def _deleted(self, told: News) -> list[Found]:
        """The tasks that the feed calls deleted, as they are in the trash, else their gids alone."""
        found: list[Found] = []
        for gid, at in told.deleted.items():
            task = self._task(gid)
            item = self._item(task, None) if isinstance(task, raw.Task) else None
            if item is None:
                found.append(raw.Gone(gid=gid, deleted_at=at))
            else:
                item.deleted_at = raw.utc(at)
                found.append(item)
        return found

    # -- asking -------------------------------------------------------------------------------------------

    def _listed(self, project: str, fields: Sequence[str], **params: str) -> dict[str, Listed]:
        """What a project lists. Raises ConfigError if it cannot be seen any more: the others still can."""
        try:
            pages = self._workspace.listing("/tasks", fields, kind=msgspec.Raw, project=project, **params)
            return _once(content for page in pages for content in page)
        except ConnectorError as error:
            if error.status in (403, 404):
                raise ConfigError(
                    "The project is gone, or these credentials may no longer see it.",
                    "Share the project with the account, or take it out of the source.",
                ) from error
            raise

    def _subtasks(self, gid: str, fields: Sequence[str]) -> list[Listed]:
        """Empty for a task that is gone by now."""
        try:
            found = self._workspace.all(f"/tasks/{gid}/subtasks", fields, kind=msgspec.Raw)
        except ConnectorError as error:
            if error.status == 404:
                return []
            raise
        return list(_once(found).values())

    def _task(self, gid: str) -> Listed | None:
        """A task by its gid, even in the trash; None if there is none."""
        try:
            return _decoded(self._workspace.get(f"/tasks/{gid}", raw.TASK_FIELDS, kind=msgspec.Raw))
        except ConnectorError as error:
            if error.status in (403, 404):
                return None
            raise


def _decoded(content: msgspec.Raw) -> Listed:
    try:
        return _TASK.decode(content)
    except msgspec.ValidationError as error:
        try:
            gid = msgspec.json.decode(content, type=raw.Ref).gid
        except msgspec.ValidationError:
            gid = None
        return raw.Malformed(reason=f"The task is malformed: {error}", gid=gid, content=content)


def _once(contents: Iterable[msgspec.Raw]) -> dict[str, Listed]:
    """Tasks by gid, each decoded by itself: a malformed one does not spoil its neighbours."""
    found: dict[str, Listed] = {}
    for content in contents:
        one = _decoded(content)
        found[one.gid or f"no gid {len(found)}"] = one
    return found


def _page(items: list[Found], *, resume: str | None = None, total: int | None = None) -> Page:
    moments = (raw.utc(item.task.modified_at) for item in items if isinstance(item, raw.Item))
    return Page(items, high=max((one for one in moments if one is not None), default=None), resume=resume, total=total)
