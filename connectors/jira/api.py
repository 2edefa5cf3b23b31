"""One Jira site during one run: what kind it is, who we are there, and its small lists."""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, TypeVar

import httpx
import msgspec

from connectors.jira import raw
from connectors.jira.client import library
from connectors.jira.config import JiraConfig
from connectors.jira.normalise import Context
from connectors.kit.connector import Access
from connectors.kit.errors import AuthError, ConfigError, ConnectorError
from connectors.kit.http import HttpClient, Params
from connectors.kit.paging import by_offset
from connectors.kit.stream import Page, Scope

T = TypeVar("T")

_CLOUD_HOSTS = (".atlassian.net", ".jira.com", "api.atlassian.com")
_FIRST_CLOUD_VERSION = 1000
_POINTS_NAMES = ("story points", "story point estimate")
_REFUSED = (400, 403, 404, 405, 410)


def was_refused(error: ConnectorError) -> bool:
    """Whether the vendor says that it does not offer this, or not to us: another way may work."""
    return error.status in _REFUSED


class Site:
    """A Jira site. Everything is asked once, when first needed; usable from several threads."""

    def __init__(self, access: Access, http: HttpClient) -> None:
        self.config: JiraConfig = access.config
        self.now = access.now
        self.http = http

    # -- what it is ---------------------------------------------------------------------------------------

    @cached_property
    def info(self) -> raw.ServerInfo:
        """What the site says about itself; the one path that is the same on Cloud and Data Center."""
        return self._of(raw.ServerInfo, library(self.http, self.config.base_url, "2").server_info())

    @property
    def says_cloud(self) -> bool:
        """Whether the site is Cloud, by its own word, else by its version, else by its host."""
        if self.info.deployment_type is not None:
            return self.info.deployment_type == "Cloud"
        if self.info.version_numbers:
            return self.info.version_numbers[0] >= _FIRST_CLOUD_VERSION
        return httpx.URL(self.config.base_url).host.endswith(_CLOUD_HOSTS)

    @cached_property
    def cloud(self) -> bool:
        """Whether we read it as Cloud: as configured, or as it says."""
        return self.says_cloud if self.config.deployment == "auto" else self.config.deployment == "cloud"

    @property
    def api(self) -> str:
        """The root of the REST API."""
        return "/rest/api/3" if self.cloud else "/rest/api/2"

    @cached_property
    def context(self) -> Context:
        """What normalising needs."""
        gateway = httpx.URL(self.config.base_url).host == "api.atlassian.com"
        browse_url = (self.info.base_url if gateway else None) or self.config.base_url
        bots = frozenset(name.casefold() for name in self.config.automation_accounts)
        return Context(cloud=self.cloud, browse_url=browse_url.rstrip("/"), bots=bots)

    @cached_property
    def points_fields(self) -> tuple[str, ...]:
        """The custom fields that hold story points: company-managed and team-managed projects have one each."""
        if self.config.story_points_field is not None:
            return (self.config.story_points_field,)
        fields = [self._of(raw.Field, field) for field in self._library.fields()]
        named = {name: field.id for field in fields for name in _names(field) if field.id.startswith("customfield_")}
        return tuple(dict.fromkeys(named[name] for name in _POINTS_NAMES if name in named))

    def myself(self) -> raw.Myself:
        """The account behind the credentials. Raises AuthError if they are wrong."""
        return self._of(raw.Myself, self._library.myself())

    @cached_property
    def _library(self) -> Any:
        return library(self.http, self.config.base_url, "3" if self.cloud else "2")

    def _of(self, kind: type[T], answer: Any) -> T:
        try:
            return msgspec.convert(answer, kind, strict=False)
        except msgspec.ValidationError as error:
            raise ConfigError(
                "The site's answer is not that of a Jira site.", "Check the address, its context path included."
            ) from error

    # -- projects -----------------------------------------------------------------------------------------

    @cached_property
    def projects(self) -> list[raw.Project]:
        """Every project that the credentials can see, archived ones included."""
        if not self.cloud:
            return self.get("/project", {"includeArchived": True}, kind=list[raw.Project])
        params: Params = {"expand": "insight", "status": ["live", "archived"], "orderBy": "key"}
        return list(self.values("/project/search", params, kind=raw.Project, size=100))

    @cached_property
    def chosen(self) -> list[raw.Project]:
        """The projects that this source reads."""
        if not self.config.projects:
            return self.projects
        by_key = {project.key.casefold(): project for project in self.projects}
        found = [by_key.get(key.casefold()) or self._project(key) for key in self.config.projects]
        return list({project.id: project for project in found if project is not None}.values())

    @cached_property
    def unknown_keys(self) -> list[str]:
        """The configured keys that name no project that the credentials can see."""
        known = {project.key.casefold() for project in self.projects}
        return [key for key in self.config.projects if key.casefold() not in known and not self.sees(key)]

    def sees(self, project: str) -> bool:
        """Whether the credentials can see a project just now, by its id or any key that it ever had."""
        return self._project(project) is not None

    def _project(self, key: str) -> raw.Project | None:
        try:
            return self.get(f"/project/{key}", kind=raw.Project)
        except (ConfigError, AuthError) as error:
            if was_refused(error):
                return None
            raise

    def scopes(self, projects: Sequence[raw.Project]) -> list[Scope]:
        """Projects as parts to read; archived ones hold still and are left out."""
        return [self._scope(project) for project in projects if not project.archived]

    def _scope(self, project: raw.Project) -> Scope:
        insight = project.insight or raw.Insight()
        return Scope(
            external_id=project.id,
            name=project.name,
            key=project.key,
            items=insight.total_issue_count,
            changed_at=raw.moment(insight.last_issue_update_time),
        )

    def require(self, scope: Scope) -> None:
        """Raises ConfigError for the scope of a configured key that names no project."""
        if scope.external_id in self.unknown_keys:
            raise ConfigError(
                f"There is no project {scope.external_id}, or these credentials may not see it.",
                "Correct the key, or let the account browse the project.",
            )

    # -- lists --------------------------------------------------------------------------------------------

    def statuses(self) -> Iterator[Page]:
        """Every status that the site lists, wherever it lists it.

        The first list has active workflows only, the second needs an admin, and the statuses of a
        team-managed project can be missing from both.
        """
        found = {status.id: status for status in self._of(list[raw.Status], [s.raw for s in self._library.statuses()])}
        if self.cloud:
            try:
                for status in self.values("/statuses/search", {}, kind=raw.Status, size=200):
                    found.setdefault(status.id, status)
            except (AuthError, ConfigError) as error:
                if not was_refused(error) and error.status != 401:
                    raise
            owners = {owner.id for status in found.values() if (owner := status.scope and status.scope.project)}
            for project in self.chosen:
                if project.style == "next-gen" and project.id not in owners and not project.archived:
                    self._add_statuses_of(project, found)
        yield Page(list(found.values()))

    def _add_statuses_of(self, project: raw.Project, found: dict[str, raw.Status]) -> None:
        scope = raw.ProjectScope(raw.ScopeProject(project.id))
        for listed in self.get(f"/project/{project.id}/statuses", kind=list[raw.TypeStatuses]):
            for status in listed.statuses:
                status.scope = status.scope or scope
                found.setdefault(status.id, status)

    def item_types(self) -> Iterator[Page]:
        """Every item type."""
        yield Page(self.get("/issuetype", kind=list[raw.IssueType]))

    def resolutions(self) -> Iterator[Page]:
        """Every resolution."""
        if self.cloud:
            yield Page(list(self.values("/resolution/search", {}, kind=raw.Resolution, size=50)))
        else:
            yield Page(self.get("/resolution", kind=list[raw.Resolution]))

    def accounts(self) -> Iterator[Page]:
        """Every account, apps and inactive ones included."""
        path, params = ("/users/search", {}) if self.cloud else ("/user/search", _EVERY_USER)
        pages = by_offset(
            lambda offset: self.get(path, {**params, "startAt": offset, "maxResults": 1000}, kind=list[raw.User]),
            items=lambda page: page,
            last=lambda page, read: False,  # only an empty page ends it: pages are cut short by permissions
        )
        return (Page(page) for page in pages)

    def releases(self, scope: Scope) -> Iterator[Page]:
        """The versions of a project."""
        self.require(scope)
        path = f"/project/{scope.external_id}/version"
        if self.cloud:
            yield Page(list(self.values(path, {}, kind=raw.Version, size=50)))
        else:
            yield Page(self.get(f"{path}s", kind=list[raw.Version]))

    def seats(self) -> Iterator[Page]:
        """The members of every product's groups. Raises AuthError if only an admin may know."""
        as_of = self.now()
        members: dict[str, list[raw.User]] = {}
        for role in self.get("/applicationrole", kind=list[raw.ApplicationRole]):
            holders: dict[str | None, raw.SeatHolder] = {}
            for group in role.group_details or [raw.Group(name=name) for name in role.groups]:
                place = group.group_id or group.name or ""
                if place not in members:
                    members[place] = list(self._members(group))
                for user in members[place]:
                    holders.setdefault(user.id, raw.SeatHolder(user=user, product=role.key, as_of=as_of))
            yield Page(list(holders.values()))

    def _members(self, group: raw.Group) -> Iterator[raw.User]:
        by_id = self.cloud and group.group_id
        params: Params = {"groupId": group.group_id or ""} if by_id else {"groupname": group.name or ""}
        return self.values("/group/member", params, kind=raw.User, size=50)

    # -- asking -------------------------------------------------------------------------------------------

    def get(self, path: str, params: Params | None = None, *, kind: type[T]) -> T:
        """The answer of a path under the API's root."""
        return self.http.get_json(self.api + path, params, type=kind)

    def values(self, path: str, params: Params, *, kind: type[T], size: int) -> Iterator[T]:
        """Everything in one of Jira's paged listings, advancing by what comes."""
        pages = by_offset(
            lambda offset: self.get(path, {**params, "startAt": offset, "maxResults": size}, kind=raw.Values[kind]),  # type: ignore[valid-type]
            items=lambda page: page.values,
            last=raw.Values.ends,
        )
        for page in pages:
            yield from page.values


_EVERY_USER: dict[str, str | bool] = {"username": ".", "includeInactive": True}
"""A dot matches every user of Data Center, which has no other list that all versions know."""


def _names(field: raw.Field) -> list[str]:
    return [name.strip().casefold() for name in (field.name, field.untranslated_name) if name]


_ISSUE_IN_PATH = re.compile(r"/\d+|/[A-Z][A-Z0-9_]*-\d+")


def endpoint(path: str) -> str:
    """The endpoint that a path belongs to: Jira counts requests by endpoint and method."""
    return _ISSUE_IN_PATH.sub("/*", path.partition("?")[0])
