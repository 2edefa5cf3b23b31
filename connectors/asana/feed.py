"""What a project's feed of events and the audit log add to what listings say."""

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.asana import raw
from connectors.asana.api import PAGE, Workspace, was_refused
from connectors.kit.errors import ConnectorError
from connectors.kit.http import Param
from connectors.kit.paging import PageGuard

_AUDIT_KEPT = timedelta(days=90)
_NEAR = timedelta(seconds=2)
"""How far the audit log's instant for an act may lie from the story's."""

_FIELDS = "action,created_at,resource,parent"


@dataclass(slots=True)
class News:
    """What a feed told."""

    token: str | None
    """Where it goes on next time; None where the vendor keeps no feed for us."""
    lost: bool = False
    """It had forgotten our place: what it would have told must be looked for."""
    touched: set[str] = field(default_factory=set)
    deleted: dict[str, datetime] = field(default_factory=dict)


def news(workspace: Workspace, project: str, token: str | None) -> News:
    """What the feed of a project tells since `token`; without one, only where it begins.

    A 412 with a fresh token is the expected answer to no token and to an old one.
    """
    found = News(token)
    guard = PageGuard("events")
    while True:
        params: dict[str, Param] = {"resource": project, "opt_fields": _FIELDS}
        if found.token is not None:
            params["sync"] = found.token
        try:
            part = workspace.http.get_json("/events", params, type=raw.Feed, also=412)
        except ConnectorError as error:
            if was_refused(error) or error.status == 400:
                return News(None, lost=token is not None)
            raise
        if part.data is None:
            return News(part.sync, lost=token is not None)
        for event in part.data:
            _note(event, found)
        found.token = part.sync or found.token
        if not part.has_more:
            return found
        guard.next(found.token)


def _note(event: raw.Event, found: News) -> None:
    resource = event.resource
    if resource is None:
        return
    if resource.resource_type == "task" and event.action == "deleted":
        found.deleted[resource.gid] = event.created_at
        found.touched.discard(resource.gid)
        return
    for one in (resource, event.parent):
        if one is not None and one.resource_type == "task":
            found.touched.add(one.gid)
            if event.action == "undeleted":
                found.deleted.pop(one.gid, None)


class AuditLog:
    """The acts that rules did, by task. Only a service account of an Enterprise plan may read it.

    All that it kept is read, once a run: a task that changed comes with its whole history, and what was told of
    it before must not be told worse now.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._acts: dict[str, list[datetime]] | None = None

    def by_rule(self, task: str, stories: Iterable[raw.Story]) -> frozenset[str]:
        """The stories of a task that a rule made."""
        if not self._workspace.has_audit_log:
            return frozenset()
        acts = self._read().get(task, [])
        return frozenset(story.gid for story in stories if acts and _is_near(story.created_at, acts))

    def _read(self) -> dict[str, list[datetime]]:
        with self._lock:
            if self._acts is None:
                try:
                    self._acts = self._acts_from(self._workspace.now() - _AUDIT_KEPT)
                except ConnectorError as error:
                    if not was_refused(error):
                        raise
                    self._acts = {}
            return self._acts

    def _acts_from(self, start: datetime) -> dict[str, list[datetime]]:
        found: defaultdict[str, list[datetime]] = defaultdict(list)
        guard = PageGuard("the audit log")
        path = f"/workspaces/{self._workspace.config.workspace}/audit_log_events"
        params: dict[str, Param] = {"limit": PAGE, "start_at": written(start)}
        while True:
            page = self._workspace.http.get_json(path, params, type=raw.Listing[raw.AuditEvent])
            for event in page.data:
                at = raw.utc(event.created_at)
                if at is not None and event.context and event.context.rule_name and event.resource:
                    found[event.resource.gid].append(at)
            # Asana names a next page for ever, so that one can wait for new events: the empty page is the end.
            if not page.data or page.offset is None:
                return {gid: sorted(acts) for gid, acts in found.items()}
            guard.next(page.offset)
            params["offset"] = page.offset


def _is_near(at: datetime, acts: list[datetime]) -> bool:
    place = bisect_left(acts, at - _NEAR)
    return place < len(acts) and acts[place] <= at + _NEAR


def written(at: datetime) -> str:
    """An instant as Asana's parameters take it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
