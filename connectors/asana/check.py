"""Whether a source would work, found out with a handful of requests, each finding in one sentence."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from connectors.asana import raw
from connectors.asana.api import Workspace, was_refused
from connectors.kit.checks import failed
from connectors.kit.connector import Check
from connectors.kit.errors import AuthError, ConnectorError
from connectors.kit.http import Param


def findings(workspace: Workspace) -> list[Check]:
    """What Asana answers, most basic first; stops where a later finding would mean nothing."""
    return list(_findings(workspace))


def _findings(workspace: Workspace) -> Iterator[Check]:
    for step in (_credentials, _workspace, _projects, _statuses, _tasks):
        try:
            finding = step(workspace)
        except ConnectorError as error:
            finding = failed(step.__name__.lstrip("_"), error)
        yield finding
        if finding.status == "error":
            return
    yield from (_offered(workspace, one) for one in _EXTRAS)
    if workspace.has_audit_log:
        yield _offered(workspace, _AUDIT)
    else:
        yield Check(
            "audit_log",
            "warning",
            "Only a service account reads the audit log: which transitions a rule made is estimated.",
            "Enter a service account (Enterprise) if automation must be told exactly.",
        )


def _credentials(workspace: Workspace) -> Check:
    try:
        workspace.me()
    except AuthError as error:
        if error.status not in (None, 401, 403):
            raise
        return Check(
            "credentials",
            "error",
            "Asana does not accept the credentials.",
            "Enter a new token: it may have been revoked; an OAuth app needs the scope users:read.",
        )
    return Check("credentials", "ok", "Asana accepts the credentials.")


def _workspace(workspace: Workspace) -> Check:
    try:
        of_all = workspace.info.is_organization
    except ConnectorError as error:
        if not was_refused(error):
            raise
        return Check(
            "workspace",
            "error",
            f"There is no workspace {workspace.config.workspace}, or these credentials may not see it.",
            "Correct the id; an OAuth app needs the scope workspaces:read.",
        )
    return Check("workspace", "ok", "The organisation can be read." if of_all else "The workspace can be read.")


def _projects(workspace: Workspace) -> Check:
    unknown = workspace.unknown_projects
    if unknown:
        return Check(
            "projects",
            "error",
            f"These projects do not exist, or the credentials may not see them: {', '.join(unknown)}.",
            "Correct the ids, or share the projects with the account (scope projects:read).",
        )
    number = len(workspace.scopes(workspace.chosen))
    if not number:
        return Check(
            "projects",
            "error",
            "The credentials can see no project that is not archived.",
            "Share the projects that are to be read with the account.",
        )
    return Check("projects", "ok", f"{number} project{'s' if number > 1 else ''} can be read.")


def _statuses(workspace: Workspace) -> Check:
    for gid in workspace.field_rules:
        workspace.field(gid)
    return Check("statuses", "ok", "What tells a status can be read.")


def _tasks(workspace: Workspace) -> Check:
    """Reads one task and its stories, as a walk would."""
    project = next(one for one in workspace.chosen if not one.archived)
    params: dict[str, Param] = {"project": project.gid, "limit": 1, "opt_fields": "name"}
    found = workspace.http.get_json("/tasks", params, type=raw.Listing[raw.Ref]).data
    if found:
        path = f"/tasks/{found[0].gid}/stories"
        params = {"limit": 1, "opt_fields": "created_at,resource_subtype"}
        workspace.http.get_json(path, params, type=raw.Listing[raw.Story])
    return Check("tasks", "ok", "Tasks and their stories can be read.")


def _ask_events(workspace: Workspace) -> None:
    project = next(one for one in workspace.chosen if not one.archived)
    workspace.http.get_json("/events", {"resource": project.gid}, type=raw.Feed, also=412)


def _ask_seats(workspace: Workspace) -> None:
    path = f"/workspaces/{workspace.config.workspace}/workspace_memberships"
    workspace.http.get_json(path, {"limit": 1}, type=raw.Listing[raw.Ref])


def _ask_audit_log(workspace: Workspace) -> None:
    path = f"/workspaces/{workspace.config.workspace}/audit_log_events"
    workspace.http.get_json(path, {"limit": 1}, type=raw.Listing[raw.AuditEvent])


@dataclass(frozen=True, slots=True)
class _Extra:
    """Something that a plan or a token may lack: what is said if it is there, and if it is not."""

    name: str
    ask: Callable[[Workspace], None]
    good: str
    bad: str
    remedy: str


_EXTRAS = (
    _Extra(
        "events",
        _ask_events,
        "Events can be read.",
        "These credentials may not read events, so that deleted tasks show once a day only.",
        "Give the app the scopes tasks:read, projects:read and stories:read.",
    ),
    _Extra(
        "seats",
        _ask_seats,
        "Seats can be read.",
        "The credentials may not read who holds a seat, so seats are left out.",
        "Enter the token of a full member of the workspace if seats matter.",
    ),
)
_AUDIT = _Extra(
    "audit_log",
    _ask_audit_log,
    "The audit log can be read: which transitions a rule made is told exactly, for its last 90 days.",
    "The plan or the service account does not offer the audit log: which transitions a rule made is estimated.",
    "Give the service account the scope of the audit log; it needs the plan Enterprise+.",
)


def _offered(workspace: Workspace, extra: _Extra) -> Check:
    try:
        extra.ask(workspace)
    except ConnectorError as error:
        return (
            Check(extra.name, "warning", extra.bad, extra.remedy) if was_refused(error) else failed(extra.name, error)
        )
    return Check(extra.name, "ok", extra.good)
