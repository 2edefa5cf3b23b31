"""The routes of a Jira site, Cloud or Data Center, over whatever `Site` stands behind them."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.jira.sandbox.catalogue import BROAD, CATEGORIES, NO_CATEGORY
from connectors.jira.sandbox.dialect import Deployment, Dialect
from connectors.jira.sandbox.gate import CLOUD_ID, Gate, Keys
from connectors.jira.sandbox.pages import Pages, want
from connectors.jira.sandbox.search import Search, number, refuse
from connectors.jira.sandbox.site import Json, Site
from connectors.kit.organisation import milliseconds
from connectors.kit.sandbox import Request, Response, Router, json_response

SEATS_GROUP = "jira-software-users"
PRODUCT = "jira-software"
_REMOVED = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
    "A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)
_NO_ISSUE = "Issue does not exist or you do not have permission to see it."


class JiraServer:
    """An `App` for `connectors.kit.sandbox.serving`. Change `gate.keys` to revoke a token while it runs."""

    def __init__(
        self,
        site: Callable[[Dialect], Site],
        *,
        clock: Callable[[], datetime],
        deployment: Deployment,
        keys: Keys,
        context_path: str,
        time_zone: str,
        late_index: timedelta,
        page_cap: int | None,
    ) -> None:
        self.clock = clock
        self.deployment = deployment
        self.gate = Gate(keys, clock)
        self._context = context_path.rstrip("/")
        self._dialect = Dialect(deployment, "", ZoneInfo(time_zone))
        self._lock = threading.RLock()
        self._late_index = late_index
        self._page_cap = page_cap
        self._use(site(self._dialect))

    @property
    def url(self) -> str:
        """The address of the site, context path included; known once it is served."""
        return self._dialect.base

    @property
    def gateway_url(self) -> str:
        """The address for scoped tokens and OAuth: the site behind Atlassian's gateway."""
        return f"{self._dialect.base}/ex/jira/{CLOUD_ID}"

    def mounted(self, url: str) -> None:
        """See `App`."""
        self._dialect.base = url + self._context

    def spared(self, path: str) -> bool:
        """See `App`: a refresh token whose answer is lost is lost for ever."""
        return path == "/oauth/token"

    def respond(self, request: Request) -> Response:
        """See `App`."""
        if self._dialect.cloud and request.path == "/oauth/token":
            with self._lock:
                return self.gate.exchange(request)
        path, gateway = self._inside(request.path)
        with self._lock:
            found = self._router.find(request.method, path)
            if isinstance(found, int):
                return Response(found, b"<html><body>Oops, nothing here</body></html>", "text/html;charset=UTF-8")
            handler, segments = found
            self.gate.admit(request, gateway=gateway, anonymous=path.endswith("/serverInfo"))
            self._site.advance(milliseconds(self.clock()))
            return handler(request, **segments)

    def _inside(self, path: str) -> tuple[str, bool]:
        """The path as seen from the site's root, and whether it came through the gateway."""
        gateway = f"/ex/jira/{CLOUD_ID}"
        if self._dialect.cloud and path.startswith(gateway + "/"):
            return path[len(gateway) :], True
        if self._context and path.startswith(self._context + "/"):
            return path[len(self._context) :], False
        return ("" if self._context else path), False

    def _use(self, site: Site) -> None:
        with self._lock:
            self._site = site
            self._pages = Pages(site, self._dialect)
            self._search = Search(
                site,
                self._dialect,
                self._pages,
                self.clock,
                late_index=self._late_index,
                page_cap=self._page_cap,
            )
            self._router = self._routes()

    def _routes(self) -> Router:
        router, cloud = Router(), self._dialect.cloud
        for version in ("2", "3") if cloud else ("2", "latest"):
            api = f"/rest/api/{version}"
            router.add("GET", f"{api}/serverInfo", self._server_info)
            router.add("GET", f"{api}/myself", self._myself)
            router.add("GET", f"{api}/mypermissions", self._permissions)
            router.add("GET", f"{api}/project", self._project_list)
            router.add("GET", f"{api}/project/{{project}}", self._project)
            router.add("GET", f"{api}/project/{{project}}/versions", self._versions)
            router.add("GET", f"{api}/project/{{project}}/version", self._version_page)
            router.add("GET", f"{api}/project/{{project}}/statuses", self._workflows)
            router.add("GET", f"{api}/status", lambda _: json_response(self._site.statuses()))
            router.add("GET", f"{api}/statuscategory", self._categories)
            router.add("GET", f"{api}/issuetype", lambda _: json_response(self._site.issue_types()))
            router.add("GET", f"{api}/resolution", lambda _: json_response(self._site.resolutions()))
            router.add("GET", f"{api}/priority", lambda _: json_response(self._site.priorities()))
            router.add("GET", f"{api}/field", lambda _: json_response(self._site.fields()))
            router.add("GET", f"{api}/user", self._user)
            router.add("GET", f"{api}/issue/{{issue}}", self._issue)
            router.add("GET", f"{api}/issue/{{issue}}/comment", self._comments)
            router.add("GET", f"{api}/issue/{{issue}}/worklog", self._worklogs)
            router.add("GET", f"{api}/applicationrole", self._roles)
            router.add("GET", f"{api}/group/member", self._members)
            if not cloud:
                router.add("GET POST", f"{api}/search", self._search.data_center)
                router.add("GET", f"{api}/user/search", self._find_users)
                continue
            router.add("GET POST", f"{api}/search", self._gone)
            router.add("GET POST", f"{api}/search/jql", self._search.cloud)
            router.add("POST", f"{api}/search/approximate-count", self._search.count)
            router.add("POST", f"{api}/changelog/bulkfetch", self._search.changelogs)
            router.add("POST", f"{api}/issue/bulkfetch", self._search.issues)
            router.add("GET", f"{api}/issue/{{issue}}/changelog", self._changelog)
            router.add("GET", f"{api}/project/search", self._project_page)
            router.add("GET", f"{api}/resolution/search", self._resolution_page)
            router.add("GET", f"{api}/statuses/search", self._status_page)
            router.add("GET", f"{api}/users/search", self._all_users)
            router.add("GET", f"{api}/users", self._all_users)
            router.add("GET", f"{api}/user/bulk", self._users_by_id)
        return router

    def _gone(self, _: Request) -> Response:
        return json_response({"errorMessages": [_REMOVED], "errors": {}}, 410)

    def _server_info(self, _: Request) -> Response:
        cloud = self._dialect.cloud
        version = "1001.0.0-SNAPSHOT" if cloud else "10.3.24"
        return json_response(
            {
                "baseUrl": self._dialect.base,
                "version": version,
                "versionNumbers": [1001, 0, 0] if cloud else [10, 3, 24],
                "deploymentType": "Cloud" if cloud else "Server",
                "buildNumber": 100_290 if cloud else 10_030_024,
                "serverTime": self._dialect.moment(self.clock()),
                "serverTitle": "Jira",
            }
        )

    def _myself(self, _: Request) -> Response:
        keys, zone = self.gate.keys, self._dialect.zone.key
        mine: Json = {
            "self": self._dialect.api("myself"),
            "emailAddress": keys.email,
            "displayName": "Sync",
            "active": True,
            "timeZone": zone,
            "locale": "fr_FR",
        }
        if self._dialect.cloud:
            return json_response(mine | {"accountId": "712020:sync", "accountType": "atlassian"})
        return json_response(mine | {"name": "sync", "key": "JIRAUSER10000"})

    def _permissions(self, request: Request) -> Response:
        held = {"ADMINISTER": self.gate.keys.admin, "BROWSE_PROJECTS": True}
        names = request.param("permissions", "ADMINISTER,BROWSE_PROJECTS").split(",")
        unknown = [name for name in names if name not in held]
        if unknown:
            raise refuse(400, f"Unrecognized permission: {unknown[0]}")
        permissions = {name: {"id": "0", "key": name, "name": name, "havePermission": held[name]} for name in names}
        return json_response({"permissions": permissions})

    def _visible_project(self, name: str) -> Json:
        for one in self._site.projects():
            if name.casefold() in (one["id"], one["key"].casefold()):
                return one
        raise refuse(404, f"No project could be found with key '{name}'.")

    def _project_list(self, request: Request) -> Response:
        return json_response([_without_insight(one, request) for one in self._site.projects()])

    def _project(self, request: Request, project: str) -> Response:
        return json_response(_without_insight(self._visible_project(project), request))

    def _project_page(self, request: Request) -> Response:
        if "live" not in request.query.get("status", ["live"]):
            return self._page(request, [], 100)
        ids, keys = request.query.get("id"), request.query.get("keys")
        found = [
            _without_insight(one, request)
            for one in self._site.projects()
            if (ids is None or one["id"] in ids) and (keys is None or one["key"] in keys)
        ]
        return self._page(request, found, 100)

    def _versions(self, _: Request, project: str) -> Response:
        return json_response(self._site.versions(self._visible_project(project)["id"]))

    def _version_page(self, request: Request, project: str) -> Response:
        return self._page(request, self._site.versions(self._visible_project(project)["id"]), 50)

    def _workflows(self, _: Request, project: str) -> Response:
        return json_response(self._site.workflows(self._visible_project(project)["id"]))

    def _resolution_page(self, request: Request) -> Response:
        return self._page(request, self._site.resolutions(), 50)

    def _categories(self, _: Request) -> Response:
        return json_response(
            [
                {"self": self._dialect.api(f"statuscategory/{one['id']}"), **one}
                for one in (NO_CATEGORY, *CATEGORIES.values())
            ]
        )

    def _status_page(self, request: Request) -> Response:
        self.gate.require_admin()
        category, project = request.param("statusCategory"), request.param("projectId")
        found: list[Json] = []
        for one in self._site.statuses():
            scope = one.get("scope")
            written: Json = {
                "id": one["id"],
                "name": one["name"],
                "statusCategory": BROAD.get(one["statusCategory"]["key"], "TODO"),
                "scope": scope or {"type": "GLOBAL"},
                "description": one["description"],
            }
            owner = scope["project"]["id"] if scope else ""
            if category in ("", written["statusCategory"]) and (not project or owner == project):
                found.append(written)
        return self._page(request, found, 200)

    def _page(self, request: Request, values: Sequence[Json], cap: int) -> Response:
        start = number(request.param("startAt"), 0)
        size = min(number(request.param("maxResults"), 50), cap)
        shown = values[start : start + size]
        return json_response(
            {
                "self": f"{self._dialect.base}{request.path}",
                "maxResults": size,
                "startAt": start,
                "total": len(values),
                "isLast": start + len(shown) >= len(values),
                "values": shown,
            }
        )

    def _all_users(self, request: Request) -> Response:
        start, size = number(request.param("startAt"), 0), min(number(request.param("maxResults"), 50), 1000)
        return json_response(self._site.users()[start : start + size])

    def _users_by_id(self, request: Request) -> Response:
        wanted = request.query.get("accountId")
        if not wanted:
            raise refuse(400, "The account ID is missing.")
        found = [one for one in self._site.users() if one["accountId"] in wanted]
        return self._page(request, found, 200)

    def _user(self, request: Request) -> Response:
        asked = {name: request.param(name) for name in ("accountId", "key", "username")}
        for one in self._site.users():
            names = (("accountId", "accountId"), ("key", "key"), ("username", "name"))
            if any(asked[param] and one.get(name) == asked[param] for param, name in names):
                return json_response(one)
        raise refuse(404, "The user does not exist.")

    def _find_users(self, request: Request) -> Response:
        if "username" not in request.query:
            raise refuse(400, "The username query parameter was not provided")
        sought = request.param("username").lower()
        start, size = number(request.param("startAt"), 0), min(number(request.param("maxResults"), 50), 1000)
        inactive = request.param("includeInactive") == "true"
        found = [
            one
            for one in self._site.users()
            if (one["active"] or inactive)
            and (sought == "." or sought in f"{one['name']} {one['displayName']}".lower())
        ]
        return json_response(found[start : start + size])

    def _holders(self, inactive: bool) -> list[Json]:
        return [
            {name: value for name, value in one.items() if name != "appType"}
            for one in self._site.users()
            if (one["active"] or inactive) and one.get("accountType") != "app"
        ]

    def _roles(self, _: Request) -> Response:
        self.gate.require_admin()
        used = len(self._holders(inactive=False))
        role: dict[str, Any] = {
            "key": PRODUCT,
            "groups": [SEATS_GROUP],
            "name": "Jira Software",
            "defaultGroups": [SEATS_GROUP],
            "selectedByDefault": True,
            "defined": True,
            "numberOfSeats": used + 10,
            "remainingSeats": 10,
            "userCount": used,
            "userCountDescription": "users",
            "hasUnlimitedSeats": False,
            "platform": False,
        }
        if self._dialect.cloud:
            role["groupDetails"] = [{"name": SEATS_GROUP, "groupId": "00000000-0000-4000-8000-000000005ea7"}]
        return json_response([role])

    def _members(self, request: Request) -> Response:
        self.gate.require_admin()
        group = request.param("groupname") or request.param("groupId")
        if not group:
            raise refuse(400, "You must provide a group name or a group id.")
        if group not in (SEATS_GROUP, "00000000-0000-4000-8000-000000005ea7"):
            raise refuse(404, f"The group named '{group}' does not exist.")
        return self._page(request, self._holders(request.param("includeInactiveUsers") == "true"), 50)

    def _found(self, name: str) -> int:
        issue = self._site.issue_named(name)
        if issue is None:
            raise refuse(404, _NO_ISSUE)
        return issue

    def _issue(self, request: Request, issue: str) -> Response:
        asked = want(request.query.get("fields", []), "*all", request.param("expand"))
        return Response(200, self._pages.issue(self._found(issue), asked))

    def _changelog(self, request: Request, issue: str) -> Response:
        histories = self._pages.histories(self._found(issue), "text")
        start = number(request.param("startAt"), 0)
        size = min(number(request.param("maxResults"), 100), 100)
        shown = b",".join(written for _, _, written in histories[start : start + size])
        last = start + size >= len(histories)
        head = b'{"startAt":%d,"maxResults":%d,"total":%d,"isLast":%s,"values":[' % (
            start,
            size,
            len(histories),
            b"true" if last else b"false",
        )
        return Response(200, head + shown + b"]}")

    def _comments(self, request: Request, issue: str) -> Response:
        comments = self._site.issue(self._found(issue))["fields"]["comment"]
        start, size = number(request.param("startAt"), 0), min(number(request.param("maxResults"), 100), 5000)
        return json_response(self._pages.comments(comments, start, size))

    def _worklogs(self, request: Request, issue: str) -> Response:
        worklogs = self._site.issue(self._found(issue))["fields"]["worklog"]
        if not self._dialect.cloud:
            return json_response(self._pages.worklogs(worklogs, 0, len(worklogs)))
        start, size = number(request.param("startAt"), 0), min(number(request.param("maxResults"), 5000), 5000)
        return json_response(self._pages.worklogs(worklogs, start, size))


def _without_insight(project: Json, request: Request) -> Json:
    if "insight" in request.param("expand").split(","):
        return project
    return {name: value for name, value in project.items() if name != "insight"}
