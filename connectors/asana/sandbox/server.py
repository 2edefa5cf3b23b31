"""The routes of an Asana workspace."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from connectors.asana.sandbox import told
from connectors.asana.sandbox.gate import Gate, Keys, refuse
from connectors.asana.sandbox.log import AuditLog, Events
from connectors.asana.sandbox.site import Json, Site, ref
from connectors.asana.sandbox.truth import Known, truth
from connectors.kit.organisation import Item, Ms, Organisation, milliseconds
from connectors.kit.records import Record
from connectors.kit.sandbox import Request, Response, Router, json_response
from connectors.kit.sandbox_faults import Fault

API = "/api/1.0"
_LOGIN = "/-/oauth_token"
_EVENTS_AT_ONCE = 100
_TOKEN_LIFE: Ms = 24 * 3_600_000
_TRASH_LIFE: Ms = 30 * 24 * 3_600_000


class AsanaSandbox:
    """A generated organisation as an Asana workspace. Serve it with `connectors.kit.sandbox.serving`.

    What is visible follows `clock`. Change `gate.keys` to revoke a token or to take a part of the plan away.
    """

    def __init__(
        self,
        organisation: Organisation,
        *,
        clock: Callable[[], datetime],
        keys: Keys | None = None,
        page_cap: int = 100,
    ) -> None:
        self.organisation = organisation
        self.clock = clock
        self.gate = Gate(keys or Keys(), clock)
        self.url = ""
        self._page_cap = page_cap
        self._lock = threading.RLock()
        self._site = Site(organisation)
        self._events = Events(organisation)
        self._audit = AuditLog(organisation)
        self._router = self._routes()

    def truth(
        self,
        now: datetime | None = None,
        *,
        rule: Callable[[str], str] = lambda project: "section",
        audit_log: bool = False,
    ) -> dict[str, list[Record]]:
        """What a perfect sync at `now` (the clock's instant, if None) leaves in the store, by record type.

        `rule` is what tells the status in each project, as the source's `status_from`; `audit_log`, whether
        the source could read it.
        """
        return truth(self.organisation, Known(milliseconds(now or self.clock()), rule, audit_log))

    # -- the server's side --------------------------------------------------------------------------------

    def mounted(self, url: str) -> None:
        """See `App`."""
        self.url = url

    def spared(self, path: str) -> bool:  # noqa: ARG002
        """See `App`: everything here can be asked again."""
        return False

    def respond(self, request: Request) -> Response:
        """See `App`."""
        with self._lock:
            if request.path == _LOGIN and request.method == "POST":
                return self.gate.exchange(request)
            found = self._router.find(request.method, request.path.removeprefix(API))
            if isinstance(found, int) or not request.path.startswith(API):
                raise refuse(404, "No matching route for request")
            handler, segments = found
            self.gate.admit(request)
            self._site.now = milliseconds(self.clock())
            return handler(request, **segments)

    def _routes(self) -> Router:
        router, site = Router(), self._site
        router.add("GET", "/users/me", self._me)
        router.add("GET", "/workspaces/{workspace}", self._workspace)
        router.add("GET", "/workspaces/{workspace}/agents", self._of_workspace(site.agents))
        router.add("GET", "/workspaces/{workspace}/workspace_memberships", self._memberships)
        router.add("GET", "/workspaces/{workspace}/audit_log_events", self._audit_events)
        router.add("GET", "/users", self._of_workspace(site.users))
        router.add("GET", "/projects", self._of_workspace(site.projects))
        router.add("GET", "/projects/{project}/sections", self._sections)
        router.add("GET", "/projects/{project}/task_counts", self._task_counts)
        router.add("GET", "/custom_fields/{field}", self._field)
        router.add("GET", "/tasks", self._tasks)
        router.add("GET", "/tasks/{task}", self._task)
        router.add("GET", "/tasks/{task}/subtasks", self._subtasks)
        router.add("GET", "/tasks/{task}/stories", self._stories)
        router.add("GET", "/events", self._feed)
        return router

    # -- who and where ------------------------------------------------------------------------------------

    def _me(self, request: Request) -> Response:
        return _one(request, ref("1100000000000099", "user", "Sync") | {"email": "sync@example.test"})

    def _workspace(self, request: Request, workspace: str) -> Response:
        _require_workspace(workspace)
        return _one(request, ref(workspace, "workspace", "Exemple") | {"is_organization": True})

    def _of_workspace(self, rows: Callable[[], list[Json]]) -> Callable[..., Response]:
        def respond(request: Request, workspace: str = "") -> Response:
            _require_workspace(workspace or request.param("workspace"))
            return self._page(request, rows())

        return respond

    def _memberships(self, request: Request, workspace: str) -> Response:
        _require_workspace(workspace)
        if not self.gate.keys.seats:
            raise refuse(403, "You do not have access to the memberships of this workspace.")
        return self._page(request, self._site.memberships())

    def _sections(self, request: Request, project: str) -> Response:
        return self._page(request, self._site.sections(self._project(project)))

    def _task_counts(self, request: Request, project: str) -> Response:
        tasks = self._site.tasks(self._project(project))
        return _one(request, {"num_tasks": len(tasks)})

    def _field(self, request: Request, field: str) -> Response:
        found = self._site.field(field)
        if found is None:
            raise refuse(404, f"custom_field: Unknown object: {field}")
        return _one(request, found)

    def _project(self, gid: str) -> str:
        found = self._site.project(gid)
        if found is None:
            raise refuse(404, f"project: Unknown object: {gid}")
        return found

    # -- tasks --------------------------------------------------------------------------------------------

    def _tasks(self, request: Request) -> Response:
        if not request.param("project"):
            raise refuse(
                400, "You should specify one of project, tag, section, user_task_list, or assignee + workspace"
            )
        items = self._site.tasks(self._project(request.param("project")))
        if request.param("modified_since"):
            since = _instant(request.param("modified_since"))
            items = [item for item in items if item.updated(self._site.now) >= since]
        return self._page(request, items, self._site.task)

    def _item(self, gid: str, *, listed: bool) -> Item:
        item, now = self._site.item(gid), self._site.now
        if item is not None:
            gone = not told.exists(self.organisation, item, now)
            in_trash = item.deleted is not None and item.deleted <= now < item.deleted + _TRASH_LIFE
            if not gone or (in_trash and not listed):
                return item
        raise refuse(404, f"task: Unknown object: {gid}")

    def _task(self, request: Request, task: str) -> Response:
        return _one(request, self._site.task(self._item(task, listed=False)))

    def _subtasks(self, request: Request, task: str) -> Response:
        return self._page(request, self._site.subtasks(self._item(task, listed=True)), self._site.task)

    def _stories(self, request: Request, task: str) -> Response:
        return self._page(request, self._site.stories(self._item(task, listed=False)))

    # -- what happens -------------------------------------------------------------------------------------

    def _feed(self, request: Request) -> Response:
        if not self.gate.keys.events:
            raise refuse(403, "You do not have access to events.")
        project, now = request.param("resource"), self._site.now
        self._project(project)
        place = _place_in_feed(request.param("sync"), project)
        if place is None or place[0] < now - _TOKEN_LIFE or request.take(Fault.EXPIRED_TOKEN):
            message = "Sync token invalid or too old. If you are attempting to keep resources in sync, you must fetch "
            errors = [{"message": f"{message}the full dataset for this query now."}]
            return json_response({"errors": errors, "sync": f"{project}:{now}:0"}, 412)
        since, skip = place
        events = self._events.between(project, since, skip, now)
        some = events[:_EVENTS_AT_ONCE]
        more = len(events) > len(some)
        sync = f"{project}:{since}:{skip + len(some)}" if more else f"{project}:{now}:0"
        return json_response({"data": some, "sync": sync, "has_more": more})

    def _audit_events(self, request: Request, workspace: str) -> Response:
        _require_workspace(workspace)
        self.gate.require_audit_log(request)
        now = self._site.now
        start = _instant(request.param("start_at")) if request.param("start_at") else 0
        events = self._audit.between(max(start, now - 90 * 24 * 3_600_000), now)
        first, size = _first(request), _size(request, 100)
        some = events[first : first + size]
        # It goes on for ever, so that one can wait for what happens next.
        following = {"offset": f"place-{first + len(some)}-{len(some)}"} if some else None
        return json_response({"data": some, "next_page": following})

    # -- pages --------------------------------------------------------------------------------------------

    def _page(self, request: Request, rows: Sequence[Any], write: Callable[[Any], Json] = lambda row: row) -> Response:
        first, size = _first(request), min(_size(request, self._page_cap), self._page_cap)
        if first and request.take(Fault.EXPIRED_TOKEN):
            raise refuse(400, "offset: Your pagination token has expired.")
        if first and request.take(Fault.DUPLICATE_PAGE):
            first = max(0, first - size)
        shown = [_picked(write(row), request) for row in rows[first : first + size]]
        token: str | None = f"place-{first + size}-{size}" if first + size < len(rows) else None
        if first and token and request.take(Fault.REPEATED_TOKEN):
            token = request.param("offset")
        following = None if token is None else {"offset": token, "path": request.path, "uri": self.url + request.path}
        return json_response({"data": shown, "next_page": following})


def _require_workspace(gid: str) -> None:
    if gid != told.WORKSPACE:
        raise refuse(404, f"workspace: Unknown object: {gid}")


def _place_in_feed(token: str, project: str) -> tuple[Ms, int] | None:
    owner, _, place = token.partition(":")
    at, _, skip = place.partition(":")
    return (int(at), int(skip)) if owner == project and at.isdigit() and skip.isdigit() else None


def _first(request: Request) -> int:
    token = request.param("offset")
    if not token:
        return 0
    _, _, place = token.partition("-")
    number = place.partition("-")[0]
    if not number.isdigit():
        raise refuse(400, "offset: Your pagination token is invalid.")
    return int(number)


def _size(request: Request, default: int) -> int:
    size = request.param("limit", str(default))
    if not size.isdigit() or not 1 <= int(size) <= 100:
        raise refuse(400, "limit: Must be between 1 and 100.")
    return int(size)


def _instant(text: str) -> Ms:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise refuse(400, "Not a valid date-time.") from None
    if at.tzinfo is None:
        raise refuse(400, "Not a valid date-time.")
    return milliseconds(at)


def _one(request: Request, thing: Json) -> Response:
    return json_response({"data": _picked(thing, request)})


def _picked(thing: Json, request: Request) -> Json:
    """What was asked for by `opt_fields`; names that nobody knows are ignored, as Asana does."""
    asked = request.param("opt_fields")
    if not asked:
        return {name: thing[name] for name in ("gid", "resource_type", "name", "resource_subtype") if name in thing}
    tree: dict[str, Any] = {}
    for name in asked.split(","):
        branch = tree
        for part in name.split("."):
            branch = branch.setdefault(part, {})
    picked: Json = _pruned(thing, tree)
    return picked


def _pruned(thing: Any, tree: dict[str, Any]) -> Any:
    if isinstance(thing, list):
        return [_pruned(one, tree) for one in thing]
    if not isinstance(thing, dict):
        return thing
    kept = {name: thing[name] for name in ("gid", "resource_type") if name in thing}
    return kept | {name: _pruned(thing[name], below) for name, below in tree.items() if name in thing}
